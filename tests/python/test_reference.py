"""The authors' experiment files: the whole set, and what differs from it."""

import math
import subprocess
import sys
from itertools import takewhile

import pytest

import quiescent as qs

pytest.importorskip("omegaconf")
from reference_configs import BASE, EXPERIMENTS, write, write_all

from quiescent import reference


@pytest.fixture
def folder(tmp_path):
    write_all(tmp_path)
    return tmp_path


def read(folder, config, changes=None):
    given = {"config": config, "seed": 0, **(changes or {})}
    return reference.experiment(folder, given)


def same(theirs, ours, at=""):
    """Assert that two experiments are one, but for the last binary digit of π/6 and √½."""
    if isinstance(theirs, dict):
        assert theirs.keys() == ours.keys(), at
        for key in theirs.keys() - {"about"}:
            same(theirs[key], ours[key], f"{at}.{key}")
    elif isinstance(theirs, float):
        assert math.isclose(theirs, ours, rel_tol=sys.float_info.epsilon), at
    else:
        assert theirs == ours, at


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("spatial_navigation/noisy_unbiased", "paper/spatial/noisy_unbiased"),
        ("spatial_navigation/noisy_biased", "paper/spatial/noisy_biased"),
        ("spatial_navigation/no_noise_unbiased", "paper/spatial/noiseless_unbiased"),
        ("spatial_navigation/no_noise_biased", "paper/spatial/noiseless_biased"),
        ("spatial_navigation/noisy_unbiased_gru", "paper/spatial/noisy_unbiased_gru"),
        ("spatial_navigation/noisy_biased_gru", "paper/spatial/noisy_biased_gru"),
        ("head_direction/noisy_unbiased", "paper/head_direction/noisy_unbiased"),
        ("head_direction/noisy_biased", "paper/head_direction/noisy_biased"),
    ],
)
def test_every_experiment_of_theirs_equals_the_shipped_one(folder, theirs, ours):
    law = {} if "no_noise" in theirs else {"network.noise.distribution": "uniform01"}
    same(read(folder, theirs).to_dict(), qs.Experiment(ours, law).to_dict())
    changes = {"network.noise.distribution": "gaussian", "training.test_trials": 50, "seed": 4}
    shipped = qs.Experiment(ours, {"training.test_trials": 50}, seed=4)
    same(read(folder, theirs, changes).to_dict(), shipped.to_dict())


def test_the_experiment_with_steps_of_one_time_constant(folder):
    found = read(folder, "spatial_navigation/sorscher_2019")
    changes = {"time.steps": 50, "network.tau_s": 0.02}
    same(found.to_dict(), qs.Experiment("paper/spatial/noiseless_unbiased", changes).to_dict())


def test_later_layers_win_and_lists_are_replaced(folder):
    write(
        folder,
        "spatial_navigation/mine",
        "rnn:\n  n_rec: 64\n  sigma2_in: 0.0004\n  sigma2_out: 0.02\ntask:\n  biased: true\n"
        "  anchor_point: [0.5, -0.5]\n  init_pos: center\n  place_cells_num: ${rnn.n_out}\n",
    )
    changes = {
        "seed": 2**64 - 1,
        # A map is a layer like those of the files.
        "rnn": {"n_out": 32, "n_init": "${rnn.n_out}", "bias": True},
        "rnn.n_rec": 48,
        "trainer.lr": "${eval:1e-3 / 4}",
        "task.anchor_point": [0.25, "${task.b}"],
        "task.b": "${eval:'-(1 - 2) ** 3 * 0.5'}",
        "rest.start": "after_wake",
    }
    found = read(folder, "spatial_navigation/mine", changes)
    for key, value in {
        "seed": 2**64 - 1,
        "network.units": 48,
        "network.biases": True,
        "training.learning_rate": 0.00025,
        "rest.start": "after_wake",
        "network.output_noise.distribution": "uniform01",
        "task.cells.count": 32,
        "task.motion.start": "center",
        "task.motion.speed_scale_m_per_s": 0.5,
        "task.drift.fraction_per_step": 0.05,
        "task.drift.toward_m": (0.25, 0.5),
    }.items():
        assert found[key] == value, key
    assert math.isclose(found["network.input_noise.sigma"] * math.sqrt(0.02), 0.02)
    assert math.isclose(found["network.output_noise.sigma"], 1.0)


