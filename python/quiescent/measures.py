"""Measurements of phases: of networks, or of arrays from anywhere (recorded neurons, for example).

A phase is a dataset of `Network.wake` or `Network.rest`, a data array `(trial, time, space)`, a
pynapple frame whose time support are the trials, or an array `[trial, step, dim]` (headings also
`[trial, step]`). What does not say where its values live needs `space`. The library computes; this
module gives names and containers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quiescent import _native
from quiescent.errors import MeasurementError
from quiescent.phases import checked, decoded_of, dt_of
from quiescent.space import Space

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Divergence",
    "Measurements",
    "Reactivation",
    "brownian",
    "circular_density",
    "circular_mean",
    "continuity",
    "coverage_in_time",
    "covered_fraction",
    "density",
    "diffusion",
    "mean_squared_displacement",
    "mean_step_distance",
    "measure",
    "persistence",
    "principal_components",
    "reactivation",
    "ring",
    "sequence_score",
    "shuffled",
    "subspaces",
    "temporal_compression",
    "time_to_leave",
    "total_variance",
    "transition_distance",
    "transitions",
    "turning",
    "uniform",
    "variance_ratio",
]

Result = dict[str, Any]


@dataclass(frozen=True)
class Divergence:
    """An estimate of a divergence in nats, with its interval over trials.

    Attributes
    ----------
    nats
        Corrected for few trials and smooth kernels: the number to judge by. It varies about 0 where
        there is no difference, and can be negative.
    interval
        95 % interval over trials.
    floor
        95 % of the divergences between random halves of the active trials are below this; none if
        there are too few trials.
    plug_in_nats
        Of the two density estimates themselves, as published.
    indistinguishable
        Whether it is no larger than between halves of the active phase; none without a floor, and
        where the estimate is too uncertain to tell.
    """

    nats: float
    interval: tuple[float, float]
    floor: float | None
    plug_in_nats: float
    indistinguishable: bool | None

    @classmethod
    def _of(cls, found: Mapping[str, Any]) -> Divergence:
        floor, interval = found["floor"], found["interval"]
        return cls(
            nats=_number(found["nats"]),
            interval=(_number(interval["low"]), _number(interval["high"])),
            floor=None if floor is None else _number(floor["upper"]),
            plug_in_nats=_number(found["plug_in_nats"]),
            indistinguishable=found["indistinguishable"],
        )

    def __str__(self) -> str:
        low, high = self.interval
        floor = "" if self.floor is None else f", floor {self.floor:.3f}"
        return f"{self.nats:.3f} nats ({low:.3f} to {high:.3f}{floor})"


def _number(value: Any) -> float:
    """Return a number as the library writes it: none for infinity, words for others."""
    return float("inf") if value is None else float(value)


@dataclass(frozen=True)
class Reactivation:
    """The comparison of a quiescent phase with the active one.

    Attributes
    ----------
    kl
        KL(quiescent ‖ active): small if rest visits only what waking visits.
    kl_back
        KL(active ‖ quiescent): large if rest leaves out what waking visits.
    jensen_shannon
        Between 0 (equal) and ln 2.
    kl_uniform
        KL(uniform ‖ active), a yardstick: a density that knows nothing.
    indistinguishable
        Whether none of the first three is larger than between halves of the active phase, at this
        resolution; none where that is too uncertain to tell.
    resolution
        Width of the kernels in m or rad; what is narrower is not seen.
    details
        Everything that the library returns.
    """

    kl: Divergence
    kl_back: Divergence
    jensen_shannon: Divergence
    kl_uniform: Divergence
    indistinguishable: bool | None
    resolution: float
    details: Result

    @classmethod
    def _of(cls, found: Result) -> Reactivation:
        return cls(
            kl=Divergence._of(found["kl_quiescent_from_active"]),
            kl_back=Divergence._of(found["kl_active_from_quiescent"]),
            jensen_shannon=Divergence._of(found["jensen_shannon"]),
            kl_uniform=Divergence._of(found["kl_uniform_from_active"]),
            indistinguishable=found["indistinguishable"],
            resolution=found["resolution"],
            details=found,
        )

    def __str__(self) -> str:
        return "\n".join(
            [
                f"KL(quiescent ‖ active)  {self.kl}",
                f"KL(active ‖ quiescent)  {self.kl_back}",
                f"Jensen–Shannon          {self.jensen_shannon}",
                f"KL(uniform ‖ active)    {self.kl_uniform}",
                f"at a resolution of {self.resolution:.2g} {self.details['unit']}",
            ]
        )


class Measurements(Mapping[str, Any]):
    """Everything that was measured of a set of phases.

    As a mapping it holds what the library returns, as in a run folder's `measurements.json`. A
    measurement that could not be made is ``{"missing": {"code": …, "message": …}}``.
    """

    def __init__(self, found: Result) -> None:
        self._found = found

    def __getitem__(self, key: str) -> Any:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def reactivation(self) -> Reactivation:
        """The comparison of the quiescent phase with the active one.

        Raises
        ------
        MeasurementError
            If they were not compared, with the reason.
        """
        return self.divergence("quiescent")

    def divergence(self, phase: str) -> Reactivation:
        """Return the comparison of a quiescent phase with the active one."""
        found = self._found["divergences"].get(phase)
        if found is None:
            names = sorted(self._found["divergences"])
            raise MeasurementError(f"the phase {phase!r} was not compared; compared are {names}")
        if "missing" in found:
            raise MeasurementError(found["missing"]["message"])
        return Reactivation._of(found)

    def to_frame(self) -> pd.DataFrame:
        """Return every number with its interval and unit as a pandas frame, by name."""
        import pandas as pd

        rows = []
        for scalar in self._found["scalars"]:
            low, high = scalar["interval"] or (np.nan, np.nan)
            value = _number(scalar["value"])
            row = {"value": value, "low": low, "high": high, "unit": scalar["unit"]}
            rows.append({"name": scalar["name"], **row})
        return pd.DataFrame(rows).set_index("name")

    @property
    def findings(self) -> list[Result]:
        """What the measurements say: question, verdict and a sentence each."""
        found: list[Result] = self._found["findings"]
        return found

    def __str__(self) -> str:
        marks = {"holds": "✓", "fails": "✗", "undecided": "?"}
        return "\n".join(
            f"{marks.get(finding['verdict'], '·')} {finding['sentence']}"
            for finding in self.findings
        )


def given_phase(phase: Any, name: str, space: Space | None) -> tuple[Result, Space]:
    """Return a phase as the native functions take it, and its space."""
    what = f"the phase {name!r}"
    decoded, space = decoded_of(phase, what, space, np.float32)
    found: Result = {
        "decoded": decoded,
        "truth": None,
        "states": None,
        "state_stride": 1,
        "sigma": None,
        "seed": None,
        "start": None,
        "dynamics": {},
    }
    if not hasattr(phase, "data_vars"):
        return found, space
    attrs = phase.attrs
    if "truth" in phase:
        truth = phase["truth"].transpose("trial", "time", "space").values
        found["truth"] = checked(truth, f"{what}: truth", "trial, step, dim", 3, np.float32)
    if "states" in phase:
        along = "state_time" if "state_time" in phase["states"].dims else "time"
        states = phase["states"].transpose("trial", along, "unit").values
        found["states"] = checked(states, f"{what}: states", "trial, step, unit", 3, np.float32)
        found["state_stride"] = int(attrs.get("state_stride", 1))
    if "sigma_per_sqrt_s" in attrs:
        found["sigma"] = float(attrs["sigma_per_sqrt_s"])
    if "seed" in attrs:
        found["seed"] = int(attrs["seed"])
    found["dynamics"] = _dynamics(attrs)
    start = attrs.get("start")
    if attrs.get("phase") == "quiescent" and start is not None:
        if isinstance(start, str):
            found["start"] = start if start in ("encoded", "after_wake") else None
        else:
            point = [float(x) for x in np.atleast_1d(start)]
            found["start"] = {"point": [*point, 0.0][:2]}
    return found, space


def _dynamics(attrs: Mapping[Any, Any]) -> Result:
    """Return how units moved, as the attributes of a dataset say it; nothing for first order."""
    found: Result = {}
    if "adaptation_strength" in attrs:
        names = ("strength", "tau_s")
        found["adaptation"] = {name: float(attrs[f"adaptation_{name}"]) for name in names}
    if "momentum_friction" in attrs:
        keeps = bool(attrs.get("momentum_keep_temperature", True))
        friction = float(attrs["momentum_friction"])
        found["momentum"] = {"friction": friction, "keep_temperature": keeps}
    if "tau_s" in attrs:
        found["tau_s"] = float(attrs["tau_s"])
    return found


def measure(
    phases: Mapping[str, Any],
    *,
    space: Space | None = None,
    dt_s: float | None = None,
    radius: float | None = None,
    seed: int = 0,
    **settings: Any,
) -> Measurements:
    """Measure a set of phases from anywhere: everything that figures and verdicts need.

    Parameters
    ----------
    phases
        Phases by name. Every other phase is compared with `"active"`, and `"quiescent"` is the main
        one.
    space
        Where decoded values live, if the phases do not say so.
    dt_s
        Length of a step in s, if the phases do not say so.
    radius
        How far from its start a trial counts as having left it, in m or rad.
    seed
        Seed of resampling and of null models.
    **settings
        Other settings of the library: `resamples`, `density_steps`, `burn_in`.
    """
    given: dict[str, Result] = {}
    for name, phase in phases.items():
        given[name], space = given_phase(phase, name, space)
        dt_s = dt_of(phase) if dt_s is None else dt_s
    if space is None:
        raise MeasurementError("there are no phases to measure")
    if dt_s is None:
        raise MeasurementError("the phases do not say how long a step is: give dt_s in s")
    changes = {"seed": seed, **settings}
    return Measurements(_native.measure(given, space.corners, dt_s, radius, changes))


def reactivation(
    active: Any, quiescent: Any, *, space: Space | None = None, seed: int = 0, **settings: Any
) -> Reactivation:
    """Compare the decoded values of a quiescent phase with those of the active one.

    Parameters
    ----------
    active, quiescent
        Phases; see this module.
    space
        Where values live, if the phases do not say so.
    seed
        Seed of resampling.
    **settings
        Other settings of the library: `points`, `samples`, `burn_in`, `bandwidth`, `reflect`,
        `heading_bandwidth`, `resamples`, `splits`, `level`.
    """
    wake, space = decoded_of(active, "the active phase", space)
    rest, _ = decoded_of(quiescent, "the quiescent phase", space)
    changes = {"seed": seed, **settings}
    return Reactivation._of(_native.reactivation(wake, rest, space.corners, changes))


def _bandwidth(given: str | float) -> Any:
    return given if isinstance(given, str) else {"factor": float(given)}


def density(
    points: ArrayLike,
    at: ArrayLike,
    *,
    bandwidth: str | float = "scott",
    walls: Space | None = None,
) -> NDArray[np.float64]:
    """Return a Gaussian kernel density of points `[point, dim]` at others `[point, dim]`.

    Parameters
    ----------
    points, at
        Where the density is estimated from, and where it is evaluated.
    bandwidth
        ``"scott"``, ``"silverman"``, or a factor on the standard deviation.
    walls
        A box whose walls mirror kernel mass back inside.
    """
    data = checked(points, "points", "point, dim", 2, np.float64)
    where = checked(at, "at", "point, dim", 2, np.float64)
    corners = None if walls is None else walls.corners
    return np.asarray(_native.density(data, where, _bandwidth(bandwidth), corners)[0])


def circular_density(
    angles: ArrayLike, at: ArrayLike, *, bandwidth: float | str = 0.1
) -> NDArray[np.float64]:
    """Return a von Mises kernel density of angles in rad at other angles, per rad.

    Parameters
    ----------
    angles, at
        Where the density is estimated from, and where it is evaluated.
    bandwidth
        Standard deviation of the kernels in rad, or ``"taylor"`` for Taylor's (2008) rule.
    """
    data = checked(angles, "angles", "point", 1, np.float64)
    where = checked(at, "at", "point", 1, np.float64)
    width = bandwidth if isinstance(bandwidth, str) else {"sd": float(bandwidth)}
    return np.asarray(_native.circular_density(data, where.tolist(), width)[0])


def circular_mean(angles: ArrayLike) -> tuple[float, float]:
    """Return the mean direction of angles in rad and the length of their mean vector, 0 to 1."""
    return _native.circular_mean(checked(angles, "angles", "point", 1, np.float64))


def _samples(states: Any, what: str) -> NDArray[np.float32]:
    """Return states `[sample, unit]` of a dataset with `states`, or of an array."""
    if hasattr(states, "data_vars"):
        if "states" not in states:
            raise MeasurementError(f"{what} kept no states: simulate it with states=True")
        states = states["states"]
    if hasattr(states, "dims") and "unit" in getattr(states, "dims", ()):
        states = states.transpose(..., "unit").values
    array = np.asarray(states)
    if array.ndim == 3:
        array = array.reshape(-1, array.shape[2])
    return checked(array, what, "sample, unit", 2, np.float32)


def principal_components(states: Any) -> Result:
    """Return principal components of states.

    Parameters
    ----------
    states
        A dataset that kept states, or an array `[sample, unit]` or `[trial, step, unit]`.

    Returns
    -------
    dict
        `mean` `[unit]`, `axes` `[component, unit]`, `variances` and `explained_variance_ratio`
        `[component]`.
    """
    return _native.principal_components(_samples(states, "the states"))


def subspaces(states: Any, others: Any, components: int = 10) -> Result:
    """Compare the spaces in which two sets of states vary.

    Parameters
    ----------
    states, others
        As for :func:`principal_components`: the active phase first, say.
    components
        How many first components are compared.

    Returns
    -------
    dict
        `explained` `[component]`: fraction of the others' variance along the first k components of
        `states`; `principal_angles_rad`, ascending, between the spaces of both.
    """
    own, other = _samples(states, "the states"), _samples(others, "the other states")
    return _native.subspaces(own, other, components)


def total_variance(decoded: Any, *, space: Space | None = None, burn_in: int = 0) -> Result:
    """Return the variance over steps of each trial, summed over dimensions, after a burn-in."""
    values, space = decoded_of(decoded, "the phase", space)
    return _native.total_variance(values, space.corners, burn_in)


def mean_step_distance(decoded: Any, *, space: Space | None = None) -> Result:
    """Return the mean distance between successive values of each trial."""
    values, space = decoded_of(decoded, "the phase", space)
    return _native.mean_step_distance(values, space.corners)


def continuity(
    active: Any, quiescent: Any, *, space: Space | None = None, probability: float = 0.95
) -> Result:
    """Return the share of quiescent steps that are as short as the active phase's.

    Parameters
    ----------
    active, quiescent
        The phases.
    space
        Where they live, if they do not say it.
    probability
        The fraction of active steps that are no longer than `longest`.

    Returns
    -------
    dict
        `mean` over trials with its interval, `trials`, and `longest`, in m or rad. A quiescent
        phase whose paths are as continuous as the active ones' has `probability` or more.
    """
    values, space = decoded_of(active, "the active phase", space)
    others, _ = decoded_of(quiescent, "the quiescent phase", space)
    return _native.continuity(values, others, space.corners, probability)


def persistence(decoded: Any, *, space: Space | None = None) -> Result:
    """Return whether successive steps go on in one direction or turn back.

    `cosine` is that of the angle between successive steps: 1 on a straight line, 0 for independent
    directions. `reversals` is the fraction of steps that go back by more than 90°. Both have a
    value per trial that moves in two successive steps, and their `mean` with its interval.
    """
    values, space = decoded_of(decoded, "the phase", space)
    return _native.persistence(values, space.corners)


def coverage_in_time(
    decoded: Any, *, space: Space | None = None, bins_per_side: int | None = None
) -> Result:
    """Return how much of its space a trial has visited, step by step.

    Parameters
    ----------
    decoded
        The phase.
    space
        Where it lives, if it does not say it.
    bins_per_side
        Regions along each axis, 11 in a region and 36 on a circle if it is None. Values beyond the
        walls visit no region.

    Returns
    -------
    dict
        `covered` `[step]`: the fraction of regions visited by each step, as the mean over trials;
        `median_steps` `[regions]`: the median over trials of the steps to visit 1, 2, … regions,
        NaN where half of the trials never visit so many.
    """
    values, space = decoded_of(decoded, "the phase", space)
    return _native.coverage_in_time(values, space.corners, bins_per_side)


def diffusion(decoded: Any, *, space: Space | None = None, seed: int = 0) -> Result:
    """Return the exponent with which squared displacement grows, where walls do not yet confine it.

    `exponent` has its interval over trials: 1 for a random walk, 2 for straight motion. `lags` are
    those that were fitted, in steps, and `squared` the displacements at these, in m² or rad².
    """
    values, space = decoded_of(decoded, "the phase", space)
    return _native.diffusion(values, space.corners, seed)


def sequence_score(
    decoded: Any,
    *,
    space: Space | None = None,
    event_steps: int = 10,
    shuffles: int = 99,
    seed: int = 0,
) -> Result:
    """Return how many short events follow a straight line in time.

    Trials are cut into events of `event_steps` values. The score of an event is R² of a straight
    line in time, and an event is a sequence if it exceeds the 95th percentile of the scores of its
    own values in shuffled orders.

    Returns
    -------
    dict
        `share` of events that are sequences, and `score`: values per trial, and their `mean` with
        its interval; `events` of each trial. The share is 0.05 without any order, 1 on a straight
        line, and far above 0.05 for Brownian motion: compare it with that of `brownian`.
    """
    values, space = decoded_of(decoded, "the phase", space)
    return _native.sequence_score(values, space.corners, event_steps, shuffles, seed)


def temporal_compression(
    active: Any, quiescent: Any, distance: float, *, space: Space | None = None, seed: int = 0
) -> Result:
    """Return how many times faster a quiescent phase gets a distance away than the active one.

    Parameters
    ----------
    active, quiescent
        The phases.
    distance
        In m or rad: more than decoding errors, and small beside the space, as a cell's width is.
    space
        Where they live, if the phases do not say it.
    seed
        Seed of resampling.

    Returns
    -------
    dict
        `active_steps` and `quiescent_steps`, the lags at which the root mean squared displacement
        reaches the distance, and their `ratio` with its interval, above 1 if rest is faster. None
        where a phase does not reach it.
    """
    values, space = decoded_of(active, "the active phase", space)
    others, _ = decoded_of(quiescent, "the quiescent phase", space)
    return _native.temporal_compression(values, others, space.corners, distance, seed)


def mean_squared_displacement(
    decoded: Any, *, space: Space | None = None, lags: Sequence[int] | None = None
) -> Result:
    """Return mean squared displacements at lags in steps, and their exponent.

    Parameters
    ----------
    decoded, space
        A phase; see this module.
    lags
        In steps; by default about 20 logarithmic ones up to a tenth of a trial.
    """
    values, space = decoded_of(decoded, "the phase", space)
    given = None if lags is None else [int(lag) for lag in lags]
    return _native.mean_squared_displacement(values, space.corners, given)


def covered_fraction(
    decoded: Any, *, space: Space | None = None, bins_per_side: int | None = None
) -> Result:
    """Return the fraction of bins that each trial visits, and all together."""
    values, space = decoded_of(decoded, "the phase", space)
    return _native.covered_fraction(values, space.corners, bins_per_side)


def time_to_leave(decoded: Any, radius: float, *, space: Space | None = None) -> Result:
    """Return the steps until each trial is farther than `radius` from its start."""
    values, space = decoded_of(decoded, "the phase", space)
    return _native.time_to_leave(values, space.corners, radius)


def variance_ratio(
    decoded: Any, *, space: Space | None = None, burn_in: int = 0
) -> dict[str, float]:
    """Return the variance within trials over that of all values.

    It is near 1 if each trial visits everything, and near 0 if each stays where it started.
    """
    values, space = decoded_of(decoded, "the phase", space)
    return _native.variance_ratio(values, space.corners, burn_in)


def transitions(
    decoded: Any, *, space: Space | None = None, bins_per_side: int | None = None, lag: int = 1
) -> Result:
    """Return the probabilities of each bin `lag` steps after each other one, `[from, to]`."""
    values, space = decoded_of(decoded, "the phase", space)
    return _native.step_transitions(values, space.corners, bins_per_side, lag)


def transition_distance(
    active: Any,
    quiescent: Any,
    *,
    space: Space | None = None,
    bins_per_side: int | None = None,
    lag: int = 1,
    seed: int = 0,
) -> Result:
    """Return the distance of a quiescent phase's transitions from the active one's.

    Returns
    -------
    dict
        `total_variation` and `jensen_shannon` with intervals, and their `floors` between halves of
        the active phase.
    """
    wake, space = decoded_of(active, "the active phase", space)
    rest, _ = decoded_of(quiescent, "the quiescent phase", space)
    return _native.transition_distance(wake, rest, space.corners, bins_per_side, lag, seed)


def turning(
    headings: Any, *, bins: int = 60, limit_rad: float = float(np.pi), seed: int = 0
) -> Result:
    """Return how headings turn from step to step: mean, spread, reversals, histogram."""
    values, _ = decoded_of(headings, "the headings", Space.circle())
    return _native.turning(np.ascontiguousarray(values[:, :, 0]), bins, limit_rad, seed)


def ring(
    points: ArrayLike, headings: ArrayLike, centre: tuple[float, float] | None = None
) -> Result:
    """Return how far points `[point, 2]` form a ring that is ordered by heading."""
    plane = checked(points, "points", "point, 2", 2, np.float64)
    angles = checked(headings, "headings", "point", 1, np.float64)
    return _native.ring(plane, angles.tolist(), centre)


def shuffled(decoded: Any, *, space: Space | None = None, seed: int = 0) -> NDArray[np.float64]:
    """Return a null model: the same values with the steps of every trial in random order."""
    values, _ = decoded_of(decoded, "the phase", space)
    return _native.shuffled(values, seed)


def brownian(decoded: Any, *, space: Space | None = None, seed: int = 0) -> NDArray[np.float64]:
    """Return a null model: Brownian motion with every trial's start and mean squared step.

    Walls reflect it.
    """
    values, space = decoded_of(decoded, "the phase", space)
    return _native.brownian(values, space.corners, seed)


def uniform(space: Space, trials: int, steps: int, *, seed: int = 0) -> NDArray[np.float64]:
    """Return a null model: values drawn uniformly from a space at every step."""
    return _native.uniform(space.corners, trials, steps, seed)
