#!/usr/bin/env bash
# The long, coverage-guided run of the fuzz targets: fuzz/run.sh [TARGET|all] [SECONDS] [libFuzzer options].
# Needs the nightly toolchain, cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler.
# What is found lies under fuzz/artifacts/TARGET/; a target of which something was found ends early, the others
# go on. Inputs that reach new code gather in fuzz/found/TARGET/; fuzz/minimise.sh takes the smallest of them
# into the committed corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-all}
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))

# Arithmetic is checked as in a debug build; sanitizers would cost time and find nothing in safe code.
export CARGO_PROFILE_RELEASE_LTO=off
export CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true
build=(--fuzz-dir fuzz -O -a --sanitizer none --no-trace-compares --features libfuzzer --target-dir target/fuzz)
# All targets but `manifest` are built without the command line's own dependencies.
if [ "$target" = all ]; then
    targets=$(cd fuzz/fuzz_targets && ls ./*.rs | sed 's|./||; s|\.rs$||')
    cargo +nightly fuzz build "${build[@]}"
else
    targets=$target
    [ "$target" = manifest ] || build+=(--no-default-features)
    cargo +nightly fuzz build "${build[@]}" "$target"
fi
programs=target/fuzz/$(rustc +nightly -vV | sed -n 's/^host: //p')/release

failed=()
for one in $targets; do
    mkdir -p "fuzz/found/$one" "fuzz/artifacts/$one"
    printf '\n== %s\n' "$one"
    # libFuzzer's own limits are for what never comes back; the targets themselves check time and memory.
    "$programs/$one" "fuzz/found/$one" "fuzz/corpus/$one" -dict="fuzz/dictionaries/$one.dict" \
        -artifact_prefix="fuzz/artifacts/$one/" -max_total_time="$seconds" -max_len=4096 \
        -timeout=30 -rss_limit_mb=1024 -print_final_stats=1 "$@" || failed+=("$one")
done
if [ ${#failed[@]} -gt 0 ]; then
    printf '\nsomething was found: %s\n' "${failed[*]}"
    exit 1
fi
