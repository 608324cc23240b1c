"""Recordings from arrays, frames and agents: the same bits as a file, and what is refused."""

import copy
import json
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import quiescent as qs

SPATIAL = "demo/spatial/noisy_unbiased"
HEADING = "demo/head_direction/noisy_unbiased"
QUICK = {
    "network.units": 16,
    "task.cells.count": 24,
    "time.steps": 20,
    "training.batches": 20,
    "training.trials": 20,
    "training.test_trials": 20,
    "training.test_every": 10,
    "rest.trials": 20,
    "rest.steps": 30,
}

T = 0.04 * np.arange(3000)
POSITION = np.stack([0.5 + 0.45 * np.sin(0.71 * T), 0.4 * np.cos(0.97 * T)], axis=1)
HEADINGS = 2 * np.sin(0.5 * T)


def train(recording, out=None, *, name=SPATIAL, resume=False, changes=None):
    changes = {**QUICK, **(changes or {})}
    return qs.train(name, changes, recording=recording, out=out, resume=resume, progress=False)


def same(one, other):
    one, other = one.parameters(), other.parameters()
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


@pytest.fixture(scope="module")
def recording():
    return qs.Recording(T, POSITION)


@pytest.fixture(scope="module")
def of_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("files") / "rat.npz"
    np.savez(file, t=T, pos=POSITION)
    return train(file)


def test_arrays_train_to_the_same_bits_as_their_file(recording, of_file, tmp_path):
    kept = train(recording, tmp_path / "run")
    in_memory = train(recording)
    assert same(kept, of_file)
    assert same(in_memory, of_file)
    assert in_memory.folder is None
    assert not same(train(None), of_file)
    for one in (kept, in_memory):
        assert np.array_equal(one.wake().truth, of_file.wake().truth)
    assert same(qs.untrained(SPATIAL, QUICK, recording=recording), qs.untrained(of_file.experiment))


def test_headings_train_to_the_same_bits_as_their_file(tmp_path):
    file = tmp_path / "heading.npz"
    np.savez(file, t=T, heading=HEADINGS)
    of_file = train(file, name=HEADING)
    for recording in (qs.Recording(T, HEADINGS), qs.Recording(T, HEADINGS[:, None])):
        assert same(train(recording, name=HEADING), of_file)


