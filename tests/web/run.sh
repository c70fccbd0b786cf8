#!/bin/bash
# Looks at the status pages with a headless Chromium. Usage: run.sh [PRESET]
#
#   WEIR_BIN        another binary than the preset's; weir_crowd lies below it, in tests/observability/
#   WEIR_CHROMIUM   another browser than Debian's chromium-headless-shell or chromium
#   WEIR_IMAGES     a folder that the pictures of docs/images are written to
source "$(dirname "$0")/../../tools/lib.sh"

WEIR_BIN=$(realpath -m "${WEIR_BIN:-$root/build/${1:-release}/weir}")
WEIR_KAFKA_LIBS=$("$root/tools/kafka_jars.sh")
WEIR_KUBE_BIN=$("$root/tests/support/kube_binaries.sh" etcd kube-apiserver kubectl keda-crds)
export WEIR_BIN WEIR_KAFKA_LIBS WEIR_KUBE_BIN
python3 -m unittest discover --start-directory "$root/tests/web" --pattern '*_test.py' --verbose
