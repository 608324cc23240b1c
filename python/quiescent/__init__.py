"""Networks that integrate self-motion, their rest, and what rest has to do with waking.

A network is trained to keep track of a position or a heading, falls quiescent (no input, noise
only), and its two phases are compared: *offline reactivation*, as in Krishna, Bredenberg,
Levenstein, Richards and Lajoie (ICLR 2024).

>>> import quiescent as qs
>>> net = qs.train("demo/head_direction/noisy_unbiased", {"training.batches": 500})
>>> wake = net.wake(trials=100)
>>> rest = net.rest(wake, steps=200)
>>> print(qs.reactivation(wake, rest))

All work runs on every core and without the interpreter's lock; no number depends on how many cores
there are. Results are `xarray.Dataset` objects with named dimensions, units and their origin.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from quiescent import _native
from quiescent._native import set_threads, threads
from quiescent.errors import (
    DivergedError,
    ExperimentError,
    MeasurementError,
    OutOfMemoryError,
    QuiescentError,
    RecordingError,
    RunError,
    StoppedError,
    WeightsError,
)
from quiescent.experiment import Experiment, experiments, keys
from quiescent.measures import (
    Divergence,
    Measurements,
    Reactivation,
    brownian,
    circular_density,
    circular_mean,
    continuity,
    coverage_in_time,
    covered_fraction,
    density,
    diffusion,
    mean_squared_displacement,
    mean_step_distance,
    measure,
    persistence,
    principal_components,
    reactivation,
    ring,
    sequence_score,
    shuffled,
    subspaces,
    temporal_compression,
    time_to_leave,
    total_variance,
    transition_distance,
    transitions,
    turning,
    uniform,
    variance_ratio,
)
from quiescent.network import Network, open, untrained
from quiescent.phases import to_pynapple, windows
from quiescent.recording import Recording
from quiescent.rest import Adaptation, Momentum
from quiescent.runs import collect, reproduce, sweep
from quiescent.space import Space
from quiescent.training import train

__version__: str = _native.__version__

__all__ = [
    "Adaptation",
    "DivergedError",
    "Divergence",
    "Experiment",
    "ExperimentError",
    "MeasurementError",
    "Measurements",
    "Momentum",
    "Network",
    "OutOfMemoryError",
    "QuiescentError",
    "Reactivation",
    "Recording",
    "RecordingError",
    "RunError",
    "Space",
    "StoppedError",
    "WeightsError",
    "brownian",
    "circular_density",
    "circular_mean",
    "collect",
    "continuity",
    "coverage_in_time",
    "covered_fraction",
    "density",
    "diffusion",
    "experiments",
    "keys",
    "mean_squared_displacement",
    "mean_step_distance",
    "measure",
    "open",
    "persistence",
    "plot",
    "principal_components",
    "reactivation",
    "reference",
    "reproduce",
    "ring",
    "sequence_score",
    "set_threads",
    "shuffled",
    "subspaces",
    "sweep",
    "temporal_compression",
    "tensorboard",
    "threads",
    "time_to_leave",
    "to_pynapple",
    "total_variance",
    "train",
    "transition_distance",
    "transitions",
    "turning",
    "uniform",
    "untrained",
    "variance_ratio",
    "windows",
]

# A forked process has none of the threads that work ran on, and makes its own.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.after_fork)


def __getattr__(name: str) -> Any:
    # What they import is optional, and slow to import.
    if name in ("plot", "reference", "tensorboard"):
        try:
            return importlib.import_module(f"quiescent.{name}")
        except ModuleNotFoundError as error:
            text = f"quiescent.{name} needs {error.name}: pip install 'quiescent[{name}]'"
            raise ModuleNotFoundError(text, name=error.name) from None
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