def test_the_run_folder_keeps_what_was_given(recording, of_file, tmp_path):
    net = train(recording, tmp_path / "a")
    record = json.loads((tmp_path / "a" / "run.json").read_text(encoding="utf-8"))
    assert record["recording"]["file_sha256"] == recording.sha256
    assert net.experiment.recording == recording
    # The folder moves, and another process works on it.
    (tmp_path / "elsewhere").mkdir()
    run = tmp_path / "elsewhere" / "b"
    (tmp_path / "a").rename(run)
    for words in (["measure", run], ["verify", run], ["theory", run, "--help"]):
        line = [sys.executable, "-m", "quiescent", *map(str, words)]
        done = subprocess.run(line, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        assert "read from" not in done.stderr
    opened = qs.open(run)
    assert same(opened, of_file)
    assert opened.experiment == net.experiment
    assert opened.experiment.recording == recording
    assert np.array_equal(opened.wake().truth, of_file.wake().truth)
    # A network on it again needs nothing else, not even that folder.
    again = opened.experiment
    shutil.rmtree(run)
    assert same(qs.train(again, out=tmp_path / "c", progress=False), of_file)


def test_training_resumes_on_the_same_recording_alone(recording, of_file, tmp_path):
    def fail(event):
        if event["event"] == "logged":
            raise LookupError("mine")

    with pytest.raises(LookupError):
        qs.train(
            SPATIAL, QUICK, recording=recording, out=tmp_path / "run", progress=False, callback=fail
        )
    other = qs.Recording(T, POSITION + 0.01)
    with pytest.raises(qs.RunError, match=r"task\.recording\.file"):
        train(other, tmp_path / "run", resume=True)
    (tmp_path / "run").rename(tmp_path / "moved")
    assert same(train(recording, tmp_path / "moved", resume=True), of_file)
    with pytest.raises(qs.RunError):
        train(recording, tmp_path / "moved")


def test_experiments_with_recordings_are_values(recording, capsys):
    experiment = qs.Experiment(SPATIAL, QUICK, recording=recording)
    assert experiment.recording == recording
    equal = qs.Experiment(SPATIAL, QUICK, recording=qs.Recording(T, POSITION.copy()))
    other = qs.Experiment(SPATIAL, QUICK, recording=qs.Recording(T, POSITION + 0.01))
    assert experiment == equal
    assert hash(experiment) == hash(equal)
    assert experiment.identity == equal.identity != other.identity
    assert experiment != other
    for twin in (
        pickle.loads(pickle.dumps(experiment)),
        copy.deepcopy(experiment),
        copy.copy(experiment),
    ):
        assert twin == experiment
        assert twin.recording == recording
    # Changes keep it; another recording takes its place and keeps how it is read.
    arena = {"task.recording.arena": {"width_m": 2, "height_m": 2, "centre_m": [0.5, 0]}}
    wider = qs.Experiment(experiment, arena, seed=4)
    assert wider.recording == recording
    swapped = qs.Experiment(wider, recording=other.recording)
    assert swapped.recording == other.recording
    assert swapped["task.recording.arena"] == wider["task.recording.arena"]
    none = qs.Experiment(experiment, {"task.recording": None})
    assert none.recording is None
    assert none == qs.Experiment(SPATIAL, QUICK)
    file = qs.Experiment(experiment, {"task.recording.file": "/data/rat.npz"})
    assert str(file.recording) == "/data/rat.npz"
    # What is shown names a file, which the recording writes.
    experiment.show()
    assert f"file: {experiment['task.recording.file']}" in capsys.readouterr().out


def test_a_saved_recording_belongs_to_the_shown_experiment(recording, of_file, tmp_path):
    experiment = qs.Experiment(SPATIAL, QUICK, recording=recording)
    (tmp_path / "mine.yml").write_text(experiment.to_yaml(), encoding="utf-8")
    recording.save(tmp_path / experiment["task.recording.file"])
    assert same(qs.train(tmp_path / "mine.yml", progress=False), of_file)


def test_progress_tells_of_the_recording_without_a_file(recording, tmp_path):
    told = []
    qs.train(
        SPATIAL,
        QUICK,
        recording=recording,
        out=tmp_path / "a",
        progress=False,
        callback=told.append,
    )
    (report,) = [event["report"] for event in told if event["event"] == "recording"]
    assert report.startswith("from arrays: 3000 samples over 119.96 s")


def frame(**columns):
    return pd.DataFrame({"t": T, "x": POSITION[:, 0], "y": POSITION[:, 1], **columns})


def by_index():
    return frame().set_index("t")


def with_missing():
    """Return a frame whose types are pandas' own."""
    return frame().convert_dtypes()


@pytest.mark.parametrize(
    "made",
    [
        lambda: qs.Recording(frame()),
        lambda: qs.Recording(by_index()),
        lambda: qs.Recording(with_missing()),
        lambda: qs.Recording(frame(rat=["Ratty"] * len(T))),
        lambda: qs.Recording(
            frame(nose=POSITION[:, 0] + 9).rename(columns={"x": "px", "y": "py"}),
            columns=("t", "px", "py"),
        ),
        lambda: qs.Recording({"time": T, "position": POSITION}),
        lambda: qs.Recording(T.tolist(), POSITION.tolist()),
        lambda: qs.Recording(frame()["t"], frame()[["x", "y"]]),
        lambda: qs.Recording(np.repeat(T, 2)[::2], np.asfortranarray(POSITION)),
        lambda: qs.Recording(T.astype(">f8"), np.ma.masked_array(POSITION)),
    ],
)
def test_whatever_holds_the_arrays_is_the_same_recording(made, of_file):
    assert same(train(made()), of_file)


def test_frames_are_given_without_ceremony(of_file):
    assert same(train(frame()), of_file)


def test_pynapple(of_file):
    nap = pytest.importorskip("pynapple")
    for columns in (["x", "y"], None):
        tsd = nap.TsdFrame(t=T, d=POSITION, columns=columns)
        assert same(train(tsd), of_file)
    three = nap.TsdFrame(
        t=T, d=np.column_stack([POSITION, HEADINGS]), columns=["px", "py", "angle"]
    )
    assert same(train(qs.Recording(three, columns=("px", "py"))), of_file)
    heading = train(qs.Recording(T, HEADINGS), name=HEADING)
    tsd = nap.Tsd(t=T, d=HEADINGS)
    assert same(train(tsd, name=HEADING), heading)
    assert same(train(qs.Recording(three, columns=["angle"]), name=HEADING), heading)
    assert same(train(three, name=HEADING), heading)
    with pytest.raises(qs.RecordingError, match="has no column 'z'"):
        qs.Recording(three, columns=("px", "z"))
    with pytest.raises(qs.RecordingError, match="a Tsd has none"):
        qs.Recording(tsd, columns=["angle"])


def agent(**params):
    """Return a RatInABox agent that has wandered for five minutes."""
    from ratinabox import Agent, Environment

    np.random.seed(0)  # noqa: NPY002 (what RatInABox draws from)
    made = Agent(Environment(params))
    for _ in range(6000):
        made.update(dt=0.05)
    return made


def test_ratinabox_agents_are_recordings_of_both():
    wandered = agent()
    recording = qs.Recording(wandered)
    assert np.array_equal(recording.arrays["pos"], wandered.history["pos"])
    assert train(recording).wake().truth.shape[-1] == 2
    walls = {"task.recording.arena": {"x_min_m": 0, "x_max_m": 1, "y_min_m": 0, "y_max_m": 1}}
    net = train(wandered, changes=walls)
    assert (net.space.low_m, net.space.high_m) == ((-0.5, -0.5), (0.5, 0.5))
    # The heading is counter-clockwise from the x axis: the direction in which the animal moves.
    step = np.diff(recording.arrays["pos"], axis=0)
    moved = np.arctan2(step[:, 1], step[:, 0])
    apart = np.angle(np.exp(1j * (recording.arrays["heading"][1:] - moved)))
    assert np.median(np.abs(apart)) < 0.3
    assert train(recording, name=HEADING).space.is_circle


def test_agents_that_cannot_be_used():
    from ratinabox import Agent, Environment

    with pytest.raises(qs.RecordingError, match=r"call its update\(\)"):
        qs.Recording(Agent(Environment()))
    line = Agent(Environment({"dimensionality": "1D", "boundary_conditions": "periodic"}))
    for _ in range(10):
        line.update(dt=0.05)
    with pytest.raises(qs.RecordingError, match="two dimensions"):
        qs.Recording(line)
    with pytest.raises(qs.RecordingError, match=r"task\.recording\.periodic=true"):
        train(agent(boundary_conditions="periodic"))


def test_gaps_are_those_of_a_file(tmp_path):
    position = POSITION.copy()
    position[200:203] = np.nan
    position[1000:1100, 1] = np.inf
    t = T.copy()
    t[500] = np.nan
    np.savez(tmp_path / "gaps.npz", t=t, pos=position)
    of_file = train(tmp_path / "gaps.npz")
    assert same(train(qs.Recording(t, position)), of_file)
    masked = np.ma.masked_invalid(np.where(np.isfinite(position), position, 0.5))
    masked[~np.isfinite(position)] = np.ma.masked
    assert same(train(qs.Recording(t, masked)), of_file)
    gaps = pd.DataFrame({"t": t, "x": position[:, 0], "y": position[:, 1]})
    gaps = gaps.replace(np.inf, np.nan).convert_dtypes()
    assert same(train(gaps), of_file)


UNSORTED = np.where(np.arange(3000) == 7, 0.0, T)


@pytest.mark.parametrize(
    ("source", "values", "said"),
    [
        (T, POSITION.T, r"shape [2, 3000]; expected [3000, 2]"),
        (T, POSITION[:-1], r"shape [2999, 2]; expected [3000, 2]"),
        (T, HEADINGS[:-1], r"shape [2999]; expected [3000]"),
        (T, POSITION[:, :, None], "shape [3000, 2, 1]"),
        (T, 1.0, "expected [3000, 2]"),
        (POSITION, HEADINGS, "`t` has shape [3000, 2]; expected [n]"),
        (T, POSITION.astype(str), "`pos` has dtype <U"),
        (T, POSITION.astype(complex), "`pos` has dtype complex128"),
        (T, POSITION.astype(np.float16), "`pos` has dtype float16"),
        (T, [[0, 1], [2]], "differ in length"),
        (pd.to_datetime(T, unit="s"), POSITION, "np.timedelta64(1, 's')"),
        (UNSORTED, POSITION, "sample 7 (counting from 0): time 0 s is earlier than"),
        (np.round(T, 1), POSITION, "repeats the time before it"),
        (T[:1], POSITION[:1], "1 usable sample(s) of 1"),
        ([], np.empty((0, 2)), "0 usable sample(s) of 0"),
        (T, None, "times alone are no recording"),
        (3, None, "not of a int"),
        ({"t": T}, None, "has no `pos`; found: `t`. Times are called `t`"),
        ({"pos": POSITION}, None, "has no `t`"),
        (pd.DataFrame({"time": T, "left": T}), None, "has no `pos`; found: `left`, `time`"),
        (frame(x=["a"] * 3000), None, "Not numbers, and so not read: 'x'"),
        (frame(timestamp=T).drop(columns="t").assign(time=T), None, "it is not clear which"),
        (pd.concat([frame(), frame()], axis=1), None, "two columns named 't'"),
    ],
)
def test_what_is_no_recording_is_refused(source, values, said):
    with pytest.raises(qs.RecordingError) as caught:
        qs.Recording(source, values)
    assert said in str(caught.value)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "columns", "said"),
    [
        (frame(), ("t", "x", "z"), "has no column 'z'; it has 't', 'x', 'y'"),
        (frame(), ("t", "x", "y", "x"), "must name (t, x, y) or (t, heading)"),
        (frame(), "txy", "must name (t, x, y)"),
        (T, ("t", "x"), "columns go with a frame"),
    ],
)
def test_columns_that_are_not_there_are_named(source, columns, said):
    with pytest.raises(qs.RecordingError) as caught:
        qs.Recording(source, columns=columns)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("source", "values", "name", "changes", "said"),
    [
        (T, 100 * POSITION, SPATIAL, {}, "position_unit=cm"),
        (T, np.degrees(HEADINGS), HEADING, {}, "angle_unit=deg"),
        (1000 * T, POSITION, SPATIAL, {}, "time_unit=ms"),
        (T, HEADINGS, SPATIAL, {}, "has no `pos`; found: `heading`, `t`. A spatial task needs"),
        (T, POSITION, HEADING, {}, "has no `heading`"),
        (T, 0.005 * POSITION, SPATIAL, {}, "positions extend over 0.0045 m"),
        (T[:20], POSITION[:20], SPATIAL, {}, "no stretch of the test part"),
        (
            T,
            POSITION,
            SPATIAL,
            {"task.recording.arena": {"x_min_m": 5, "x_max_m": 6, "y_min_m": 5, "y_max_m": 6}},
            "cannot be the room of this path",
        ),
    ],
)
def test_what_an_experiment_cannot_use_is_refused(source, values, name, changes, said, tmp_path):
    recording = qs.Recording(source, values)
    for use in (
        lambda: train(recording, tmp_path / "run", name=name, changes=changes),
        lambda: qs.untrained(name, {**QUICK, **changes}, recording=recording),
    ):
        with pytest.raises(qs.RecordingError) as caught:
            use()
        message = str(caught.value)
        assert message.startswith("recording from arrays: ")
        assert said in message
        assert "--" not in message
    assert not (tmp_path / "run").exists()


