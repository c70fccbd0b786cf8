#!/bin/bash
# Runs the tests that need KEDA too, with all binaries and helm built where they are missing. Usage: run.sh PRESET
source "$(dirname "$0")/../../tools/lib.sh"

WEIR_KUBE_BIN=$("$root/tests/support/kube_binaries.sh")
WEIR_HELM=$("$root/tools/helm.sh")
export WEIR_KUBE_BIN WEIR_HELM
exec "$root/tools/ctest.sh" "$1" e2e
