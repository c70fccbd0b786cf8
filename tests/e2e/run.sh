#!/bin/bash
# Runs the tests that need KEDA too, with all binaries built where they are missing. Usage: run.sh PRESET
source "$(dirname "$0")/../../tools/lib.sh"

WEIR_KUBE_BIN=$("$root/tests/support/kube_binaries.sh")
export WEIR_KUBE_BIN
exec "$root/tools/ctest.sh" "$1" e2e
