#!/usr/bin/env bash
# Time and memory of a training step as units, trials and steps grow. Needs cargo and Python 3.11 or later.
#
# usage: benchmarks/growth.sh [--threads N] [--largest UNITS] [--out FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
(cd "$here/.." && cargo build --release --locked --package quiescent-cli)
exec "${PYTHON:-python3}" "$here/growth.py" \
    "${CARGO_TARGET_DIR:-$here/../target}/release/quiescent" "$@"
