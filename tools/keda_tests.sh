#!/bin/bash
# Drives the weir of a preset with KEDA's Go clients. Usage: keda_tests.sh PRESET [ARGUMENT of tests/keda/run.sh...]
source "$(dirname "$0")/lib.sh"

preset=$1
shift
WEIR_KAFKA_LIBS=$("$root/tools/kafka_jars.sh")
PATH=$("$root/tools/go.sh"):$PATH
export WEIR_KAFKA_LIBS PATH
export WEIR_BIN=$root/build/$preset/weir
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$root/tests/keda/run.sh" "$@" | tee "$log" || status=$?
echo "$preset keda: Go tests: $(grep -c '^--- PASS' "$log") passed, $(grep -c '^--- FAIL' "$log") failed"
((status == 0)) || exit "$status"
! grep -E '^ *--- SKIP' "$log" || fail "a test of $preset keda was skipped: nothing may be"
