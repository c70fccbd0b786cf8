#!/bin/bash
# Runs the tests of a preset that carry one of the labels. Usage: ctest.sh PRESET LABEL...
source "$(dirname "$0")/lib.sh"

preset=$1
shift
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=second_deadlock_stack=1:halt_on_error=1
if [[ " $* " == *" kafka "* ]]; then
  WEIR_KAFKA_LIBS=$("$root/tools/kafka_jars.sh")
  export WEIR_KAFKA_LIBS
  # Older brokers, for tests/kafka/versions_test.cc.
  for release in 3.0.2 2.8.2; do "$root/tools/kafka_jars.sh" "$release" >/dev/null; done
fi

# GCC 12's thread sanitizer cannot map its memory where the kernel randomizes addresses by more than 28 bits.
unrandomized=()
if [[ $preset == tsan ]] && setarch "$(uname -m)" -R true 2>/dev/null; then unrandomized=(setarch "$(uname -m)" -R); fi

for label in "$@"; do
  jobs=$(nproc)
  # Mostly waiting for brokers; more than two of them start slowly on two cores.
  [[ $label != kafka ]] || jobs=2
  status=0
  "${unrandomized[@]}" ctest --test-dir "$root/build/$preset" --label-regex "^$label\$" --parallel "$jobs" \
    --output-on-failure --no-tests=error || status=$?
  results=$root/build/$preset/Testing/Temporary/LastTest.log
  awk -v suite="$preset $label" '/^\[  PASSED  \]/ {passed += $4} /^\[  FAILED  \] [0-9]+ test/ {failed += $4}
    END {printf "%s: GoogleTest cases: [  PASSED  ] %d, [  FAILED  ] %d\n", suite, passed, failed}' "$results"
  ((status == 0)) || exit "$status"
  ! grep -F '[  SKIPPED ]' "$results" || fail "a test of $preset $label was skipped: nothing may be"
done
