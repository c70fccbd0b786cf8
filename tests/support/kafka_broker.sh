#!/bin/bash
# Starts and stops a Kafka broker (KRaft, broker and controller in one process) for tests, on 127.0.0.1 only.
#
#   kafka_broker.sh start DIR [OPTION...]   format DIR and start a broker; returns when it serves requests
#   kafka_broker.sh stop|kill DIR           end it in order (SIGTERM), or at once (SIGKILL)
#   kafka_broker.sh pause|resume DIR        SIGSTOP, SIGCONT
#   kafka_broker.sh restart DIR             stop it if it runs, then start it again on the same data and ports
#   kafka_broker.sh ports N                 print N ports that are free
#
# Options of start:
#   --port N            port of the plain listener (default: a free one)
#   --listeners LIST    listeners besides plain, comma list: sasl_plain sasl_scram sasl_ssl_scram ssl ssl_mtls oauth gssapi
#   --acl               StandardAuthorizer; super users are admin and whoever comes over the plain listener
#   --set KEY=VALUE     any broker property
#   --parent PID        the broker is killed soon after this process has ended
#   --node-id N         default 1
#   --join DIR          a further broker of the cluster whose controller is in that DIR
#   --voters LIST       one of several controllers, ID@HOST:PORT comma list with its own; for kafka_cluster.sh
#   --like DIR          take what formatting writes from there, where a broker with the same options starts meanwhile
#   --heap SIZE         default 512m
#   --as-served         with the heap, collector and compilers of Kafka's own start script, not with what starts soon: for
#                       measurements
#   --release X.Y.Z     another Kafka than 4.1.1, as tools/kafka_jars.sh brings it: 2.8.2, 3.0.2
#
# DIR/env has BOOTSTRAP (the plain listener), CONTROLLER, BROKER_PID and one BOOTSTRAP_<LISTENER> for each listener.
# SASL users: admin, alice and bob, with the passwords admin-secret, alice-secret and bob-secret. DIR/pki has ca.crt,
# client.crt, client.key and client-encrypted.key (password: key-secret). DIR/krb5 has krb5.conf and alice.keytab.
set -euo pipefail

fail() { echo "kafka_broker.sh: $*" >&2; exit 1; }

script=$(readlink -f "$0")

cache=${WEIR_CACHE:-$HOME/.cache/weir}
libs=${WEIR_KAFKA_LIBS:-$cache/kafka-4.1.1/libs}
users=(admin alice bob)
realm=WEIR.TEST

# Ports below the range that the kernel gives to outgoing connections, which could take them in between.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
ports = []
while len(ports) < int(sys.argv[1]):
    port = random.randint(15000, 32000)
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    if port not in ports:
        ports.append(port)
print(*ports)
PYTHON
}

# The JVM starts in half of the time where tools/kafka_jars.sh has left an archive of the classes beside the jars.
# WEIR_KAFKA_ARCHIVE names one for a broker to write as it ends.
class_archive() {
  local archive
  archive=$(dirname "$(<"$dir/libs")")/classes.jsa
  if [[ -n ${WEIR_KAFKA_ARCHIVE:-} ]]; then
    echo "-XX:ArchiveClassesAtExit=$WEIR_KAFKA_ARCHIVE"
  elif [[ -e $archive ]]; then
    echo "-XX:SharedArchiveFile=$archive"
  fi
}

