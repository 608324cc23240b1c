"""Loads exported networks into the documented PyTorch modules and compares what they do.

Arguments: folders, each with network.safetensors (exported) and run/ (the run it came from, with the
phases active and quiescent of every step, without noise; rest began at the point 0.3, -0.2).
"""

import json
import os
import pathlib
import sys

import documented
import numpy as np
import torch
import yaml

# Measured are a few 1e-8; 1e-5 is promised, but a slightly wrong gate would pass with that.
TOLERANCE = 1e-6
STEPS = 50
POINT = [0.3, -0.2]


def wrapped(angles):
    return (angles + torch.pi) % (2 * torch.pi) - torch.pi


def targets(experiment, preferred, stimuli):
    """f(s): `stimuli [row, dim]` to `[row, cell]`, in double precision."""
    cells, preferred = experiment["task"]["cells"], preferred.double()
    if experiment["task"]["kind"] == "head_direction":
        return torch.exp((torch.cos(stimuli - preferred[:, 0]) - 1) / cells["width_rad"] ** 2)
    squares = ((stimuli[:, None, :] - preferred[None]) ** 2).sum(-1)
    return torch.softmax(-squares / (2 * cells["width_m"] ** 2), dim=-1)


def decode(experiment, preferred, activity):
    """Mean preferred stimulus of the most active cells."""
    top = activity.topk(experiment["task"]["decoder"]["top"], dim=-1).indices
    chosen = preferred[top]
    if experiment["task"]["kind"] == "head_direction":
        return torch.atan2(torch.sin(chosen).sum(-2), torch.cos(chosen).sum(-2))
    return chosen.mean(-2)


def rollout(network, state, displacements):
    """States after each step: `[trial, unit]` and `[trial, step, dim]` to `[trial, step, unit]`."""
    states = []
    for step in range(displacements.shape[1]):
        state = network.step(state, displacements[:, step])
        states.append(state)
    return torch.stack(states, dim=1)


def compare(folder):
    os.chdir(folder)
    names = {}
    documented.run("The networks as PyTorch modules", names)
    documented.run("An exported network, ready to run", names)
    network, preferred = names["network"], names["preferred"]
    experiment = yaml.safe_load(names["about"]["experiment"])
    assert experiment == yaml.safe_load(pathlib.Path("run/experiment.yml").read_text())
    heading = experiment["task"]["kind"] == "head_direction"
    active = {name: torch.from_numpy(a) for name, a in np.load("run/phases/active.npz").items() if a.ndim}
    rest = {name: torch.from_numpy(a) for name, a in np.load("run/phases/quiescent.npz").items() if a.ndim}
    with torch.no_grad():
        # Awake: from the state after the first step, with the displacements that follow.
        displacements = active["truth"][:, 1:].double() - active["truth"][:, :-1].double()
        if heading:
            displacements = wrapped(displacements)
        displacements = displacements[:, :STEPS].float()
        assert displacements.shape[1] == STEPS and displacements.abs().max() > 0
        wake = rollout(network, active["states"][:, 0], displacements)
        wanted = active["states"][:, 1 : STEPS + 1]
        awake = (wake - wanted).abs().max().item()
        # At rest: from the encoded point, so the cells are needed too.
        dim = 1 if heading else 2
        point = torch.tensor([POINT[:dim]], dtype=torch.float64)
        start = network.encoder(targets(experiment, preferred, point).float())
        quiet = rollout(network, start, torch.zeros(1, STEPS, dim))
        resting = (quiet - rest["states"][:, :STEPS]).abs().max().item()
        decoded = decode(experiment, preferred, network.readout(wake))
        off = decoded - active["decoded"][:, 1 : STEPS + 1]
        off = (wrapped(off) if heading else off).abs().amax(-1)
    largest = wanted.abs().max().item()
    assert largest > 1e-2, f"{folder}: states of at most {largest} tell nothing"
    assert awake < TOLERANCE, f"{folder}: waking states differ by {awake}"
    assert resting < TOLERANCE, f"{folder}: resting states differ by {resting}"
    # Rounding may swap cells of equal activity, but hardly ever.
    agree = (off < 1e-4).double().mean().item()
    assert agree > 0.98, f"{folder}: only {agree} of the decoded stimuli agree"
    return {"awake": awake, "resting": resting, "agree": agree, "largest": largest}


base = pathlib.Path.cwd()
print(json.dumps({folder: compare(base / folder) for folder in sys.argv[1:]}))
