#!/usr/bin/env bash
# The training step of both paper-scale tasks: quiescent against PyTorch and JAX, in one go.
# Needs cargo and Python 3.11 or later with venv; no root. See README.md beside this file.
#
# usage: benchmarks/compare.sh [--rounds N] [--threads N] [--repeats N] [--out DIR]
#
# PYTHON        the Python to make the environment with (default python3)
# TORCH_INDEX   package index to take torch from, for instance PyTorch's own CPU-only one
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "compare.sh: needs Python 3.11 or later; name one with PYTHON=…" >&2
    exit 2
}
# Faults of the command line, and --help, come before minutes of installing and building.
"$python" "$here/compare.py" --check "$@"
for argument in "$@"; do
    case $argument in -h | --help) exit 0 ;; esac
done

venv=$here/.venv
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
export PIP_DISABLE_PIP_VERSION_CHECK=1
if [ -n "${TORCH_INDEX:-}" ]; then
    "$venv/bin/pip" install --quiet --index-url "$TORCH_INDEX" \
        "$(grep '^torch==' "$here/peers/requirements.txt")"
fi
"$venv/bin/pip" install --quiet --requirement "$here/peers/requirements.txt"

(cd "$here/.." && cargo build --release --locked --package quiescent-cli)

exec "$venv/bin/python" "$here/compare.py" "$@"