def test_other_targets_and_surrounds(folder):
    def found(changes):
        made = read(folder, "spatial_navigation/noisy_unbiased", changes)
        return made["task.cells.tuning"], " ".join(reference.notes(made))

    sizes = {"task.use_place_cells": False, "rnn.n_out": 2, "rnn.n_init": 2}
    tuning, notes = found(sizes)
    assert tuning == "position"
    assert "stops with an error" in notes
    assert found({"task.place_cells_dog": True})[0] == "difference_of_gaussians"
    # Not looked at without a surround.
    assert found({"task.place_cells_surround_scale": 7})[0] == "normalized_gaussian"


def test_values_are_what_the_authors_reader_makes_of_them(folder):
    found = read(folder, "spatial_navigation/noisy_biased", {"rnn.bias": "on", "rnn.n_rec": "0100"})
    assert found["network.biases"] is True
    assert found["network.units"] == 0o100
    write(folder, "spatial_navigation/x", "rnn: {n_rec: 0512, bias: yes}\n")
    found = read(folder, "spatial_navigation/x")
    assert found["network.units"] == 0o512
    assert found["network.biases"] is True


def test_notes_are_about_this_experiment(folder):
    def notes(config, changes=None):
        return "\n".join(reference.notes(read(folder, config, changes)))

    noisy = notes("spatial_navigation/noisy_unbiased")
    stated = "network.noise.distribution=gaussian"
    assert "draws from [0, 1)" in noisy
    assert f"law: {stated}." in noisy
    assert "per √s" in noisy
    assert "Divergences" in noisy
    gaussian = notes(
        "spatial_navigation/noisy_unbiased", {"network.noise.distribution": "gaussian"}
    )
    assert "[0, 1)" not in gaussian
    assert "per √s" in gaussian
    assert "Noise" not in notes("spatial_navigation/no_noise_unbiased")
    heading = notes("head_direction/noisy_biased")
    assert "−π to π" in heading
    assert "Divergences" not in heading
    assert "active noise" in notes("spatial_navigation/noisy_biased_gru")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_is_printed_is_the_same_experiment(folder, name, capsys):
    words = [str(folder), f"config={name}", "seed=7", "about=mine: 1"]
    assert reference.main(words) == 0
    text = capsys.readouterr().out
    (folder / "mine.yml").write_text(text, encoding="utf-8")
    made = read(folder, name, {"seed": 7, "about": "mine: 1"})
    assert made["about"] == "mine: 1"
    assert qs.Experiment(folder / "mine.yml") == made
    # The notes stand before it, in lines of a terminal's width.
    comments = list(takewhile(lambda line: line.startswith("#"), text.splitlines()))
    assert max(map(len, comments)) <= 100
    said = " ".join(line.removeprefix("#").strip() for line in comments)
    assert all(note in said for note in reference.notes(made))


