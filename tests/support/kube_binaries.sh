#!/bin/bash
# Prints the directory of etcd, kube-apiserver, kube-controller-manager, kubectl and KEDA's CRDs (keda-crds/), each built
# from its Go module where it is missing: about ten minutes on two cores, once a machine.
# Usage: kube_binaries.sh [NAME...] (default: all of them)
source "$(dirname "$0")/../../tools/lib.sh"

kubernetes=1.35.4
etcd=3.6.8
keda=2.21.0

bin=$WEIR_CACHE/kubernetes-$kubernetes-etcd-$etcd-keda-$keda
mkdir -p "$bin"

# The field of what `go mod download` says of a module.
module_field() {  # MODULE@VERSION FIELD
  go mod download -json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$2"
}

# Builds the command PACKAGE of the module whose go.mod lies in the working directory.
build() {  # NAME PACKAGE
  say "building $1"
  local major=${kubernetes%%.*} minor=${kubernetes#*.} flags="-s -w"
  minor=${minor%%.*}
  for variable in gitVersion=v$kubernetes gitMajor=$major gitMinor=$minor; do
    flags+=" -X k8s.io/component-base/version.$variable -X k8s.io/client-go/pkg/version.$variable"
  done
  GOFLAGS="-mod=mod -trimpath" go build -ldflags "$flags" -o "$bin/$1.new" "$2" >&2 || fail "$1 could not be built"
  mv "$bin/$1.new" "$bin/$1"
}

# The importing file makes `go mod tidy` write down everything that the commands need.
tidy() {  # PACKAGE...
  { printf '//go:build tools\n\npackage tools\n'; printf 'import _ "%s"\n' "$@"; } >tools.go
  go mod tidy >tidy.log 2>&1 || fail "go mod tidy failed: $(tail -n 3 tidy.log)"
}

make_etcd() {
  printf 'module weir.dev/etcd\ngo 1.24\nrequire go.etcd.io/etcd/server/v3 v%s\n' "$etcd" >go.mod
  tidy go.etcd.io/etcd/server/v3
  build etcd go.etcd.io/etcd/server/v3
}

# Kubernetes' own go.mod points its staging modules at folders that its published module does not have.
make_kubernetes() {  # COMMAND...
  local source command packages=()
  source=$(module_field "k8s.io/kubernetes@v$kubernetes" GoMod)
  printf 'module weir.dev/kubernetes\ngo 1.25.0\nrequire k8s.io/kubernetes v%s\n' "$kubernetes" >go.mod
  awk -v version="v0.${kubernetes#1.}" '$2 == "=>" && $3 ~ /staging/ {print "replace", $1, "=>", $1, version}' "$source" >>go.mod
  for command in kube-apiserver kube-controller-manager kubectl; do packages+=("k8s.io/kubernetes/cmd/$command"); done
  tidy "${packages[@]}"
  for command in "$@"; do build "$command" "k8s.io/kubernetes/cmd/$command"; done
}

make_keda_crds() {
  local source
  source=$(module_field "github.com/kedacore/keda/v2@v$keda" Dir)
  rm -rf "$bin/keda-crds" "$bin/keda-crds.new"
  cp -R "$source/config/crd/bases" "$bin/keda-crds.new"
  chmod -R u+w "$bin/keda-crds.new"
  mv "$bin/keda-crds.new" "$bin/keda-crds"
}

wanted=("$@")
(($# > 0)) || wanted=(etcd kube-apiserver kube-controller-manager kubectl keda-crds)
missing=()
for name in "${wanted[@]}"; do [[ -e $bin/$name ]] || missing+=("$name"); done
if ((${#missing[@]} > 0)); then
  PATH=$("$root/tools/go.sh"):$PATH
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  commands=()
  for name in "${missing[@]}"; do
    case $name in
      etcd) mkdir etcd; (cd etcd && make_etcd) ;;
      kube-apiserver | kube-controller-manager | kubectl) commands+=("$name") ;;
      keda-crds) make_keda_crds ;;
      *) fail "no such binary: $name" ;;
    esac
  done
  if ((${#commands[@]} > 0)); then mkdir kubernetes; (cd kubernetes && make_kubernetes "${commands[@]}"); fi
fi
echo "$bin"
