"""What the peers share: the two tasks' settings, the limit on threads, and how times are taken."""

import argparse
import json
import math
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

TRIALS = 200
STEPS = 100
DT_S = 0.02
CELLS = 512
LEARNING_RATE = 1e-3

BOX_M = 2.2
BORDER_M = 0.03
BORDER_SLOWDOWN = 0.25
SPEED_SCALE_M_PER_S = 0.26 * math.pi
TURN_SD_RAD_PER_S = 11.52
PLACE_WIDTH_M = 0.2
HEAD_WIDTH_RAD = math.pi / 6


@dataclass(frozen=True)
class Setting:
    """One network at the paper's scale; frozen, so that it can be a static argument of jax.jit."""

    name: str
    task: str
    gated: bool
    inputs: int
    units: int
    tau_s: float
    # σ of the paper, per √s.
    sigma: float

    @property
    def rate(self) -> float:
        """Δt/τ, the weight of one Euler step."""
        return DT_S / self.tau_s

    @property
    def step_sd(self) -> float:
        """Standard deviation of one step's noise, σ√Δt."""
        return self.sigma * math.sqrt(DT_S)


PLACE = dict(task="spatial", inputs=2, units=512, tau_s=0.1, sigma=0.01 / math.sqrt(DT_S))
TURNS = dict(task="head_direction", inputs=1, units=128, tau_s=0.04, sigma=0.1 / math.sqrt(DT_S))
SETTINGS = (
    Setting("spatial", gated=False, **PLACE),
    Setting("gru", gated=True, **PLACE),
    Setting("head_direction", gated=False, **TURNS),
)


def pin(threads: int) -> None:
    """Confines this process and its children to `threads` processors, of different cores if possible.

    XLA has no lasting option for its number of threads; all of its pools follow the processors it
    may run on.
    """
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed = sorted(os.sched_getaffinity(0))
    first_of_core, others = [], []
    seen = set()
    for cpu in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text().strip() if siblings.exists() else str(cpu)
        (others if core in seen else first_of_core).append(cpu)
        seen.add(core)
    chosen = (first_of_core + others)[:threads]
    if len(chosen) < threads:
        raise SystemExit(f"--threads {threads}: only {len(allowed)} processors may be used here")
    os.sched_setaffinity(0, chosen)


def arguments(description: str, compiles: bool = False) -> argparse.Namespace:
    """Reads the command line and limits the threads; call before importing a framework.

    With `compiles`, `--compile` is allowed.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, default=2, help="processors to use (default 2)")
    parser.add_argument("--repeats", type=int, default=7, help="timed steps of each kind (default 7)")
    parser.add_argument("--warmup", type=int, default=2, help="untimed steps of each kind (default 2)")
    if compiles:
        parser.add_argument("--compile", action="store_true", help="compile the step of the network")
    given = parser.parse_args()
    if given.threads < 1 or given.repeats < 1 or given.warmup < 1:
        parser.error("--threads, --repeats and --warmup must be at least 1")
    pin(given.threads)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
        os.environ[variable] = str(given.threads)
    return given


def measure(given: argparse.Namespace, step, step_with_data) -> dict:
    """Times both kinds of step in turn; each function takes one step and returns its loss.

    Converting the loss to a Python number is part of the time: it is what forces an asynchronous
    framework to finish the step.
    """
    seconds = {"step_s": [], "step_with_data_s": []}
    losses = []
    for repeat in range(-given.warmup, given.repeats):
        for name, function in (("step_s", step), ("step_with_data_s", step_with_data)):
            began = time.perf_counter()
            loss = float(function())
            elapsed = time.perf_counter() - began
            if repeat >= 0:
                seconds[name].append(elapsed)
        # Only fresh trials tell whether the task, not the fixed batch, is being learnt.
        losses.append(loss)
    if not all(map(math.isfinite, losses)) or losses[-1] >= losses[0]:
        raise SystemExit(f"the loss did not fall, so this is not training: {losses}")
    return {
        **{name: statistics.median(values) for name, values in seconds.items()},
        "seconds": seconds,
        "loss_first": losses[0],
        "loss_last": losses[-1],
    }


def report(peer: str, version: str, given: argparse.Namespace, results: dict) -> None:
    """Prints everything as one JSON object."""
    head = {"peer": peer, "version": version, "threads": given.threads, "repeats": given.repeats}
    print(json.dumps({**head, **results}, indent=2))
