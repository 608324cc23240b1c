"""Networks: awake, at rest, driven by inputs of your own; their weights and their measurements."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quiescent import _native
from quiescent._rest_map import rest_map_frame
from quiescent.errors import MeasurementError, RunError
from quiescent.experiment import Experiment
from quiescent.measures import Measurements, given_phase
from quiescent.phases import checked, dataset
from quiescent.progress import follow
from quiescent.recording import Recording
from quiescent.rest import Adaptation, Momentum
from quiescent.space import Space

if TYPE_CHECKING:
    import pandas as pd
    import torch
    import xarray as xr

    from quiescent._view import View

__all__ = ["Network", "open", "untrained"]

#: Names of the noise of the hidden units at rest.
NOISES = ("doubled_variance", "same", "none")


def open(folder: str | os.PathLike[str]) -> Network:
    """Open the network of a run folder at its latest checkpoint.

    Raises
    ------
    RunError
        If there is no run, it has no checkpoint yet, or it is damaged.
    RecordingError
        If the recording that it was trained on is gone.
    """
    return Network(_native.Network.open(os.fspath(folder)))


def untrained(
    experiment: str | os.PathLike[str] | Mapping[str, Any] | Experiment,
    changes: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    recording: Any = None,
) -> Network:
    """Return a network with its initial weights, before any training; see :class:`Experiment`."""
    asked = Experiment(experiment, changes, seed=seed, recording=recording)
    kept = asked._recording
    with asked._located() as located:
        return Network(_native.Network.untrained(located, kept is not None), kept)


class Network:
    """A network with its experiment and its task.

    It comes from :func:`quiescent.train`, :func:`quiescent.open` or :func:`quiescent.untrained`.
    """

    def __init__(self, native: _native.Network, recording: Recording | None = None) -> None:
        if recording is None and native.kept_recording is not None:
            recording = Recording._of_file(Path(native.kept_recording))
        self._native = native
        self._recording = recording

    @property
    def experiment(self) -> Experiment:
        """Its experiment."""
        native: Any = self._native.experiment
        return Experiment(native, recording=self._recording)

    @property
    def folder(self) -> Path | None:
        """Its run folder; none if it has none."""
        folder = self._native.folder
        return None if folder is None else Path(folder)

    @property
    def space(self) -> Space:
        """Where its stimuli live."""
        return Space.of_corners(self._native.corners)

    @property
    def batch(self) -> int:
        """Batches that it was trained for."""
        return self._native.batch

    def wake(
        self,
        trials: int | None = None,
        steps: int | None = None,
        *,
        states: bool | int = False,
        seed: int | None = None,
    ) -> xr.Dataset:
        """Simulate the active phase: the task's motion as input, the noise of training.

        Parameters
        ----------
        trials, steps
            How many, and how long; by default those of the experiment (`rest.trials`,
            `time.steps`).
        states
            Whether to keep hidden states, or every how many steps.
        seed
            Seed of motion and noise; by default that of the experiment.

        Returns
        -------
        xarray.Dataset
            `decoded` and `truth` `(trial, time, space)`, `end(trial, unit)`, and `states` if kept.
        """
        found = self.experiment.to_dict()
        asked = {
            "moves": True,
            "trials": found["rest"]["trials"] if trials is None else trials,
            "steps": found["time"]["steps"] if steps is None else steps,
            "noise": "same",
        }
        attrs = {"phase": "active", "start": "encoded"}
        return self._simulate(asked, attrs, states, seed)

    def rest(
        self,
        after: xr.Dataset | None = None,
        steps: int | None = None,
        *,
        trials: int | None = None,
        start: str | ArrayLike | None = None,
        noise: str | float | None = None,
        adaptation: Adaptation | None = None,
        momentum: Momentum | None = None,
        tau_s: float | None = None,
        states: bool | int = False,
        seed: int | None = None,
    ) -> xr.Dataset:
        """Simulate the quiescent phase: no input, noise only.

        Parameters
        ----------
        after
            A phase at whose end every trial begins, such as one of :meth:`wake`. A quiescent phase
            goes on where it ended, with its inhibition and velocity and with new noise.
        steps, trials
            How long, and how many; by default those of the experiment (`rest.steps`,
            `rest.trials`).
        start
            Where trials begin, if not `after` a phase: ``"encoded"`` (the encoding of stimuli that
            are drawn as while active), ``"after_wake"`` (an active phase is simulated first), a
            point such as ``(0.5, 0.2)`` in m or ``0.3`` in rad, or states `[trial, unit]`. By
            default that of the experiment.
        noise
            ``"doubled_variance"``, ``"same"``, ``"none"``, or σ per √s; by default that of the
            experiment.
        adaptation, momentum
            Second-order dynamics; by default those of the experiment (`rest.adaptation`,
            `rest.momentum`), which are none unless it says so.
        tau_s
            Time constant of the units in s; by default that of the experiment (`rest.tau_s`), which
            is that of training unless it says so.
        states
            Whether to keep hidden states, or every how many steps.
        seed
            Seed of starts and noise; by default that of the experiment.

        Returns
        -------
        xarray.Dataset
            `decoded(trial, time, space)`, `end(trial, unit)`, and `states` if kept; with
            adaptation and momentum, `adaptation(trial, unit)` and `velocity(trial, unit)` after
            the last step.
        """
        rest = self.experiment.to_dict()["rest"]
        given: Any = rest["start"] if start is None else start
        if after is not None and start is not None:
            raise MeasurementError("rest begins after a phase or at a start, not both")
        if after is None and isinstance(given, str) and given == "after_wake":
            after = self.wake(rest["trials"] if trials is None else trials, seed=seed)
        begin, named = self._start(given if after is None else self._end_of(after))
        if begin is not None and np.ndim(begin) == 2:
            if trials not in (None, len(begin)):
                raise MeasurementError(
                    f"trials is {trials}, but {len(begin)} states to start from are given"
                )
            trials = len(begin)
        before = 0 if after is None else int(after.attrs.get("quiescent_steps", 0))
        steps = _whole(rest["steps"] if steps is None else steps, "steps", least=1)
        dynamics = self._dynamics(before + steps, adaptation, momentum, tau_s)
        asked = {
            "moves": False,
            "start": begin,
            "trials": rest["trials"] if trials is None else trials,
            "steps": steps,
            "noise": rest["noise"] if noise is None else _noise(noise),
            "dynamics": dynamics,
            "before": None if before == 0 else _carried(after, before),
        }
        attrs = {
            "phase": "quiescent",
            "start": "after_wake" if after is not None and before == 0 else named,
            "quiescent_steps": before + steps,
        }
        if before:
            attrs["start"] = after.attrs["start"] if after is not None else named
        attrs |= {
            f"{part}_{name}": int(value) if isinstance(value, bool) else value
            for part, of in dynamics.items()
            if isinstance(of, dict)
            for name, value in of.items()
        }
        if dynamics["tau_s"] is not None:
            attrs["tau_s"] = dynamics["tau_s"]
        return self._simulate(asked, attrs, states, seed)

    def _dynamics(
        self,
        steps: int,
        adaptation: Adaptation | None,
        momentum: Momentum | None,
        tau_s: float | None,
    ) -> dict[str, Any]:
        """Return how units move in a phase of so many steps, as an experiment says it."""
        given = {
            "adaptation": None if adaptation is None else asdict(adaptation),
            "momentum": None if momentum is None else asdict(momentum),
            "tau_s": tau_s,
        }
        changes: dict[str, Any] = {"rest.steps": steps}
        changes |= {f"rest.{key}": value for key, value in given.items() if value is not None}
        rest = Experiment(self.experiment, changes).to_dict()["rest"]
        return {key: rest.get(key) for key in given}

    def drive(
        self,
        inputs: ArrayLike,
        *,
        start: str | ArrayLike = "encoded",
        noise: str | float = "same",
        states: bool | int = False,
        seed: int | None = None,
    ) -> xr.Dataset:
        """Simulate the network with inputs of your own.

        Parameters
        ----------
        inputs
            `[trial, step, input]`: displacements in m per step, or turns in rad per step.
        start, noise, states, seed
            As for :meth:`rest`.
        """
        array = checked(inputs, "inputs", "trial, step, input", 3, np.float32)
        if isinstance(start, str) and start != "encoded":
            raise MeasurementError(f"start is {start!r}; allowed: 'encoded', a point, or states")
        begin, named = self._start(start)
        asked = {
            "moves": False,
            "inputs": array,
            "start": begin,
            "trials": len(array),
            "steps": array.shape[1],
            "noise": _noise(noise),
        }
        return self._simulate(asked, {"phase": "driven", "start": named}, states, seed)

    def _end_of(self, phase: Any) -> NDArray[np.float32]:
        if not hasattr(phase, "data_vars") or "end" not in phase:
            raise MeasurementError(
                "rest begins after a phase with `end(trial, unit)`, such as that of wake()"
            )
        end = phase["end"].transpose("trial", "unit").values
        return checked(end, "the end of the phase", "trial, unit", 2, np.float32)

    def _start(self, given: Any) -> tuple[NDArray[np.float32] | list[float] | None, Any]:
        """Return where trials begin for the native function, and a word or point for it."""
        if isinstance(given, Mapping) and "point" in given:
            given = given["point"][: self.space.dim]
        if isinstance(given, str):
            if given != "encoded":
                raise MeasurementError(
                    f"start is {given!r}; allowed: 'encoded', 'after_wake', a point, or states"
                )
            return None, given
        if np.ndim(given) == 2:
            states = checked(given, "the states to start from", "trial, unit", 2, np.float32)
            return states, "states"
        point = checked(np.atleast_1d(given), "the start", "dim", 1, np.float64).tolist()
        if len(point) != self.space.dim:
            raise MeasurementError(
                f"the start {point} has {len(point)} coordinates; this task has {self.space.dim}"
            )
        return point, point

    def _simulate(
        self, asked: dict[str, Any], attrs: dict[str, Any], states: bool | int, seed: int | None
    ) -> xr.Dataset:
        stride = _stride(states)
        for name in ("trials", "steps"):
            _whole(asked[name], name, least=1)
        if seed is not None:
            _whole(seed, "seed", least=0)
        none = {"inputs": None, "start": None, "dynamics": None, "before": None}
        setup = {**none, **asked, "stride": stride, "seed": seed}
        phase = self._native.simulate(setup)
        found = self.experiment.to_dict()
        attrs |= {
            "noise": asked["noise"] if isinstance(asked["noise"], str) else "sigma",
            "sigma_per_sqrt_s": _sigma(asked["noise"], found["network"]["noise"]["sigma"]),
            "seed": found["seed"] if seed is None else seed,
            "batch": self.batch,
            "experiment_sha256": self.experiment.identity,
            "parameters_sha256": self._native.parameters_sha256,
            "program": f"quiescent {_native.__version__}",
        }
        return dataset(phase, self.space, found["time"]["dt_s"], attrs)

    def measure(
        self,
        wake: Any = None,
        rest: Any = None,
        *,
        states: bool | int = _native.SOME_STATES,
        seed: int | None = None,
        progress: bool = False,
        **phases: Any,
    ) -> Measurements:
        """Measure the network's phases: everything that figures and verdicts need.

        Parameters
        ----------
        wake, rest
            Datasets of :meth:`wake` and :meth:`rest`. Without them, a network with a run folder is
            measured as ``quiescent measure`` does, which keeps the phases and the result in the
            folder; one without simulates both as its experiment says.
        states
            Every how many steps phases that are simulated without a folder keep hidden states, for
            principal components; by default as the command does.
        seed
            Seed of resampling; by default that of the experiment.
        progress
            Whether to show progress on the standard error stream.
        **phases
            Other quiescent phases by name, which are compared with the active one too.
        """
        if wake is None and rest is None and not phases and self.folder is not None:
            on_event = follow(progress, None)
            return Measurements(_native.measure_run(self.folder, on_event))
        wake = self.wake(states=states) if wake is None else wake
        rest = self.rest(states=states) if rest is None else rest
        named = {"active": wake, "quiescent": rest, **phases}
        given = {name: given_phase(phase, name, self.space)[0] for name, phase in named.items()}
        settings = {"seed": self.experiment["seed"] if seed is None else seed}
        return Measurements(self._native.measure(given, settings))

    def theory(self, *, progress: bool = True, **settings: Any) -> dict[str, Any]:
        """Examine the network by the paper's theory.

        The result of a network with a run folder is kept there, and so are its finished parts if
        the examination is interrupted.

        Parameters
        ----------
        progress
            Whether to show progress on the standard error stream.
        **settings
            Changes of the sizes of the examination, such as ``rest_trials=50``; and ``dynamics``,
            how units move at rest, such as ``{"adaptation": {"strength": 1, "tau_s": 2}}``, by
            default as the experiment says.
        """
        on_event = follow(progress, None)
        if "dynamics" not in settings:
            rest = self.experiment.to_dict()["rest"]
            own = {key: rest.get(key) for key in ("adaptation", "momentum", "tau_s")}
            settings["dynamics"] = {key: value for key, value in own.items() if value is not None}
        if self.folder is not None:
            return _native.examine_run(self.folder, settings, on_event)
        return self._native.examine(settings, on_event)

    def rest_map(self, *, progress: bool = True, **settings: Any) -> pd.DataFrame:
        """Let the network rest in many ways, and judge each of them.

        A way is *faithful* if its divergence from one point is at most 0.1 nats above that of
        first-order rest from encoded starts, and *continuous* if at least 95 % of its steps are
        no longer than the 95th percentile of active steps. It *forgets* where it began if its
        divergences from one point and from encoded starts differ by at most 0.1 nats. The first
        row is first-order rest. The largest map of a network with a run folder is kept there.
        What it answers is in ``frame.attrs["answer"]``, in sentences.

        Parameters
        ----------
        progress
            Whether to show progress on the standard error stream.
        **settings
            Changes of the map: lists of ``strengths``, ``adaptation_taus_s``, ``frictions`` and
            ``noise_ratios``, and ``trials``, ``steps`` and ``resamples``.

        Returns
        -------
        pandas.DataFrame
            A row for each way: ``noise_ratio``, ``friction``, ``strength``, ``tau_s``;
            ``kl_from_point`` and ``kl_from_encoded`` in nats, ``step_distance`` in m or rad,
            ``continuity``, ``coverage``, ``activity`` (the norm of states over that of the
            active phase), ``exponent``, each with ``_low`` and ``_high``; ``faithful``,
            ``continuous`` and ``forgets`` (``holds``, ``fails``, ``undecided``); ``missing``, why
            a way has no numbers.
        """
        on_event = follow(progress, None)
        if self.folder is not None:
            return rest_map_frame(_native.map_rest(self.folder, settings, on_event))
        return rest_map_frame(self._native.rest_map(settings, on_event))

    def view(
        self,
        *others: Network,
        show: str = "rest",
        start: str | ArrayLike | None = None,
        noise_ratio: float | None = None,
        adaptation: Adaptation | None = None,
        momentum: Momentum | None = None,
        trials: int = 200,
        seed: int | None = None,
        playing: bool | None = None,
        speed: float = 1.0,
    ) -> View:
        """Look at the network awake and at rest, moving, in a notebook.

        The widget (of the extra `notebook`) simulates in this process, and stands still while
        other cells run. Everything but the networks can be changed in it.

        Parameters
        ----------
        others
            Networks to choose from besides; the first is shown beside this one.
        show
            ``"wake"``, ``"rest"`` or ``"wake_then_rest"``.
        start
            Where rest begins: ``"encoded"``, ``"after_wake"``, or a point in m or rad. By default,
            as all that follows, as in the experiment.
        noise_ratio
            Hidden noise of rest as a multiple κ of the active noise, 0 to 4.
        adaptation, momentum
            Second-order dynamics of rest.
        trials
            How many, at most 200.
        seed
            Seed of motion, starts and noise.
        playing, speed
            Whether it moves at once (by default yes, but never where the system asks for little
            motion), and how many times as fast as the simulated time.

        Returns
        -------
        View
            An ``anywidget.AnyWidget`` whose `state` follows the controls.
        """
        from quiescent._view import View

        settings: dict[str, Any] = {"show": show, "trials": trials}
        if start is not None:
            _, named = self._start(start) if start != "after_wake" else (None, start)
            settings["from"] = {"point": named} if isinstance(named, list) else named
        changes = {
            "noise_ratio": noise_ratio,
            "adaptation": None if adaptation is None else asdict(adaptation),
            "momentum": None if momentum is None else asdict(momentum),
            "seed": seed,
        }
        settings |= {name: value for name, value in changes.items() if value is not None}
        networks = [self, *others]
        gallery = _native.ViewGallery(
            [(_name(place, each), each._native) for place, each in enumerate(networks)]
        )
        panels = [{"run": run, "settings": settings} for run in range(min(2, len(networks)))]
        state: dict[str, Any] = {"panels": panels, "speed": speed}
        if playing is not None:
            state["playing"] = playing
        return View(gallery, state)

    def metrics(self) -> pd.DataFrame:
        """Return the lines of its training log as a pandas frame, indexed by batch."""
        import pandas as pd

        if self.folder is None:
            raise RunError("the network has no run folder, so its training log was not kept")
        return pd.DataFrame(_native.metrics(self.folder)).set_index("batch")

    def parameters(self) -> dict[str, NDArray[np.float32]]:
        """Return copies of all weights by name, shaped as PyTorch shapes them."""
        return self._native.parameters()

    def cells(self) -> NDArray[np.float32]:
        """Return the preferred stimuli of the target cells, `[cell, dim]`, in m or rad."""
        return self._native.cells()

    def with_parameters(
        self, parameters: Mapping[str, Any], cells: ArrayLike | None = None
    ) -> Network:
        """Return the same network with other weights.

        Parameters
        ----------
        parameters
            All weights by name, as arrays or torch tensors: a `state_dict`.
        cells
            Preferred stimuli of the target cells that they were trained with, `[cell, dim]`.

        Raises
        ------
        WeightsError
            If a name, a shape or a value does not fit; the message lists what is missing.
        """
        arrays = {
            name: np.ascontiguousarray(_numpy(value), dtype=np.float32)
            for name, value in parameters.items()
        }
        given = None if cells is None else checked(cells, "cells", "cell, dim", 2, np.float32)
        return Network(self._native.with_parameters(arrays, given), self._recording)

    def state_dict(self) -> dict[str, torch.Tensor]:
        """Return all weights as torch tensors by name."""
        import torch

        return {name: torch.from_numpy(array) for name, array in self.parameters().items()}

    def to_torch(self) -> torch.nn.Module:
        """Return it as a PyTorch module with the same states; see :mod:`quiescent.torch_module`."""
        from quiescent.torch_module import module

        return module(self)

    def __repr__(self) -> str:
        network = self.experiment.to_dict()["network"]
        place = f", {self.folder}" if self.folder else ""
        return (
            f"Network({network['kind']}, {network['units']} units, {self.space}, "
            f"trained for {self.batch} batches{place})"
        )


def _numpy(value: Any) -> Any:
    """Return an array of a torch tensor, wherever it lives, or of anything else."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def _whole(value: Any, name: str, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise MeasurementError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return int(value)


