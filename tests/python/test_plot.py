"""Figures: drawn into the axes that are given, with labels and the two colours."""

import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402

import quiescent as qs  # noqa: E402


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def draw(name, trained, spatial):
    wake, rest = trained.wake(states=True), trained.rest(states=True)
    return {
        "training": lambda ax: qs.plot.training(trained, ax=ax),
        "decode_error": lambda ax: qs.plot.training({"a": trained}, quantity="decode_error", ax=ax),
        "headings": lambda ax: qs.plot.trajectories(rest, ax=ax),
        "positions": lambda ax: qs.plot.trajectories(spatial.wake(trials=5, steps=50), ax=ax),
        "heading_density": lambda ax: qs.plot.density(wake, ax=ax),
        "map": lambda ax: qs.plot.density(spatial.wake(trials=20, steps=50), ax=ax),
        "components": lambda ax: qs.plot.components(wake, rest, ax=ax),
        "divergences": lambda ax: qs.plot.divergences({"a": wake}, {"a": rest}, ax=ax),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "training",
        "decode_error",
        "headings",
        "positions",
        "heading_density",
        "map",
        "components",
        "divergences",
    ],
)
def test_every_figure_has_labels_and_its_axes(name, trained, spatial, ax):
    assert draw(name, trained, spatial)(ax) is ax
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    ax.figure.canvas.draw()


def test_the_two_colours_are_the_report_s(trained, ax):
    qs.plot.trajectories(trained.rest(trials=3, steps=9), ax=ax)
    assert to_hex(ax.lines[0].get_color()) == qs.plot.QUIESCENT.lower()
    qs.plot.density(trained.wake(), ax=ax)
    assert to_hex(ax.lines[-1].get_color()) == qs.plot.ACTIVE.lower()


def test_rest_at_several_noises_is_drawn_beside_the_prediction(trained, ax):
    found = trained.theory(
        progress=False,
        fitted_trials=20,
        trials=20,
        rest_trials=10,
        rest_steps=100,
        optimal_trials=5,
        optimal_steps=50,
        resamples=20,
    )
    assert qs.plot.theory(found, ax=ax) is ax
    assert [text.get_text() for text in ax.get_legend().get_texts()][-1] == "measured"


def test_what_cannot_be_drawn_is_explained(trained, ax):
    with pytest.raises(qs.MeasurementError, match="kept no states"):
        qs.plot.components(trained.wake(), trained.rest(), ax=ax)
    track = qs.uniform(qs.Space.box(1.0), 5, 10)
    with pytest.raises(qs.MeasurementError, match="two dimensions"):
        qs.plot.density(track, space=qs.Space.box(1.0), ax=ax)
