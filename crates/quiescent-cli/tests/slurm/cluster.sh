#!/bin/sh
# Runs the daemons of a test's Slurm cluster for as long as its standard input is open, that is, until
# the test that holds the other end is done, fails or is killed. Then it ends them, every job of theirs,
# and deletes the folder.
#
#   cluster.sh FOLDER NODE…     FOLDER holds slurm.conf and munge.key
set -u
folder=$1
shift
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# A Ctrl-C is for the test; what follows from it comes through standard input.
trap '' INT TERM HUP

# Daemons and jobs alike, also those that have lost their parents, are known by their environment.
members() {
    for environment in $(grep -lszxF "SLURM_CONF=$folder/slurm.conf" /proc/[0-9]*/environ); do
        process=${environment#/proc/}
        echo "${process%/environ}"
    done
}

launch() {
    name=$1
    shift
    # Ignored signals would be inherited.
    (
        trap - INT TERM HUP
        exec env SLURM_CONF="$folder/slurm.conf" "$@" >>"$folder/log/$name.out" 2>&1 </dev/null
    ) &
}

launch munged munged --foreground --num-threads=2 --key-file="$folder/munge.key" \
    --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
    --seed-file="$folder/munged.seed" --log-file="$folder/log/munged.log"
tries=0
while [ ! -S "$folder/munge.socket" ] && [ "$tries" -lt 100 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
launch slurmctld slurmctld -D -i
for node; do
    launch "slurmd.$node" slurmd -D -N "$node"
done

# Nothing is ever written to it: this returns when it is closed.
read -r _ || true

for process in $(members); do
    kill -TERM "$process" 2>/dev/null
done
tries=0
while [ -n "$(members)" ] && [ "$tries" -lt 40 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
# More than once: one of them may just have started another.
for _ in 1 2 3; do
    for process in $(members); do
        kill -KILL "$process" 2>/dev/null
    done
done
rm -rf "$folder"
