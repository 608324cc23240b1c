"""Maps of rest: a table, its judgements, the run folder, bad settings."""

from pathlib import Path

import numpy as np
import pytest

import quiescent as qs

SMALL = {
    "strengths": [0.1, 1.0],
    "adaptation_taus_s": [0.2],
    "frictions": [1.0, 0.5],
    "noise_ratios": [1.0],
    "trials": 20,
    "steps": 60,
    "resamples": 50,
}


@pytest.fixture(scope="module")
def small_map(trained):
    return trained.rest_map(progress=False, **SMALL)


def test_every_way_is_a_row_and_the_first_is_first_order(small_map):
    ways = small_map[["friction", "strength"]].to_numpy().tolist()
    assert ways == [[1, 0], [1, 0.1], [1, 1], [0.5, 0], [0.5, 0.1], [0.5, 1]]
    assert small_map.tau_s.isna().tolist() == [True, False, False] * 2
    assert small_map.missing.isna().all()
    for name in ("kl_from_point", "continuity", "coverage", "activity"):
        low, high = small_map[f"{name}_low"], small_map[f"{name}_high"]
        assert ((low <= small_map[name]) & (small_map[name] <= high)).all()
    verdicts = small_map[["faithful", "continuous", "forgets"]]
    assert set(verdicts.to_numpy().ravel()) <= {"holds", "fails", "undecided"}
    assert any("First-order rest" in sentence for sentence in small_map.attrs["answer"])


def test_numbers_are_those_of_the_phases_themselves(trained, small_map):
    """The row with adaptation, made anew from a phase and single measures."""
    sigma = trained.experiment["network.noise.sigma"]
    adaptation = qs.Adaptation(strength=1.0, tau_s=0.2)
    rest = trained.rest(
        trials=20, steps=60, start=np.pi / 3, noise=sigma, adaptation=adaptation, states=10
    )
    wake = trained.wake(trials=20, states=10)
    row = small_map.iloc[2]
    late = rest.decoded[:, 30:]
    step = qs.mean_step_distance(late, space=trained.space)
    assert np.isclose(row.step_distance, step["mean"]["value"])

    # The map corrects the root of a mean for its bias, by resampling.
    def norm(states):
        return np.sqrt((states.values.astype(float) ** 2).sum(-1).mean())

    assert np.isclose(row.activity, norm(rest.states[:, 3:]) / norm(wake.states), rtol=2e-3)


def test_a_map_is_kept_in_the_run_folder_and_drawn_up_once(trained, small_map):
    kept = Path(trained.folder) / "rest_map.json"
    before = kept.stat().st_mtime_ns
    assert trained.rest_map(progress=False, **SMALL).equals(small_map)
    assert kept.stat().st_mtime_ns == before


def test_a_network_without_a_folder_has_a_map_too(spatial):
    found = spatial.rest_map(progress=False, **{**SMALL, "strengths": []})
    assert len(found) == 2


def test_bad_settings_are_named(trained):
    for change, named in [
        ({"strengths": [-1]}, "strengths"),
        ({"frictions": [0]}, "frictions"),
        ({"adaptation_taus_s": [1e3]}, "adaptation_taus_s"),
        ({"strength": [1]}, "strength"),
        ({"trials": 1}, "trials"),
    ]:
        with pytest.raises(qs.QuiescentError, match=named):
            trained.rest_map(progress=False, **{**SMALL, **change})
