"""A network as a PyTorch module, with the same states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from quiescent.network import Network

__all__ = ["TorchNetwork", "module"]

ACTIVATIONS = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "identity": nn.Identity(),
}


def module(network: Network) -> TorchNetwork:
    """Return a network as a PyTorch module with its weights."""
    made = TorchNetwork(network)
    made.load_state_dict(network.state_dict())
    return made


class TorchNetwork(nn.Module):  # type: ignore[misc, unused-ignore]
    """A recurrent network of this package in PyTorch; parameters have the same names.

    Attributes
    ----------
    alpha
        Δt/τ.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        experiment = network.experiment.to_dict()
        spec = experiment["network"]
        shapes = {name: array.shape for name, array in network.parameters().items()}
        units, cells = shapes["encoder.weight"]
        inputs = network.space.dim
        biases = spec["biases"]
        self.kind: str = spec["kind"]
        self.reset: str = spec.get("reset") or "before"
        self.alpha: float = experiment["time"]["dt_s"] / spec["tau_s"]
        self._act = ACTIVATIONS[spec["activation"]]
        self.encoder = nn.Linear(cells, units, bias=biases)
        if self.kind == "rnn":
            self.w_in = nn.Linear(inputs, units, bias=False)
            self.w_rec = nn.Linear(units, units, bias=biases)
            self.w_out = nn.Linear(units, cells, bias=biases)
            return
        for gate in "zrh":
            both = f"w_{gate}.bias" in shapes
            self.add_module(f"w_{gate}", nn.Linear(inputs, units, bias=both))
            self.add_module(f"u_{gate}", nn.Linear(units, units, bias=biases))
        self.decoder = nn.Linear(units, cells, bias=biases)

    def step(self, state: torch.Tensor, displacement: torch.Tensor) -> torch.Tensor:
        """Return the states after one step without noise, `[trial, unit]`."""
        if self.kind == "rnn":
            total = self.w_rec(state) + self.w_in(displacement)
            return (1 - self.alpha) * state + self.alpha * self._act(total)
        z = torch.sigmoid(self.w_z(displacement) + self.u_z(state))
        r = torch.sigmoid(self.w_r(displacement) + self.u_r(state))
        seen = self.u_h(r * state) if self.reset == "before" else r * self.u_h(state)
        candidate = self._act(self.w_h(displacement) + seen)
        return state + self.alpha * (1 - z) * (candidate - state)

    def encode(self, targets: torch.Tensor) -> torch.Tensor:
        """Return the states before the first step from target activities, `[trial, cell]`."""
        encoded: torch.Tensor = self.encoder(targets)
        return encoded

    def readout(self, states: torch.Tensor) -> torch.Tensor:
        """Return the activity of the target cells, `[…, cell]`, in states `[…, unit]`."""
        layer = self.w_out if self.kind == "rnn" else self.decoder
        activity: torch.Tensor = layer(states)
        return activity

    def forward(
        self, start: torch.Tensor, displacements: torch.Tensor, noise: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return the states after every step, `[trial, step, unit]`.

        Parameters
        ----------
        start
            States before the first step, `[trial, unit]`.
        displacements
            `[trial, step, input]`, in m or rad per step.
        noise
            Added to the states after every step, `[trial, step, unit]`, already scaled by σ√Δt.
        """
        state, states = start, []
        for step in range(displacements.shape[1]):
            state = self.step(state, displacements[:, step])
            if noise is not None:
                state = state + noise[:, step]
            states.append(state)
        return torch.stack(states, dim=1)
