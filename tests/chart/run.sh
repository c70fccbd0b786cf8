#!/bin/bash
# Checks the chart with helm: lint, every file of values/ rendered, rejections, its README; with the binary, the arguments and
# the configuration that it renders; and with a real API server, every object, and releases that come and go. Usage: run.sh [PRESET]; WEIR_BIN names another binary.
source "$(dirname "$0")/../../tools/lib.sh"

WEIR_BIN=${WEIR_BIN:-$root/build/${1:-release}/weir}
[[ -x $WEIR_BIN ]] || fail "no weir at $WEIR_BIN: build it, or name one in WEIR_BIN"
WEIR_HELM=$("$root/tools/helm.sh")
WEIR_KUBE_BIN=$("$root/tests/support/kube_binaries.sh" etcd kube-apiserver kubectl keda-crds)
# Nothing of the user's: neither plugins nor registries nor a cluster.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export WEIR_BIN WEIR_HELM WEIR_KUBE_BIN HELM_CACHE_HOME=$home HELM_CONFIG_HOME=$home HELM_DATA_HOME=$home KUBECONFIG=$home/none
python3 -m unittest discover --start-directory "$root/tests/chart" --pattern '*_test.py' --verbose