# The jars, and a logger that writes to standard error where Debian's is installed (libslf4j-java).
classpath() { echo "$(<"$dir/libs")/*:/usr/share/java/slf4j-simple.jar"; }
java_flags=(-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Dorg.slf4j.simpleLogger.showDateTime=true
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS" -Dorg.slf4j.simpleLogger.showThreadName=false)

# Those of kafka-server-start.sh and kafka-run-class.sh of Kafka 4.1.1, after which the last one said counts.
served_flags=(-Xms1g -Xmx1g -XX:-UseSerialGC -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35
  -XX:+ExplicitGCInvokesConcurrent -XX:TieredStopAtLevel=4)

# Asks for the brokers of the cluster once; succeeds when NODE_ID, the broker asked, is among them.
answers_metadata() {  # HOST:PORT NODE_ID
  python3 - "$@" <<'PYTHON'
import socket, struct, sys
host, port = sys.argv[1].split(":")
request = struct.pack(">hhih", 3, 1, 1, -1) + struct.pack(">i", 0)
try:
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        stream = connection.makefile("rb")
        (size,) = struct.unpack(">i", stream.read(4))
        body = stream.read(size)
except (OSError, struct.error):
    sys.exit(1)
offset, nodes = 8, []
for _ in range(struct.unpack_from(">i", body, 4)[0]):
    node, length = struct.unpack_from(">ih", body, offset)
    offset += 6 + length + 4
    offset += 2 + max(0, struct.unpack_from(">h", body, offset)[0])
    nodes.append(node)
sys.exit(0 if int(sys.argv[2]) in nodes else 1)
PYTHON
}

is_running() { [[ -s $dir/pid ]] && kill -0 "$(<"$dir/pid")" 2>/dev/null; }

wait_gone() {  # PID SECONDS
  for ((i = 0; i < $2 * 20; i++)); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.05; done
  return 1
}

make_pki() {
  local pki=$dir/pki name
  mkdir -p "$pki"
  {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=Weir test CA" -keyout "$pki/ca.key" -out "$pki/ca.crt"
    for name in server client; do
      openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$pki/$name.key" -out "$pki/$name.csr"
      openssl x509 -req -in "$pki/$name.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 30 \
        -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost") -out "$pki/$name.crt"
    done
    openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:key-secret -in "$pki/client.key" -out "$pki/client-encrypted.key"
  } >"$dir/pki.log" 2>&1 || fail "openssl failed, see $dir/pki.log"
  cat "$pki/server.key" "$pki/server.crt" >"$pki/server.pem"
}

make_kdc() {
  local krb=$dir/krb5 port
  mkdir -p "$krb"
  port=$(free_ports 1)
  cat >"$krb/krb5.conf" <<CONF
[libdefaults]
  default_realm = $realm
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  $realm = {
    kdc = 127.0.0.1:$port
  }
CONF
  cat >"$krb/kdc.conf" <<CONF
[realms]
  $realm = {
    database_name = $krb/principal
    key_stash_file = $krb/stash
    kdc_listen = 127.0.0.1:$port
    kdc_tcp_listen = 127.0.0.1:$port
  }
CONF
  (
    export KRB5_CONFIG=$krb/krb5.conf KRB5_KDC_PROFILE=$krb/kdc.conf
    kdb5_util -r $realm -P master create -s
    for principal in kafka/127.0.0.1 kafka/localhost; do
      kadmin.local -r $realm addprinc -randkey $principal
      kadmin.local -r $realm ktadd -k "$krb/kafka.keytab" $principal
    done
    kadmin.local -r $realm addprinc -randkey alice
    kadmin.local -r $realm ktadd -k "$krb/alice.keytab" alice
  ) >"$krb/setup.log" 2>&1 || fail "the KDC could not be set up, see $krb/setup.log"
}

start_kdc() {
  local krb=$dir/krb5
  KRB5_CONFIG=$krb/krb5.conf KRB5_KDC_PROFILE=$krb/kdc.conf \
    setsid krb5kdc -n -r $realm -P "$krb/kdc.pid" >"$krb/kdc.log" 2>&1 </dev/null &
}

stop_kdc() { [[ ! -s $dir/krb5/kdc.pid ]] || kill "$(<"$dir/krb5/kdc.pid")" 2>/dev/null || true; }

jaas_plain() {
  printf 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  printf ' user_%s="%s-secret"' $(for user in "${users[@]}"; do echo "$user" "$user"; done)
  printf ';'
}

# listener NAME -> security protocol on the first line, then its properties
listener_properties() {
  local prefix=listener.name.$1
  case $1 in
    plain) echo PLAINTEXT ;;
    ssl | ssl_mtls)
      echo SSL
      [[ $1 == ssl ]] && echo "$prefix.ssl.client.auth=none" || echo "$prefix.ssl.client.auth=required"
      ;;
    sasl_plain)
      echo SASL_PLAINTEXT
      echo "$prefix.sasl.enabled.mechanisms=PLAIN"
      echo "$prefix.plain.sasl.jaas.config=$(jaas_plain)"
      ;;
    sasl_scram | sasl_ssl_scram)
      [[ $1 == sasl_scram ]] && echo SASL_PLAINTEXT || echo SASL_SSL
      echo "$prefix.sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512"
      echo "$prefix.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;"
      echo "$prefix.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;"
      ;;
    oauth)
      echo SASL_PLAINTEXT
      echo "$prefix.sasl.enabled.mechanisms=OAUTHBEARER"
      echo "$prefix.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"admin\";"
      ;;
    gssapi)
      echo SASL_PLAINTEXT
      echo "$prefix.sasl.enabled.mechanisms=GSSAPI"
      echo "$prefix.sasl.kerberos.service.name=kafka"
      echo "$prefix.gssapi.sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab=\"$dir/krb5/kafka.keytab\" principal=\"kafka/127.0.0.1@$realm\";"
      ;;
    *) fail "no such listener: $1" ;;
  esac
}

