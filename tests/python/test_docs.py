"""The documentation's code runs as it stands."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from reference_configs import write_all

import quiescent as qs

ROOT = Path(__file__).resolve().parents[2]


def blocks(page, of=""):
    """Return the programs of a page in which a text occurs."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    return [block for block in found if of in block]


def test_first_steps(tmp_path, monkeypatch, capsys):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    [first_steps] = blocks("docs/python.md", "qs.experiments()")
    exec(compile(first_steps, "docs/python.md", "exec"), {})
    said = capsys.readouterr().out
    assert "KL(quiescent ‖ active)" in said
    assert "It has learned" in said
    assert qs.open("runs/a").batch > 0


def test_tensorboard_and_the_authors_configurations(tmp_path, monkeypatch, capsys):
    pytest.importorskip("omegaconf")
    pytest.importorskip("tensorboardX")
    monkeypatch.chdir(tmp_path)
    write_all(tmp_path / "configs/train")
    programs = [
        *blocks("docs/python.md", "qs.tensorboard"),
        *blocks("docs/python.md", "qs.reference"),
    ]
    assert len(programs) == 2
    for code in programs:
        exec(compile(code, "docs/python.md", "exec"), {"qs": qs})
    assert list((tmp_path / "tensorboard/b").glob("events.out.tfevents.*"))
    assert "Quiescent phase: their training files do not describe it" in capsys.readouterr().out


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    monkeypatch.delitem(sys.modules, "quiescent.tensorboard", raising=False)
    monkeypatch.delattr(qs, "tensorboard", raising=False)
    with pytest.raises(
        ModuleNotFoundError, match=r"needs tensorboardX.*'quiescent\[tensorboard\]'"
    ):
        _ = qs.tensorboard


def test_your_own_recordings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [recordings] = blocks("docs/python.md", "qs.Recording")
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


def test_the_reference_has_every_public_name():
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    listed = re.findall(r"auto(?:class|function|module):: (?:quiescent\.)?(\w+)", text)
    of_module = [name for name in qs.__all__ if name in qs.errors.__all__]
    assert "errors" in listed
    assert sorted(set(qs.__all__) - set(listed) - set(of_module)) == []
