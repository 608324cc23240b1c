#!/usr/bin/env bash
# The kernel density estimate against SciPy's, in turn. Needs cargo and Python 3.11 or later.
#
# usage: benchmarks/density.sh [--points N] [--evaluations N] [--rounds N] [--threads N] [--out FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/.venv
[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
(cd "$here/.." && cargo build --release --locked --package quiescent --example density)
exec "$venv/bin/python" "$here/density.py" \
    "${CARGO_TARGET_DIR:-$here/../target}/release/examples/density" "$@"