write_properties() {
  local names=(plain ${listeners//,/ }) ports listener_list="" map="CONTROLLER:PLAINTEXT" extra="" name i protocol roles
  read -ra ports <<<"$(free_ports $((${#names[@]} + 1)))"
  [[ -z $port ]] || ports[0]=$port
  local controller=127.0.0.1:${ports[-1]}
  : >"$dir/env"
  for i in "${!names[@]}"; do
    name=${names[i]}
    [[ $name != *ssl* || -d $dir/pki ]] || make_pki
    [[ $name != gssapi || -d $dir/krb5 ]] || make_kdc
    local properties
    properties=$(listener_properties "$name")
    protocol=${properties%%$'\n'*}
    extra+=${properties#"$protocol"}$'\n'
    listener_list+="${listener_list:+,}${name^^}://127.0.0.1:${ports[i]}"
    map+=",${name^^}:$protocol"
    echo "BOOTSTRAP_${name^^}=127.0.0.1:${ports[i]}" >>"$dir/env"
  done
  if [[ -n $voters ]]; then
    controller=$(grep -oP "(^|,)$node_id@\K[^,]+" <<<"$voters")
    roles=broker,controller
  elif [[ -n $join ]]; then
    controller=$(. "$join/env" && echo "$CONTROLLER")
    voters=$(sed -n 's/^controller.quorum.voters=//p' "$join/server.properties")
    roles=broker
  else
    voters=$node_id@$controller
    roles=broker,controller
  fi
  echo "BOOTSTRAP=127.0.0.1:${ports[0]}" >>"$dir/env"
  echo "CONTROLLER=$controller" >>"$dir/env"
  cat >"$dir/server.properties" <<PROPERTIES
process.roles=$roles
node.id=$node_id
controller.quorum.voters=$voters
controller.listener.names=CONTROLLER
listeners=$listener_list$([[ -n $join ]] || echo ",CONTROLLER://$controller")
advertised.listeners=$listener_list
listener.security.protocol.map=$map
inter.broker.listener.name=PLAIN
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=2
num.io.threads=4
background.threads=2
$extra
PROPERTIES
  [[ ! -d $dir/pki ]] || cat >>"$dir/server.properties" <<PROPERTIES
ssl.keystore.type=PEM
ssl.keystore.location=$dir/pki/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/pki/ca.crt
PROPERTIES
  [[ -z $acl ]] || cat >>"$dir/server.properties" <<PROPERTIES
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
PROPERTIES
  ((${#settings[@]} == 0)) || printf '%s\n' "${settings[@]}" >>"$dir/server.properties"
}

# What formatting writes differs between the nodes of a cluster by their ids alone.
copy_storage() {  # DIR
  for ((i = 0; i < 600; i++)); do
    [[ ! -s $1/pid ]] || break
    sleep 0.1
  done
  mkdir -p "$dir/data"
  cp "$1/data/bootstrap.checkpoint" "$dir/data/"
  sed "s/^node.id=.*/node.id=$node_id/; s/^directory.id=.*/directory.id=weir-test-log-dir-00${node_id}A/" \
    "$1/data/meta.properties" >"$dir/data/meta.properties"
}

format_storage() {
  local scram=() user hash cluster=weir-test-cluster-0000
  if [[ $listeners == *scram* ]]; then
    for user in "${users[@]}"; do
      for hash in 256 512; do scram+=(--add-scram "SCRAM-SHA-$hash=[name=$user,password=$user-secret]"); done
    done
  fi
  local archive
  mapfile -t archive < <(WEIR_KAFKA_ARCHIVE="" class_archive)
  java "${java_flags[@]}" "${archive[@]}" -cp "$(classpath)" kafka.tools.StorageTool format -t "$cluster" -c "$dir/server.properties" "${scram[@]}" >"$dir/format.log" 2>&1 ||
    fail "formatting failed: $(tail -n 3 "$dir/format.log")"
}

# Kills the broker soon after the process that wanted it has ended without stopping it.
watch_parent() {  # PARENT BROKER
  setsid bash -c "while kill -0 $1 && kill -0 $2; do sleep 0.5; done; kill -0 $1 || '$script' kill '$dir'" \
    >/dev/null 2>&1 </dev/null &
}

launch() {
  local pid options=() plain id
  mapfile -t options < <(class_archive)
  [[ ! -e $dir/as-served ]] || options+=("${served_flags[@]}")
  [[ ! -s $dir/heap ]] || options+=("-Xmx$(<"$dir/heap")")
  if [[ -d $dir/krb5 ]]; then
    start_kdc
    options+=(-Djava.security.krb5.conf="$dir/krb5/krb5.conf")
  fi
  setsid java "${java_flags[@]}" "${options[@]}" -cp "$(classpath)" kafka.Kafka "$dir/server.properties" \
    >>"$dir/broker.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid" >"$dir/pid"
  sed -i '/^BROKER_PID=/d' "$dir/env"
  echo "BROKER_PID=$pid" >>"$dir/env"
  [[ ! -s $dir/parent ]] || watch_parent "$(<"$dir/parent")" "$pid"
  plain=$(sed -n 's/^BOOTSTRAP=//p' "$dir/env")
  id=$(sed -n 's/^node.id=//p' "$dir/server.properties")
  for ((i = 0; i < 600; i++)); do
    ! answers_metadata "$plain" "$id" || return 0
    is_running || { stop_kdc; fail "the broker ended, see $dir/broker.log: $(grep -m 1 -E 'ERROR|Exception' "$dir/broker.log" || true)"; }
    sleep 0.1
  done
  kill -KILL "$pid"
  stop_kdc
  fail "the broker was not ready within 60 s, see $dir/broker.log"
}

start() {
  port="" listeners="" acl="" node_id=1 join="" voters="" like=""
  settings=()
  rm -rf "${dir:?}"/{data,pki,krb5,broker.log,pid,parent,heap,as-served}
  while (($#)); do
    case $1 in
      --port) port=$2; shift 2 ;;
      --listeners) listeners=$(echo ",$2," | sed 's/,plain,/,/; s/^,//; s/,$//'); shift 2 ;;
      --acl) acl=yes; shift ;;
      --set) settings+=("$2"); shift 2 ;;
      --parent) echo "$2" >"$dir/parent"; shift 2 ;;
      --node-id) node_id=$2; shift 2 ;;
      --join) join=$2; shift 2 ;;
      --voters) voters=$2; shift 2 ;;
      --like) like=$2; shift 2 ;;
      --release) libs=$cache/kafka-$2/libs; shift 2 ;;
      --heap) echo "$2" >"$dir/heap"; shift 2 ;;
      --as-served) touch "$dir/as-served"; shift ;;
      *) fail "no such option: $1" ;;
    esac
  done
  [[ -d $libs ]] || fail "no Kafka in $libs: run tools/kafka_jars.sh, or set WEIR_KAFKA_LIBS to the libs directory of Kafka 4.1.1"
  echo "$libs" >"$dir/libs"
  write_properties
  if [[ -n $like ]]; then copy_storage "$like"; else format_storage; fi
  launch
}

