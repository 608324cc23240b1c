"""Curves, hyperparameters and experiments of trainings, for TensorBoard.

While training from Python:

>>> import quiescent as qs
>>> with qs.tensorboard.Writer("tensorboard/a") as writer:
...     net = qs.train("demo/spatial/noisy_unbiased", out="runs/a", callback=writer)

Of any run folders, trained by whichever program, now or earlier: ``python -m quiescent.tensorboard
RUNS``. Then ``tensorboard --logdir tensorboard``. The package tensorboardX (the extra
`tensorboard`) defines the files.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.api_pb2 import Status
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData, SessionEndInfo
from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata

from quiescent import _native
from quiescent.errors import DivergedError, ExperimentError, QuiescentError, RunError
from quiescent.experiment import Experiment, experiments

__all__ = ["Follower", "Writer"]

#: Every curve that a training may have.
CURVES = ("train/loss", "test/loss", "test/decode_error_m", "test/decode_error_rad")
#: Whole numbers up to here are exact in double precision, the only numbers that TensorBoard has.
EXACT = 2**53
#: Time between two looks at the run folders.
INTERVAL_S = 1.0
#: What ends a run, as TensorBoard calls it.
ENDS = {"finished": "STATUS_SUCCESS", "diverged": "STATUS_FAILURE"}
#: What the names of its files end in.
MARK = ".quiescent"
#: Tells apart the files of one process, in the order in which they begin.
_numbers = itertools.count()


class Writer:
    """Writes one training's events; a callback of :func:`quiescent.train`.

    As a context manager it also records that a training diverged. If its file cannot be written,
    as on a full disk, it warns once, and training goes on.

    Parameters
    ----------
    folder
        Where TensorBoard's event files go; its name is the run's name there. A training that is
        resumed goes on there, and no batch is shown twice; one that begins anew replaces them.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        self._events: Any = None
        self._batches = 0

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take what :func:`quiescent.train` says."""
        if event["event"] == "training":
            self._batches = event["batches"]
            self.begin(event["experiment"], event["batch"])
        elif event["event"] == "logged":
            self.log(event)
            self.flush()
            if event["batch"] >= self._batches:
                self.end("finished")

    def begin(self, experiment: Experiment, batch: int) -> None:
        """Begin a file, in the place of what older ones have of batches after this one."""
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        if batch == 0:
            for old in self._folder.glob(f"events.out.tfevents.*{MARK}"):
                old.unlink()
        suffix = f".{os.getpid()}.{next(_numbers):06}{MARK}"
        self._events = EventsWriter(str(self._folder / "events"), suffix)
        self._write(batch + 1, session_log=SessionLog(status=SessionLog.START))
        values = _leaves(experiment)
        columns, _, _ = summary.hparams(_shipped() | values, dict.fromkeys(CURVES, 0))
        _, start, _ = summary.hparams(values, {})
        self._write(0, summary=columns)
        self._write(0, summary=start)
        # Indented, Markdown leaves it as it is.
        lines = experiment._native.to_annotated_yaml().splitlines()
        text = "".join(f"    {line}\n" for line in lines)
        self._write(batch, summary=summary.text("experiment", text))
        self.flush()

    def log(self, line: Mapping[str, Any]) -> None:
        """Write a line of the metrics."""
        values = [
            Summary.Value(tag=tag, simple_value=value) for tag, value in _curves(line).items()
        ]
        self._write(line["batch"], summary=Summary(value=values))

    def end(self, status: str) -> None:
        """Write how the training ended, ``"finished"`` or ``"diverged"``, and close the file."""
        end = SessionEndInfo(status=Status.Value(ENDS[status]), end_time_secs=time.time())
        content = HParamsPluginData(session_end_info=end).SerializeToString()
        plugin = SummaryMetadata.PluginData(plugin_name="hparams", content=content)
        value = Summary.Value(
            tag="_hparams_/session_end_info", metadata=SummaryMetadata(plugin_data=plugin)
        )
        self._write(0, summary=Summary(value=[value]))
        self.close()

    def flush(self) -> None:
        """Hand everything to the disk."""
        self._try("flush")

    def close(self) -> None:
        """Close the file; a later :meth:`begin` makes another."""
        self._try("close")
        self._events = None

    @property
    def is_open(self) -> bool:
        """Whether it has a file."""
        return self._events is not None

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, DivergedError) and self.is_open:
            self.end("diverged")
        self.close()

    def _write(self, step: int, **content: Any) -> None:
        self._try("write_event", Event(wall_time=time.time(), step=step, **content))

    def _try(self, method: str, *arguments: Any) -> None:
        if self._events is None:
            return
        try:
            getattr(self._events, method)(*arguments)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._events.close()
            self._events = None
            text = f"no more events for TensorBoard in {self._folder}: {error}"
            warnings.warn(text, stacklevel=4)


class Follower:
    """Writes the events of run folders, and goes on with what is trained there meanwhile.

    Parameters
    ----------
    folders
        Run folders, or folders in which there are runs, at any depth; they may appear later.
    out
        Where the event files go, in a folder for each run that is named after the end of its path.
    """

    def __init__(
        self, folders: Sequence[str | os.PathLike[str]], out: str | os.PathLike[str]
    ) -> None:
        self._folders = [Path(os.path.abspath(folder)) for folder in folders]
        self._out = Path(out)
        self._runs: dict[Path, _Run] = {}

    def update(self) -> list[Path]:
        """Write what is new since the last call, and return the run folders that are.

        Raises
        ------
        ExperimentError
            If two runs would have the same name.
        """
        new = []
        for folder in self._folders:
            for path in _run_folders(folder):
                if path in self._runs:
                    continue
                below = path.relative_to(folder)
                name = Path(*path.parts[-2:]) if path == folder else folder.name / below
                self._refuse_taken(name, path)
                self._runs[path] = _Run(path, self._out / name)
                new.append(path)
        for run in self._runs.values():
            run.update()
        return new

    def close(self) -> None:
        """Close all files."""
        for run in self._runs.values():
            run.writer.close()

    def _refuse_taken(self, name: Path, path: Path) -> None:
        for other, run in self._runs.items():
            if run.out == self._out / name:
                raise ExperimentError(
                    f"{other} and {path} would both be `{name}` in TensorBoard: follow them apart, "
                    "with an `out` of their own"
                )


class _Run:
    """One run folder, and what of it was written."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.out = out
        self.writer = Writer(out)
        self._folder = folder
        self._seen: object = None
        self._identity = ""
        self._written: list[tuple[int, dict[str, float]]] = []
        self._warned = ""

    def update(self) -> None:
        """Write what is new."""
        try:
            files = [self._folder / name for name in ("run.json", "metrics.jsonl")]
            seen = [(s.st_mtime_ns, s.st_size) for s in map(os.stat, filter(os.path.exists, files))]
            if seen == self._seen:
                return
            experiment = Experiment(self._folder / "experiment.yml")
            status = _native.record(self._folder)["status"]
            lines = _native.metrics(self._folder)
        except (QuiescentError, OSError) as error:
            # A folder that is made or removed at this moment is whole or gone at the next.
            if str(error) != self._warned:
                self._warned = str(error)
                print(f"warning: {error}", file=sys.stderr)
            return
        self._seen = seen
        if experiment.identity != self._identity:
            self.writer.close()
            self._identity, self._written = experiment.identity, []
        # A run that goes on from an earlier checkpoint logs the same again, which is there already.
        for index, (line, written) in enumerate(zip(lines, self._written, strict=False)):
            if (line["batch"], _curves(line)) != written:
                self.writer.close()
                del self._written[index:]
                break
        fresh = lines[len(self._written) :]
        if not self.writer.is_open and (fresh or not self._written):
            self.writer.begin(experiment, self._written[-1][0] if self._written else 0)
        for line in fresh:
            self.writer.log(line)
            self._written.append((line["batch"], _curves(line)))
        self.writer.flush()
        if status in ENDS and self.writer.is_open:
            self.writer.end(status)


