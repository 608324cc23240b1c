"""Many runs: sweeps and the paper's networks, by the command of this package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quiescent.errors import DivergedError, ExperimentError, QuiescentError, RunError
from quiescent.experiment import _override

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["collect", "reproduce", "sweep"]

#: What the command's exit codes mean.
FAULTS: dict[int, type[QuiescentError]] = {2: ExperimentError, 3: RunError, 4: DivergedError}

#: Columns of the table that are texts, whatever they look like: a run `01`, the unit `1`.
TEXTS = ("run", "status", "learned", "parameters_sha256", "measurement", "unit")


def _command(words: Iterable[str | os.PathLike[str]], progress: bool) -> Any:
    """Run the command in another process and return what it prints as JSON.

    Its progress goes to the standard error stream. Ctrl-C ends both; checkpoints are saved first.
    """
    line = [sys.executable, "-m", "quiescent", *(os.fspath(word) for word in words), "--json"]
    said: list[str] = []
    # Into a file, since a full pipe that nobody reads would stop the command. In a session of its
    # own, since a terminal would send it Ctrl-C too, and a second one ends it before it has saved.
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as printed,
        subprocess.Popen(
            line,
            stdout=printed,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        ) as process,
    ):
        assert process.stderr is not None
        try:
            for text in process.stderr:
                said.append(text.rstrip())
                if progress:
                    sys.stderr.write(text)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        printed.seek(0)
        result = printed.read()
    if code == 0:
        return json.loads(result)
    if code == 130:
        raise KeyboardInterrupt
    errors = [line.removeprefix("error: ") for line in said if line.startswith("error: ")]
    raise FAULTS.get(code, QuiescentError)(errors[-1] if errors else "\n".join(said[-5:]))


def _values(key: str, values: object) -> str:
    """Return a key's values as the command takes them."""
    if isinstance(values, (list, tuple, range)):
        return f"{key}=" + ",".join(_override(key, value).split("=", 1)[1] for value in values)
    return _override(key, values)


def sweep(
    base: str | os.PathLike[str],
    values: Mapping[str, Any] | None = None,
    *,
    out: str | os.PathLike[str],
    train_only: bool = False,
    jobs: int | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train and measure many networks that differ in a few keys, on this machine.

    What is done is not done again: after an interruption the same call resumes.

    Parameters
    ----------
    base
        A sweep file, or an experiment to vary: a shipped one or a file.
    values
        By key, a list of values makes a run of each, such as ``{"seed": range(5),
        "network.noise.sigma": [0.03, 0.07]}``; one value holds for all.
    out
        Folder of the sweep.
    train_only
        Whether to leave out the measurements.
    jobs
        Runs trained at once; by default whichever number is fastest.
    progress
        Whether to show progress on the standard error stream.

    Returns
    -------
    dict
        The runs with their results; :func:`collect` makes a table of them.
    """
    words = ["sweep", os.fspath(base), *(_values(key, of) for key, of in (values or {}).items())]
    words += ["--out", os.fspath(out)]
    words += ["--train-only"] if train_only else []
    words += [] if jobs is None else ["--jobs", str(jobs)]
    found: dict[str, Any] = _command(words, progress)
    return found


def reproduce(
    out: str | os.PathLike[str],
    *,
    scale: str = "demo",
    seeds: Iterable[int] | None = None,
    only: Iterable[str] = (),
    changes: Mapping[str, Any] | None = None,
    progress: bool = True,
) -> list[dict[str, Any]]:
    """Train the paper's networks, draw its figures and test its claims.

    Parameters
    ----------
    out
        Folder for runs, figures, `claims.json` and `report.html`.
    scale
        ``"demo"``, ``"fast"`` or ``"paper"``.
    seeds
        Seeds; by default those of the scale.
    only
        Only these conditions, such as ``"head_direction"`` or ``"noisy_unbiased"``.
    changes
        Values by key, for every network's experiment.
    progress
        Whether to show progress on the standard error stream.

    Returns
    -------
    list of dict
        Each published claim: its `id`, `statement`, what was `measured` with its `interval`, what
        is `expected`, and the `verdict` (``"holds"``, ``"fails"``, ``"undecided"``, or none if it
        could not be tested, with the reason in `note`).
    """
    words = ["reproduce", *(_override(key, value) for key, value in (changes or {}).items())]
    words += ["--out", os.fspath(out), "--scale", scale]
    words += [] if seeds is None else ["--seeds", ",".join(map(str, seeds))]
    words += ["--only", ",".join(only)] if only else []
    found: list[dict[str, Any]] = _command(words, progress)
    return found


def collect(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """Gather every run below a folder into one pandas frame.

    The frame has a row for each run and measurement, with its interval and what varies between
    runs, and is also written into `collected` in the folder, as by ``quiescent sweep collect``.
    Its method `to_parquet` (with pyarrow) writes a file that is far smaller and keeps the types.
    """
    import pandas as pd

    _command(["sweep", "collect", os.fspath(folder)], progress=False)
    return pd.read_csv(
        Path(folder) / "collected" / "table.csv",
        dtype=dict.fromkeys(TEXTS, str),
        # Only an empty field is a missing value, and no column is read in pieces.
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
    )
