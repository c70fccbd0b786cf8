#!/bin/bash
# Measures weir with a thousand triggers on one Kafka broker, and exits with 1 when a goal is missed. Starts both itself.
# Arguments are those of tests/keda/scale: -triggers N, -topics N, -partitions N, -in-flight N, -seconds N.
#
#   WEIR_BIN        the binary to measure (default: build/release/weir); weir_grpc_load lies beside it, in bench/
#   WEIR_KAFKA_LIBS directory with Kafka's jars
#   WEIR_CACHE      where the program is kept (default: ~/.cache/weir)
set -euo pipefail

exec "$(dirname "$0")/program.sh" scale "$@"
