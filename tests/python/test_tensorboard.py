"""TensorBoard's event files, read by the package tensorboard itself."""

import json
import math
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import quiescent as qs

pytest.importorskip("tensorboardX")
pytest.importorskip("tensorboard")
from tensorboard_events import groups, read

from quiescent import tensorboard

SMALL = {
    "network.units": 24,
    "task.cells.count": 20,
    "time.steps": 12,
    "training.batches": 80,
    "training.test_every": 20,
    "training.checkpoint_every": 20,
    "training.test_trials": 6,
    "training.trials": 10,
}
SPATIAL = "demo/spatial/noisy_unbiased"
HEADING = "demo/head_direction/noisy_biased"
WILD = {
    "network.activation": "identity",
    "training.learning_rate": 10,
    "time.dt_s": 0.1,
    "time.steps": 60,
    "training.batches": 1000,
}


def train(out, source=SPATIAL, changes=None, **more):
    return qs.train(source, {**SMALL, **(changes or {})}, out=out, progress=False, **more)


def lines(run):
    text = (run / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def assert_same_curves(found, run):
    """Assert that the curves are those of `metrics.jsonl`, in single precision, each once."""
    unit = lines(run)[-1]["decode_error_unit"]
    names = {
        "train/loss": "train_loss",
        "test/loss": "test_loss",
        f"test/decode_error_{unit}": "decode_error",
    }
    assert found["scalars"].keys() == names.keys()
    for tag, key in names.items():
        wanted = [
            [line["batch"], float(np.float32(line[key]))] for line in lines(run) if key in line
        ]
        assert len(wanted) >= 4
        assert found["scalars"][tag] == wanted, tag


def test_a_training_is_shown_while_it_goes_on(tmp_path):
    tb = tmp_path / "tb"
    seen = []

    def look(event):
        spatial(event)
        if event["event"] == "logged" and event["batch"] == 60:
            seen.append(read(tb / "spatial")["scalars"]["train/loss"][-1][0])

    spatial = tensorboard.Writer(tb / "spatial")
    changes = {"seed": 2**53 + 1}
    net = train(tmp_path / "spatial", changes=changes, callback=look)
    train(
        tmp_path / "heading",
        HEADING,
        {"network.biases": True},
        callback=tensorboard.Writer(tb / "heading"),
    )
    assert seen == [60]
    # What is shown changes nothing.
    plain = train(tmp_path / "plain", changes=changes)
    np.testing.assert_equal(net.parameters(), plain.parameters())

    found, other = read(tb / "spatial"), read(tb / "heading")
    assert_same_curves(found, tmp_path / "spatial")
    assert_same_curves(other, tmp_path / "heading")
    for key, value in {
        "network.units": 24.0,
        "network.kind": "rnn",
        "network.biases": False,
        "task.drift": "none",
        "training.milestones": "[]",
        # More than 53 bits, which no number of TensorBoard holds.
        "seed": "9007199254740993",
    }.items():
        assert found["hparams"][key] == value, key
    assert math.isclose(found["hparams"]["network.noise.sigma"], math.sqrt(0.005))
    assert other["hparams"]["network.biases"] is True
    assert other["hparams"]["seed"] == 0.0
    assert "about" not in found["hparams"]
    assert found["end"] == "STATUS_SUCCESS"
    # Every value has a column, in whichever run TensorBoard looks for columns.
    for columns in (found["columns"], other["columns"]):
        assert columns.keys() >= found["hparams"].keys() | other["hparams"].keys()
        assert columns["network.tau_s"] == "DATA_TYPE_FLOAT64"
        assert columns["network.biases"] == "DATA_TYPE_BOOL"
        assert columns["network.activation"] == "DATA_TYPE_STRING"
    assert found["metrics"] == list(tensorboard.CURVES)
    ((_, text),) = found["texts"]
    written = (tmp_path / "spatial/experiment.yml").read_text(encoding="utf-8")
    assert "\n".join(line[4:] for line in text.splitlines()).strip() == written.strip()

    # TensorBoard's own table has both runs, with their values and their last test.
    rows = {row["name"]: row for row in groups(tb)}
    assert rows.keys() == {"spatial", "heading"}
    assert rows["spatial"]["hparams"]["network.units"] == 24.0
    values = {value["name"]["tag"]: value for value in rows["spatial"]["metricValues"]}
    assert values["test/loss"]["trainingStep"] == 80
    last = lines(tmp_path / "spatial")[-1]["test_loss"]
    assert values["test/loss"]["value"] == float(np.float32(last))


def test_no_step_appears_twice_after_a_resume(tmp_path):
    run, tb = tmp_path / "run", tmp_path / "tb"
    changes = {"training.milestones": [20]}

    def stop(event):
        writer(event)
        if event["event"] == "logged" and event["batch"] == 60:
            raise KeyboardInterrupt

    writer = tensorboard.Writer(tb)
    with pytest.raises(KeyboardInterrupt), writer:
        train(run, changes=changes, callback=stop)
    assert "end" not in read(tb)
    # As a kill would leave it: the latest checkpoint is of batch 20, the last record is cut short.
    (run / "checkpoints/latest.safetensors").unlink()
    (first,) = tb.iterdir()
    first.write_bytes(first.read_bytes()[:-5])
    train(run, changes=changes, resume=True, callback=tensorboard.Writer(tb))
    assert len(list(tb.iterdir())) == 2
    assert_same_curves(read(tb), run)
    assert read(tb)["end"] == "STATUS_SUCCESS"


def test_a_diverged_training_is_shown_as_failed(tmp_path):
    writer = tensorboard.Writer(tmp_path / "tb")
    with pytest.raises(qs.DivergedError), writer:
        train(tmp_path / "run", changes=WILD, callback=writer)
    assert read(tmp_path / "tb")["end"] == "STATUS_FAILURE"
    tensorboard.main([str(tmp_path / "run"), "--out", str(tmp_path / "followed"), "--once"])
    (found,) = (tmp_path / "followed").glob("*/run")
    assert read(found)["end"] == "STATUS_FAILURE"


def test_a_disk_that_fills_up_ends_the_events_and_nothing_else(tmp_path, monkeypatch):
    class Full(tensorboard.EventsWriter):
        def write_event(self, event):
            super().write_event(event)
            if event.step >= 40:
                raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensorboard, "EventsWriter", Full)
    writer = tensorboard.Writer(tmp_path / "tb")
    with pytest.warns(UserWarning, match="no more events for TensorBoard in .*tb.*No space left"):
        assert train(tmp_path / "run", callback=writer).batch == 80
    assert not writer.is_open
    assert [step for step, _ in read(tmp_path / "tb")["scalars"]["train/loss"]] == [10, 20, 30, 40]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "tb").write_text("a file", encoding="utf-8")
    with pytest.raises(OSError, match="tb"):
        train(tmp_path / "run", callback=tensorboard.Writer(tmp_path / "tb" / "a"))


