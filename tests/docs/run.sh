#!/bin/bash
# Runs the commands of the documentation as they are written, and holds its error texts against the sources. Needs
# build/release/weir. Usage: run.sh
source "$(dirname "$0")/../../tools/lib.sh"

[[ -x $root/build/release/weir ]] || fail "no weir at build/release/weir: build it"
WEIR_HELM=$("$root/tools/helm.sh")
WEIR_KUBE_BIN=$("$root/tests/support/kube_binaries.sh" etcd kube-apiserver kubectl keda-crds)
WEIR_KAFKA_LIBS=$("$root/tools/kafka_jars.sh")
# Nothing of the user's: neither plugins nor registries nor a cluster.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export WEIR_HELM WEIR_KUBE_BIN WEIR_KAFKA_LIBS HELM_CACHE_HOME=$home HELM_CONFIG_HOME=$home HELM_DATA_HOME=$home
python3 -m unittest discover --start-directory "$root/tests/docs" --pattern '*_test.py' --verbose
