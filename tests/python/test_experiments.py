"""Experiments: from names, files, dictionaries and changes; messages."""

import numpy as np
import pytest

import quiescent as qs


def test_from_everything_that_it_can_be_made_of(tmp_path):
    named = qs.Experiment("demo/spatial/noisy_unbiased", {"network.units": 48}, seed=2)
    file = tmp_path / "mine.yml"
    file.write_text(named.to_yaml(), encoding="utf-8")
    assert qs.Experiment(file) == named
    assert qs.Experiment(str(file)) == named
    assert qs.Experiment(named.to_dict()) == named
    assert qs.Experiment(named) == named
    assert hash(qs.Experiment(named)) == hash(named)
    assert qs.Experiment(named, seed=3) != named
    assert named["network.units"] == 48
    assert named["seed"] == 2
    assert "48 units" in repr(named)
    numpy = {"network.units": np.int64(48), "seed": np.array(2)}
    assert qs.Experiment("demo/spatial/noisy_unbiased", numpy) == named


def test_it_is_shown_with_the_meaning_of_every_key(capsys):
    qs.Experiment("demo/head_direction/noisy_unbiased").show()
    shown = capsys.readouterr().out
    assert "# " in shown
    assert "tau_s:" in shown


def test_shipped_experiments_and_keys_are_listed():
    names = qs.experiments()
    assert "paper/spatial/noisy_unbiased" in names
    assert all(names.values())
    (key,) = qs.keys("network.tau_s")
    assert key["unit"] == "s"
    assert key["meaning"]


def test_another_kind_of_network_says_what_changed_with_it():
    with pytest.warns(UserWarning, match="activation"):
        made = qs.Experiment("demo/spatial/noisy_unbiased", {"network.kind": "gru"})
    assert made["network.activation"] == "tanh"
    rnn = qs.Experiment("demo/spatial/noisy_unbiased")
    for source in (rnn, {"base": "demo/spatial/noisy_unbiased"}):
        with pytest.warns(UserWarning, match="activation"):
            assert qs.Experiment(source, {"network.kind": "gru"}) == made


@pytest.mark.parametrize(
    ("source", "changes", "said"),
    [
        ("demo/spatial/noisy_unbised", {}, "did you mean `demo/spatial/noisy_unbiased`"),
        ("demo/spatial/noisy_unbiased", {"network.unit": 3}, "did you mean `units`"),
        ("demo/spatial/noisy_unbiased", {"network.units": 0}, "allowed: 1 to"),
        ("demo/spatial/noisy_unbiased", {"network.units": float("nan")}, "cannot be the value"),
        ("demo/spatial/noisy_unbiased", {3: 1}, "must be a text"),
        ({"task": {"kind": "spatial"}, "netwrk": 1}, {}, "did you mean `network`"),
        ({"base": "demo/spatial/noisy_unbiased", "seed": object()}, {}, "not JSON serializable"),
        (3, {}, "not of a int"),
    ],
)
def test_mistakes_are_explained(source, changes, said):
    with pytest.raises(qs.ExperimentError) as caught:
        qs.Experiment(source, changes)
    assert said in str(caught.value)
    assert "--" not in str(caught.value)
