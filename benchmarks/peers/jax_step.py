"""The paper's training step in JAX: one jitted function, lax.scan over steps, Adam in-line."""

import common

given = common.arguments(__doc__)

import os  # noqa: E402

os.environ["JAX_PLATFORMS"] = "cpu"

from functools import partial  # noqa: E402

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import lax, random  # noqa: E402

from common import (  # noqa: E402
    BORDER_M,
    BORDER_SLOWDOWN,
    BOX_M,
    CELLS,
    DT_S,
    HEAD_WIDTH_RAD,
    LEARNING_RATE,
    PLACE_WIDTH_M,
    SPEED_SCALE_M_PER_S,
    STEPS,
    TRIALS,
    TURN_SD_RAD_PER_S,
)

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def initialize(setting: common.Setting, key: jax.Array) -> dict:
    """Weights uniform in ±1/√fan_in, stored [from, to], and Adam's moments."""
    gates = ("update", "reset", "candidate") if setting.gated else ("",)
    shapes = {
        "encoder": (CELLS, setting.units),
        **{f"recurrent{gate}": (setting.units, setting.units) for gate in gates},
        **{f"input{gate}": (setting.inputs, setting.units) for gate in gates},
        "readout": (setting.units, CELLS),
    }
    weights = {
        name: random.uniform(key, shape, minval=-(shape[0] ** -0.5), maxval=shape[0] ** -0.5)
        for key, (name, shape) in zip(random.split(key, len(shapes)), shapes.items())
    }
    # Two trees of zeros: sharing one would donate its buffers twice.
    first, second = (jax.tree.map(jnp.zeros_like, weights) for _ in range(2))
    return {"weights": weights, "first": first, "second": second, "step": jnp.zeros((), jnp.int32)}


def loss_function(weights, setting, activity, displacements, key):
    """activity: [step + 1, trial, cell]; displacements: [step, trial, input]."""

    def step(state, inputs):
        displacement, key = inputs
        noise = setting.step_sd * random.normal(key, state.shape)

        def drive(seen, gate=""):
            return seen @ weights[f"recurrent{gate}"] + displacement @ weights[f"input{gate}"]

        if setting.gated:
            renewed = 1 - jax.nn.sigmoid(drive(state, "update"))
            reset = jax.nn.sigmoid(drive(state, "reset"))
            goal = jnp.tanh(drive(reset * state, "candidate"))
        else:
            renewed, goal = 1, jax.nn.relu(drive(state))
        state = state + setting.rate * renewed * (goal - state) + noise
        return state, state @ weights["readout"]

    start = activity[0] @ weights["encoder"]
    _, outputs = lax.scan(step, start, (displacements, random.split(key, STEPS)))
    return jnp.mean((outputs - activity[1:]) ** 2)


def update(setting, learner, activity, displacements, key):
    """One step of Adam; returns the learner and the loss."""
    loss, gradient = jax.value_and_grad(loss_function)(
        learner["weights"], setting, activity, displacements, key
    )
    step = learner["step"] + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, learner["first"], gradient)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, learner["second"], gradient)
    scale1, scale2 = 1 / (1 - BETA1**step), 1 / (1 - BETA2**step)
    weights = jax.tree.map(
        lambda w, m, v: w - LEARNING_RATE * m * scale1 / (jnp.sqrt(v * scale2) + EPSILON),
        learner["weights"],
        first,
        second,
    )
    return {"weights": weights, "first": first, "second": second, "step": step}, loss


