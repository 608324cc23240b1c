"""Makes the small files beside this script, from which the tests of imported files start.

All hold one RNN of 4 units, 3 place cells: value k of all its weights, counted through encoder, w_in,
w_rec, w_out, is (k - 20) / 64, which every precision holds exactly. Needs numpy, torch, safetensors.
"""

import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).resolve().parent
shapes = {"encoder.weight": (4, 3), "w_in.weight": (4, 2), "w_rec.weight": (4, 4), "w_out.weight": (3, 4)}
weights, count = {}, 0
for name, shape in shapes.items():
    size = int(np.prod(shape))
    weights[name] = ((np.arange(count, count + size) - 20) / 64).reshape(shape).astype(np.float32)
    count += size
cells = np.array([[0.25, -0.5], [-0.75, 0.125], [1.0, 1.0]], dtype=np.float32)


def tensors(dtype):
    return {name: torch.from_numpy(w.copy()).to(dtype) for name, w in weights.items()}


save_file(tensors(torch.float32), here / "single.safetensors")
save_file(tensors(torch.float64), here / "double.safetensors")
save_file(tensors(torch.float16), here / "half.safetensors")
save_file(tensors(torch.bfloat16), here / "bfloat16.safetensors")
save_file(tensors(torch.float32) | {"cells.preferred": torch.from_numpy(cells)}, here / "cells.safetensors")
np.savez(here / "single.npz", **weights)
np.savez(here / "cells.npz", **weights, **{"cells.preferred": cells})
np.savez_compressed(here / "half_compressed.npz", **{n: w.astype(np.float16) for n, w in weights.items()})
np.savez(here / "big_endian.npz", **{n: w.astype(">f8") for n, w in weights.items()})
# Transposes are in column-major order.
np.savez(here / "in_out.npz", **{n: w.T for n, w in weights.items()})
np.save(here / "cells.npy", cells)
np.save(here / "cells_column_major.npy", np.asfortranarray(cells.astype(np.float64)))
torch.save(tensors(torch.float32), here / "pickle_in_zip.pt")
torch.save(tensors(torch.float32), here / "pickle.pt", _use_new_zipfile_serialization=False)

# The same network as other programs hold it: nn.RNN with its own names (its biases cancel), a learnt start
# in place of the encoder, and bfloat16 in npz, which NumPy knows as two bytes of anything.
own = {
    "rnn.weight_ih_l0": weights["w_in.weight"],
    "rnn.weight_hh_l0": weights["w_rec.weight"],
    "rnn.bias_ih_l0": np.float32([1, -2, 3, -4]),
    "rnn.bias_hh_l0": np.float32([-1, 2, -3, 4]),
    "encoder.weight": weights["encoder.weight"],
    "decoder.weight": weights["w_out.weight"],
}
gru = {name: w for name, w in own.items() if not name.startswith("rnn.")}
gru |= {name.replace("rnn.", "gru."): np.concatenate([w, w + 1, w + 2]) for name, w in own.items() if name not in gru}
started = {name: w for name, w in weights.items() if name != "encoder.weight"} | {"h0": np.float32([[0.5, 0, -1, 2]])}
for name, arrays in {"nn_rnn": own, "nn_gru": gru, "start": started}.items():
    save_file({n: torch.from_numpy(w.copy()) for n, w in arrays.items()}, here / f"{name}.safetensors")
brain = {n: torch.from_numpy(w.copy()).bfloat16().view(torch.int16).numpy() for n, w in weights.items()}
np.savez(here / "bfloat16.npz", **{n: w.view("V2") for n, w in brain.items()})
