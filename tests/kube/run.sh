#!/bin/bash
# Runs the tests that need an API server, with its binaries built where they are missing. Usage: run.sh PRESET
source "$(dirname "$0")/../../tools/lib.sh"

WEIR_KUBE_BIN=$("$root/tests/support/kube_binaries.sh" etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok keda-crds)
export WEIR_KUBE_BIN
exec "$root/tools/ctest.sh" "$1" kube
