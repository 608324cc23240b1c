"""The documentation's code runs as it stands."""

import re
from pathlib import Path

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
    (code,) = blocks("docs/python.md")
    exec(compile(code, "docs/python.md", "exec"), {})
    said = capsys.readouterr().out
    assert "KL(quiescent ‖ active)" in said
    assert "It has learned" in said
    assert qs.open("runs/a").batch > 0


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
