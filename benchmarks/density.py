"""Times quiescent's kernel density estimate against SciPy's gaussian_kde, in turn, on equal data.

Both fit with Scott's bandwidth and evaluate; the largest relative difference of the two results is
printed with the times. Run it by density.sh.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import tempfile
import time

import numpy as np
import scipy
from scipy.stats import gaussian_kde


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", help="the example `density` of the crate quiescent")
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--evaluations", type=int, default=2_500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", help="write the figures as JSON")
    arguments = parser.parse_args()

    random = np.random.default_rng(0)
    # Positions in a box of 2.2 m and a grid over it: what the paper's densities are of.
    points = random.uniform(-1.1, 1.1, (arguments.points, 2))
    side = int(round(arguments.evaluations**0.5))
    axis = np.linspace(-1.05, 1.05, side)
    at = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)

    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.savez(folder / "in.npz", points=points, at=at)
        environment = dict(os.environ, RAYON_NUM_THREADS=str(arguments.threads))
        for number in range(arguments.rounds):
            subprocess.run(
                [arguments.binary, folder / "in.npz", folder / "out.npz"],
                check=True,
                env=environment,
            )
            with np.load(folder / "out.npz") as out:
                found, seconds = out["density"], float(out["seconds"])
            ours.append(seconds)
            began = time.perf_counter()
            expected = gaussian_kde(points.T)(at.T)
            theirs.append(time.perf_counter() - began)
            print(f"round {number + 1}: quiescent {ours[-1]:.3f} s, SciPy {theirs[-1]:.2f} s")
    difference = float(np.max(np.abs(found / expected - 1)))
    result = {
        "points": arguments.points,
        "evaluations": len(at),
        "threads": arguments.threads,
        "scipy": scipy.__version__,
        "machine": platform.processor() or platform.machine(),
        "quiescent_s": ours,
        "scipy_s": theirs,
        "ratio_of_medians": float(np.median(theirs) / np.median(ours)),
        "largest_relative_difference": difference,
    }
    print(
        f"{arguments.points} points, {len(at)} evaluations: {result['ratio_of_medians']:.0f} times "
        f"SciPy's speed, largest relative difference {difference:.1e}"
    )
    if arguments.out:
        pathlib.Path(arguments.out).write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