def _run_folders(folder: Path) -> Iterator[Path]:
    for path, below, files in os.walk(folder):
        if "run.json" in files:
            below.clear()
            yield Path(path)
        below[:] = sorted(name for name in below if not name.startswith("."))


def _curves(line: Mapping[str, Any]) -> dict[str, float]:
    """Return the values of a line of the metrics, by the name of their curve."""
    values = {"train/loss": line["train_loss"], "test/loss": line.get("test_loss")}
    if line.get("decode_error") is not None:
        values[f"test/decode_error_{line['decode_error_unit']}"] = line["decode_error"]
    return {name: value for name, value in values.items() if value is not None}


def _leaves(experiment: Experiment) -> dict[str, str | float | bool]:
    """Return every key of an experiment that matters to numbers, as TensorBoard takes it."""
    found: dict[str, str | float | bool] = {}

    def add(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, below in value.items():
                add(f"{key}.{name}" if key else name, below)
        elif value is None:
            found[key] = "none"
        elif isinstance(value, list) or (isinstance(value, int) and value > EXACT):
            found[key] = json.dumps(value)
        else:
            found[key] = value

    add("", experiment.to_dict())
    del found["about"]
    return found


@functools.cache
def _shipped() -> dict[str, str | float | bool]:
    """Return the keys of all shipped experiments: TensorBoard takes one run's columns for all."""
    found: dict[str, str | float | bool] = {}
    for name in experiments():
        found = _leaves(Experiment(name)) | found
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Follow run folders until Ctrl-C; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m quiescent.tensorboard",
        description="Write the curves, hyperparameters and experiments of runs for TensorBoard, "
        "and follow those that are trained meanwhile, until Ctrl-C.",
        epilog="Example: python -m quiescent.tensorboard runs --out tensorboard & "
        "tensorboard --logdir tensorboard",
    )
    parser.add_argument(
        "runs", metavar="RUNS", nargs="+", help="run folders, or folders of runs at any depth"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        default="tensorboard",
        help="folder of the event files [%(default)s]",
    )
    parser.add_argument("--once", action="store_true", help="write what is there, and end")
    given = parser.parse_args(words)
    follower = Follower(given.runs, given.out)
    found = 0
    try:
        while True:
            for path in follower.update():
                found += 1
                print(f"{path}: shown by tensorboard --logdir {given.out}", file=sys.stderr)
            if given.once:
                break
            time.sleep(INTERVAL_S)
    except KeyboardInterrupt:
        pass
    except (QuiescentError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3 if isinstance(error, (RunError, OSError)) else 2
    finally:
        follower.close()
    if given.once and not found:
        print(f"error: there are no runs in {', '.join(given.runs)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
