"""Phases: names, units and origin; starts, noise and inputs; memory; bad input."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import quiescent as qs


def test_waking_is_a_dataset_with_names_units_and_origin(trained):
    wake = trained.wake(trials=7, steps=11, states=True)
    assert wake.decoded.dims == ("trial", "time", "space")
    assert wake.states.dims == ("trial", "time", "unit")
    assert dict(wake.sizes) == {"trial": 7, "time": 11, "space": 1, "unit": 32}
    assert wake.decoded.attrs["units"] == "rad"
    assert wake.time.attrs["units"] == "s"
    assert np.allclose(wake.time, wake.dt_s * np.arange(1, 12))
    assert wake.attrs["seed"] == 3
    assert wake.attrs["experiment_sha256"] == trained.experiment.identity
    assert np.array_equal(wake.states[:, -1], wake.end)
    sparse = trained.wake(trials=7, steps=11, states=4)
    assert sparse.states.dims == ("trial", "state_time", "unit")
    assert np.array_equal(sparse.states, wake.states[:, [3, 7]])
    assert np.allclose(sparse.state_time, wake.time[[3, 7]])


def test_datasets_go_to_a_file_and_back(trained, tmp_path):
    pytest.importorskip("scipy")
    rest = trained.rest(trials=4, steps=5, start=0.25)
    rest.to_netcdf(tmp_path / "rest.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "rest.nc", engine="scipy") as back:
        assert np.array_equal(back.decoded, rest.decoded)
        wake = trained.wake(trials=4, steps=5)
        assert qs.measure({"active": wake, "quiescent": back.load()})["dt_s"] == rest.dt_s


def test_rest_begins_where_it_is_told_to(trained):
    wake = trained.wake(trials=6, steps=20)
    quiet = {"steps": 1, "noise": "none"}
    after = trained.rest(wake, **quiet)
    states = trained.rest(start=wake.end, **quiet)
    assert np.array_equal(after.decoded, states.decoded)
    assert after.attrs["start"] == "after_wake"
    word = trained.rest(start="after_wake", trials=6, steps=1, noise="none")
    assert word.attrs["start"] == "after_wake"
    point = trained.rest(start=0.4, trials=6, **quiet)
    assert np.ptp(point.decoded.values) == 0
    assert trained.rest(trials=6, steps=3, noise=0.0).attrs["sigma_per_sqrt_s"] == 0
    doubled = trained.rest(trials=6, steps=3, noise="doubled_variance")
    sigma = trained.experiment["network.noise.sigma"]
    assert np.isclose(doubled.attrs["sigma_per_sqrt_s"], sigma * 2**0.5)
    assert np.array_equal(trained.rest(seed=3).decoded, trained.rest().decoded)
    assert not np.array_equal(trained.rest(seed=4).decoded, trained.rest().decoded)


def test_inputs_of_your_own_turn_the_decoded_heading(trained):
    turns = np.full((3, 20, 1), 0.05)
    turns[1] *= -1
    turns[2] = 0
    driven = trained.drive(turns, start=0.0, noise="none").decoded.values[:, -1, 0]
    assert driven[0] > driven[2] > driven[1]


def test_other_containers_are_the_same_phase(trained):
    nap = pytest.importorskip("pynapple")
    wake, rest = trained.wake(), trained.rest()
    expected = qs.reactivation(wake, rest)
    circle = qs.Space.circle()
    arrays = qs.reactivation(wake.decoded.values, rest.decoded.values[:, :, 0], space=circle)
    assert arrays.kl == expected.kl
    turned = qs.reactivation(wake.decoded.transpose("time", "space", "trial"), rest, space=circle)
    assert turned.kl == expected.kl
    frame = wake.quiescent.to_pynapple()
    assert isinstance(frame, nap.TsdFrame)
    assert len(frame.time_support) == wake.sizes["trial"]
    assert qs.reactivation(frame, rest, space=circle).kl == expected.kl


def test_trials_of_different_length_are_cut_into_pieces():
    trials = [np.arange(7.0), np.arange(3.0), np.arange(12.0)]
    pieces = qs.windows(trials, 3)
    assert pieces.shape == (2 + 1 + 4, 3, 1)
    assert pieces[2, :, 0].tolist() == [0, 1, 2]
    with pytest.raises(qs.MeasurementError, match="no trial is as long"):
        qs.windows(trials, 13)


def bad_phases(trained):
    good = trained.wake(trials=5, steps=6)
    values = good.decoded.values
    holes = good.copy(deep=True)
    holes.decoded[1, 2, 0] = np.nan
    yield holes, "index [1, 2, 0] is nan"
    yield values.astype(complex), "real numbers"
    yield values.astype(object), "real numbers"
    yield np.full((5, 6, 1), "x"), "real numbers"
    yield values[:, :, :, None], "dimensions [trial, step, dim]"
    yield np.zeros((5, 6, 2)), "2 coordinates"
    yield values[:0], "empty"
    yield [np.zeros(4), np.zeros(5)], "windows"
    yield good.drop_vars("decoded"), "without `decoded`"
    yield good.decoded.rename(trial="animal"), "dimensions"
    yield values[:2], "at least 3 trials"


def test_bad_phases_are_explained(trained):
    rest = trained.rest(trials=5, steps=6)
    for bad, said in bad_phases(trained):
        with pytest.raises(qs.MeasurementError) as caught:
            qs.reactivation(bad, rest, space=qs.Space.circle())
        assert said in str(caught.value), (said, str(caught.value))
    # Other layouts of memory are no mistake.
    values = trained.wake().decoded.values
    expected = qs.reactivation(values, values, space=qs.Space.circle()).kl
    fortran = np.asfortranarray(values)
    strided = np.repeat(values, 2, axis=0)[::2]
    for same in (fortran, strided, values.astype(np.float64), values.astype(">f4")):
        assert qs.reactivation(same, same, space=qs.Space.circle()).kl == expected


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda net: net.wake(trials=0), "at least 1"),
        (lambda net: net.wake(trials=2.5), "whole number"),
        (lambda net: net.wake(steps=True), "whole number"),
        (lambda net: net.wake(seed=-1), "seed"),
        (lambda net: net.rest(noise="loud"), "doubled_variance"),
        (lambda net: net.rest(noise=-1.0), "at least 0"),
        (lambda net: net.rest(start="here"), "'encoded'"),
        (lambda net: net.rest(start=(0.1, 0.2)), "2 coordinates"),
        (lambda net: net.rest(start=np.zeros((4, 3))), "units"),
        (lambda net: net.rest(net.wake(), start=0.1), "not both"),
        (lambda net: net.rest(np.zeros((3, 3))), "end(trial, unit)"),
        (lambda net: net.drive(np.zeros((4, 3))), "[trial, step, input]"),
        (lambda net: net.drive(np.zeros((4, 3, 2))), "width of the inputs"),
        (lambda net: net.drive(np.full((4, 3, 1), np.inf)), "finite"),
        (lambda net: net.drive(np.full((4, 300, 1), 1e9), states=True), "run away"),
    ],
)
def test_bad_requests_are_explained(trained, call, said):
    with pytest.raises((qs.MeasurementError, qs.DivergedError)) as caught:
        call(trained)
    assert said in str(caught.value), str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux")
def test_states_arrive_without_a_copy():
    # 1000 trials × 400 steps × 128 units are 205 MB: with a copy the peak would be twice that.
    program = """
