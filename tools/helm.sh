#!/bin/bash
# Prints the path of a helm of at least 3.17: the one in PATH, or one built from its Go module.
source "$(dirname "$0")/lib.sh"

release=3.19.2
# What a helm without a cluster takes the API server's version to be. A build without it says 1.20.
kubernetes_minor=35

new_enough() {
  local version
  version=$("$1" version --template '{{.Version}}' 2>/dev/null) || return 1
  [[ $version == v3.* && $(printf '%s\n' v3.17 "$version" | sort -V | head -1) == v3.17 ]]
}

if found=$(command -v helm) && new_enough "$found"; then
  echo "$found"
  exit
fi
folder=$WEIR_CACHE/helm-$release
if [[ ! -x $folder/helm ]]; then
  go_bin=$("$root/tools/go.sh")
  say "building helm $release"
  flags="-s -w"
  for package in lint/rules chartutil; do
    flags+=" -X helm.sh/helm/v3/pkg/$package.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/$package.k8sVersionMinor=$kubernetes_minor"
  done
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  PATH=$go_bin:$PATH GOBIN=$work CGO_ENABLED=0 go install -trimpath -ldflags "$flags" \
    "helm.sh/helm/v3/cmd/helm@v$release" >&2 || fail "no helm of 3.17 or later in PATH, and go install of $release failed"
  new_enough "$work/helm" || fail "the helm that was built says $("$work/helm" version)"
  mkdir -p "$folder"
  mv "$work/helm" "$folder/helm"
fi
echo "$folder/helm"
