#!/bin/bash
# Measures weir with a thousand triggers on one Kafka broker, and exits with 1 when a goal is missed. Starts both itself.
# Arguments are those of tests/keda/scale: -triggers N, -topics N, -partitions N, -in-flight N, -duration 10s.
#
#   WEIR_BIN        the binary to measure (default: build/release/weir)
#   WEIR_KAFKA_LIBS directory with Kafka's jars
#   WEIR_CACHE      where the program is kept (default: ~/.cache/weir)
set -euo pipefail

WEIR_ROOT=$(cd "$(dirname "$0")/.." && pwd)
WEIR_BIN=$(realpath -m "${WEIR_BIN:-$WEIR_ROOT/build/release/weir}")
export WEIR_ROOT WEIR_BIN
[[ -x $WEIR_BIN ]] || { echo "bench: no $WEIR_BIN; build it with: cmake --preset release && cmake --build --preset release" >&2; exit 2; }
program=${WEIR_CACHE:-$HOME/.cache/weir}/weir-scale
mkdir -p "$(dirname "$program")"
(cd "$WEIR_ROOT/tests/keda" && go build -o "$program" ./scale)
exec "$program" "$@"
