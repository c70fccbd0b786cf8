#!/bin/bash
# Drives the weir of a preset with KEDA's Go clients. Usage: keda_tests.sh PRESET [ARGUMENT of tests/keda/run.sh...]
source "$(dirname "$0")/lib.sh"

preset=$1
shift
export WEIR_BIN=$root/build/$preset/weir

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$root/tools/with_tools.sh" "$root/tests/keda/run.sh" "$@" | tee "$log" || status=$?
echo "$preset keda: Go tests: $(grep -c '^--- PASS' "$log") passed, $(grep -c '^--- FAIL' "$log") failed"
((status == 0)) || exit "$status"
! grep -E '^ *--- SKIP' "$log" || fail "a test of $preset keda was skipped: nothing may be"