def test_the_terminal(folder):
    line = [sys.executable, "-m", "quiescent.reference", str(folder)]
    given = ["config=head_direction/noisy_biased", "seed=1"]
    done = subprocess.run([*line, *given], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.startswith("# Noise: ")
    assert done.stderr == ""
    assert not (folder / "results").exists(), "their path is not ours"
    done = subprocess.run([*line, "seed=1"], capture_output=True, encoding="utf-8")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "config: missing; give config=TASK/NAME; there are head_direction/n" in done.stderr
    assert done.stderr.count("\n") == 1


def refused(folder, changes):
    """Return the message of a refusal, without the folder's path."""
    with pytest.raises(qs.ExperimentError) as caught:
        reference.experiment(folder, changes)
    said = str(caught.value)
    assert "\n" not in said
    return said.replace(f"{folder}/", "")


def test_a_config_has_to_be_named_and_to_be_there(folder):
    there = (
        "there are head_direction/noisy_biased, head_direction/noisy_unbiased, "
        "spatial_navigation/no_noise_biased"
    )
    said = refused(folder, {"seed": 0})
    assert said.startswith("base.yml:2: config: missing; give config=")
    assert there in said
    assert "base, " not in said
    said = refused(folder, {"config": "spatial_navigation/noisy_unbaised", "seed": 0})
    assert "did you mean `spatial_navigation/noisy_unbiased`?" in said
    assert there in said
    said = refused(folder, {"config": "spatial_navigation/noisy_biased"})
    assert said == "base.yml:3: seed: missing; give one, such as seed=0"
    write(folder, "maze/base", "")
    write(folder, "maze/easy", "")
    said = refused(folder, {"config": "maze/easy", "seed": 0})
    assert "`maze` (allowed: spatial_navigation, head_direction)" in said


@pytest.mark.parametrize(
    "config",
    [
        "../spatial_navigation/noisy_biased",
        "spatial_navigation/../noisy_biased",
        "/etc/passwd",
        "noisy_biased",
        "a\\..\\b",
        "a/../../b",
        "''",
    ],
)
def test_a_config_stays_below_the_folder(folder, config):
    write(folder / "head_direction", "base", BASE)
    said = refused(folder / "head_direction", {"config": config, "seed": 0})
    assert "it must be TASK/NAME, below the folder" in said


def test_folders_and_files_that_cannot_be_read_are_named(folder, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    given = {"config": "spatial_navigation/noisy_biased", "seed": 0}
    assert "nowhere: no such folder; give the" in refused(empty / "nowhere", given)
    assert "base.yml: it is a file; give the" in refused(folder / "base.yml", given)
    assert refused(empty, given) == "base.yml: no such file"
    for text, reason in [
        ("- 1\n", "noisy_biased.yml:1: expected a map of keys, found a list of 1 value"),
        ("rnn:\n\tn_rec: 3\n", "noisy_biased.yml:2: not valid YAML: found character"),
        ("rnn: {n_rec: 3, n_rec: 4}\n", "noisy_biased.yml:1: not valid YAML: found duplicate key"),
        ("rnn: !!python/object:os.system {}\n", "noisy_biased.yml:1: not valid YAML: could not"),
        ("#" * 70_000, "longer than"),
        ("[" * 60_000, "nested too deeply"),
        ("{a: " * 2_000, "nested too deeply"),
        ("a: &a [x, x, x]\nb: &b [*a, *a]\n", "a: unknown key"),
        ("rnn:\n  tau: ${eval:(1)}\n", "noisy_biased.yml:2: rnn.tau: it has no interpolation"),
        ("\udcff", "it is not UTF-8"),
    ]:
        path = folder / "spatial_navigation/noisy_biased.yml"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert reason in refused(folder, given), text[:80]


@pytest.mark.parametrize(
    ("task", "text", "reason"),
    [
        ("s", "rnn:\n  n_recs: 3\n", "x.yml:2: rnn.n_recs: unknown key; did you mean `n_rec`?"),
        ("s", "rnn_: {n_rec: 3}\n", "x.yml:1: rnn_: unknown key; did you mean `rnn`?"),
        ("s", "n_rec: 3\n", "did you mean `rnn.n_rec`?"),
        ("s", "task: {hd_cells_num: 3}\n", "x.yml:1: task.hd_cells_num: unknown key"),
        ("h", "task: {box_width: 3}\n", "task.box_width: unknown key"),
        (
            "h",
            "zzz: 3\n",
            "zzz: unknown key (allowed: config, seed, path, rnn, task, trainer, about, network",
        ),
        ("h", "task: 3\n", "x.yml:1: task: expected a map (of biased, dt,"),
        ("h", "rnn:\n", "x.yml:1: rnn: expected a map (of model, n_in,"),
        ("h", "rnn: {tau: !!int x}\n", "x.yml: not valid YAML: "),
        ("h", "network: {units: 3}\n", "x.yml:1: network: not a key of their files; give it as a"),
        (
            "s",
            "rnn:\n  model: lstm\n",
            "x.yml:2: rnn.model: the text `lstm` has no equivalent here",
        ),
        ("s", "rnn: {model: lstm}\n", "allowed: vanilla or gru"),
        ("s", "rnn: {n_in: 3}\n", "x.yml:1: rnn.n_in: 3 has no equivalent here; allowed: 2:"),
        ("h", "rnn: {n_in: 2}\n", "allowed: 1: the turn"),
        ("s", "rnn: {n_out: 100}\n", "rnn.n_out: 100 has no equivalent here; allowed: 512, the"),
        ("h", "task: {hd_cells_num: 90}\n", "rnn.n_out: 512 has no equivalent here; allowed: 90"),
        ("h", "rnn: {n_init: 1}\n", "rnn.n_init: 1 has no equivalent"),
        ("s", "task: {mu: 0.1}\n", "task.mu: 0.1 has no equivalent here; allowed: 0"),
        (
            "s",
            "trainer: {weight_decay: 1e-4}\n",
            "trainer.weight_decay: 0.0001 has no equivalent here; allowed: 0: theirs is added to",
        ),
        (
            "s",
            "task: {init_pos: corner}\n",
            "x.yml:1: task.init_pos (here task.motion.start): unknown choice `corner`; did you "
            "mean `center`? (allowed: uniform, center)",
        ),
        ("h", "task: {init_hd: zero}\n", "task.init_hd: the text `zero` has no equivalent here"),
        ("h", "task: {use_hd_cells: false}\n", "task.use_hd_cells: false has no equivalent"),
        ("s", "task: {use_place_cells: false}\n", "rnn.n_out: 512 has no equivalent here"),
        (
            "s",
            "task: {use_place_cells: false, place_cells_dog: true}\n",
            "task.place_cells_dog: true has no",
        ),
        (
            "s",
            "task: {place_cells_dog: true, place_cells_surround_scale: 3}\n",
            "task.place_cells_surround_scale: 3 has no equivalent here; allowed: 2 ",
        ),
        (
            "s",
            "rnn: {activation_fn: gelu}\n",
            "rnn.activation_fn (here network.activation): unknown choice `gelu`",
        ),
        (
            "s",
            "rnn: {sigma2_rec: -1}\n",
            "rnn.sigma2_rec: -1 has no equivalent here; allowed: 0 or",
        ),
        ("s", "rnn: {sigma2_in: .nan}\n", "rnn.sigma2_in: NaN has no equivalent"),
        ("s", "rnn: {dt: 0}\n", "rnn.dt: 0 has no equivalent here; allowed: a number above 0"),
        ("s", "rnn: {tau: .inf}\n", "rnn.tau: Infinity has no equivalent"),
        ("s", "rnn: {dt: 2}\n", "base.yml:15: rnn.tau (here network.tau_s): 0.01 is out of range"),
        (
            "s",
            "rnn: {n_rec: many}\n",
            "x.yml:1: rnn.n_rec (here network.units): expected a whole number",
        ),
        (
            "s",
            "rnn: {n_rec: '${eval:1024/2}'}\n",
            "x.yml:1: rnn.n_rec (here network.units): expected a whole number, 1 to 65536 (write "
            "it as 512)",
        ),
        ("s", "rnn: {n_rec: null}\n", "x.yml:1: rnn.n_rec: missing; no layer gives it"),
        ("s", "rnn: {tau: x}\n", "x.yml:1: rnn.tau: expected a number, found the text `x`"),
        ("s", "task: {biased: 1}\n", "x.yml:1: task.biased: expected true or false, found 1"),
        (
            "s",
            "task: {biased: true, drift_const: 2}\n",
            "task.drift_const (here task.drift.fraction_per_step): 2 is out of range",
        ),
        (
            "s",
            "task: {biased: true, anchor_point: [0, x]}\n",
            "task.anchor_point (here task.drift.toward_m[1]): expected a number",
        ),
        (
            "s",
            "trainer: {test_freq: 0}\n",
            "trainer.test_freq (here training.test_every): 0 is out of range",
        ),
        (
            "s",
            "trainer: {compute_all_metrics: some}\n",
            "trainer.compute_all_metrics: expected true or false",
        ),
        ("s", "path: [1]\n", "path: expected text"),
        ("s", "rnn: {tau: '${eval:1/0}'}\n", "x.yml:1: rnn.tau: `${eval:1/0}`: division by zero"),
    ],
)
def test_what_has_no_equivalent_is_refused(folder, task, text, reason):
    task = {"s": "spatial_navigation", "h": "head_direction"}[task]
    write(folder, f"{task}/x", text)
    assert reason in refused(folder, {"config": f"{task}/x", "seed": 0})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "network.unit=3",
            "override `network.unit=3`: network.unit: unknown key; did you mean `un",
        ),
        ("network.units=-3", "override `network.units=-3`: network.units: expected"),
        (
            "netwrk.units=3",
            "override `netwrk.units=3`: netwrk: unknown key; did you mean `network`?",
        ),
        ("rnn.n_rec", "override `rnn.n_rec`: expected key=value"),
        ("rnn.n_rec=[1", "override `rnn.n_rec=[1`: not a value: "),
        ("rnn.n_rec=${a", "override `rnn.n_rec=${a`: it has no interpolation"),
        ("seed=-1", "override `seed=-1`: seed: expected a whole number"),
        ("config", "override `config`: expected key=value"),
    ],
)
def test_changes_without_meaning_are_refused(folder, text, reason, capsys):
    words = [str(folder), "config=head_direction/noisy_biased", "seed=0", text]
    assert reference.main(words) == 2
    assert capsys.readouterr().err.startswith(f"error: {reason}")


def test_keys_that_no_layer_gives(folder):
    write(folder, "base", BASE.replace("  tau: 1\n", ""))
    given = {"config": "spatial_navigation/noisy_biased", "seed": 0}
    said = refused(folder, given)
    assert "noisy_biased.yml:3: rnn.tau: missing; no layer gives it" in said
    assert reference.experiment(folder, {**given, "rnn.tau": 1})["network.tau_s"] == 0.1
