"""Weights: out, in, and the same states in PyTorch."""

import numpy as np
import pytest

import quiescent as qs

KINDS = {
    "rnn": {},
    "biased tanh": {"network.biases": True, "network.activation": "tanh"},
    "gru": {"network.kind": "gru"},
    "gru after": {"network.kind": "gru", "network.reset": "after", "network.biases": True},
}


def network(changes):
    return qs.untrained(
        "demo/spatial/noisy_unbiased", {"network.units": 24, "rest.noise": "same", **changes}
    )


def test_weights_go_out_and_in(trained):
    other = qs.untrained(trained.experiment)
    assert not np.array_equal(other.rest().decoded, trained.rest().decoded)
    same = other.with_parameters(trained.parameters())
    assert np.array_equal(same.rest().decoded, trained.rest().decoded)
    cells = trained.cells()
    assert np.array_equal(other.with_parameters(trained.parameters(), cells).cells(), cells)


@pytest.mark.filterwarnings("ignore:another kind")
@pytest.mark.parametrize("kind", KINDS)
def test_a_pytorch_module_has_the_same_states(kind):
    torch = pytest.importorskip("torch")
    net = network(KINDS[kind])
    rng = np.random.default_rng(5)
    weights = {
        name: (0.3 * rng.standard_normal(array.shape)).astype(np.float32)
        for name, array in net.parameters().items()
    }
    net = net.with_parameters(weights)
    start = rng.standard_normal((7, 24)).astype(np.float32)
    moves = (0.05 * rng.standard_normal((7, 30, 2))).astype(np.float32)
    ours = net.drive(moves, start=start, noise="none", states=True)
    module = net.to_torch()
    with torch.no_grad():
        theirs = module(torch.from_numpy(start), torch.from_numpy(moves)).numpy()
    scale = np.abs(theirs).max()
    assert np.abs(ours.states.values - theirs).max() < 1e-5 * max(scale, 1)
    # A trained module's weights come back.
    back = net.with_parameters(module.state_dict())
    assert all(np.array_equal(back.parameters()[name], weights[name]) for name in weights)


def test_weights_that_do_not_fit_are_explained(trained):
    weights = trained.parameters()
    name = "w_rec.weight"
    for bad, said in [
        ({}, "missing"),
        ({**weights, "more": np.zeros(3)}, "`more` not in this network"),
        ({**weights, name: weights[name][:, :3]}, "[32, 3]"),
        ({**weights, name: np.full_like(weights[name], np.nan)}, "NaN"),
    ]:
        with pytest.raises(qs.WeightsError) as caught:
            trained.with_parameters(bad)
        assert said in str(caught.value), str(caught.value)
