#!/bin/bash
# Drives weir with KEDA's own Go clients. Arguments are those of a Go test binary: -test.run NAME, -seed N, -rows N, -clients LIST.
# -build-only as the first makes the test binary and ends.
#
#   WEIR_BIN        the binary under test (default: build/release/weir)
#   WEIR_KAFKA_LIBS directory with Kafka's jars
#   WEIR_CACHE      where the test binary is kept (default: ~/.cache/weir)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export WEIR_ROOT=${WEIR_ROOT:-$(cd "$here/../.." && pwd)}
WEIR_BIN=$(realpath -m "${WEIR_BIN:-$WEIR_ROOT/build/release/weir}")
export WEIR_BIN
cache=${WEIR_CACHE:-$HOME/.cache/weir}
mkdir -p "$cache"

# KEDA's packages take minutes to build the first time; the binary is linked again only when a source has changed.
stamp=$(cat "$here"/go.mod "$here"/go.sum "$here"/*.go "$here"/support/*.go | sha256sum | cut -c1-16)
binary=$cache/keda-tests-$stamp
if [[ ! -x $binary ]]; then
  (cd "$here" && go test -c -ldflags='-s -w' -o "$binary.new" .)
  mv "$binary.new" "$binary"
  find "$cache" -maxdepth 1 -name 'keda-tests-*' ! -name "keda-tests-$stamp" -delete
fi
[[ ${1:-} != -build-only ]] || exit 0
cd "$here"
exec "$binary" -test.v -test.timeout 20m "$@"
