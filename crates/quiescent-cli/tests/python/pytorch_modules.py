"""Networks made of PyTorch's own recurrent modules: `make` saves some, `compare` runs what was imported.

A folder NAME gets weights.safetensors. After its import and simulation (run/, phases of every step without
noise, rest from the point 0.3, -0.2) and an export of that (network.safetensors), the module itself has to
reach the same states.
"""

import json
import os
import pathlib
import sys

import documented
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

UNITS, CELLS, STEPS = 24, 20, 50
TOLERANCE = 1e-5


class Model(nn.Module):
    def __init__(self, core, biases):
        super().__init__()
        self.core = core
        self.encoder = nn.Linear(CELLS, UNITS, bias=biases)
        self.decoder = nn.Linear(UNITS, CELLS, bias=biases)


def model(kind, biases):
    if kind == "gru":
        return Model(nn.GRU(2, UNITS, bias=biases, batch_first=True), biases)
    return Model(nn.RNN(2, UNITS, nonlinearity=kind, bias=biases, batch_first=True), biases)


def make():
    torch.manual_seed(3)
    for kind in ("tanh", "relu", "gru"):
        for biases in (False, True):
            made = model(kind, biases)
            # Larger weights than PyTorch draws tell one equation from another; ReLU must stay stable.
            for weight in made.parameters():
                weight.data.mul_(1.0 if kind == "relu" else 2.0)
            folder = pathlib.Path(f"{kind}-{str(biases).lower()}")
            folder.mkdir()
            centres = 2.0 * torch.rand(CELLS, 2) - 1.0
            save_file(dict(made.state_dict()) | {"cells.preferred": centres}, folder / "weights.safetensors")
            print(json.dumps({"folder": folder.name, "kind": kind, "biases": biases}))


def compare(folder):
    kind, biases = folder.name.split("-")
    made = model(kind, biases == "true")
    weights = load_file(folder / "weights.safetensors")
    weights.pop("cells.preferred")
    made.load_state_dict(weights)
    active = np.load(folder / "run/phases/active.npz")
    rest = np.load(folder / "run/phases/quiescent.npz")
    with torch.no_grad():
        displacements = torch.from_numpy(np.diff(active["truth"], axis=1))[:, :STEPS]
        states = torch.from_numpy(active["states"])
        run, _ = made.core(displacements, states[None, :, 0].contiguous())
        awake = (run - states[:, 1 : STEPS + 1]).abs().max().item()
        resting = torch.from_numpy(rest["states"])
        run, _ = made.core(torch.zeros(len(resting), STEPS, 2), resting[None, :, 0].contiguous())
        quiet = (run - resting[:, 1 : STEPS + 1]).abs().max().item()
        # The start of rest is encoded by the module's own encoder.
        names = {}
        os.chdir(folder)
        documented.run("The networks as PyTorch modules", names)
        documented.run("An exported network, ready to run", names)
        with safe_open("network.safetensors", "pt") as file:
            assert file.metadata()["dt_over_tau"] == "1"
        exported, preferred = names["network"], names["preferred"]
        point = torch.tensor([[0.3, -0.2]])
        squares = ((point[:, None] - preferred[None]) ** 2).sum(-1)
        about = __import__("yaml").safe_load(names["about"]["experiment"])
        encoded = torch.softmax(-squares / (2 * about["task"]["cells"]["width_m"] ** 2), dim=-1)
        first, _ = made.core(torch.zeros(1, 1, 2), made.encoder(encoded)[None])
        begin = (first[:, 0] - resting[:, 0]).abs().max().item()
        # And the export runs as the module does.
        there = exported.step(states[:, 0], displacements[:, 0])
        again = (there - states[:, 1]).abs().max().item()
    largest = states.abs().max().item()
    assert largest > 1e-2, f"{folder}: states of at most {largest} tell nothing"
    found = {"awake": awake, "resting": quiet, "begin": begin, "export": again}
    assert max(found.values()) < TOLERANCE, f"{folder}: {found}"
    return found


if sys.argv[1] == "make":
    make()
else:
    base = pathlib.Path.cwd()
    print(json.dumps({name: compare(base / name) for name in sys.argv[2:]}))