stop() {
  stop_kdc
  is_running || return 0
  local pid
  pid=$(<"$dir/pid")
  kill -TERM "$pid" 2>/dev/null || true
  kill -CONT "$pid" 2>/dev/null || true
  wait_gone "$pid" 20 || kill -KILL "$pid" 2>/dev/null || true
  wait_gone "$pid" 5 || fail "the broker $pid cannot be ended"
}

if [[ ${1-} == ports ]]; then
  free_ports "$2"
  exit
fi
(($# >= 2)) || fail "usage: kafka_broker.sh start|stop|kill|pause|resume|restart DIR [OPTION...]"
command=$1
# A broker that is gone, and its directory with it, is not to leave one behind.
[[ $command != start ]] || mkdir -p "$2"
[[ -d $2 ]] || fail "there is no directory $2"
dir=$(cd "$2" && pwd)
shift 2
case $command in
  start) start "$@" ;;
  stop) stop ;;
  kill) stop_kdc; ! is_running || { kill -KILL "$(<"$dir/pid")"; wait_gone "$(<"$dir/pid")" 5; } ;;
  pause) kill -STOP "$(<"$dir/pid")" ;;
  resume) kill -CONT "$(<"$dir/pid")" ;;
  restart) stop; launch ;;
  *) fail "no such command: $command" ;;
esac
