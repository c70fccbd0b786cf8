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
echo "$libs"
