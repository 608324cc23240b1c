"""Training networks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from quiescent import _native
from quiescent.experiment import Experiment
from quiescent.network import Network
from quiescent.progress import follow

__all__ = ["train"]


def train(
    experiment: str | os.PathLike[str] | Mapping[str, Any] | Experiment,
    changes: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    recording: Any = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: bool = True,
    callback: Callable[[dict[str, Any]], object] | None = None,
) -> Network:
    """Train a network; the same numbers as the command line, bit for bit.

    Parameters
    ----------
    experiment, changes, seed, recording
        As for :class:`Experiment`.
    out
        A new or empty folder that keeps the run: its experiment, checkpoints and metrics, and a
        recording that is not a file. Without one nothing is kept but the network that is returned.
    resume
        Go on with the run in `out` if it is of the same experiment.
    progress
        Whether to show progress on the standard error stream.
    callback
        Called with a dictionary for what happens, in this thread, while training goes on:
        ``{"event": "logged", "batch": …, "train_loss": …, "test_loss": …, "decode_error": …}`` for
        every tenth and every tested batch, `"batch"` in between, `"training"` at the start, with
        the `"experiment"`. If it raises, a checkpoint is saved and its exception comes out.

    Returns
    -------
    Network

    Raises
    ------
    ExperimentError
        If the experiment makes no sense.
    RecordingError
        If its recording cannot be used.
    RunError
        If `out` cannot be written, is in use, or holds another run.
    DivergedError
        If the loss or the gradient is no longer finite; the last good checkpoint is kept.
    KeyboardInterrupt
        On Ctrl-C, after a checkpoint was saved: call again with ``resume=True``.
    """
    asked = Experiment(experiment, changes, seed=seed, recording=recording)
    follower = follow(progress, callback)

    def on_event(event: dict[str, Any]) -> None:
        follower(event | {"experiment": asked} if event["event"] == "training" else event)

    kept = asked._recording
    with asked._located() as located:
        if out is not None:
            native = _native.train(located, kept is not None, os.fspath(out), resume, on_event)
            return Network(native, kept)
        with tempfile.TemporaryDirectory(prefix="quiescent-") as folder:
            run = Path(folder) / "run"
            native = _native.train(located, kept is not None, run, False, on_event)
            return Network(native.without_folder(), kept)
