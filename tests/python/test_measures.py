"""Measures: against SciPy and closed forms, the same numbers as the command's, bad settings."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import quiescent as qs

BOX = qs.Space.box(2.0, 2.0)


def normal(mean, trials=100, seed=0):
    rng = np.random.default_rng(seed)
    return 0.2 * rng.standard_normal((trials, 30, 2)) + [mean, 0.0]


def test_the_divergence_of_two_normal_laws():
    # One standard deviation apart: KL = 1/2 (intervals of 95 %, so this seed is one that fits).
    found = qs.reactivation(normal(0.0), normal(0.2, seed=1), space=BOX)
    low, high = found.kl.interval
    assert low < 0.5 < high
    assert high - low < 0.2
    assert found.indistinguishable is False
    assert found.kl.indistinguishable is False
    assert "KL(quiescent ‖ active)" in str(found)
    same = qs.reactivation(normal(0.0), normal(0.0, seed=1), space=BOX)
    assert same.kl.indistinguishable
    assert 0 < same.resolution < 0.2
    assert abs(same.kl.nats) < 0.02


def test_densities_are_those_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(2)
    points, at = rng.standard_normal((500, 2)), rng.standard_normal((50, 2))
    assert np.allclose(qs.density(points, at), stats.gaussian_kde(points.T)(at.T), rtol=1e-9)
    angles = rng.vonmises(1.0, 3.0, 400)
    kernels = stats.vonmises.pdf(at[:, :1], 50.0, loc=angles)
    found = qs.circular_density(angles, at[:, 0], bandwidth=50.0**-0.5)
    assert np.allclose(found, kernels.mean(axis=1), rtol=1e-9)
    direction, length = qs.circular_mean(angles)
    mean = np.exp(1j * angles).mean()
    assert np.isclose(direction, np.angle(mean))
    assert np.isclose(length, abs(mean))


def test_principal_components_are_those_of_numpy():
    rng = np.random.default_rng(3)
    states = rng.standard_normal((400, 6)) @ np.diag([5, 3, 2, 1, 0.5, 0.1])
    found = qs.principal_components(states)
    values = np.linalg.eigvalsh(np.cov(states.T))[::-1]
    assert np.allclose(found["variances"], values, rtol=1e-4)
    assert np.allclose(found["explained_variance_ratio"].sum(), 1)
    # The others vary along the last three alone.
    others = states * [0, 0, 0, 1, 1, 1]
    spaces = qs.subspaces(states, others, components=3)
    assert spaces["explained"][-1] < 0.05
    assert np.allclose(spaces["principal_angles_rad"][:3], np.pi / 2, atol=0.2)


def test_walks_of_known_answer():
    rng = np.random.default_rng(4)
    walks = np.cumsum(0.01 * rng.standard_normal((200, 1000, 2)), axis=1)
    wide = qs.Space.box(100, 100)
    found = qs.mean_squared_displacement(walks, space=wide, lags=[1, 10, 100])
    assert np.allclose(found["squared"], 2 * 1e-4 * np.array([1, 10, 100]), rtol=0.05)
    assert abs(found["exponent"] - 1) < 0.02
    steps = qs.mean_step_distance(walks, space=wide)
    assert np.isclose(steps["mean"]["value"], 0.01 * np.sqrt(np.pi / 2), rtol=0.01)
    still = np.repeat(rng.uniform(-1, 1, (50, 1, 2)), 20, axis=1)
    assert qs.variance_ratio(still, space=BOX)["ratio"] < 1e-12
    assert qs.time_to_leave(still, 0.1, space=BOX)["left"] == 0
    everywhere = qs.uniform(BOX, 50, 400, seed=1)
    assert everywhere.shape == (50, 400, 2)
    assert qs.variance_ratio(everywhere, space=BOX)["ratio"] > 0.99
    assert qs.covered_fraction(everywhere, space=BOX)["pooled"] == 1
    assert np.allclose(qs.total_variance(everywhere, space=BOX)["mean"]["value"], 2 / 3, rtol=0.02)
    exponent = qs.diffusion(walks, space=wide)["exponent"]
    assert exponent["interval"]["low"] < 1 < exponent["interval"]["high"]
    turns = qs.persistence(walks, space=wide)
    assert abs(turns["cosine"]["mean"]["value"]) < 0.01
    assert abs(turns["reversals"]["mean"]["value"] - 0.5) < 0.01
    brownian = qs.brownian(walks, space=wide, seed=2)
    assert np.array_equal(brownian[:, 0], walks[:, 0])
    alike = qs.continuity(walks, brownian, space=wide)
    assert abs(alike["mean"]["value"] - 0.95) < 0.01
    assert np.isclose(alike["longest"], 0.01 * np.sqrt(-2 * np.log(0.05)), rtol=0.02)
    assert qs.continuity(walks, 2 * walks, space=wide)["mean"]["value"] < 0.6
    with pytest.raises(qs.MeasurementError, match="nothing moves"):
        qs.diffusion(still, space=BOX)
    with pytest.raises(qs.MeasurementError, match="probability"):
        qs.continuity(walks, walks, space=wide, probability=2)
    corners = np.array([[[0.1, 0.1], [0.1, 1.9], [0.1, 0.1]], [[1.9, 1.9], [9, 9], [1.9, 1.9]]])
    visited = qs.coverage_in_time(corners, space=qs.Space.between((0, 0), (2, 2)), bins_per_side=2)
    assert visited["covered"].tolist() == [1 / 4, 3 / 8, 3 / 8]
    assert np.array_equal(visited["median_steps"], [1, np.nan, np.nan, np.nan], equal_nan=True)
    line = 0.03 * np.arange(100)[None, :, None] * np.ones((20, 1, 2))
    assert qs.sequence_score(line, space=wide)["share"]["mean"]["value"] == 1
    order = qs.sequence_score(qs.shuffled(walks, space=wide), space=wide)
    assert abs(order["share"]["mean"]["value"] - 0.05) < 0.01
    assert order["events"] == 100
    assert qs.sequence_score(walks, space=wide)["share"]["mean"]["value"] > 0.5
    ratio = qs.temporal_compression(walks, 2 * walks, 0.1, space=wide)["ratio"]
    assert abs(ratio["value"] - 4) < 0.2
    assert qs.temporal_compression(walks, 0 * walks, 0.1, space=wide)["ratio"] is None
    shuffled = qs.shuffled(walks, space=wide)
    assert np.allclose(np.sort(shuffled, axis=1), np.sort(walks, axis=1))


def test_transitions_and_turns_of_known_answer():
    # Headings that always turn by a sector of 36, and back.
    turn = 2 * np.pi / 36
    forward = np.tile(turn * (np.arange(90) + 0.5), (30, 1))
    found = qs.transitions(forward, space=qs.Space.circle())
    assert np.array_equal(found["probabilities"].argmax(axis=1), (np.arange(36) + 1) % 36)
    distance = qs.transition_distance(forward, -forward, space=qs.Space.circle())
    assert np.isclose(distance["total_variation"]["value"], 1, atol=1e-6)
    turns = qs.turning(forward)
    assert np.isclose(turns["mean_rad_per_step"], turn)
    assert turns["reversal_fraction"] == 0
    angles = np.linspace(-np.pi, np.pi, 100, endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    assert qs.ring(circle, angles)["is_ring"]


def test_a_run_is_measured_as_the_command_measures_it(trained, tmp_path):
    # Each in a folder of its own, so that neither finds what the other kept there.
    here, there = (shutil.copytree(trained.folder, tmp_path / name) for name in ("a", "b"))
    found = qs.open(here).measure()
    assert found.reactivation.indistinguishable == (
        qs.reactivation(trained.wake(), trained.rest(), seed=3).indistinguishable
    )
    line = [sys.executable, "-m", "quiescent", "measure", str(there), "--json"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    (told,) = json.loads(said).values()
    frame = found.to_frame()
    numbers = {scalar["name"]: scalar["value"] for scalar in told["measurements"]}
    assert set(frame.index) == set(numbers)
    assert all(frame.value[name] == value for name, value in numbers.items() if value is not None)
    # And from datasets, without files.
    again = trained.measure(trained.wake(states=5), trained.rest(states=5))
    assert again.reactivation.kl == found.reactivation.kl
    assert [finding["sentence"] for finding in again.findings] == str(again).replace(
        "✓ ", ""
    ).replace("✗ ", "").replace("? ", "").replace("· ", "").splitlines()
    named = trained.measure(trained.wake(), trained.rest(), point=trained.rest(start=0.3))
    assert named.divergence("point").kl.nats > named.reactivation.kl.nats
    with pytest.raises(qs.MeasurementError, match="was not compared"):
        named.divergence("nothing")


def test_arrays_from_anywhere_are_measured():
    phases = {"active": normal(0.0), "quiescent": normal(0.1, seed=1)}
    found = qs.measure(phases, space=BOX, dt_s=0.02, radius=0.2)
    assert "missing" in found["tracking"]
    assert found.reactivation.kl.nats > 0
    with pytest.raises(qs.MeasurementError, match="dt_s"):
        qs.measure(phases, space=BOX)
    with pytest.raises(qs.MeasurementError, match="where its values live"):
        qs.measure(phases, dt_s=0.02)
    with pytest.raises(qs.MeasurementError, match=r"no `resample`.*resamples"):
        qs.measure(phases, space=BOX, dt_s=0.02, resample=3)
    with pytest.raises(qs.MeasurementError, match="level"):
        qs.reactivation(normal(0.0), normal(0.0), space=BOX, level=1.5)


def test_spaces_say_what_is_wrong():
    assert str(BOX) == "2 × 2 m box"
    assert qs.Space.between([0, 0], [1, 2]).dim == 2
    for bad in (lambda: qs.Space.box(), lambda: qs.Space.box(1, -1)):
        with pytest.raises(qs.MeasurementError, match="positive lengths"):
            bad()
    with pytest.raises(qs.MeasurementError, match="as many coordinates"):
        qs.Space.between([0], [1, 2])


def test_measurements_say_how_units_moved(trained):
    wake = trained.wake(trials=10)
    adapted = trained.rest(
        trials=10,
        start=0.3,
        adaptation=qs.Adaptation(strength=1.0, tau_s=0.2),
        momentum=qs.Momentum(friction=0.5, keep_temperature=False),
    )
    found = trained.measure(wake, trained.rest(trials=10), adapted=adapted)
    assert found["phases"]["quiescent"]["dynamics"] == {}
    assert found["phases"]["adapted"]["dynamics"] == {
        "adaptation": {"strength": 1.0, "tau_s": 0.2},
        "momentum": {"friction": 0.5, "keep_temperature": False},
    }
