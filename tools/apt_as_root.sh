#!/bin/bash
# Installs Debian packages without starting the services that some of them bring (prometheus would take port 9090).
# Usage, as root: apt_as_root.sh PACKAGE...
set -euo pipefail

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
remove=("$log")
trap 'rm -f "${remove[@]}"' EXIT
if [[ ! -e $policy ]]; then
  remove+=("$policy")
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi

echo "== installing $# Debian packages" >&2
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
quietly apt-get -q -o Acquire::Retries=3 update
quietly apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"

# Nor after the next boot.
if [[ -d /run/systemd/system ]]; then
  for service in prometheus krb5-kdc krb5-admin-server; do
    [[ " $* " != *" $service "* ]] || systemctl disable --quiet "$service" || true
  done
fi
