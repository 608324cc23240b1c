"""Times measures and motion in turn with the libraries that a scientist would take, on equal data.

Densities and the matrix of divergences against SciPy's gaussian_kde, principal components against
scikit-learn's PCA, and motion in a box against RatInABox and canns-lib. The largest relative difference of
the results is printed with the times; motion differs by design, since the models do. Run it by
measures.sh.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time
from datetime import datetime, timezone

# NumPy's threads are set when it is imported.
parser = argparse.ArgumentParser(prog="measures.sh", description=__doc__)
parser.add_argument("binary", help=argparse.SUPPRESS)
parser.add_argument("--rounds", type=int, default=3, help="times each is measured (default 3)")
parser.add_argument("--threads", type=int, default=2, help="threads of each program (default 2)")
parser.add_argument("--out", type=pathlib.Path, help="write the figures as JSON")
given = parser.parse_args()
if given.rounds < 1 or given.threads < 1:
    parser.error("--rounds and --threads must be at least 1")
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = str(given.threads)

import numpy as np  # noqa: E402
import ratinabox  # noqa: E402
import scipy  # noqa: E402
import sklearn  # noqa: E402
from scipy.stats import gaussian_kde  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402

try:
    from canns_lib import spatial as canns
except ImportError:
    canns = None

DT_S = 0.02
BOX_M = 2.2
# RatInABox takes a fifth of a millisecond a step.
STEPS = {"quiescent": 2_000_000, "RatInABox": 5_000, "canns-lib": 1_000_000}


def data() -> dict[str, np.ndarray]:
    """Positions in a box of 2.2 m and a grid over it, four waking and four resting clouds, and states of
    100 000 samples × 512 units that vary most along a few directions, as a trained network's do."""
    random = np.random.default_rng(0)
    axis = np.linspace(-1.05, 1.05, 50)
    spread = np.linspace(0.2, 0.6, 8)[:, None, None]
    scales = 1.0 / (1.0 + np.arange(512))
    turn = np.linalg.qr(random.normal(size=(512, 512)))[0]
    states = (random.normal(size=(100_000, 512)) * scales) @ turn + 0.3
    return {
        "points": random.uniform(-1.1, 1.1, (200_000, 2)),
        "at": np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2),
        "clouds": random.normal(size=(8, 5_000, 2)) * spread,
        "states": states.astype(np.float32),
        "steps": np.int64(STEPS["quiescent"]),
    }


def density(of: dict) -> np.ndarray:
    return gaussian_kde(of["points"].T)(of["at"].T)


def divergences(of: dict) -> np.ndarray:
    """KL of every cloud from every other, by Monte Carlo at its own points."""
    kernels = [gaussian_kde(cloud.T) for cloud in of["clouds"]]
    logs = np.array([[kernel.logpdf(cloud.T) for kernel in kernels] for cloud in of["clouds"]])
    own = np.array([logs[cloud, cloud] for cloud in range(len(kernels))])
    return (own[:, None] - logs).mean(axis=-1)


def components(of: dict) -> np.ndarray:
    return PCA().fit(of["states"]).explained_variance_


def ratinabox_walk() -> None:
    environment = ratinabox.Environment({"scale": BOX_M})
    agent = ratinabox.Agent(environment, {"dt": DT_S})
    for _ in range(STEPS["RatInABox"]):
        agent.update()


def canns_walk() -> None:
    environment = canns.Environment(dimensionality="2D", scale=BOX_M)
    agent = canns.Agent(environment)
    for _ in range(STEPS["canns-lib"]):
        agent.update(dt=DT_S)


def seconds_of(function, *arguments) -> tuple[float, object]:
    began = time.perf_counter()
    found = function(*arguments)
    return time.perf_counter() - began, found


def cpu_model() -> str:
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")


def main() -> None:
    given_data = data()
    peers = [
        ("density", "SciPy", density, "density"),
        ("divergences", "SciPy", divergences, "divergences"),
        ("pca", "scikit-learn", components, "variances"),
    ]
    walks = [("RatInABox", ratinabox_walk)] + ([("canns-lib", canns_walk)] if canns else [])
    ours: dict[str, list[float]] = {}
    theirs: dict[str, list[float]] = {}
    differences: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.npz"), pathlib.Path(folder, "out.npz")
        np.savez(source, **given_data)
        for number in range(given.rounds):
            print(f"round {number + 1} of {given.rounds}", flush=True)
            subprocess.run([given.binary, source, target], check=True)
            with np.load(target) as file:
                found = {name: file[name] for name in file.files}
            for what, _, function, result in peers:
                ours.setdefault(what, []).append(float(found[f"{what}_s"]))
                seconds, expected = seconds_of(function, given_data)
                theirs.setdefault(what, []).append(seconds)
                scale = np.abs(expected) if what == "density" else np.abs(expected).max()
                differences[what] = float(np.max(np.abs(found[result] - expected) / scale))
            ours.setdefault("motion", []).append(float(found["motion_s"]) / STEPS["quiescent"])
            for name, walk in walks:
                theirs.setdefault(name, []).append(seconds_of(walk)[0] / STEPS[name])

    ratios = {}
    print(f"{'':<14}{'quiescent':>12}{'':>4}{'peer':<14}{'':>12}{'ratio':>8}{'difference':>12}")
    rows = [(what, peer, what, what) for what, peer, _, _ in peers]
    rows += [("motion", name, "motion", name) for name, _ in walks]
    for what, peer, mine, other in rows:
        a, b = float(np.median(ours[mine])), float(np.median(theirs[other]))
        ratios[f"{what}, {peer}"] = b / a
        shown = f"{a:>10.3f} s    {peer:<14}{b:>10.3f} s"
        if what == "motion":
            shown = f"{a * 1e9:>9.0f} ns    {peer:<14}{b * 1e9:>9.0f} ns"
        difference = f"{differences[what]:.0e}" if what in differences else ""
        print(f"{what:<14}{shown}{b / a:>8.1f}{difference:>12}")
    print("Motion: one step of one animal on one thread. Ratios are the peer's time over quiescent's.")
    if given.out:
        versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
        result = {
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "cpu": cpu_model(),
            "threads": given.threads,
            "versions": versions,
            "ratios_of_medians": ratios,
            "largest_relative_differences": differences,
            "quiescent_s": ours,
            "peers_s": theirs,
        }
        given.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