def test_runs_are_followed_by_their_paths(tmp_path):
    train(tmp_path / "runs/a")
    train(tmp_path / "runs/.hidden/b")
    follower = tensorboard.Follower([tmp_path / "runs", tmp_path / "runs/a"], tmp_path / "tb")
    assert follower.update() == [tmp_path / "runs/a"]
    train(tmp_path / "runs/deep/c", HEADING)
    assert follower.update() == [tmp_path / "runs/deep/c"]
    assert follower.update() == []
    follower.close()
    assert_same_curves(read(tmp_path / "tb/runs/a"), tmp_path / "runs/a")
    assert_same_curves(read(tmp_path / "tb/runs/deep/c"), tmp_path / "runs/deep/c")
    assert read(tmp_path / "tb/runs/a")["end"] == "STATUS_SUCCESS"
    # Another start shows nothing twice.
    tensorboard.main([str(tmp_path / "runs"), "--out", str(tmp_path / "tb"), "--once"])
    assert_same_curves(read(tmp_path / "tb/runs/a"), tmp_path / "runs/a")
    assert len(list((tmp_path / "tb/runs/a").iterdir())) == 1
    # Events of others stay.
    (tmp_path / "tb/runs/a/events.out.tfevents.1.other").touch()
    tensorboard.main([str(tmp_path / "runs"), "--out", str(tmp_path / "tb"), "--once"])
    assert len(list((tmp_path / "tb/runs/a").iterdir())) == 2
    shutil.copytree(tmp_path / "runs", tmp_path / "other/runs")
    both = tensorboard.Follower([tmp_path / "runs", tmp_path / "other/runs"], tmp_path / "tb")
    with pytest.raises(qs.ExperimentError, match="would both be `runs/a`"):
        both.update()
    both.close()


