#!/bin/bash
# Starts and stops three Kafka brokers, each a controller too, for tests, on 127.0.0.1 only: DIR/1, DIR/2 and DIR/3,
# which kafka_broker.sh stops, kills, pauses and restarts one by one. Kafka's own topics have three replicas.
#
#   kafka_cluster.sh start DIR [OPTION...]   options of `kafka_broker.sh start`; returns when all three serve
#   kafka_cluster.sh stop|kill DIR           end all in order, or at once
#
# DIR/env has BOOTSTRAP, the plain listeners of all three.
set -euo pipefail

fail() { echo "kafka_cluster.sh: $*" >&2; exit 1; }

broker=$(dirname "$(readlink -f "$0")")/kafka_broker.sh
nodes=(1 2 3)

# A dead broker is known to be dead, and its partitions are led by others, within seconds. Leaders stay where they are put.
settings=(
  --heap 320m
  --set offsets.topic.replication.factor=3
  --set transaction.state.log.replication.factor=3
  --set broker.session.timeout.ms=3000
  --set broker.heartbeat.interval.ms=500
  --set auto.leader.rebalance.enable=false
)

each() {  # COMMAND
  local node pids=() pid
  for node in "${nodes[@]}"; do
    "$broker" "$1" "$dir/$node" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
}

start() {
  local ports node pids=() pid voters="" bootstrap="" like=()
  read -ra ports <<<"$("$broker" ports 6)"
  for node in "${nodes[@]}"; do
    voters+="${voters:+,}$node@127.0.0.1:${ports[node + 2]}"
    bootstrap+="${bootstrap:+,}127.0.0.1:${ports[node - 1]}"
    rm -rf "${dir:?}/$node"
  done
  for node in "${nodes[@]}"; do
    "$broker" start "$dir/$node" --node-id "$node" --voters "$voters" --port "${ports[node - 1]}" "${like[@]}" \
      "${settings[@]}" "$@" &
    pids+=($!)
    like=(--like "$dir/${nodes[0]}")
  done
  for pid in "${pids[@]}"; do wait "$pid" || { each kill; fail "a broker did not start, see $dir"; }; done
  echo "BOOTSTRAP=$bootstrap" >"$dir/env"
}

(($# >= 2)) || fail "usage: kafka_cluster.sh start|stop|kill DIR [OPTION...]"
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2
case $command in
  start) start "$@" ;;
  stop | kill) each "$command" ;;
  *) fail "no such command: $command" ;;
esac
