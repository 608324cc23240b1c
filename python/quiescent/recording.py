"""Recordings of an animal's motion that are given as arrays, not as a file."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quiescent import _native
from quiescent.errors import RecordingError

__all__ = ["Recording"]


class Recording:
    """An animal's motion: positions, headings or both over time.

    Times are in s, positions in m and headings in rad, unless the experiment says otherwise
    (`task.recording.time_unit`, `position_unit`, `angle_unit`). Times must increase. Values that
    are NaN are gaps, as in a file. The arrays are copied.

    Parameters
    ----------
    source
        Where the motion comes from:

        - times `[sample]`, with `values`;
        - a pandas frame with columns such as `t`, `x`, `y` or `t`, `heading` (a named index counts
          as a column), or arrays by name in a mapping, named as in a file;
        - a pynapple `TsdFrame` of positions or `Tsd` of headings;
        - a RatInABox `Agent` in two dimensions: its whole history of positions and head directions.
    values
        Positions `[sample, 2]` or headings `[sample]`, with times alone.
    columns
        Which columns of a frame to take, if their names do not say so: those of t, x and y, or of t
        and heading; without t for pynapple.

    Raises
    ------
    RecordingError
        If the arrays do not fit one another, are not numbers, or times do not increase. Training
        also raises it, if units are implausible or no stretch is long enough for a trial.

    Examples
    --------
    >>> t = np.arange(0, 600, 0.04)
    >>> position = 0.5 + 0.4 * np.stack([np.sin(0.7 * t), np.cos(0.9 * t)], axis=1)
    >>> recording = Recording(t, position)
    >>> experiment = Experiment("demo/spatial/noisy_unbiased", recording=recording)
    """

    _name: str
    _file: bytes

    def __init__(
        self,
        source: Any,
        values: ArrayLike | None = None,
        *,
        columns: Sequence[Any] | None = None,
    ) -> None:
        arrays, left_out = _arrays(source, values, columns)
        given = [(name, _numbers(name, array)) for name, array in arrays]
        try:
            name, self._file = _native.recording_npz(given)
        except RecordingError as error:
            if not left_out:
                raise
            names = ", ".join(map(repr, left_out))
            raise RecordingError(f"{error}. Not numbers, and so not read: {names}") from None
        self._name = os.fspath(name)

    @classmethod
    def _of_file(cls, path: Path) -> Recording:
        """Return the recording that a run keeps."""
        recording = cls.__new__(cls)
        recording._name, recording._file = path.name, path.read_bytes()
        return recording

    @property
    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Copies of the arrays by name."""
        with np.load(io.BytesIO(self._file)) as arrays:
            return dict(arrays)

    @property
    def sha256(self) -> str:
        """Digest of its file: `recording.file_sha256` in the `run.json` of a run on it."""
        return hashlib.sha256(self._file).hexdigest()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as an npz file, which experiments and the command line read too."""
        Path(path).write_bytes(self._file)

    @contextmanager
    def _written(self) -> Iterator[Path]:
        """Write it into a temporary folder, under the name that a run gives it."""
        with tempfile.TemporaryDirectory(prefix="quiescent-") as folder:
            path = Path(folder) / self._name
            path.write_bytes(self._file)
            yield path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and self._file == other._file

    def __hash__(self) -> int:
        return hash(self._file)

    def __repr__(self) -> str:
        shapes = (f"{name} {list(array.shape)}" for name, array in self.arrays.items())
        return f"Recording({', '.join(shapes)})"


#: Arrays by name in their order, and the names of columns that are not numbers.
_Arrays = tuple[list[tuple[str, Any]], list[Any]]


def _arrays(source: Any, values: Any, columns: Sequence[Any] | None) -> _Arrays:
    history: Any = getattr(source, "history", None)
    is_agent = isinstance(history, Mapping) and {"t", "pos"} <= history.keys()
    is_frame = hasattr(source, "columns") and hasattr(source, "index")
    if values is not None:
        if columns is not None or is_agent:
            raise RecordingError(
                "values go with times alone; columns go with a frame, which has both"
            )
        array = _array("values", values)
        heading = array.ndim == 1 or array.shape[1:] == (1,)
        return [("t", source), ("heading" if heading else "pos", array)], []
    if hasattr(source, "time_support"):
        return _of_pynapple(source, columns), []
    if is_frame:
        return _of_pandas(source, columns)
    if columns is not None:
        raise RecordingError(f"columns go with a frame, not with a {type(source).__name__}")
    if is_agent:
        return _of_agent(history), []
    if isinstance(source, Mapping):
        return [(str(name), array) for name, array in source.items()], []
    if isinstance(source, (np.ndarray, list, tuple)):
        raise RecordingError("times alone are no recording: give positions or headings after them")
    raise RecordingError(
        "a recording is made of times and positions or headings, of arrays by name, a pandas "
        "frame, a pynapple Tsd or TsdFrame, or a RatInABox Agent, not of a "
        f"{type(source).__name__}"
    )


def _of_pandas(frame: Any, columns: Sequence[Any] | None) -> _Arrays:
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise RecordingError(f"the frame has two columns named {twice!r}; rename or drop one")
    if columns is not None:
        names = _roles(columns, ("t", "x", "y"), ("t", "heading"))
        return [(name, _column(frame, key)) for name, key in zip(names, columns, strict=True)], []
    numbers = [key for key in frame.columns if frame[key].dtype.kind in "iuf"]
    left_out = [key for key in frame.columns if frame[key].dtype.kind not in "iuf"]
    return [(str(key), _column(frame, key)) for key in numbers], left_out


def _column(frame: Any, key: Any) -> Any:
    if key not in frame.columns:
        raise RecordingError(f"the frame has no column {key!r}; it has {_listed(frame.columns)}")
    column = frame[key]
    # In pandas' own types a missing number is not a NaN.
    return column.to_numpy(float, na_value=np.nan) if column.dtype.kind in "iuf" else column


def _of_pynapple(frame: Any, columns: Sequence[Any] | None) -> list[tuple[str, Any]]:
    times, values = np.asarray(frame.t), np.asarray(frame.values)
    found = list(getattr(frame, "columns", []))
    if columns is not None:
        if not found:
            raise RecordingError("columns go with a frame; a Tsd has none")
        names = _roles(columns, ("x", "y"), ("heading",))
        for key in columns:
            if key not in found:
                raise RecordingError(f"the frame has no column {key!r}; it has {_listed(found)}")
        chosen = zip(names, columns, strict=True)
        return [("t", times), *((name, values[:, found.index(key)]) for name, key in chosen)]
    if values.ndim != 2 or len(found) == 1:
        return [("t", times), ("heading" if values.ndim <= 2 else "pos", values)]
    if len(found) == 2 and not any(isinstance(key, str) for key in found):
        return [("t", times), ("pos", values)]
    return [("t", times), *((str(key), values[:, k]) for k, key in enumerate(found))]


def _of_agent(history: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if len(history["t"]) == 0:
        raise RecordingError("the agent has no history yet: call its update() for a while first")
    position = np.asarray(history["pos"])
    if position.ndim != 2 or position.shape[1] != 2:
        raise RecordingError(
            "the agent must live in two dimensions, but its positions have the shape "
            f"{position.shape}"
        )
    arrays = [("t", history["t"]), ("pos", position)]
    if len(history.get("head_direction", ())):
        direction = np.asarray(history["head_direction"])
        arrays.append(("heading", np.arctan2(direction[:, 1], direction[:, 0])))
    return arrays


def _roles(columns: Sequence[Any], *allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Return what each of the columns is."""
    if not isinstance(columns, str):
        for roles in allowed:
            if len(roles) == len(columns):
                return roles
    wanted = " or ".join(f"({', '.join(roles)})" for roles in allowed)
    raise RecordingError(f"columns must name {wanted}, not {columns!r}")


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(repr, names)) or "none"


def _array(name: str, values: Any) -> NDArray[Any]:
    """Return one array; values that are masked are missing."""
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "iuf":
        masked: Any = values
        values = masked.astype(float).filled(np.nan)
    try:
        return np.asarray(values)
    except ValueError:
        raise RecordingError(f"`{name}` must be one array, but its rows differ in length") from None


def _numbers(name: str, values: Any) -> NDArray[np.float64]:
    """Return real numbers in double precision, as the reader of files takes them."""
    array = _array(name, values)
    # Half precision does not resolve a path.
    if array.dtype.kind not in "iuf" or array.dtype == np.float16:
        hint = "times are numbers of seconds, such as (t - t[0]) / np.timedelta64(1, 's')"
        raise RecordingError(
            f"`{name}` has dtype {array.dtype}; allowed: float32, float64 and integers "
            f"({hint if array.dtype.kind in 'mM' else 'convert it with .astype(float)'})"
        )
    return np.asarray(array, dtype=np.float64)
