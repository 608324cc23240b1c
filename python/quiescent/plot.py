"""Figures in matplotlib. Every function takes axes (`ax=`) and returns them.

The active phase is drawn in `ACTIVE` and the quiescent phase in `QUIESCENT` throughout, as in the
report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quiescent import measures
from quiescent.errors import MeasurementError
from quiescent.phases import decoded_of, dt_of
from quiescent.space import Space

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "ACTIVE",
    "NETWORKS",
    "QUIESCENT",
    "components",
    "density",
    "divergences",
    "theory",
    "training",
    "trajectories",
]

#: Colour of the active phase.
ACTIVE = "#0072B2"
#: Colour of the quiescent phase.
QUIESCENT = "#D55E00"
#: Colours of networks beside one another, none of which is that of a phase.
NETWORKS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.gca()


def _color(phase: Any, color: str | None) -> str:
    if color is not None:
        return color
    kind = getattr(phase, "attrs", {}).get("phase")
    return QUIESCENT if kind == "quiescent" else ACTIVE


def _of_network(name: str, number: int, alone: str) -> str:
    """Return the colour of a named network, or that of one without a name, which is alone."""
    return NETWORKS[number % len(NETWORKS)] if name else alone


def _box(ax: Axes, space: Space) -> None:
    """Draw the walls of a box of two dimensions, with equal scales."""
    from matplotlib.patches import Rectangle

    if space.low_m is None or space.high_m is None:
        return
    (left, bottom), (right, top) = space.low_m, space.high_m
    wall = Rectangle((left, bottom), right - left, top - bottom, fill=False, color="0.5", lw=1)
    ax.add_patch(wall)
    ax.set_aspect("equal")
    margin = 0.04 * max(right - left, top - bottom)
    ax.set_xlim(left - margin, right + margin)
    ax.set_ylim(bottom - margin, top + margin)
    ax.set_xlabel("x (m)")
    ax.set_ylabel("y (m)")


def trajectories(
    phase: Any,
    *,
    space: Space | None = None,
    trials: int = 4,
    color: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw decoded trajectories of the first trials of a phase.

    Positions of two dimensions are drawn in their box; headings, unrolled, and positions on a track
    against time.
    """
    values, space = decoded_of(phase, "the phase", space)
    ax, color = _axes(ax), _color(phase, color)
    shown = values[:trials]
    if space.dim == 2:
        for trial in shown:
            ax.plot(trial[:, 0], trial[:, 1], color=color, lw=0.8, alpha=0.8)
            ax.plot(*trial[0], marker="o", color=color, ms=3, mec="white", mew=0.5)
        _box(ax, space)
        return ax
    dt_s = dt_of(phase)
    at = np.arange(1, values.shape[1] + 1) * (1.0 if dt_s is None else dt_s)
    for trial in shown:
        line = np.unwrap(trial[:, 0]) if space.is_circle else trial[:, 0]
        ax.plot(at, line, color=color, lw=0.8, alpha=0.8)
    ax.set_xlabel("step" if dt_s is None else "time (s)")
    ax.set_ylabel("heading, unrolled (rad)" if space.is_circle else "position (m)")
    return ax


