#!/bin/bash
# Prints the directory of a Kafka release's jars, brought by Maven when they are missing. Usage: kafka_jars.sh [RELEASE]
source "$(dirname "$0")/lib.sh"

release=${1:-4.1.1}
libs=$WEIR_CACHE/kafka-$release/libs
if [[ ! -e $libs/kafka_2.13-$release.jar ]]; then
  say "fetching Kafka $release"
  command -v mvn >/dev/null || fail "mvn is missing: apt-get install maven"
  work=$(mktemp -d "$WEIR_CACHE/kafka-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.weir</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$release</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$release</version>
    </dependency>
  </dependencies>
</project>
POM
  (cd "$work" && mvn --quiet --batch-mode -Dstyle.color=never dependency:copy-dependencies "-DoutputDirectory=$work/libs") >&2 ||
    fail "Maven could not fetch Kafka $release"
  mkdir -p "${libs%/*}"
  rm -rf "$libs"
  mv "$work/libs" "$libs"
fi

# With an archive of the classes that a broker loads, each later one starts in half of the time; tests do without it too.
archive_classes() {
  local trial pid
  say "archiving the classes of Kafka $release"
  trial=$(mktemp -d "$WEIR_CACHE/kafka-XXXXXX")
  if WEIR_KAFKA_LIBS=$libs WEIR_KAFKA_ARCHIVE=$trial/classes.jsa "$root/tests/support/kafka_broker.sh" start "$trial" >&2; then
    pid=$(<"$trial/pid")
    kill -TERM "$pid"
    timeout 120 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
    [[ ! -e $trial/classes.jsa ]] || mv "$trial/classes.jsa" "$archive"
  fi
  rm -rf "$trial"
}
archive=${libs%/*}/classes.jsa
# The older releases are started once or twice only.
if [[ $release == 4.1.1 && ! -e $archive ]] && command -v java >/dev/null; then archive_classes; fi
echo "$libs"
