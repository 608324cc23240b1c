#!/usr/bin/env bash
# Sees to it that Chromium and its driver are there, with which some tests look at the viewer and at reports. Installs
# them on Debian and Ubuntu. Ends with 0 if such tests can run here, else with 1 and the reason on standard error.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
there() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }

if ! there && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "installing chromium and chromium-driver"
    { apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends chromium chromium-driver; } >&2 ||
        say "they cannot be installed"
fi
if ! there; then
    say "tests in a browser are skipped: they need chromium and chromedriver in PATH"
    exit 1
fi
