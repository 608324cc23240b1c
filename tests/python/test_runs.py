"""Many runs: sweeps and tables of them."""

import json
import os
import signal
import threading
import time

import pandas as pd
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
    pure = table[table["measurement"] == "kl_quiescent_from_active"]
    assert set(table["unit"]) >= {"1", "rad"}
    assert not pure["value"].isna().any()


def test_a_table_is_kept_as_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    # Names that look like numbers, and settings that not every network has.
    for name, changes in {
        "01": {"seed": 2**64 - 1},
        "1e5": {"network.input_noise.sigma": 0.1, "network.biases": True},
        "NA": {"training.milestones": [10]},
    }.items():
        qs.train(
            "demo/head_direction/noisy_unbiased",
            {**SMALL, **changes},
            out=tmp_path / "runs" / name,
            progress=False,
        )
    table = qs.collect(tmp_path / "runs")
    table.to_parquet(tmp_path / "table.parquet")
    again = pd.read_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(again, table)
    assert set(again["run"]) == {"01", "1e5", "NA"}
    assert set(again["seed"]) == {0, 2**64 - 1}
    assert again["seed"].dtype == "uint64"
    assert again["network.biases"].dtype == bool
    assert again["value"].dtype == float
    assert set(again["training.milestones"]) == {"[]", "[10]"}
    assert (again["unit"] == "1").any()


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
