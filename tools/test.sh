#!/bin/bash
# Runs the targets of the Makefile that are named, all of them even where one fails, and closes with what each runner
# says of itself. Usage: test.sh TARGET...
source "$(dirname "$0")/lib.sh"

logs=$root/build/test-logs
mkdir -p "$logs"
failed=()
summary=()

# A runner's own closing lines.
closing_lines() {
  grep -aE '^[0-9]+% tests passed|^Total Test time|GoogleTest cases:|Go tests:|^lint: |^Ran [0-9]+ test|^OK$|^FAILED|rows compared' \
    "$1" || tail -n 3 "$1"
}

# KEDA's packages take minutes to compile the first time: that goes on where the suites before wait for brokers more than
# they compute. It has a session of its own and the least share, as the kernel divides time by sessions, and each broker
# has one.
compiling=
start_compiling_keda_tests() {
  setsid bash -c 'echo 19 2>/dev/null >/proc/self/autogroup; exec chrt --idle 0 nice -n 19 "$@"' compile \
    "$root/tools/with_tools.sh" "$root/tests/keda/run.sh" -build-only >"$logs/keda-build.log" 2>&1 &
  compiling=$!
  trap 'kill -- "-$compiling" 2>/dev/null || true' EXIT
}

for target in "$@"; do
  [[ $target != test-kafka || " $* " != *" test-keda "* ]] || start_compiling_keda_tests
  # Where that fails, so will the suite, and say why.
  [[ $target != test-keda || -z $compiling ]] || wait "$compiling" || true
  say "make $target"
  started=$SECONDS
  if make --no-print-directory -C "$root" "$target" 2>&1 | tee "$logs/$target.log"; then
    verdict=passed
  else
    verdict=FAILED
    failed+=("$target")
  fi
  summary+=("$target: $verdict in $((SECONDS - started)) s" "$(closing_lines "$logs/$target.log" | sed 's/^/    /')")
done

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
((${#failed[@]} == 0)) || fail "failed: ${failed[*]}; logs are in build/test-logs"
echo "all of $# suites passed in $SECONDS s"
