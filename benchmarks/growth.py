"""Trains paper/spatial/noisy_unbiased for a few batches at growing sizes; prints step time and memory.

One of units, trials and steps grows; the others stay as in the paper. The exponent is that of the growth
since the row above: 1 is linear, 2 quadratic. Standard library only; run it by growth.sh.
"""

import argparse
import json
import math
import os
import subprocess
import tempfile
from pathlib import Path

EXPERIMENT = "paper/spatial/noisy_unbiased"
BASE = {"network.units": 512, "training.trials": 200, "time.steps": 100}
SIZES = {
    "network.units": (64, 128, 256, 512, 1024, 2048, 4096),
    "training.trials": (25, 50, 100, 200, 400, 800),
    "time.steps": (25, 50, 100, 200, 400, 800),
}
# A training logs every tenth batch: the time of the second ten is taken.
BATCHES = 20


def measure(binary: str, threads: int, changes: dict[str, int]) -> dict[str, float]:
    """Seconds of one training step, and the largest resident memory in 10⁶ bytes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "run")
        command = [binary, "train", EXPERIMENT, "--out", str(out), "--threads", str(threads)]
        command += ["training.test_trials=1", f"training.batches={BATCHES}"]
        command += [f"{key}={value}" for key, value in changes.items()]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"failed with exit code {process.returncode}: {' '.join(command)}")
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    at = {line["batch"]: line["wall_s"] for line in lines if "train_loss" in line}
    return {
        "step_s": (at[BATCHES] - at[BATCHES // 2]) / (BATCHES // 2),
        # In 1024 bytes on Linux.
        "memory_mb": used.ru_maxrss * 1024 / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="growth.sh", description=__doc__)
    parser.add_argument("binary", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=2, help="worker threads (default 2)")
    parser.add_argument(
        "--largest", type=int, default=4096, help="most units; 4096 take two minutes (default 4096)"
    )
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    given = parser.parse_args()
    found: dict[str, list[dict]] = {}
    for key, sizes in SIZES.items():
        print(f"{key:<16}{'step':>12}{'exponent':>10}{'memory':>12}{'exponent':>10}")
        rows = found.setdefault(key, [])
        for size in sizes:
            if key == "network.units" and size > given.largest:
                continue
            row = {"size": size, **measure(given.binary, given.threads, {**BASE, key: size})}
            exponents = ["", ""]
            if rows:
                doublings = math.log(size / rows[-1]["size"])
                exponents = [
                    f"{math.log(row[name] / rows[-1][name]) / doublings:.2f}"
                    for name in ("step_s", "memory_mb")
                ]
            rows.append(row)
            print(
                f"{size:<16}{row['step_s'] * 1e3:>9.1f} ms{exponents[0]:>10}"
                f"{row['memory_mb']:>9.0f} MB{exponents[1]:>10}",
                flush=True,
            )
        print()
    if given.out:
        head = {"experiment": EXPERIMENT, "threads": given.threads, "base": BASE}
        given.out.write_text(json.dumps({**head, "sizes": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
