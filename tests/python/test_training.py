"""Training: the same bits as the command line, callbacks, Ctrl-C, resuming, faults."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import quiescent as qs


def command(*words):
    line = [sys.executable, "-m", "quiescent", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def test_the_command_line_trains_to_the_same_bits(small, trained, tmp_path):
    file = tmp_path / "experiment.yml"
    file.write_text(small.to_yaml(), encoding="utf-8")
    done = command("train", file, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    other = qs.open(tmp_path / "run")
    assert same(other.parameters(), trained.parameters())
    assert other.experiment == trained.experiment == small
    # And its phases are those that the command simulates.
    assert command("simulate", tmp_path / "run").returncode == 0
    for name, phase in [("active", trained.wake()), ("quiescent", trained.rest())]:
        kept = np.load(tmp_path / "run" / "phases" / f"{name}.npz")
        assert np.array_equal(kept["decoded"], phase.decoded.values)
        assert np.array_equal(kept["end"], phase.end.values)


def test_without_a_folder_nothing_is_kept_but_the_network(small, trained):
    net = qs.train(small, progress=False)
    assert net.folder is None
    assert same(net.parameters(), trained.parameters())
    with pytest.raises(qs.RunError, match="no run folder"):
        net.metrics()


def test_what_happens_is_told_in_order(small, tmp_path):
    told = []
    qs.train(
        small, {"training.batches": 100}, out=tmp_path / "run", progress=False, callback=told.append
    )
    assert told[0]["event"] == "training"
    logged = [event for event in told if event["event"] == "logged"]
    assert [event["batch"] for event in logged] == list(range(10, 101, 10))
    assert logged[-1]["test_loss"] > 0
    metrics = qs.open(tmp_path / "run").metrics()
    assert list(metrics.index) == [event["batch"] for event in logged]


def test_a_callback_that_raises_ends_training_and_loses_nothing(small, trained, tmp_path):
    def fail(event):
        if event["event"] == "logged" and event["batch"] >= 100:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        qs.train(small, out=tmp_path / "run", progress=False, callback=fail)
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "interrupted"
    assert 100 <= record["batch"] < 400
    net = qs.train(small, out=tmp_path / "run", resume=True, progress=False)
    assert same(net.parameters(), trained.parameters())


def test_ctrl_c_saves_and_raises_within_half_a_second(small, tmp_path):
    began = threading.Event()
    pressed = []

    def press():
        began.wait(60)
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            qs.train(
                small,
                {"training.batches": 1_000_000},
                out=tmp_path / "run",
                progress=False,
                callback=lambda event: event["event"] == "logged" and began.set(),
            )
        raised = time.monotonic()
    finally:
        began.set()
        thread.join()
    assert raised - pressed[0] < 0.5
    record = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "interrupted"
    # The folder is not in use any more.
    assert qs.open(tmp_path / "run").batch == record["batch"]


def test_ctrl_c_ends_a_long_simulation(spatial):
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        spatial.rest(trials=400, steps=200_000, noise="none")
    timer.join()


def test_another_run_is_not_overwritten(small, trained, tmp_path):
    with pytest.raises(qs.RunError):
        qs.train(small, out=trained.folder, progress=False)
    with pytest.raises(qs.RunError, match=r"network\.units"):
        qs.train(small, {"network.units": 16}, out=trained.folder, resume=True, progress=False)
    # Of the same experiment it is finished.
    again = qs.train(small, out=trained.folder, resume=True, progress=False)
    assert same(again.parameters(), trained.parameters())


def test_divergence_is_an_exception_of_its_own(small, tmp_path):
    with pytest.raises(qs.DivergedError, match="diverged"):
        qs.train(
            small,
            {"training.learning_rate": 10, "network.activation": "relu"},
            out=tmp_path / "run",
            progress=False,
        )


def test_two_threads_train_at_once(small, trained):
    found = [None, None]

    def train(k):
        found[k] = qs.train(small, progress=False).parameters()

    threads = [threading.Thread(target=train, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(same(one, trained.parameters()) for one in found)


def test_no_number_depends_on_threads(trained):
    before = qs.threads()
    try:
        found = []
        for number in (1, 3):
            qs.set_threads(number)
            assert qs.threads() == number
            found.append(trained.rest().decoded.values)
        assert np.array_equal(*found)
    finally:
        qs.set_threads(before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_works(trained):
    program = f"""
import os, quiescent as qs
net = qs.open({str(trained.folder)!r})
before = net.rest(trials=5, steps=5).decoded.values
child = os.fork()
if child == 0:
    ok = (net.rest(trials=5, steps=5).decoded.values == before).all()
    os._exit(0 if ok else 1)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], timeout=60, check=False)
    assert done.returncode == 0


def test_importing_is_quick_and_lazy():
    program = (
        "import sys, quiescent; print([m for m in ('xarray', 'pandas', 'torch', 'matplotlib')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_command_is_there(tmp_path):
    done = command("--version")
    assert done.returncode == 0
    assert done.stdout.split() == ["quiescent", qs.__version__]
    done = command("trian")
    assert done.returncode == 2
    assert "train" in done.stderr
