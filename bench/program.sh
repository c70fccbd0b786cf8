#!/bin/bash
# Builds one of the Go programs under tests/keda that measure, and becomes it. Usage: program.sh scale|bench [ARGUMENT...]
set -euo pipefail

name=$1
shift
WEIR_ROOT=$(cd "$(dirname "$0")/.." && pwd)
WEIR_BIN=$(realpath -m "${WEIR_BIN:-$WEIR_ROOT/build/release/weir}")
export WEIR_ROOT WEIR_BIN
for needed in "$WEIR_BIN" "${WEIR_GRPC_LOAD:-$(dirname "$WEIR_BIN")/bench/weir_grpc_load}"; do
  [[ -x $needed ]] || { echo "bench: no $needed; build it with: cmake --preset release && cmake --build --preset release" >&2; exit 2; }
done
program=${WEIR_CACHE:-$HOME/.cache/weir}/weir-$name
mkdir -p "$(dirname "$program")"
(cd "$WEIR_ROOT/tests/keda" && go build -o "$program" "./$name")
exec "$program" "$@"
