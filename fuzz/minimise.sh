#!/usr/bin/env bash
# Takes a smallest set of inputs that reach all code which those of the long run reach into the committed corpus:
# fuzz/minimise.sh TARGET, after fuzz/run.sh TARGET. Seeds (seed-*) and findings (found-*) stay.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
program=target/fuzz/$(rustc +nightly -vV | sed -n 's/^host: //p')/release/$target
corpus=fuzz/corpus/$target
chosen=$(mktemp -d)
trap 'rm -rf "$chosen"' EXIT
# Edges alone: how often each is passed would ask for thousands of files.
"$program" -set_cover_merge=1 -use_counters=0 -max_len=2048 "$chosen" "$corpus" "fuzz/found/$target"
find "$corpus" -type f ! -name 'seed-*' ! -name 'found-*' -delete
for file in "$chosen"/*; do
    cp "$file" "$corpus/$(sha1sum "$file" | cut -c1-12)"
done
