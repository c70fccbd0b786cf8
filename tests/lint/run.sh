#!/bin/bash
# Every lint test, all of them even where one fails. Needs build/release configured and its generated code built.
source "$(dirname "$0")/../../tools/lib.sh"

cd "$root"
bin=$(tools/python_tools.sh)
failed=()

step() {  # NAME COMMAND...
  local name=$1 started=$SECONDS
  shift
  if "$@"; then
    echo "lint: $name: clean ($((SECONDS - started)) s)"
  else
    echo "lint: $name: FAILED"
    failed+=("$name")
  fi
}

formatting() {
  find src tests bench examples \( -name '*.h' -o -name '*.cc' \) -print0 |
    xargs -0 -n 1 -P "$(nproc)" "$bin/clang-format" --dry-run --Werror --ferror-limit=1
}
step formatting formatting
step "include table" python3 tests/lint/include_table.py .
step sizes python3 tests/lint/sizes.py .
step links python3 tests/lint/links.py .
step clang-tidy python3 tests/lint/clang_tidy.py "$bin/clang-tidy" build/release "$WEIR_CACHE/clang-tidy"
((${#failed[@]} == 0)) || fail "${failed[*]}: see above; make format mends formatting"
