#!/usr/bin/env bash
# Every test of the project: formatting, lints, documentation, and all tests of all crates.
# Needs a Rust toolchain (see rust-version in Cargo.toml) and Python 3, and fetches the rest with cargo
# and pip.
#
# usage: ./test.sh [quick]
#
# quick: formatting, lints and unit tests alone, for while one works.
set -euo pipefail
cd "$(dirname "$0")"

case ${1:-full} in
    full | quick) tier=${1:-full} ;;
    *)
        echo "test.sh: '$1' is no tier; allowed: full (the default), quick" >&2
        exit 2
        ;;
esac

step() { printf '\n== %s\n' "$*"; }

# rustup leaves these two out of minimal installations.
if command -v rustup >/dev/null; then
    cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
    cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
fi

step "formatting"
cargo fmt --all --check

step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings

if [ "$tier" = quick ]; then
    step "unit tests"
    INSTA_UPDATE=no cargo test --workspace --lib --bins --locked
    exit
fi

step "the library without its features"
cargo check -p quiescent --no-default-features --lib --examples --locked
cargo check -p quiescent --no-default-features --features experiment-text --lib --locked
left=$(cargo tree -p quiescent --no-default-features -e normal --prefix none --locked |
    grep -E '^(zip|serde-saphyr|flate2|safetensors|tempfile) ' || true)
if [ -n "$left" ]; then
    printf 'built without its features, the library still needs:\n%s\n' "$left" >&2
    exit 1
fi

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --document-private-items

step "Python environment"
QUIESCENT_TEST_PYTHON=$(tests/python-environment.sh)
# Without these, tests that compare with PyTorch are skipped.
export QUIESCENT_TEST_PYTHON QUIESCENT_REQUIRE_PYTHON=1

step "Browser"
# Without this, tests that look at pages in a browser are skipped where there is none.
if tests/browser-environment.sh; then export QUIESCENT_REQUIRE_BROWSER=1; fi

step "Python package"
# A wheel of this tree, unoptimised as all tests are, installed where the tests of Python run.
wheels=${CARGO_TARGET_DIR:-target}/wheels
rm -rf "$wheels"
"$QUIESCENT_TEST_PYTHON" -m maturin build --quiet --profile dev --locked --out "$wheels"
"$QUIESCENT_TEST_PYTHON" -m pip install --quiet --disable-pip-version-check --no-deps \
    --force-reinstall "$wheels"/*.whl
"$QUIESCENT_TEST_PYTHON" -m ruff format --check python tests/python docs
"$QUIESCENT_TEST_PYTHON" -m ruff check python tests/python docs
"$QUIESCENT_TEST_PYTHON" -m mypy
"$QUIESCENT_TEST_PYTHON" -m pytest --quiet

step "documentation's site"
# Executes the notebooks with the package installed above. A warning is an error.
site=${CARGO_TARGET_DIR:-target}/site
rm -rf "$site"
"$QUIESCENT_TEST_PYTHON" -m sphinx --quiet --fail-on-warning --keep-going \
    --doctree-dir "$site/.doctrees" docs "$site"

step "Slurm"
# Without this, tests that need a cluster are skipped where there can be none.
if tests/slurm-environment.sh; then export QUIESCENT_REQUIRE_SLURM=1; fi

step "Full disks"
# Without this, tests that mount a small disk to fill it are skipped where nothing can be mounted.
disk=$(mktemp -d)
if mount -t tmpfs -o size=64k tmpfs "$disk" 2>/dev/null; then
    umount "$disk"
    export QUIESCENT_REQUIRE_ROOT=1
else
    echo "skipped: mounting a disk takes root on Linux"
fi
rmdir "$disk"

step "tests"
# Snapshots must match what is committed; none may be written on the way.
INSTA_UPDATE=no cargo test --workspace --locked
