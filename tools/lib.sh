# Shared by the scripts of this directory; sourced, never run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Kept between runs and outside the tree: Kafka's jars, Python tools, Go, results of clang-tidy.
WEIR_CACHE=${WEIR_CACHE:-$HOME/.cache/weir}
export WEIR_CACHE
mkdir -p "$WEIR_CACHE"

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

say() { echo "== $*" >&2; }
