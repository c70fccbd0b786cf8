#!/bin/bash
# Measures weir beside KEDA's own Kafka scalers on one Kafka broker, and exits with 1 when a goal is missed. Starts all of them.
# What is compared with what: docs/performance.md. Arguments are those of tests/keda/bench:
#
#   -groups 100,1000,5000,10000   how many groups
#   -rounds 3                     how often each is measured
#   -only LIST                    of growth, moving, streams, consumer, fairness, secured, credentials, restart
#   -kafka-most N                 KEDA's kafka scaler is measured for at most N groups; -apache-kafka-most N likewise
#   -json FILE                    where the figures go (default: build/bench/keda.json)
#
#   WEIR_BIN, WEIR_KAFKA_LIBS, WEIR_CACHE  as in bench/run.sh
set -euo pipefail

# KEDA has two connections for each ScaledObject, and the broker as many again.
descriptors=16384
(($(ulimit -n) >= descriptors)) || ulimit -n "$descriptors" || {
  echo "bench: KEDA's side of 5,000 groups needs $descriptors open files, ulimit -n says $(ulimit -n)" >&2
  exit 2
}
cd "$(dirname "$0")/.."
exec bench/program.sh bench "$@"
