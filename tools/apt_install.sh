#!/bin/bash
# Installs the Debian packages that are missing. Usage: apt_install.sh SECTION... (see apt-packages.txt)
source "$(dirname "$0")/lib.sh"

list=$root/tools/apt-packages.txt
(($# > 0)) || fail "name a section of $list"
command -v dpkg-query >/dev/null || fail "this is no Debian: install what $list names by hand, then run cmake --preset release"

missing=()
for section in "$@"; do
  mapfile -t packages < <(awk -v section="[$section]" '/^\[/ {on = $0 == section; next} on && /^[a-z]/' "$list")
  ((${#packages[@]} > 0)) || fail "no section [$section] in $list"
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^.i' || missing+=("$package")
  done
done
((${#missing[@]} > 0)) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "not root and no sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive bash "$root/tools/apt_as_root.sh" "${missing[@]}" ||
  fail "apt-get could not install: ${missing[*]}"
