#!/usr/bin/env bash
# Sees to it that the programs of Slurm and Munge are there, of which some tests make a cluster of their
# own (they need no service and no configuration of the system's). Installs them on Debian and Ubuntu.
# Ends with 0 if such tests can run here, else with 1 and the reason on standard error.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
missing() {
    local program
    for program in sbatch squeue scancel scontrol sinfo slurmctld slurmd munged; do
        command -v "$program" >/dev/null || printf ' %s' "$program"
    done
}

if [[ $(uname -s) != Linux ]]; then
    say "tests on a Slurm cluster are skipped: they need Linux"
    exit 1
fi
if [[ $(id -u) != 0 ]]; then
    say "tests on a Slurm cluster are skipped: they need root, which starts its daemons"
    exit 1
fi
if [[ -n $(missing) ]] && command -v apt-get >/dev/null; then
    say "installing slurm-wlm and munge"
    { apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends slurm-wlm munge; } >&2 ||
        say "they cannot be installed"
fi
if [[ -n $(missing) ]]; then
    say "tests on a Slurm cluster are skipped: there is no$(missing); install Slurm and Munge"
    exit 1
fi
