"""The paper's training step in PyTorch, eager or by torch.compile: a loop over steps, autograd, Adam."""

import common

given = common.arguments(__doc__, compiles=True)

import math  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

from common import (  # noqa: E402
    BORDER_M,
    BORDER_SLOWDOWN,
    BOX_M,
    CELLS,
    DT_S,
    HEAD_WIDTH_RAD,
    PLACE_WIDTH_M,
    SPEED_SCALE_M_PER_S,
    STEPS,
    TRIALS,
    TURN_SD_RAD_PER_S,
)


class Network(nn.Module):
    """A noisy recurrent network with a linear encoder and a linear readout."""

    def __init__(self, setting: common.Setting):
        super().__init__()
        self.rate, self.step_sd = setting.rate, setting.step_sd
        self.encoder = nn.Linear(CELLS, setting.units, bias=False)
        self.recurrent = nn.Linear(setting.units, setting.units, bias=False)
        self.input = nn.Linear(setting.inputs, setting.units, bias=False)
        self.readout = nn.Linear(setting.units, CELLS, bias=False)

    def forward(self, start: torch.Tensor, displacements: torch.Tensor) -> torch.Tensor:
        """start: [trial, cell]; displacements: [step, trial, input]; returns [step, trial, cell]."""
        state = self.encoder(start)
        outputs = []
        for displacement in displacements:
            state, output = self.step(state, displacement)
            outputs.append(output)
        return torch.stack(outputs)

    def step(self, state: torch.Tensor, displacement: torch.Tensor):
        drive = torch.relu(self.recurrent(state) + self.input(displacement))
        noise = self.step_sd * torch.randn(state.shape)
        state = state + self.rate * (drive - state) + noise
        return state, self.readout(state)


class GatedNetwork(nn.Module):
    """The same with gated recurrent units: a gate for what is renewed, one for what is seen."""

    def __init__(self, setting: common.Setting):
        super().__init__()
        self.rate, self.step_sd = setting.rate, setting.step_sd
        self.encoder = nn.Linear(CELLS, setting.units, bias=False)
        self.recurrent = nn.ModuleList(
            nn.Linear(setting.units, setting.units, bias=False) for _ in range(3)
        )
        self.input = nn.ModuleList(
            nn.Linear(setting.inputs, setting.units, bias=False) for _ in range(3)
        )
        self.readout = nn.Linear(setting.units, CELLS, bias=False)

    def forward(self, start: torch.Tensor, displacements: torch.Tensor) -> torch.Tensor:
        """start: [trial, cell]; displacements: [step, trial, input]; returns [step, trial, cell]."""
        state = self.encoder(start)
        outputs = []
        for displacement in displacements:
            state, output = self.step(state, displacement)
            outputs.append(output)
        return torch.stack(outputs)

    def step(self, state: torch.Tensor, displacement: torch.Tensor):
        update = torch.sigmoid(self.recurrent[0](state) + self.input[0](displacement))
        reset = torch.sigmoid(self.recurrent[1](state) + self.input[1](displacement))
        candidate = torch.tanh(self.recurrent[2](reset * state) + self.input[2](displacement))
        noise = self.step_sd * torch.randn(state.shape)
        state = state + self.rate * (1 - update) * (candidate - state) + noise
        return state, self.readout(state)


def walk(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A walk in a box that turns along its walls.

    Returns positions [step + 1, trial, 2] and displacements [step, trial, 2], in m.
    """
    half = BOX_M / 2
    outward = np.array([0, 0.5, 1, 1.5]) * np.pi
    position = random.uniform(-half, half, (TRIALS, 2))
    heading = random.uniform(-np.pi, np.pi, TRIALS)
    lengths = random.rayleigh(SPEED_SCALE_M_PER_S * DT_S, (STEPS, TRIALS))
    turns = random.normal(0, TURN_SD_RAD_PER_S * DT_S, (STEPS, TRIALS))
    positions, displacements = [position], []
    for length, turn in zip(lengths, turns):
        x, y = position.T
        distances = np.stack([half - x, half - y, half + x, half + y])
        nearest = distances.argmin(axis=0)
        # The heading relative to the wall's outward normal, in [−π, π).
        relative = (heading - outward[nearest] + np.pi) % (2 * np.pi) - np.pi
        avoids = (distances.min(axis=0) < BORDER_M) & (np.abs(relative) < np.pi / 2)
        length = np.where(avoids, BORDER_SLOWDOWN * length, length)
        parallel = np.copysign(np.pi / 2, relative) - relative
        displacement = length[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        heading = heading + turn + np.where(avoids, parallel, 0)
        position = position + displacement
        positions.append(position)
        displacements.append(displacement)
    return np.stack(positions), np.stack(displacements)


def turning(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Random turning: headings [step + 1, trial] and displacements [step, trial, 1], in rad."""
    turns = random.normal(0, TURN_SD_RAD_PER_S * DT_S, (STEPS, TRIALS))
    start = random.uniform(-np.pi, np.pi, (1, TRIALS))
    return np.concatenate([start, start + turns.cumsum(axis=0)]), turns[..., None]


def place_cells(positions: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    """Gaussian tuning normalised over cells: [..., 2] to [..., cell]."""
    squared = torch.cdist(positions, centres).square()
    return torch.softmax(-squared / (2 * PLACE_WIDTH_M**2), dim=-1)


def head_cells(headings: torch.Tensor, preferred: torch.Tensor) -> torch.Tensor:
    """Von Mises tuning with peak 1: [...] to [..., cell]."""
    return torch.exp((torch.cos(headings[..., None] - preferred) - 1) / HEAD_WIDTH_RAD**2)


def run(setting: common.Setting) -> dict:
    """Trains on one task and times its steps."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    network = GatedNetwork(setting) if setting.gated else Network(setting)
    if given.compile:
        network.step = torch.compile(network.step)
    optimizer = torch.optim.Adam(network.parameters(), lr=common.LEARNING_RATE)
    loss_function = nn.MSELoss()
    if setting.task == "spatial":
        motion, cells = walk, place_cells
        preferred = torch.empty(CELLS, 2).uniform_(-BOX_M / 2, BOX_M / 2)
    else:
        motion, cells = turning, head_cells
        preferred = 2 * math.pi * torch.arange(CELLS) / CELLS - math.pi

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        stimuli, displacements = motion(random)
        activity = cells(torch.from_numpy(stimuli).float(), preferred)
        return activity, torch.from_numpy(displacements).float()

    def train(activity: torch.Tensor, displacements: torch.Tensor) -> float:
        optimizer.zero_grad()
        loss = loss_function(network(activity[0], displacements), activity[1:])
        loss.backward()
        optimizer.step()
        return loss.item()

    fixed = draw()
    return common.measure(given, lambda: train(*fixed), lambda: train(*draw()))


if __name__ == "__main__":
    torch.set_num_threads(given.threads)
    results = {setting.name: run(setting) for setting in common.SETTINGS}
    common.report("torch", torch.__version__, given, results)
