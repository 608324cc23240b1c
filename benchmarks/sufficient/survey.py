"""A quick survey of trained networks whose target is the position itself: python survey.py RUN…

Needs numpy. It reads the last checkpoint of each run and simulates the network anew, independently of the program. It differs from
`quiescent theory` in two ways: the score is estimated by a linear regression alone, which is enough on a straight manifold with a nearly
normal law, and there are no intervals. Rows are those of the table in docs/benchmarks/2026-11-28/sufficient.md.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

TRIALS, REST_TRIALS, MOST_STEPS, BINS = 300, 60, 8000, 20


def tensors(path):
    data = Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    whole = {}
    for name, of in header.items():
        if of["dtype"] == "F32":
            begin, end = of["data_offsets"]
            values = np.frombuffer(data[8 + size + begin : 8 + size + end], np.float32)
            whole[name.split("/")[-1]] = values.reshape(of["shape"])
    return whole


def keys(path):
    """The values of an experiment file by their full names."""
    found, above = {}, []
    for line in Path(path).read_text().splitlines():
        line = line.split(" #")[0].rstrip()
        if not line or line.startswith("#"):
            continue
        depth = (len(line) - len(line.lstrip())) // 2
        key, _, value = line.strip().partition(":")
        above = [*above[:depth], key]
        if value.strip():
            found[".".join(above)] = value.strip()
    return found


def walk(of, trials, steps, rng):
    """The program's walk in a box: stimuli [steps + 1, trial, 2] and displacements."""
    dt = float(of["time.dt_s"])
    half = np.array([float(of["task.box.width_m"]), float(of["task.box.height_m"])]) / 2
    pull = float(of.get("task.drift.fraction_per_step", 0))
    at = (2 * rng.random((trials, 2)) - 1) * half
    heading = 2 * np.pi * rng.random(trials)
    places, moves = [at], []
    for _ in range(steps):
        speed = float(of["task.motion.speed_scale_m_per_s"]) * dt
        length = speed * np.hypot(*rng.standard_normal((2, trials)))
        turn = float(of["task.motion.turn_sd_rad_per_s"]) * dt * rng.standard_normal(trials)
        walls = np.stack([half[0] - at[:, 0], half[1] - at[:, 1], half[0] + at[:, 0], half[1] + at[:, 1]])
        into = (heading - walls.argmin(0) * np.pi / 2 + np.pi) % (2 * np.pi) - np.pi
        near = (walls.min(0) < float(of["task.box.border_m"])) & (abs(into) < np.pi / 2)
        length = np.where(near, float(of["task.box.border_slowdown"]) * length, length)
        turn = turn + near * np.where(into >= 0, np.pi / 2 - into, -np.pi / 2 - into)
        move = length[:, None] * np.stack([np.cos(heading), np.sin(heading)], 1) - pull * at
        at, heading = at + move, heading + turn
        places.append(at)
        moves.append(move)
    return np.array(places), np.array(moves)


ACTIVATIONS = {"identity": lambda u: u, "tanh": np.tanh, "relu": lambda u: np.maximum(u, 0)}