def test_units_are_those_of_the_experiment(of_file):
    units = {"task.recording.position_unit": "cm", "task.recording.time_unit": "ms"}
    net = train(qs.Recording(1000 * T, 100 * POSITION), changes=units)
    truth = of_file.wake().truth
    assert np.allclose(net.wake().truth, truth, atol=1e-5)


@pytest.mark.parametrize("key", ["task.recording", "task.recording.file"])
def test_one_recording_at_a_time(recording, key):
    with pytest.raises(qs.ExperimentError, match="given twice"):
        qs.Experiment(SPATIAL, {key: "rat.npz"}, recording=recording)


def test_a_kept_recording_that_was_changed_is_noticed(recording, tmp_path):
    net = train(recording, tmp_path / "run")
    with pytest.raises(qs.QuiescentError) as caught:
        net.wake(steps=100_000)
    assert "recording" in str(caught.value)
    # The network in memory goes on; who opens the folder is told.
    kept = tmp_path / "run" / net.experiment["task.recording.file"]
    np.savez(kept, t=T[::-1], pos=POSITION)
    assert net.wake(trials=2).sizes["trial"] == 2
    with pytest.raises(qs.RecordingError, match="its contents have changed"):
        qs.open(tmp_path / "run")
    kept.unlink()
    with pytest.raises(qs.RecordingError, match="no longer there"):
        qs.open(tmp_path / "run")
