"""Many runs: sweeps and tables of them."""

import pytest

import quiescent as qs

SMALL = {"network.units": 16, "training.batches": 20, "rest.trials": 10, "rest.steps": 20}


def test_a_sweep_becomes_a_table(tmp_path):
    values = {**SMALL, "seed": range(2), "network.noise.sigma": [0.3, 0.7]}
    qs.sweep("demo/head_direction/noisy_unbiased", values, out=tmp_path / "s", progress=False)
    table = qs.collect(tmp_path / "s")
    assert table["seed"].nunique() == 2
    assert table["network.noise.sigma"].nunique() == 2
    assert {"measurement", "value"} <= set(table.columns)


def test_mistakes_of_a_sweep_are_exceptions(tmp_path):
    with pytest.raises(qs.ExperimentError, match=r"network\.unit"):
        qs.sweep("demo/head_direction/noisy_unbiased", {"network.unit": [1, 2]}, out=tmp_path / "s")
    with pytest.raises(qs.QuiescentError):
        qs.collect(tmp_path / "nothing")
