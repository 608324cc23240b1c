"""Makes networks in PyTorch, saves them as users do, and converts them as docs/formats.md says.

Writes for every network a folder with model.pt (pickled) and weights.safetensors, cells.npy
(converted), transposed.npz ([in, out], double precision), wrapped.safetensors (names behind
`module.`), half.safetensors and bfloat16.safetensors.
"""

import json
import os
import pathlib
import sys

import documented
import numpy as np
import torch
from safetensors.torch import save_file

UNITS, CELLS = 24, 20

# Unpickling a module needs its class in a file that can be imported.
base = pathlib.Path.cwd()
base.joinpath("modules.py").write_text(documented.block("The networks as PyTorch modules"))
sys.path.insert(0, str(base))
import modules  # noqa: E402

torch.manual_seed(7)
for kind, task, biases, whole in [
    ("rnn", "spatial", False, True),
    ("gru", "spatial", True, False),
    ("rnn", "head_direction", True, False),
    ("gru", "head_direction", False, True),
]:
    dim = 2 if task == "spatial" else 1
    module = {"rnn": modules.RNN, "gru": modules.GRU}[kind]
    model = module(dim, UNITS, CELLS, 0.2, "tanh", biases)
    for weight in model.parameters():
        weight.data.mul_(2.0)
    # Cells that the experiment would not draw; both -π and π, as in the reference code.
    centres = 2.0 * torch.rand(CELLS, 2) - 1.0 if dim == 2 else torch.linspace(-torch.pi, torch.pi, CELLS)
    folder = base / f"{kind}-{task}"
    folder.mkdir()
    os.chdir(folder)
    torch.save(model if whole else model.state_dict(), "model.pt")
    if whole:
        torch.save(model, "old.pt", _use_new_zipfile_serialization=False)
    names = {"centres": centres}
    documented.run("Saved by torch.save: a module, or its state_dict", names)
    documented.run("The cells that the network was trained with", names)
    weights = {name: w.detach().clone() for name, w in model.state_dict().items()}
    # `.T` of a NumPy array is in column-major order, which npz keeps.
    transposed = {name: w.double().numpy().T for name, w in weights.items()}
    assert not transposed["encoder.weight"].flags["C_CONTIGUOUS"]
    np.savez("transposed.npz", **transposed, **{"cells.preferred": centres.reshape(CELLS, dim).numpy()})
    np.savez_compressed("rounded.npz", **{name: w.half().numpy() for name, w in weights.items()})
    save_file({f"module.{name}": w for name, w in weights.items()}, "wrapped.safetensors")
    save_file({name: w.bfloat16() for name, w in weights.items()}, "brain.safetensors")
    save_file({name: w.half() for name, w in weights.items()}, "half.safetensors")
    print(json.dumps({"folder": folder.name, "kind": kind, "task": task, "biases": biases}))
