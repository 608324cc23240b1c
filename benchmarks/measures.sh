#!/usr/bin/env bash
# Measures and motion against SciPy, scikit-learn, RatInABox and canns-lib, in turn. Needs cargo and
# Python 3.11 or later.
#
# usage: benchmarks/measures.sh [--rounds N] [--threads N] [--out FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/.venv
[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/pip" install --quiet \
    numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 ratinabox==1.15.3
# Its wheels are not built for every machine.
PIP_DISABLE_PIP_VERSION_CHECK=1 "$venv/bin/pip" install --quiet --only-binary :all: \
    canns-lib==0.11.0 || echo "measures.sh: goes on without canns-lib" >&2
(cd "$here/.." && cargo build --release --locked --package quiescent --example measures)
exec "$venv/bin/python" "$here/measures.py" \
    "${CARGO_TARGET_DIR:-$here/../target}/release/examples/measures" "$@"
