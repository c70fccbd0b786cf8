#!/bin/bash
# Installs Debian packages without starting the services that some of them bring (prometheus would take port 9090).
# Usage, as root: apt_as_root.sh PACKAGE...
set -euo pipefail

policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi

echo "== installing $# Debian packages" >&2
apt-get -qq -o Acquire::Retries=3 update >&2
apt-get -qq -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" >&2

# Nor after the next boot.
if [[ -d /run/systemd/system ]]; then
  for service in prometheus krb5-kdc krb5-admin-server; do
    [[ " $* " != *" $service "* ]] || systemctl disable --quiet "$service" || true
  done
fi