def survey(run):
    rng = np.random.default_rng(1)
    of, weights = keys(run / "experiment.yml"), tensors(run / "checkpoints/latest.safetensors")
    if of["task.cells.tuning"] != "position":
        return "the target is not the position"
    recurrent, inputs, readout, encoder = (
        weights[f"{name}.weight"] for name in ("w_rec", "w_in", "w_out", "encoder")
    )
    alpha = float(of["time.dt_s"]) / float(of["network.tau_s"])
    activation = ACTIVATIONS[of["network.activation"]]
    sd = np.float32(float(of["network.noise.sigma"]) * float(of["time.dt_s"]) ** 0.5)
    noise = lambda shape: sd * rng.standard_normal(shape, np.float32)

    def step(state, move=None):
        drive = state @ recurrent.T
        if move is not None:
            drive = drive + move.astype(np.float32) @ inputs.T
        return (1 - alpha) * state + alpha * activation(drive)

    # Waking: clean states, the noise of each step, and what is decoded.
    steps = int(of["time.steps"])
    burn_in = min(25, steps // 4)
    places, moves = walk(of, TRIALS, steps, rng)
    state = places[0].astype(np.float32) @ encoder.T
    clean, noises = [], []
    for move in moves:
        clean.append(step(state, move))
        noises.append(noise(clean[-1].shape))
        state = clean[-1] + noises[-1]
    clean, noises = np.array(clean)[burn_in:], np.array(noises)[burn_in:]
    target, answer = places[1 + burn_in :], clean @ readout.T
    tracking = 1 - ((answer - target) ** 2).sum() / ((target - target.mean((0, 1))) ** 2).sum()

    # The update and the linear estimate of the score, in the components with 99 % of the variance.
    noisy = (clean + noises).reshape(-1, clean.shape[-1]).astype(float)
    variances, axes = np.linalg.eigh(np.cov(noisy.T))
    variances, axes = variances[::-1], axes[:, ::-1]
    axes = axes[:, : np.searchsorted(np.cumsum(variances) / variances.sum(), 0.99) + 1]
    update = (step(noisy) - noisy) @ axes
    of_noise = noises.reshape(noisy.shape) @ axes
    features = np.c_[np.ones(len(noisy)), (noisy - noisy.mean(0)) @ axes]
    half = len(noisy) // 2
    score = features @ np.linalg.lstsq(features[:half], -of_noise[:half], rcond=None)[0]
    power = (of_noise**2).sum()
    removed, removable = (-(2 * u * of_noise + u * u).sum() / power for u in (update, score))
    cosine = (update * score).sum() / np.sqrt((update**2).sum() * (score**2).sum())
    slope = (update * score).sum() / (score**2).sum()
    response = np.trace(alpha * (readout @ inputs)) / 2 if of["network.activation"] == "identity" else np.nan

    # Rest from one point.
    stretch = np.sqrt((np.linalg.pinv(readout) ** 2).sum(0))
    length = (np.sqrt(12) * target.reshape(-1, 2).std(0) * stretch / sd).max()
    mixing = length**2 / np.pi**2
    box = [[-float(of[f"task.box.{side}_m"]) / 2, float(of[f"task.box.{side}_m"]) / 2] for side in ("width", "height")]

    def occupancy(values):
        held = [np.clip(values[:, d], *box[d]) for d in range(2)]
        return np.histogram2d(*held, bins=BINS, range=box)[0].ravel()

    decoded = ((clean + noises) @ readout.T).reshape(-1, 2)
    waking = occupancy(decoded) + 0.5
    waking /= waking.sum()
    start = decoded.mean(0) + [1.5 * decoded[:, 0].std(), 0]
    rest_steps = int(min(max(1000, 8 * mixing), MOST_STEPS))
    exponents, forgets = [], np.nan
    for ratio in (1.0, 2**0.5, 2.0):
        state = np.repeat(start[None].astype(np.float32) @ encoder.T, REST_TRIALS, 0)
        rest = []
        for _ in range(rest_steps):
            state = step(state) + np.float32(ratio) * noise(state.shape)
            rest.append(state @ readout.T)
        rest = np.array(rest)
        if not np.isfinite(rest).all():
            exponents.append(np.nan)
            continue
        found = occupancy(rest[rest_steps // 2 :].reshape(-1, 2))
        tried = np.arange(0, 8.01, 0.02)
        laws = waking ** tried[:, None]
        likelihood = np.log(laws / laws.sum(1, keepdims=True)) @ found
        exponents.append(tried[likelihood.argmax()])
        if ratio == 2**0.5:
            spread = rest.var(1).sum(1)
            forgets = np.argmax(spread >= (1 - 1 / np.e) * spread[rest_steps // 2 :].mean()) + 1
    bias = (waking * np.log(waking * BINS**2)).sum()
    return (
        f"{tracking:.2f} | {cosine:.2f}, {slope:.2f} | {removed:.2f} of {removable:.2f} | {response:.2f} | "
        f"{length:.0f} | {mixing:.0f} | {forgets:.0f} | {bias:.2f} | " + ", ".join(f"{x:.2f}" for x in exponents)
    )


if __name__ == "__main__":
    for run in map(Path, sys.argv[1:]):
        print(f"| {run.name.rsplit('_', 1)[0]} | {survey(run)} |", flush=True)
