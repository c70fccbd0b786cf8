#!/bin/bash
# Configures a preset where that has not been done, and builds it. Usage: build.sh PRESET [TARGET...]
source "$(dirname "$0")/lib.sh"

preset=$1
shift
cd "$root"
if [[ ! -e build/$preset/build.ninja ]]; then
  say "configuring $preset"
  log=$(mktemp)
  cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; fail "cmake --preset $preset failed"; }
  rm -f "$log"
fi
say "building $preset ${*:-everything}"
ninja --quiet -C "build/$preset" "$@" >&2
