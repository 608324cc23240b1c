"""The Python of docs/formats.md, run as it stands there."""

import pathlib
import re

FORMATS = pathlib.Path(__file__).resolve().parents[4] / "docs" / "formats.md"


def block(title):
    """The code block that begins with the comment `# title`."""
    blocks = re.findall(r"^```python\n(.*?)^```", FORMATS.read_text(), re.DOTALL | re.MULTILINE)
    found = [code for code in blocks if code.startswith(f"# {title}\n")]
    assert len(found) == 1, f"docs/formats.md has {len(found)} blocks `# {title}`"
    return found[0]


def run(title, names):
    """Runs a block in a namespace."""
    exec(compile(block(title), f"docs/formats.md: {title}", "exec"), names)