def walk(key):
    """A walk in a box that turns along its walls.

    Returns positions [step + 1, trial, 2] and displacements [step, trial, 2], in m.
    """
    half = BOX_M / 2
    keys = random.split(key, 4)
    start = random.uniform(keys[0], (TRIALS, 2), minval=-half, maxval=half)
    first_heading = random.uniform(keys[1], (TRIALS,), minval=-jnp.pi, maxval=jnp.pi)
    lengths = random.rayleigh(keys[2], SPEED_SCALE_M_PER_S * DT_S, (STEPS, TRIALS))
    turns = TURN_SD_RAD_PER_S * DT_S * random.normal(keys[3], (STEPS, TRIALS))

    def step(carry, inputs):
        (position, heading), (length, turn) = carry, inputs
        x, y = position.T
        distances = jnp.stack([half - x, half - y, half + x, half + y])
        outward = distances.argmin(axis=0) * (jnp.pi / 2)
        # The heading relative to the wall's outward normal, in [−π, π).
        relative = (heading - outward + jnp.pi) % (2 * jnp.pi) - jnp.pi
        avoids = (distances.min(axis=0) < BORDER_M) & (jnp.abs(relative) < jnp.pi / 2)
        length = jnp.where(avoids, BORDER_SLOWDOWN * length, length)
        parallel = jnp.copysign(jnp.pi / 2, relative) - relative
        displacement = length[:, None] * jnp.stack([jnp.cos(heading), jnp.sin(heading)], axis=1)
        position = position + displacement
        heading = heading + turn + jnp.where(avoids, parallel, 0)
        return (position, heading), (position, displacement)

    _, (positions, displacements) = lax.scan(step, (start, first_heading), (lengths, turns))
    return jnp.concatenate([start[None], positions]), displacements


def turning(key):
    """Random turning: headings [step + 1, trial] and displacements [step, trial, 1], in rad."""
    keys = random.split(key)
    turns = TURN_SD_RAD_PER_S * DT_S * random.normal(keys[0], (STEPS, TRIALS))
    start = random.uniform(keys[1], (1, TRIALS), minval=-jnp.pi, maxval=jnp.pi)
    return jnp.concatenate([start, start + turns.cumsum(axis=0)]), turns[..., None]


def place_cells(positions, centres):
    """Gaussian tuning normalised over cells: [..., 2] to [..., cell]."""
    squared = ((positions[..., None, :] - centres) ** 2).sum(axis=-1)
    return jax.nn.softmax(-squared / (2 * PLACE_WIDTH_M**2), axis=-1)


def head_cells(headings, preferred):
    """Von Mises tuning with peak 1: [...] to [..., cell]."""
    return jnp.exp((jnp.cos(headings[..., None] - preferred) - 1) / HEAD_WIDTH_RAD**2)


def draw(setting, preferred, key):
    """A batch of trials: activity [step + 1, trial, cell], displacements [step, trial, input]."""
    if setting.task == "spatial":
        positions, displacements = walk(key)
        return place_cells(positions, preferred), displacements
    headings, displacements = turning(key)
    return head_cells(headings, preferred), displacements


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def train(setting, learner, activity, displacements, key):
    """A training step on given trials."""
    return update(setting, learner, activity, displacements, key)


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def draw_and_train(setting, learner, preferred, key):
    """A training step on fresh trials."""
    trials_key, noise_key = random.split(key)
    activity, displacements = draw(setting, preferred, trials_key)
    return update(setting, learner, activity, displacements, noise_key)


def run(setting: common.Setting) -> dict:
    """Trains on one task and times its steps."""
    cells_key, weights_key, batch_key, key = random.split(random.key(0), 4)
    if setting.task == "spatial":
        preferred = random.uniform(cells_key, (CELLS, 2), minval=-BOX_M / 2, maxval=BOX_M / 2)
    else:
        preferred = 2 * jnp.pi * jnp.arange(CELLS) / CELLS - jnp.pi
    learner = initialize(setting, weights_key)
    fixed = draw(setting, preferred, batch_key)

    def next_key():
        nonlocal key
        key, now = random.split(key)
        return now

    def finished(result):
        nonlocal learner
        learner, loss = jax.block_until_ready(result)
        return loss

    return common.measure(
        given,
        lambda: finished(train(setting, learner, *fixed, next_key())),
        lambda: finished(draw_and_train(setting, learner, preferred, next_key())),
    )


if __name__ == "__main__":
    results = {setting.name: run(setting) for setting in common.SETTINGS}
    common.report("jax", jax.__version__, given, results)
