"""Many runs: sweeps and tables of them."""

import json
import os
import signal
import threading
import time

import pytest

import quiescent as qs

SMALL = {"network.units": 16, "training.batches": 20, "rest.trials": 10, "rest.steps": 20}


def test_a_sweep_becomes_a_table(tmp_path):
    values = {**SMALL, "seed": range(2), "network.noise.sigma": [0.3, 0.7]}
    qs.sweep("demo/head_direction/noisy_unbiased", values, out=tmp_path / "s", progress=False)
    table = qs.collect(tmp_path / "s")
    assert table["seed"].nunique() == 2
    assert table["network.noise.sigma"].nunique() == 2
    assert {"measurement", "value"} <= set(table.columns)


def test_mistakes_of_a_sweep_are_exceptions(tmp_path):
    with pytest.raises(qs.ExperimentError, match=r"network\.unit"):
        qs.sweep("demo/head_direction/noisy_unbiased", {"network.unit": [1, 2]}, out=tmp_path / "s")
    with pytest.raises(qs.QuiescentError):
        qs.collect(tmp_path / "nothing")


def test_ctrl_c_saves_what_a_sweep_trains(tmp_path):
    out = tmp_path / "s"

    def press():
        deadline = time.monotonic() + 60
        while not list(out.rglob("metrics.jsonl")) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    values = {**SMALL, "training.batches": 1_000_000, "seed": [0, 1]}
    with pytest.raises(KeyboardInterrupt):
        qs.sweep("demo/head_direction/noisy_unbiased", values, out=out, progress=False)
    thread.join()
    records = [json.loads(path.read_text(encoding="utf-8")) for path in out.rglob("run.json")]
    assert "interrupted" in {record["status"] for record in records}
    assert "running" not in {record["status"] for record in records}
