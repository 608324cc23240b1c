"""Figures look as they did: compared with the images in `baseline`, which people have looked at.

What is drawn are curves in closed form, since networks differ in their last bits between
processors. `pytest --mpl-generate-path=tests/python/baseline` draws the images anew.
"""

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
pd = pytest.importorskip("pandas")
matplotlib.use("Agg")

from matplotlib.figure import Figure  # noqa: E402

import quiescent as qs  # noqa: E402
from quiescent.phases import dataset  # noqa: E402

# Letters have other shapes in other versions, by more than a missing label.
pytestmark = pytest.mark.skipif(
    not matplotlib.__version__.startswith("3.11."), reason="the images are matplotlib 3.11's"
)
#: Root mean square difference of pixels, 0 to 255. Another word in a label, or the colours of the
#: phases exchanged, differ by 6 or more, a missing label by 30.
image = pytest.mark.mpl_image_compare(style="default", tolerance=5, savefig_kwargs={"dpi": 60})

DT_S = 0.02
BOX = qs.Space.box(2.2, 2.2)
TRIAL = np.arange(12.0)[:, np.newaxis]
PHASE = 2 * np.pi * (TRIAL / 12 + np.arange(100) * DT_S * (1 + TRIAL / 40))


@pytest.fixture
def ax():
    return Figure(figsize=(4.8, 3.4), layout="constrained").subplots()


def phase_of(kind, decoded, space, states=None):
    end = np.zeros((len(decoded), 1), np.float32) if states is None else states[:, -1]
    arrays = {"decoded": decoded, "truth": None, "states": states, "end": end, "state_stride": 1}
    return dataset(arrays, space, DT_S, {"phase": kind})


def positions(kind, radius_m):
    """Return loops about the centre, wider for later trials."""
    radius = radius_m * (0.5 + TRIAL / 24)
    loops = [radius * np.cos(PHASE), radius * np.sin(2 * PHASE) / 2]
    return phase_of(kind, np.stack(loops, axis=2), BOX)


def headings(kind, turn_rad):
    """Return headings that swing to either side, and states on a ring that is tilted."""
    swing = TRIAL / 3 - 2 + turn_rad * np.sin(PHASE)
    wrapped = np.angle(np.exp(1j * swing))[:, :, np.newaxis]
    ring = [np.cos(swing), np.sin(swing), 0.3 * np.cos(swing - 1) * (1 + turn_rad)]
    rates = np.stack(ring, axis=2)
    return phase_of(kind, wrapped, qs.Space.circle(), rates.astype(np.float32))


def metrics(scale):
    batch = np.arange(0, 1000, 50)
    decay = scale * np.exp(-batch / 300)
    columns = {"train_loss": decay, "test_loss": 1.2 * decay, "decode_error": 0.1 + decay}
    return pd.DataFrame({**columns, "decode_error_unit": "m"}, index=batch)


@image
def test_trajectories_of_positions(ax):
    return qs.plot.trajectories(positions("active", 0.9), ax=ax).figure


@image
def test_trajectories_of_headings(ax):
    return qs.plot.trajectories(headings("quiescent", 1.5), ax=ax).figure


@image
def test_density_of_positions(ax):
    return qs.plot.density(positions("quiescent", 0.9), ax=ax).figure


@image
def test_density_of_headings(ax):
    qs.plot.density(headings("active", 0.6), ax=ax)
    return qs.plot.density(headings("quiescent", 1.5), ax=ax).figure


@image
def test_components(ax):
    active, quiescent = headings("active", 0.6), headings("quiescent", 0.2)
    return qs.plot.components(active, quiescent, points=1200, ax=ax).figure


@image
def test_training(ax):
    return qs.plot.training({"noisy": metrics(1.0), "noiseless": metrics(0.5)}, ax=ax).figure


@image
def test_training_of_one_network(ax):
    return qs.plot.training(metrics(1.0), quantity="decode_error", ax=ax).figure


@image
def test_divergences(ax):
    active = {"wide": positions("active", 0.9), "narrow": positions("active", 0.3)}
    quiescent = {"wide": positions("quiescent", 0.9), "narrow": positions("quiescent", 0.3)}
    return qs.plot.divergences(active, quiescent, ax=ax).figure


@image
def test_theory(ax):
    def point(kappa):
        beta = 1.5 / kappa
        interval = {"low": 0.9 * beta, "high": 1.2 * beta}
        return {"noise_ratio": kappa, "exponent": {"value": beta, "interval": interval}}

    points = [point(kappa) for kappa in (0.5, 1.0, 2.0**0.5, 2.0)]
    return qs.plot.theory({"networks": [{"temperature": {"points": points}}]}, ax=ax).figure
