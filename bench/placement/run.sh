#!/bin/bash
# Measures Weir's scheduler and Knative's (knative.dev/eventing, in Go) doing the same, prints both and their ratio, and
# exits with 1 when a goal is missed. Arguments are those of compare.py: --quick, --out FILE.
#
#   WEIR_PLACEMENT_BENCH  the program to measure (default: build/release/bench/weir_placement_bench)
#   WEIR_CACHE            where Knative's program is kept (default: ~/.cache/weir)
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
bench=$(realpath -m "${WEIR_PLACEMENT_BENCH:-$root/build/release/bench/weir_placement_bench}")
[[ -x $bench ]] || { echo "bench: no $bench; build it with: cmake --preset release && cmake --build --preset release" >&2; exit 2; }
knative=${WEIR_CACHE:-$HOME/.cache/weir}/knative-scheduler-bench
mkdir -p "$(dirname "$knative")"
(cd "$root/bench/placement/knative" && go build -o "$knative" .)
exec python3 "$root/bench/placement/compare.py" "$bench" "$knative" "$@"
