#!/bin/bash
# Prints the bin directory of a virtual environment that has requirements-dev.txt, made when it is missing.
source "$(dirname "$0")/lib.sh"

requirements=$root/tools/requirements-dev.txt
venv=$WEIR_CACHE/python-$(sha256sum <"$requirements" | cut -c1-16)
if [[ ! -e $venv/complete ]]; then
  say "installing $(paste -sd ' ' "$requirements")"
  rm -rf "$venv"
  python3 -m venv "$venv" >&2 || fail "python3 -m venv failed: is python3-venv installed?"
  "$venv/bin/pip" --quiet --disable-pip-version-check install -r "$requirements" >&2 ||
    fail "pip could not install $requirements"
  touch "$venv/complete"
fi
echo "$venv/bin"
