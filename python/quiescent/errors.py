"""Exceptions: one class for each kind of fault."""

from __future__ import annotations

__all__ = [
    "DivergedError",
    "ExperimentError",
    "MeasurementError",
    "OutOfMemoryError",
    "QuiescentError",
    "RecordingError",
    "RunError",
    "StoppedError",
    "WeightsError",
]


class QuiescentError(Exception):
    """Any fault that this package finds."""


class ExperimentError(QuiescentError, ValueError):
    """An experiment, or another request, that makes no sense."""


class RunError(QuiescentError, OSError):
    """A run folder that is not there, is damaged, is in use, or holds another run."""


class RecordingError(QuiescentError, ValueError):
    """A recording of an animal's motion that cannot be used."""


class MeasurementError(QuiescentError, ValueError):
    """Arrays or settings that cannot be measured or simulated."""


class WeightsError(QuiescentError, ValueError):
    """Weights that do not fit a network."""


class DivergedError(QuiescentError, ArithmeticError):
    """Training diverged, or a network's rates ran away."""


class StoppedError(QuiescentError):
    """The work was ended before it was done; what was done is kept where a folder keeps it."""


class OutOfMemoryError(QuiescentError, MemoryError):
    """There is too little memory for what was asked."""