import quiescent as qs
def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
net = qs.untrained("demo/head_direction/noisy_unbiased", {"network.units": 128})
net.rest(trials=10, steps=10, states=True)
open("/proc/self/clear_refs", "w").write("5")
before = peak()
rest = net.rest(trials=1000, steps=400, states=True)
print((peak() - before) / rest.states.nbytes, rest.states.values.flags.owndata)
"""
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    ratio = float(done.stdout.split()[0])
    assert 0.9 < ratio < 1.4, done.stdout


def test_rest_has_adaptation_momentum_and_another_time_constant(trained):
    net = qs.untrained(trained.experiment)
    plain = net.rest(steps=60, trials=30)
    assert "adaptation" not in plain
    adapted = net.rest(steps=60, trials=30, adaptation=qs.Adaptation(strength=1.0, tau_s=0.5))
    assert adapted["adaptation"].dims == ("trial", "unit")
    assert adapted.attrs["adaptation_strength"] == 1.0
    assert not adapted["decoded"].equals(plain["decoded"])
    # The same from an experiment that says so.
    named = qs.Experiment(trained.experiment, {"rest.adaptation": {"strength": 1.0, "tau_s": 0.5}})
    xr.testing.assert_equal(qs.untrained(named).rest(steps=60, trials=30), adapted)
    fast = net.rest(steps=60, trials=30, tau_s=0.05, momentum=qs.Momentum(0.5))
    assert fast["velocity"].shape == fast["end"].shape
    for wrong in (
        {"momentum": qs.Momentum(0.0)},
        {"momentum": qs.Momentum(1.5)},
        {"adaptation": qs.Adaptation(-1.0, 0.5)},
        {"adaptation": qs.Adaptation(1.0, 1e3)},
        {"tau_s": 1e-9},
    ):
        with pytest.raises(qs.ExperimentError, match=r"rest\."):
            net.rest(steps=60, trials=30, **wrong)


def test_rest_goes_on_where_it_ended_to_the_same_bits(trained):
    net = trained
    how = {"adaptation": qs.Adaptation(1.0, 0.5), "momentum": qs.Momentum(0.6)}
    whole = net.rest(steps=90, trials=30, **how)
    first = net.rest(steps=50, trials=30, **how)
    second = net.rest(first, steps=40, **how)
    np.testing.assert_array_equal(second["end"], whole["end"])
    np.testing.assert_array_equal(second["velocity"], whole["velocity"])
    joined = np.concatenate([first["decoded"], second["decoded"]], axis=1)
    np.testing.assert_array_equal(joined, whole["decoded"])