def density(
    phase: Any,
    *,
    space: Space | None = None,
    color: str | None = None,
    points: int = 5000,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density of decoded values: a map of positions, or a curve over headings."""
    values, space = decoded_of(phase, "the phase", space)
    ax, color = _axes(ax), _color(phase, color)
    flat = values.reshape(-1, space.dim)
    flat = flat[:: max(1, len(flat) // points)]
    if space.is_circle:
        at = np.linspace(-np.pi, np.pi, 361)
        ax.plot(at, measures.circular_density(flat[:, 0], at), color=color)
        ax.set_xlabel("heading (rad)")
        ax.set_ylabel("density (1/rad)")
        # Others may be drawn into the same axes.
        top = max(float(np.max(line.get_ydata())) for line in ax.lines)
        ax.set_ylim(0, 1.05 * top)
        return ax
    if space.dim != 2 or space.low_m is None or space.high_m is None:
        raise MeasurementError(f"a map is drawn of positions in two dimensions, not in {space.dim}")
    from matplotlib.colors import LinearSegmentedColormap

    nodes = [
        np.linspace(low, high, 61) for low, high in zip(space.low_m, space.high_m, strict=True)
    ]
    x, y = np.meshgrid(*nodes)
    found = measures.density(flat, np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
    shades = LinearSegmentedColormap.from_list("phase", ["white", color])
    mesh = ax.pcolormesh(x, y, found, cmap=shades, vmin=0, shading="gouraud")
    ax.figure.colorbar(mesh, ax=ax, label="density (1/m²)")
    _box(ax, space)
    return ax


def components(active: Any, quiescent: Any, *, points: int = 2000, ax: Axes | None = None) -> Axes:
    """Draw states of both phases on the first two principal components of the active phase.

    Both datasets must have kept states.
    """
    ax = _axes(ax)
    found = measures.principal_components(active)
    axes, mean = found["axes"][:2], found["mean"]
    ratio = found["explained_variance_ratio"]
    for phase, color, label in [(active, ACTIVE, "active"), (quiescent, QUIESCENT, "quiescent")]:
        states = _states(phase)
        states = states[:: max(1, len(states) // points)]
        plane = (states - mean) @ axes.T
        ax.scatter(plane[:, 0], plane[:, 1], s=2, color=color, label=label, alpha=0.5, lw=0)
    ax.set_xlabel(f"first active component ({100 * ratio[0]:.0f} % of active variance)")
    ax.set_ylabel(f"second ({100 * ratio[1]:.0f} %)")
    ax.legend(frameon=False, markerscale=3)
    return ax


def _states(phase: Any) -> NDArray[np.float64]:
    along = "state_time" if "state_time" in phase["states"].dims else "time"
    states = phase["states"].transpose("trial", along, "unit").values
    return np.asarray(states.reshape(-1, states.shape[2]), dtype=float)


def training(metrics: Any, *, quantity: str = "test_loss", ax: Axes | None = None) -> Axes:
    """Draw a quantity of training logs against batches.

    Parameters
    ----------
    metrics
        A network with a run folder, its `metrics()`, or several of either by name.
    quantity
        ``"test_loss"``, ``"train_loss"`` or ``"decode_error"``.
    ax
        Axes to draw into.
    """
    ax = _axes(ax)
    several = metrics if isinstance(metrics, Mapping) else {"": metrics}
    unit = ""
    for number, (name, of) in enumerate(several.items()):
        frame = of if hasattr(of, "columns") else of.metrics()
        line = frame[quantity].dropna()
        ax.plot(line.index, line, label=name or None, color=_of_network(name, number, ACTIVE))
        if quantity == "decode_error":
            unit = f" ({frame['decode_error_unit'].dropna().iloc[0]})"
    if quantity != "decode_error":
        ax.set_yscale("log")
    ax.set_xlabel("batch")
    names = {
        "test_loss": "test loss (MSE)",
        "train_loss": "training loss (MSE)",
        "decode_error": f"decoding error{unit}",
    }
    ax.set_ylabel(names[quantity])
    if isinstance(metrics, Mapping):
        ax.legend(frameon=False)
    return ax


def divergences(
    active: Mapping[str, Any],
    quiescent: Mapping[str, Any],
    *,
    space: Space | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw KL(quiescent ‖ active) of every quiescent phase from every active one, as figure 2e.

    Parameters
    ----------
    active, quiescent
        Phases by the names of their networks.
    space
        Where values live, if the phases do not say so.
    ax
        Axes to draw into.
    """
    from matplotlib.colors import LogNorm

    ax = _axes(ax)
    nats = np.array(
        [
            [measures.reactivation(wake, rest, space=space).kl.nats for rest in quiescent.values()]
            for wake in active.values()
        ]
    )
    # Differences below a hundredth of a nat are not of interest, and estimates can be negative.
    least = 0.01
    norm = LogNorm(least, max(float(nats.max()), 10 * least))
    image = ax.imshow(np.maximum(nats, least), norm=norm, cmap="Greys_r")
    for (row, column), value in np.ndenumerate(nats):
        dark = norm(max(value, least)) < 0.5
        shade = "white" if dark else "black"
        ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=shade)
    ax.set_xticks(range(len(quiescent)), list(quiescent), rotation=30, ha="right")
    ax.set_yticks(range(len(active)), list(active))
    ax.set_xlabel("quiescent phase of")
    ax.set_ylabel("active phase of")
    ax.figure.colorbar(image, ax=ax, label="KL(quiescent ‖ active) (nats)")
    return ax


def theory(examinations: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the exponent β of rest's law p^β against the amplitude of its noise.

    The theory predicts β = 2/κ² for a noise of κ times the active one; p is the law of waking.

    Parameters
    ----------
    examinations
        A result of `Network.theory`, or several by name.
    ax
        Axes to draw into.
    """
    ax = _axes(ax)
    several: Mapping[str, Any] = {"": examinations} if "networks" in examinations else examinations
    ratios: set[float] = set()
    for number, (name, found) in enumerate(several.items()):
        points = _noise_scan(found)
        kappa = np.array([point["noise_ratio"] for point in points])
        ratios.update(kappa.tolist())
        beta = np.array([point["exponent"]["value"] for point in points])
        ends = np.array(
            [[point["exponent"]["interval"][end] for point in points] for end in ("low", "high")]
        )
        errors = np.abs(ends - beta)
        ax.errorbar(
            kappa,
            beta,
            yerr=errors,
            fmt="o",
            ms=4,
            capsize=2,
            label=name or "measured",
            color=_of_network(name, number, QUIESCENT),
        )
    line = np.geomspace(min(ratios), max(ratios), 100)
    ax.plot(line, 2 / line**2, color="0.5", lw=1, label="2/κ²", zorder=0)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("quiescent noise over active noise, κ")
    ax.set_ylabel("exponent β of p^β")
    ax.legend(frameon=False)
    return ax


def _noise_scan(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if not found["networks"]:
        raise MeasurementError("only an experiment was examined, not a trained network")
    scan = found["networks"][0]["temperature"]
    if scan is None or "missing" in scan:
        reason = "it was not measured" if scan is None else scan["missing"]["message"]
        raise MeasurementError(f"rest at several amplitudes of noise is not known: {reason}")
    points: Sequence[Mapping[str, Any]] = scan["points"]
    return points
