#!/bin/bash
# Runs a command on a checkout of HEAD in a fresh Debian bookworm root: debootstrap's minbase with make and git. As root.
#
#   fresh_root.sh DIR make demo ARGS="--duration 30s"
#   fresh_root.sh DIR make test
#
# DIR is made where it does not exist, and kept: the second run in it finds what the first one installed.
#
#   WEIR_ROOT_OVERLAY   a directory copied over the root: certificates in usr/local/share/ca-certificates, settings of pip
#                       and Maven, etc/environment with NAME=value lines for the command
#   WEIR_ROOT_MIRROR    where debootstrap gets Debian from (default: its own)
set -euo pipefail

fail() {
  echo "fresh_root.sh: $*" >&2
  exit 1
}

repository=$(cd "$(dirname "$0")/../.." && pwd)
(($# >= 2)) || fail "usage: fresh_root.sh DIR COMMAND..."
((EUID == 0)) || fail "chroot needs root"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
mkdir -p "$1"
target=$(cd "$1" && pwd)
shift

if [[ ! -e $target/.complete ]]; then
  debootstrap --variant=minbase --include=make,git bookworm "$target" ${WEIR_ROOT_MIRROR:+"$WEIR_ROOT_MIRROR"}
  touch "$target/.complete"
fi
[[ -z ${WEIR_ROOT_OVERLAY:-} ]] || cp -r "$WEIR_ROOT_OVERLAY/." "$target/"
cp /etc/resolv.conf /etc/hosts "$target/etc/"

checkout=$target/root/weir
if [[ -d $checkout ]]; then
  git -C "$checkout" -c safe.directory='*' pull --quiet --ff-only "$repository" HEAD
else
  git -c safe.directory='*' clone --quiet --no-hardlinks "$repository" "$checkout"
fi

environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
if [[ -e $target/etc/environment ]]; then mapfile -t -O "${#environment[@]}" environment < <(grep = "$target/etc/environment" || true); fi

# Mounts end with the namespace.
export target
exec unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
  mount --make-rprivate /
  mount --rbind /dev "$target/dev"
  mount -t proc proc "$target/proc"
  mount -t sysfs -o ro sysfs "$target/sys"
  exec chroot "$target" "$@"' fresh_root env -i --chdir=/root/weir "${environment[@]}" "$@"
