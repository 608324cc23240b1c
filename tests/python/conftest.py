"""What several tests need: a small network that has learned to track its heading."""

import signal

import pytest

import quiescent as qs

# A shell that starts the tests in the background has them ignore Ctrl-C, which some of them press.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SMALL = {
    "network.units": 32,
    "training.batches": 400,
    "training.test_every": 100,
    "training.checkpoint_every": 100,
    "rest.trials": 40,
    "rest.steps": 60,
}


@pytest.fixture(scope="session")
def small() -> qs.Experiment:
    return qs.Experiment("demo/head_direction/noisy_unbiased", SMALL, seed=3)


@pytest.fixture(scope="session")
def trained(small, tmp_path_factory) -> qs.Network:
    return qs.train(small, out=tmp_path_factory.mktemp("runs") / "run", progress=False)


@pytest.fixture(scope="session")
def spatial() -> qs.Network:
    return qs.untrained("demo/spatial/noisy_unbiased", {"network.units": 24})
