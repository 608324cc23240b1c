r"""Experiments of the paper's authors, from their own configuration files.

>>> import quiescent as qs
>>> experiment = qs.reference.experiment(
...     "configs/train", {"config": "spatial_navigation/noisy_biased", "seed": 0}
... )
>>> print(*qs.reference.notes(experiment), sep="\n")

In the terminal, ``python -m quiescent.reference configs/train config=TASK/NAME seed=0 > mine.yml``
writes the experiment as a file for ``quiescent train mine.yml``. OmegaConf (the extra `reference`)
reads the files, as it does for the authors.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import textwrap
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

from quiescent import _native
from quiescent._layers import MANDATORY, Layer, Merged, describe, find, shorten
from quiescent.errors import ExperimentError
from quiescent.experiment import Experiment, _override

__all__ = ["experiment", "notes"]

#: Keys of this program that may be given beside theirs.
OWN = ("about", "network", "rest", "time", "training")
#: Their keys of every experiment, with the key here that has the same value or follows from it.
SHARED = {
    "config": None,
    "seed": "seed",
    "path": None,
    "rnn.model": "network.kind",
    "rnn.n_in": None,
    "rnn.n_rec": "network.units",
    "rnn.n_out": None,
    "rnn.n_init": None,
    "rnn.sigma2_in": "network.input_noise.sigma",
    "rnn.sigma2_rec": "network.noise.sigma",
    "rnn.sigma2_out": "network.output_noise.sigma",
    "rnn.dt": None,
    "rnn.tau": "network.tau_s",
    "rnn.bias": "network.biases",
    "rnn.activation_fn": "network.activation",
    "task.biased": None,
    "task.dt": "time.dt_s",
    "task.mu": None,
    "task.sigma": "task.motion.turn_sd_rad_per_s",
    "task.sequence_length": "time.steps",
    "task.batch_size": "training.trials",
    "trainer.n_epochs": "training.batches",
    "trainer.lr": "training.learning_rate",
    "trainer.weight_decay": None,
    "trainer.compute_all_metrics": None,
    "trainer.test_freq": "training.test_every",
    "trainer.save_freq": "training.checkpoint_every",
}
#: Those of one task, by the name of its folder.
TASKS: dict[str, dict[str, str | None]] = {
    "spatial_navigation": {
        "task.box_width": "task.box.width_m",
        "task.box_height": "task.box.height_m",
        "task.border_region": "task.box.border_m",
        "task.border_slow_factor": "task.box.border_slowdown",
        "task.init_pos": "task.motion.start",
        "task.drift_const": "task.drift.fraction_per_step",
        "task.anchor_point": "task.drift.toward_m",
        "task.b": "task.motion.speed_scale_m_per_s",
        "task.use_place_cells": None,
        "task.place_cells_num": "task.cells.count",
        "task.place_cells_sigma": "task.cells.width_m",
        "task.place_cells_dog": None,
        "task.place_cells_surround_scale": None,
    },
    "head_direction": {
        "task.init_hd": None,
        "task.use_hd_cells": None,
        "task.hd_cells_num": "task.cells.count",
        "task.hd_cells_angular_spread": "task.cells.width_rad",
    },
}
#: What is worked out, not copied.
DERIVED = {
    "rnn.model",
    "rnn.tau",
    "rnn.sigma2_in",
    "rnn.sigma2_rec",
    "rnn.sigma2_out",
    "task.drift_const",
    "task.anchor_point",
}


def experiment(folder: str | os.PathLike[str], changes: Mapping[str, Any]) -> Experiment:
    """Read an experiment of the paper's authors and return the equivalent one here.

    Parameters
    ----------
    folder
        The folder that holds their `base.yml`.
    changes
        Values by dotted key: `config`, the experiment's name TASK/NAME, usually `seed`, and any
        other key of theirs, such as ``{"rnn.n_rec": 256}``. Keys of this program that begin with
        `about`, `network`, `rest`, `time` or `training` change the translated experiment, such as
        ``{"network.noise.distribution": "gaussian"}``.

    Returns
    -------
    Experiment
        :func:`notes` says where their program treats it differently.

    Raises
    ------
    ExperimentError
        If a file cannot be read, a key is unknown, or a value has no equivalent here; the message
        names file, line and key, what was given and what is allowed.

    Notes
    -----
    `base.yml`, `TASK/base.yml`, `TASK/NAME.yml` and the changes are merged in this order; later
    ones win. A value may refer to others (``${rnn.n_rec}``), to π (``${pi:}``) and to arithmetic
    (``${eval:2*3}``). Nothing else is evaluated.
    """
    return _read(Path(folder), [_override(key, value) for key, value in changes.items()])


def notes(experiment: Experiment) -> list[str]:
    """Return where the authors' program treats an experiment differently, one text each."""
    network = experiment["network"]
    noisy = [
        name for name in ("noise", "input_noise", "output_noise") if network[name]["sigma"] > 0
    ]
    uniform = [name for name in noisy if network[name]["distribution"] == "uniform01"]
    found = []
    if uniform:
        stated = " ".join(f"network.{name}.distribution=gaussian" for name in uniform)
        found.append(
            "Noise: the reference code draws from [0, 1), which the experiment keeps; the paper "
            f"states a Gaussian law: {stated}."
        )
    if noisy:
        found.append(
            "Noise: theirs has one amplitude per step whatever its length; here sigma is per √s, "
            "and is the same only as long as time.dt_s stays as it is."
        )
    if experiment.is_spatial:
        found += [
            "Decoding error: theirs is a mean squared distance, here it is a mean distance in m.",
            "Divergences: theirs are clipped, and their uniform yardstick is a density on a line; "
            "here neither.",
        ]
        if experiment["task.cells.tuning"] in ("difference_of_gaussians", "position"):
            found.append(
                "Targets: the reference code stops with an error for these; there is nothing to "
                "compare with."
            )
    else:
        found += [
            "Cells: theirs prefer equally spaced headings from −π to π with both ends, which are "
            "one heading; here no heading is taken twice.",
            "Decoding error: theirs is linear, so that headings on either side of π are far apart; "
            "here it is circular, in rad.",
        ]
    rest = {
        "rnn": "the paper's: encoded starts, doubled variance",
        "gru": "the paper's for GRUs: encoded starts, the active noise",
    }
    found.append(
        "Quiescent phase: their training files do not describe it; this is "
        f"{rest[network['kind']]}."
    )
    return found


