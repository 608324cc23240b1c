"""Phases as datasets, and arrays from anywhere as phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quiescent.errors import MeasurementError
from quiescent.space import Space

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["dataset", "decoded_of", "space_of", "to_pynapple", "windows"]

#: Dimensions of decoded values, slowest first.
DIMS = ("trial", "time", "space")


def dataset(
    phase: Mapping[str, Any], space: Space, dt_s: float, attrs: Mapping[str, Any]
) -> xr.Dataset:
    """Return the dataset of a simulated phase; no array is copied.

    Variables are `decoded(trial, time, space)` and, where known, `truth` of the same dimensions, in
    m or rad; `states(trial, time, unit)` (or `state_time` if not every state was kept); and
    `end(trial, unit)`, the states after the last step. `time` is in s; the first step ends at
    `dt_s`.
    """
    import xarray as xr

    _register_accessor()
    decoded: NDArray[np.float32] = phase["decoded"]
    trials, steps, _ = decoded.shape
    long_name = "heading" if space.is_circle else "position"
    variables: dict[str, Any] = {
        "decoded": (DIMS, decoded, {"units": space.unit, "long_name": f"decoded {long_name}"})
    }
    coords: dict[str, Any] = {
        "trial": np.arange(trials),
        "time": ("time", dt_s * np.arange(1, steps + 1), {"units": "s"}),
        "space": space.names,
    }
    if phase["truth"] is not None:
        about = {"units": space.unit, "long_name": f"true {long_name}"}
        variables["truth"] = (DIMS, phase["truth"], about)
    stride = int(phase["state_stride"])
    if phase["states"] is not None:
        states: NDArray[np.float32] = phase["states"]
        along = "time"
        if stride > 1:
            along = "state_time"
            times = dt_s * stride * np.arange(1, states.shape[1] + 1)
            coords[along] = (along, times, {"units": "s"})
        variables["states"] = (("trial", along, "unit"), states, {"long_name": "rate"})
    about = {"long_name": "rate after the last step"}
    variables["end"] = (("trial", "unit"), phase["end"], about)
    for name, what in (("adaptation", "inhibition"), ("velocity", "velocity of the rate")):
        if phase.get(name) is not None:
            about = {"long_name": f"{what} after the last step"}
            variables[name] = (("trial", "unit"), phase[name], about)
    described: dict[str, Any] = {
        "dt_s": dt_s,
        "space": "circle" if space.is_circle else "box",
        "state_stride": stride,
    }
    if space.low_m is not None and space.high_m is not None:
        described |= {"space_low_m": list(space.low_m), "space_high_m": list(space.high_m)}
    return xr.Dataset(variables, coords, {**described, **attrs})


def _register_accessor() -> None:
    import xarray as xr

    if hasattr(xr.Dataset, "quiescent"):
        return

    @xr.register_dataset_accessor("quiescent")  # type: ignore[no-untyped-call, unused-ignore]
    class _Accessor:
        """What a phase can do besides what every dataset can."""

        def __init__(self, phase: xr.Dataset) -> None:
            self._phase = phase

        def to_pynapple(self) -> Any:
            """Return decoded values as a pynapple frame; see :func:`quiescent.to_pynapple`."""
            return to_pynapple(self._phase)


def space_of(phase: object) -> Space | None:
    """Return the space that a dataset names; none if it names none."""
    attrs = getattr(phase, "attrs", {})
    if attrs.get("space") == "circle":
        return Space.circle()
    if attrs.get("space") == "box":
        low, high = attrs["space_low_m"], attrs["space_high_m"]
        return Space.between(np.atleast_1d(low).tolist(), np.atleast_1d(high).tolist())
    return None


def dt_of(phase: object) -> float | None:
    """Return the length of a step in s that a dataset names; none if it names none."""
    value = getattr(phase, "attrs", {}).get("dt_s")
    return None if value is None else float(value)


def checked(values: ArrayLike, what: str, dims: str, ndim: int, dtype: Any) -> NDArray[Any]:
    """Return finite numbers of a type, contiguous, in an array of this many dimensions."""
    array = _numbers(values, what, dims)
    if array.ndim != ndim:
        raise MeasurementError(
            f"{what} must have the dimensions [{dims}], but its shape is {array.shape}"
        )
    if array.size == 0:
        raise MeasurementError(f"{what} is empty: its shape is {array.shape}")
    array = np.ascontiguousarray(array, dtype=dtype)
    bad = ~np.isfinite(array)
    if bad.any():
        index = [int(i) for i in np.argwhere(bad)[0]]
        raise MeasurementError(
            f"{what} must be finite numbers, but the value at index {index} is "
            f"{array[tuple(index)]}"
        )
    return array


def _numbers(values: ArrayLike, what: str, dims: str) -> NDArray[Any]:
    """Return real numbers in an array of any dimensions."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise MeasurementError(
            f"{what} must be one array [{dims}] of numbers, but its parts are of different "
            "length; quiescent.windows(trials, steps) cuts trials into equal pieces"
        ) from None
    if array.dtype == object or not (
        np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)
    ):
        raise MeasurementError(f"{what} must be real numbers, but its type is {array.dtype}")
    return array