def test_what_a_resume_discards_is_shown_once(tmp_path):
    run, tb = tmp_path / "runs/a", tmp_path / "tb/runs/a"
    train(run)
    whole = (run / "metrics.jsonl").read_text(encoding="utf-8")
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    follower = tensorboard.Follower([tmp_path / "runs"], tmp_path / "tb")

    def look(count, status, cut=0):
        """Show the first lines of the metrics, and return the batches that are found."""
        text = "".join(whole.splitlines(keepends=True)[:count])
        (run / "metrics.jsonl").write_text(text[: len(text) - cut], encoding="utf-8")
        (run / "run.json").write_text(json.dumps(record | {"status": status}), encoding="utf-8")
        follower.update()
        return [batch for batch, _ in read(tb)["scalars"]["train/loss"]]

    assert look(4, "running", cut=9) == [10, 20, 30]
    assert look(6, "running") == [10, 20, 30, 40, 50, 60]
    assert look(6, "interrupted") == [10, 20, 30, 40, 50, 60]
    # Resumed from the checkpoint of batch 20.
    assert look(2, "running") == [10, 20, 30, 40, 50, 60]
    assert look(5, "running") == [10, 20, 30, 40, 50, 60]
    assert "end" not in read(tb)
    assert look(8, "finished") == [10, 20, 30, 40, 50, 60, 70, 80]
    assert_same_curves(read(tb), run)
    assert read(tb)["end"] == "STATUS_SUCCESS"
    # Another experiment in the same folder, of which every value differs.
    shutil.rmtree(run)
    follower.update()
    train(run, changes={"seed": 5})
    follower.update()
    assert_same_curves(read(tb), run)
    assert read(tb)["hparams"]["seed"] == 5.0
    # Values that changed under the same experiment replace those from there on.
    changed = [
        line | {"train_loss": line["train_loss"] + (line["batch"] > 30)} for line in lines(run)
    ]
    text = "".join(json.dumps(line) + "\n" for line in changed)
    (run / "metrics.jsonl").write_text(text, encoding="utf-8")
    follower.update()
    assert_same_curves(read(tb), run)
    follower.close()


def test_a_damaged_run_stops_no_other(tmp_path, capsys):
    train(tmp_path / "runs/a")
    train(tmp_path / "runs/b")
    (tmp_path / "runs/a/metrics.jsonl").write_text("{\n{\n", encoding="utf-8")
    follower = tensorboard.Follower([tmp_path / "runs"], tmp_path / "tb")
    follower.update()
    follower.update()
    follower.close()
    assert capsys.readouterr().err.count("runs/a/metrics.jsonl") == 1
    assert_same_curves(read(tmp_path / "tb/runs/b"), tmp_path / "runs/b")


def test_the_terminal_follows_until_ctrl_c(tmp_path):
    line = [sys.executable, "-m", "quiescent.tensorboard", "runs", "--out", "tb"]
    with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, encoding="utf-8") as follower:
        try:
            train(tmp_path / "runs/a")
            tb = tmp_path / "tb/runs/a"
            deadline = time.monotonic() + 60

            def ended():
                try:
                    return tb.exists() and "end" in read(tb)
                except KeyError:
                    # What is written first may not be on the disk yet.
                    return False

            while not ended():
                assert time.monotonic() < deadline
                time.sleep(0.2)
        finally:
            follower.send_signal(signal.SIGINT)
        said = follower.stderr.read()
        assert follower.wait() == 0
    assert said == f"{tmp_path / 'runs/a'}: shown by tensorboard --logdir tb\n"
    assert_same_curves(read(tb), tmp_path / "runs/a")
    done = subprocess.run(
        [*line[:3], "nothing", "--once"], cwd=tmp_path, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (2, "error: there are no runs in nothing\n")