def _read(folder: Path, overrides: Sequence[str]) -> Experiment:
    def is_own(text: str) -> bool:
        return re.split(r"[.=]", text)[0].strip() in OWN

    theirs = _Theirs(folder, [text for text in overrides if not is_own(text)])
    own = list(filter(is_own, overrides))
    try:
        made: Any = _native.Experiment.parse(json.dumps(theirs.translated()), "translated", own)
    except ExperimentError as error:
        raise ExperimentError(theirs.restated(str(error))) from None
    return Experiment(made)


class _Theirs:
    """An experiment of theirs, merged and resolved."""

    def __init__(self, folder: Path, changes: Sequence[str]) -> None:
        if not folder.is_dir():
            found = "it is a file" if folder.exists() else "no such folder"
            raise ExperimentError(f"{folder}: {found}; give the folder that holds base.yml")
        base = Layer.of_file(folder / "base.yml")
        upper = [Layer.of_change(text) for text in changes]
        self._config = _config(folder, Merged([base, *upper]))
        between = [self._config.with_name("base"), self._config]
        files = [Layer.of_file(folder / f"{name}.yml") for name in between]
        self._merged = Merged([base, *files, *upper])
        if self._merged.values.get("seed") in (None, MANDATORY):
            raise ExperimentError(
                f"{self._merged.place('seed')}: seed: missing; give one, such as seed=0"
            )
        self._task = self._config.parent.name
        if self._task not in TASKS:
            place = self._merged.place("config")
            raise ExperimentError(
                f"{place}: config: the task's folder: unknown choice `{shorten(self._task)}` "
                f"(allowed: {', '.join(TASKS)})"
            )
        self._keys = {**SHARED, **TASKS[self._task]}
        self._values = self._merged.values
        self._check_keys()
        self._values = self._merged.resolved()

    def translated(self) -> dict[str, Any]:
        """Return the equivalent experiment, nested."""
        self._check_ignored()
        made: dict[str, Any] = {"about": f"The reference configuration {self._config}"}
        for key, own in self._keys.items():
            if own is not None and key not in DERIVED:
                made[own] = self._get(key)
        made |= self._spatial() if self._task == "spatial_navigation" else self._heading()
        made |= self._network()
        return _nested(made)

    def _spatial(self) -> dict[str, Any]:
        self._only("rnn.n_in", [2], "2: the displacement along x and y")
        made: dict[str, Any] = {"task.kind": "spatial", "task.drift": None}
        if self._flag("task.biased"):
            made["task.drift"] = {
                "toward_m": self._get("task.anchor_point"),
                "fraction_per_step": self._get("task.drift_const"),
            }
        surround = self._flag("task.place_cells_dog")
        if self._flag("task.use_place_cells"):
            tuning = "difference_of_gaussians" if surround else "normalized_gaussian"
            targets = self._get("task.place_cells_num")
            if surround:
                allowed = "2 (width of the surround, in widths of the centre)"
                self._only("task.place_cells_surround_scale", [2], allowed)
        else:
            allowed = "false where task.use_place_cells is"
            self._only("task.place_cells_dog", [False], allowed)
            tuning, targets = "position", 2
        self._check_targets(targets)
        return {**made, "task.cells.tuning": tuning}

    def _heading(self) -> dict[str, Any]:
        self._only("rnn.n_in", [1], "1: the turn")
        self._only("task.init_hd", ["uniform"], "uniform")
        self._only("task.use_hd_cells", [True], "true: a heading is always read from cells")
        self._check_targets(self._get("task.hd_cells_num"))
        direction = "counterclockwise" if self._flag("task.biased") else "both"
        return {"task.kind": "head_direction", "task.motion.direction": direction}

    def _network(self) -> dict[str, Any]:
        kinds = {"vanilla": "rnn", "gru": "gru"}
        kind = kinds[self._only("rnn.model", list(kinds), "vanilla or gru")]
        dt_s = self._positive("task.dt")
        # Their network counts time in units of its own: the fraction of the way to its input that a
        # unit goes in one step is what both have in common.
        fraction = self._positive("rnn.dt") / self._positive("rnn.tau")
        # A quotient of decimal numbers, without what binary division adds: 0.02 / 0.2 is 0.1.
        made: dict[str, Any] = {
            "network.kind": kind,
            "network.tau_s": float(f"{dt_s / fraction:.14e}"),
        }
        for theirs, own in (("rec", "noise"), ("in", "input_noise"), ("out", "output_noise")):
            key = f"rnn.sigma2_{theirs}"
            variance = self._number(key)
            if not 0 <= variance < math.inf:
                raise self._refusal(key, "0 or more: the variance of one step")
            made[f"network.{own}"] = {
                "sigma": math.sqrt(variance) / math.sqrt(dt_s),
                # Without noise the law says nothing.
                "distribution": "uniform01" if variance > 0 else "gaussian",
            }
        return made

    def _check_ignored(self) -> None:
        """Check what has no meaning here, or only one."""
        if not isinstance(find(self._values, "path"), (str, type(None))):
            raise self._wrong("path", "text")
        if find(self._values, "trainer.compute_all_metrics") is not None:
            self._flag("trainer.compute_all_metrics")
        self._only("task.mu", [0], "0: turns have no mean")
        self._only(
            "trainer.weight_decay",
            [0],
            "0: theirs is added to the gradient, and training.weight_decay here is decoupled "
            "(AdamW's); give that one instead",
        )

    def _check_targets(self, targets: object) -> None:
        """Check the sizes that follow from the number of target values."""
        for key in ("rnn.n_out", "rnn.n_init"):
            self._only(key, [targets], f"{targets}, the number of target values")

    def _check_keys(self) -> None:
        """Refuse keys that their program does not read."""
        sections = {key.split(".")[0] for key in self._keys if "." in key}
        roots = list(dict.fromkeys(key.split(".")[0] for key in SHARED))
        for name, value in self._merged.values.items():
            names = [key.split(".")[1] for key in self._keys if key.startswith(f"{name}.")]
            if name in OWN:
                place = self._merged.place(str(name))
                raise ExperimentError(
                    f"{place}: {name}: not a key of their files; give it as a change"
                )
            if name not in roots:
                elsewhere = [key for key in self._keys if key.endswith(f".{name}")]
                raise self._unknown(str(name), [*roots, *OWN], elsewhere)
            if name not in sections:
                continue
            if not isinstance(value, dict):
                raise self._wrong(str(name), f"a map (of {', '.join(names)})")
            for key in value:
                if key not in names:
                    raise self._unknown(f"{name}.{key}", names, [])

    def _get(self, key: str) -> Any:
        value = find(self._values, key)
        if value is None:
            raise ExperimentError(
                f"{self._merged.place(key)}: {key}: missing; no layer gives it; add it to "
                f"base.yml, or `{key}=…`"
            )
        return value

    def _flag(self, key: str) -> bool:
        value = self._get(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def _number(self, key: str) -> float:
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(key, "a number")
        return value

    def _positive(self, key: str) -> float:
        if not 0 < (value := self._number(key)) < math.inf:
            raise self._refusal(key, "a number above 0")
        return value

    def _only(self, key: str, values: list[Any], allowed: str) -> Any:
        """Return a value of which only some have an equivalent."""
        value = self._get(key)
        if not any(
            value == one and isinstance(value, bool) == isinstance(one, bool) for one in values
        ):
            raise self._refusal(key, allowed)
        return value

    def _refusal(self, key: str, allowed: str) -> ExperimentError:
        return ExperimentError(
            f"{self._merged.place(key)}: {key}: {describe(self._get(key))} has no equivalent here; "
            f"allowed: {allowed}"
        )

    def _wrong(self, key: str, expected: str) -> ExperimentError:
        found = describe(find(self._values, key))
        return ExperimentError(
            f"{self._merged.place(key)}: {key}: expected {expected}, found {found}"
        )

    def _unknown(self, key: str, allowed: list[str], elsewhere: list[str]) -> ExperimentError:
        meant = elsewhere or get_close_matches(key.split(".")[-1], allowed, n=1)
        hint = f"; did you mean `{meant[0]}`?" if meant else f" (allowed: {', '.join(allowed)})"
        return ExperimentError(f"{self._merged.place(key)}: {shorten(key)}: unknown key{hint}")

    def restated(self, message: str) -> str:
        """Return a message about a key here in terms of theirs, unless a change gave that key."""
        found = re.fullmatch(r"translated:\d+: ([\w.]+)((?:\[\d+\])?: .*)", message, re.DOTALL)
        if found is None:
            return message
        own, rest = found.groups()
        for key, of in self._keys.items():
            if of == own:
                named = key if key == own else f"{key} (here {own}{rest.split(':')[0]})"
                return f"{self._merged.place(key)}: {named}:{rest.split(':', 1)[1]}"
        return f"{self._merged.place('config')}: {own}{rest}"


def _config(folder: Path, merged: Merged) -> PurePosixPath:
    """Return the experiment's name TASK/NAME, of which there is a file."""
    name = merged.values.get("config")
    available = sorted(
        str(path.relative_to(folder).with_suffix("").as_posix())
        for path in folder.glob("*/*.yml")
        if path.name != "base.yml"
    )
    there_are = f"; there are {', '.join(available)}" if available else ""
    if name in (None, MANDATORY):
        place = merged.place("config")
        raise ExperimentError(f"{place}: config: missing; give config=TASK/NAME{there_are}")
    config = PurePosixPath(str(name))
    plain = not config.is_absolute() and len(config.parts) > 1 and "\\" not in str(name)
    if not plain or ".." in config.parts:
        problem = "it must be TASK/NAME, below the folder"
    elif not (folder / f"{config}.yml").is_file():
        problem = f"there is no {folder / f'{config}.yml'}"
    else:
        return config
    meant = get_close_matches(str(name), available, n=1)
    hint = f"; did you mean `{meant[0]}`?" if meant else ""
    raise ExperimentError(
        f"{merged.place('config')}: config: `{shorten(str(name))}`: {problem}{hint}{there_are}"
    )


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by dotted key as nested dictionaries."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        within = made
        for section in sections:
            within = within.setdefault(section, {})
        within[name] = value
    return made


def main(words: Sequence[str] | None = None) -> int:
    """Print an experiment of theirs as a file of this program; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m quiescent.reference",
        description="Print an experiment of the paper's authors in this program's terms.",
        epilog="Example: python -m quiescent.reference configs/train "
        "config=spatial_navigation/noisy_biased seed=0 > mine.yml && quiescent train mine.yml "
        "--out runs/mine",
    )
    parser.add_argument("folder", metavar="DIR", help="the folder that holds their base.yml")
    parser.add_argument(
        "changes",
        metavar="KEY=VALUE",
        nargs="*",
        help="config=TASK/NAME, seed=N, other keys of theirs, and keys here that begin with "
        + ", ".join(OWN),
    )
    given = parser.parse_args(words)
    try:
        made = _read(Path(given.folder), given.changes)
    except ExperimentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for note in notes(made):
        for line in textwrap.wrap(
            note,
            width=100,
            initial_indent="# ",
            subsequent_indent="#   ",
            break_long_words=False,
            break_on_hyphens=False,
        ):
            print(line)
    print(made._native.to_annotated_yaml(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
