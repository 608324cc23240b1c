"""The documentation's code runs as it stands."""

import re
from pathlib import Path

import numpy as np
import pytest

import quiescent as qs

ROOT = Path(__file__).resolve().parents[2]


def blocks(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_first_steps(tmp_path, monkeypatch, capsys):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    first_steps, _ = blocks("docs/python.md")
    exec(compile(first_steps, "docs/python.md", "exec"), {})
    said = capsys.readouterr().out
    assert "KL(quiescent ‖ active)" in said
    assert "It has learned" in said
    assert qs.open("runs/a").batch > 0


def test_your_own_recordings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, recordings = blocks("docs/python.md")
    found = {}
    exec(compile(recordings, "docs/python.md", "exec"), found)
    assert qs.open("runs/rat").experiment.recording == found["recording"]
    # Windows of the path, about the middle of the arena.
    truth = found["wake"].truth.values.reshape(-1, 2) + np.array([0.5, 0.4])
    path = found["position"]
    nearest = np.min(np.linalg.norm(truth[::50, None] - path, axis=-1), axis=1)
    assert nearest.max() < 0.02


def test_every_public_name_is_documented():
    text = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    undocumented = [name for name in qs.__all__ if not (getattr(qs, name).__doc__ or "").strip()]
    assert undocumented == []
    unnamed = [name for name in qs.__all__ if not re.search(rf"\b{name}\b", text)]
    assert unnamed == []