def _stride(states: bool | int) -> int:
    if isinstance(states, bool):
        return int(states)
    _whole(states, "states", least=0)
    return int(states)


def _carried(phase: Any, steps: int) -> dict[str, Any]:
    """Return what a quiescent phase of so many steps in all carries besides its states."""
    kept: dict[str, Any] = {"steps": steps}
    for name in ("adaptation", "velocity"):
        kept[name] = None
        if name in phase:
            values = phase[name].transpose("trial", "unit").values
            kept[name] = checked(values, f"the phase's {name}", "trial, unit", 2, np.float32)
    return kept


def _noise(noise: Any) -> Any:
    if isinstance(noise, str):
        if noise not in NOISES:
            allowed = ", ".join(map(repr, NOISES))
            raise MeasurementError(f"noise is {noise!r}; allowed: {allowed}, or σ per √s")
        return noise
    if isinstance(noise, (int, float, np.integer, np.floating)) and 0 <= float(noise) < np.inf:
        return {"sigma": float(noise)}
    raise MeasurementError(f"noise is {noise!r}; σ per √s must be a number of at least 0")


def _sigma(noise: Any, active: float) -> float:
    if isinstance(noise, Mapping):
        return float(noise["sigma"])
    return {"doubled_variance": active * float(np.sqrt(2.0)), "none": 0.0}.get(noise, active)


def _name(place: int, network: Network) -> str:
    """Return what a network is called among others."""
    return network.folder.name if network.folder is not None else f"network {place + 1}"
