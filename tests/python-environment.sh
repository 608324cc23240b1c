#!/usr/bin/env bash
# Makes the Python environment that tests need (PyTorch and safetensors to compare with; maturin, pytest, what
# the Python package reads, draws and converts with, and what builds the documentation) and prints the path of
# its interpreter; everything else goes to standard error.
#
# PyTorch is taken from the system if it is there, else from Debian's or Ubuntu's own package (small,
# without CUDA) if that can be installed, else from PyPI (several GB).
set -euo pipefail
cd "$(dirname "$0")/.."

environment=${CARGO_TARGET_DIR:-target}/python
python=$environment/bin/python
requirements=tests/python-requirements.txt

say() { printf '%s\n' "$*" >&2; }

answer() {
    printf '%s/%s\n' "$(cd "$environment/bin" && pwd)" python
    exit 0
}

# Whole, and made from these requirements: nothing to do.
works() { "$python" -c 'import anywidget, furo, jupyterlab, matplotlib, maturin, myst_nb, numpy, omegaconf, pandas, pyarrow, pynapple, pytest, pytest_mpl, ratinabox, safetensors.torch, selenium, tensorboard, tensorboardX, torch, xarray' >/dev/null 2>&1; }
if cmp -s "$requirements" "$environment/requirements.txt" && works; then
    answer
fi

# The distribution's interpreter sees the distribution's PyTorch; another one in PATH does not.
system_python() {
    if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else command -v python3; fi
}
has_torch() { local base; base=$(system_python) && "$base" -c 'import torch, numpy, venv, ensurepip' >/dev/null 2>&1; }
if ! has_torch && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "installing python3-torch and python3-venv"
    { apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends python3-torch python3-venv; } >&2 ||
        say "they cannot be installed; trying PyPI"
fi
base=$(system_python) || { say "no python3 was found: install Python 3.11 or later"; exit 1; }

say "making $environment with $base"
rm -rf "$environment"
"$base" -m venv --system-site-packages "$environment" >&2 ||
    { say "$base cannot make an environment: install its venv module (python3-venv)"; exit 1; }
# A PyTorch of before 2.3 was built for the first NumPy, which later pyarrows no longer take.
packages=()
if version=$("$python" -c 'import torch; print(torch.__version__)' 2>/dev/null); then
    [[ $version =~ ^(1\.|2\.[012]\.) ]] && packages=('numpy<2' 'pyarrow<22')
    say "PyTorch $version is there"
else
    packages=(torch)
fi
"$python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" \
    ${packages[@]+"${packages[@]}"} >&2
works || { say "$python cannot import what tests/python-requirements.txt names, and torch"; exit 1; }
cp "$requirements" "$environment/requirements.txt"
answer
