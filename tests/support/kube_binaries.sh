#!/bin/bash
# Prints the directory of etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, kwok (whose nodes and pods
# need no machine), KEDA's operator, metrics adapter and admission webhooks, its CRDs (keda-crds/) and its other manifests
# (keda-config/), each built from its Go module where it is missing: about twenty minutes on two cores, once a machine.
# Usage: kube_binaries.sh [NAME...] (default: all of them)
source "$(dirname "$0")/../../tools/lib.sh"

kubernetes=1.35.4
etcd=3.6.8
keda=2.21.0
kwok=0.7.0

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
  for command in kube-apiserver kube-controller-manager kube-scheduler kubectl; do packages+=("k8s.io/kubernetes/cmd/$command"); done
  tidy "${packages[@]}"
  for command in "$@"; do build "$command" "k8s.io/kubernetes/cmd/$command"; done
}

make_kwok() {
  say "building kwok"
  GOBIN=$PWD GOFLAGS="-trimpath" go install -ldflags "-s -w" "sigs.k8s.io/kwok/cmd/kwok@v$kwok" >kwok.log 2>&1 ||
    fail "kwok could not be built: $(tail -n 3 kwok.log)"
  mv kwok "$bin/kwok-$kwok"
}

# A replacement or an exclusion counts in the main module alone, so KEDA's are repeated.
make_keda() {  # COMMAND...
  local source command
  source=$(module_field "github.com/kedacore/keda/v2@v$keda" GoMod)
  printf 'module weir.dev/keda\ngo 1.25.0\nrequire github.com/kedacore/keda/v2 v%s\n' "$keda" >go.mod
  grep -E '^(replace|exclude) [a-z]' "$source" >>go.mod || true
  { printf '//go:build tools\n\npackage tools\n'; printf 'import _ "github.com/kedacore/keda/v2/cmd/%s"\n' "${keda_commands[@]}"; } >tools.go
  for command in "$@"; do build "$command" "github.com/kedacore/keda/v2/cmd/${keda_commands[$command]}"; done
}

copy_of_keda() {  # FOLDER NAME
  local source
  source=$(module_field "github.com/kedacore/keda/v2@v$keda" Dir)
  rm -rf "${bin:?}/$2" "$bin/$2.new"
  cp -R "$source/$1" "$bin/$2.new"
  chmod -R u+w "$bin/$2.new"
  mv "$bin/$2.new" "$bin/$2"
}

declare -A keda_commands=([keda-operator]=operator [keda-adapter]=adapter [keda-webhooks]=webhooks)
wanted=("$@")
(($# > 0)) || wanted=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok "${!keda_commands[@]}" keda-crds keda-config)
missing=()
for name in "${wanted[@]}"; do
  file=$name
  [[ $name != kwok ]] || file=kwok-$kwok
  [[ -e $bin/$file ]] || missing+=("$name")
done
if ((${#missing[@]} > 0)); then
  PATH=$("$root/tools/go.sh"):$PATH
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  commands=() keda_missing=()
  for name in "${missing[@]}"; do
    case $name in
      etcd) mkdir etcd; (cd etcd && make_etcd) ;;
      kwok) mkdir kwok; (cd kwok && make_kwok) ;;
      kube-apiserver | kube-controller-manager | kube-scheduler | kubectl) commands+=("$name") ;;
      keda-crds) copy_of_keda config/crd/bases keda-crds ;;
      keda-config) copy_of_keda config keda-config ;;
      keda-*) keda_missing+=("$name") ;;
      *) fail "no such binary: $name" ;;
    esac
  done
  if ((${#keda_missing[@]} > 0)); then mkdir keda; (cd keda && make_keda "${keda_missing[@]}"); fi
  if ((${#commands[@]} > 0)); then mkdir kubernetes; (cd kubernetes && make_kubernetes "${commands[@]}"); fi
fi
echo "$bin"