def decoded_of(
    phase: Any, what: str, space: Space | None, dtype: Any = np.float64
) -> tuple[NDArray[Any], Space]:
    """Return decoded values `[trial, step, dim]` of a phase from anywhere, and their space.

    Parameters
    ----------
    phase
        A dataset with `decoded(trial, time, space)`, a data array with these dimensions in any
        order, a pynapple frame whose time support are the trials, or an array `[trial, step, dim]`
        (headings also `[trial, step]`).
    """
    space = space or space_of(phase)
    if space is None:
        raise MeasurementError(
            f"{what} does not say where its values live: give space=Space.box(2.2, 2.2), with the "
            "sides in m, or space=Space.circle()"
        )
    values = _numbers(_values(phase, what), what, "trial, step, dim")
    if space.is_circle and values.ndim == 2:
        values = values[:, :, np.newaxis]
    array = checked(values, what, "trial, step, dim", 3, dtype)
    if array.shape[2] != space.dim:
        raise MeasurementError(
            f"{what} has {array.shape[2]} coordinates, but its space ({space}) has {space.dim}; "
            f"its shape {array.shape} should be (trials, steps, {space.dim})"
        )
    return array, space


def _values(phase: Any, what: str) -> Any:
    if hasattr(phase, "data_vars"):
        if "decoded" not in phase:
            raise MeasurementError(
                f"{what} is a dataset without `decoded`; it has {sorted(map(str, phase.data_vars))}"
            )
        phase = phase["decoded"]
    if hasattr(phase, "dims") and hasattr(phase, "transpose"):
        dims = tuple(phase.dims)
        if set(dims) == set(DIMS):
            return phase.transpose(*DIMS).values
        if set(dims) == {"trial", "time"}:
            return phase.transpose("trial", "time").values
        raise MeasurementError(f"{what} must have the dimensions {DIMS}, but has {dims}")
    if hasattr(phase, "time_support"):
        return _trials_of_pynapple(phase, what)
    return phase


def _trials_of_pynapple(frame: Any, what: str) -> NDArray[np.float64]:
    """Return the values of a pynapple frame, one trial for each interval of its time support."""
    trials = [
        np.asarray(frame.restrict(frame.time_support[[i]]).values)
        for i in range(len(frame.time_support))
    ]
    lengths = {len(trial) for trial in trials}
    if len(lengths) > 1:
        raise MeasurementError(
            f"{what}: the intervals of its time support have {min(lengths)} to {max(lengths)} "
            "samples; quiescent.windows(trials, steps) cuts them into equal pieces"
        )
    stacked: NDArray[np.float64] = np.stack(trials)
    return stacked[:, :, np.newaxis] if stacked.ndim == 2 else stacked


def windows(trials: Sequence[ArrayLike], steps: int) -> NDArray[np.float64]:
    """Cut trials of different length into pieces of equal length.

    Parameters
    ----------
    trials
        Arrays `[step, dim]`, or `[step]` for headings.
    steps
        Steps of each piece. What remains at a trial's end is left out.

    Returns
    -------
    numpy.ndarray
        `[piece, steps, dim]`, in the order of the trials.
    """
    if steps < 1:
        raise MeasurementError(f"pieces must have at least 1 step, not {steps}")
    pieces = []
    for number, trial in enumerate(trials):
        array = np.asarray(trial, dtype=float)
        if array.ndim == 1:
            array = array[:, np.newaxis]
        array = checked(array, f"trial {number}", "step, dim", 2, np.float64)
        whole = len(array) // steps
        pieces += list(array[: whole * steps].reshape(whole, steps, array.shape[1]))
    if not pieces:
        raise MeasurementError(f"no trial is as long as {steps} steps")
    if len({piece.shape for piece in pieces}) > 1:
        raise MeasurementError("trials have different numbers of coordinates")
    return np.stack(pieces)


def to_pynapple(phase: xr.Dataset) -> Any:
    """Return the decoded values of a phase as one pynapple frame.

    Trials follow one another with a gap of one step, and the time support has an interval for each.

    Parameters
    ----------
    phase
        A dataset of `Network.wake`, `Network.rest` or `Network.drive`.

    Returns
    -------
    pynapple.TsdFrame
    """
    import pynapple as nap

    decoded, space = decoded_of(phase, "the phase", None)
    dt_s = dt_of(phase)
    if dt_s is None:
        raise MeasurementError(
            "the phase does not say how long a step is: it has no attribute dt_s"
        )
    trials, steps, _ = decoded.shape
    starts = np.arange(trials) * (steps + 1) * dt_s
    times = (starts[:, np.newaxis] + dt_s * np.arange(1, steps + 1)).ravel()
    # Half a step on either side, so that rounding leaves no sample outside.
    support = nap.IntervalSet(start=starts + dt_s / 2, end=starts + (steps + 0.25) * dt_s)
    return nap.TsdFrame(
        t=times, d=decoded.reshape(-1, space.dim), columns=space.names, time_support=support
    )
