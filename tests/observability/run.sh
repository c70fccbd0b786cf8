#!/bin/bash
# Checks metrics, alerts and the dashboard: with promtool, and with a Prometheus that scrapes the scaler and the controller at work.
# Usage: run.sh [PRESET]; WEIR_BIN names another binary, WEIR_WRITE_DOCS=1 writes docs/metrics.md instead of checking it.
source "$(dirname "$0")/../../tools/lib.sh"

WEIR_BIN=$(realpath -m "${WEIR_BIN:-$root/build/${1:-release}/weir}")
WEIR_KAFKA_LIBS=$("$root/tools/kafka_jars.sh")
WEIR_KUBE_BIN=$("$root/tests/support/kube_binaries.sh" etcd kube-apiserver kubectl keda-crds)
export WEIR_BIN WEIR_KAFKA_LIBS WEIR_KUBE_BIN
python3 -m unittest discover --start-directory "$root/tests/observability" --pattern '*_test.py' --verbose
