"""Experiments: everything that determines a run's numbers."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quiescent import _native
from quiescent.errors import ExperimentError
from quiescent.recording import Recording

__all__ = ["Experiment", "experiments", "keys"]

#: The key of a recording's path.
FILE = "task.recording.file"


def _override(key: str, value: object) -> str:
    if not isinstance(key, str):
        raise ExperimentError(f"the key {key!r} of a change must be a text such as 'network.units'")
    if isinstance(value, os.PathLike):
        return f"{key}={os.fspath(value)}"
    if isinstance(value, str):
        return f"{key}={value}"
    try:
        return f"{key}={json.dumps(_plain(value), allow_nan=False)}"
    except (TypeError, ValueError) as error:
        raise ExperimentError(f"{key}: {value!r} cannot be the value of a key: {error}") from None


def _plain(value: object) -> object:
    """Return NumPy's numbers and arrays as Python's."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(of) for key, of in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(of) for of in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value


class Experiment:
    """An experiment: task, network, training and rest.

    Parameters
    ----------
    source
        The name of a shipped experiment (see :func:`experiments`), the path of an experiment file,
        nested dictionaries as in such a file, or another experiment.
    changes
        Values by dotted key, such as ``{"network.units": 256, "training.batches": 1000}``.
    seed
        Shorthand for the key `seed`.
    recording
        Recorded motion in place of a simulated animal's: a :class:`Recording` or what one is made
        of alone (a frame, an agent), or the path of a file. Keys such as `task.recording.arena`
        say how to read it.

    Raises
    ------
    ExperimentError
        If a key is unknown, a value is not allowed or has no effect; the message names the key,
        what was given and what is allowed.
    RecordingError
        If the recording cannot be used.

    Examples
    --------
    >>> experiment = Experiment("paper/spatial/noisy_unbiased", {"network.units": 256}, seed=1)
    >>> experiment["network.units"]
    256
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Mapping[str, Any] | Experiment,
        changes: Mapping[str, Any] | None = None,
        *,
        seed: int | None = None,
        recording: Any = None,
    ) -> None:
        overrides = [_override(key, value) for key, value in (changes or {}).items()]
        if seed is not None:
            overrides.append(_override("seed", seed))
        self._recording: Recording | None
        self._recording = source._recording if isinstance(source, Experiment) else None
        if recording is not None:
            for key in {"task", "task.recording", FILE} & (changes or {}).keys():
                raise ExperimentError(
                    f"the recording is given twice, as `recording` and by the key {key}; remove one"
                )
            if isinstance(recording, (str, os.PathLike)):
                self._recording = None
                overrides.insert(0, _override(FILE, recording))
            else:
                made = recording if isinstance(recording, Recording) else Recording(recording)
                self._recording = made
                overrides.insert(0, _override(FILE, made._name))
        native: _native.Experiment
        if isinstance(source, Experiment):
            native = source._native.with_overrides(overrides) if overrides else source._native
        elif isinstance(source, _native.Experiment):
            native = source.with_overrides(overrides) if overrides else source
        elif isinstance(source, Mapping):
            try:
                text = json.dumps(_plain(source), indent=1, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise ExperimentError(f"the dictionary: {error}") from None
            native = _native.Experiment.parse(text, "the dictionary", overrides)
        elif isinstance(source, (str, os.PathLike)):
            native = _native.Experiment.resolve(os.fspath(source), overrides)
        else:
            raise ExperimentError(
                f"an experiment is made of a name, a path, a dictionary or another experiment, "
                f"not of a {type(source).__name__}"
            )
        if self._recording is not None:
            if recording is not None:
                # An override's path became an absolute one.
                native = native.with_recording_file(self._recording._name)
            elif os.fspath(native.recording_file or "") != self._recording._name:
                self._recording = None
        self._native: _native.Experiment = native
        if native.changed:
            warnings.warn(
                "another kind of network has other defaults: " + ", ".join(native.changed),
                stacklevel=2,
            )

    def to_dict(self) -> dict[str, Any]:
        """Return every key with its value, as nested dictionaries."""
        return self._native.to_dict()

    def to_yaml(self) -> str:
        """Return every key with its value, as an experiment file."""
        return self._native.to_yaml()

    def show(self) -> None:
        """Print it as an experiment file with the meaning of every key: the start of your own."""
        print(self._native.to_annotated_yaml(), end="")

    @property
    def recording(self) -> Recording | Path | None:
        """Its recording, or the path of its recording's file; none if motion is simulated."""
        file = self._native.recording_file
        return self._recording or (None if file is None else Path(file))

    @contextmanager
    def _located(self) -> Iterator[_native.Experiment]:
        """Give the experiment with its recording in a file, for as long as that is needed."""
        if self._recording is None:
            yield self._native
            return
        with self._recording._written() as path:
            yield self._native.with_recording_file(path)

    @property
    def identity(self) -> str:
        """Digest of everything that determines numbers."""
        return self._native.identity()

    @property
    def is_spatial(self) -> bool:
        """Whether the task is to track a position, not a heading."""
        return self._native.task_kind == "spatial"

    def __getitem__(self, key: str) -> Any:
        value: Any = self.to_dict()
        for part in key.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise KeyError(key)
            value = value[part]
        return value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Experiment) and self._native == other._native

    def __hash__(self) -> int:
        return hash(self.identity)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.to_yaml(), self._recording)

    def __repr__(self) -> str:
        found = self.to_dict()
        network = found["network"]
        return (
            f"Experiment({found['task']['kind']}, {network['kind']}, {network['units']} units, "
            f"{found['training']['batches']} batches, seed {found['seed']})"
        )


def _restored(text: str, recording: Recording | None) -> Experiment:
    native: Any = _native.Experiment.parse(text, "the pickled experiment", [])
    return Experiment(native, recording=recording)


def experiments() -> dict[str, str]:
    """Return the names of the shipped experiments, with what each is about."""
    return dict(_native.shipped())


def keys(pattern: str = "") -> list[dict[str, Any]]:
    """Return what the keys of experiments mean and may be.

    Parameters
    ----------
    pattern
        Only keys whose path contains this text.
    """
    return [key for key in _native.keys() if pattern in key["path"]]
