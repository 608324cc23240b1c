"""The command `quiescent`: the same program as the one built by cargo, in this process."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from quiescent import _native


def main() -> int:
    """Run the command line of this process and return its exit code."""
    # What jobs on a cluster run: the installed command, not this interpreter.
    beside = shutil.which("quiescent", path=str(Path(sys.executable).parent))
    program = beside or shutil.which("quiescent")
    return _native.command(["quiescent", *sys.argv[1:]], program)


if __name__ == "__main__":
    sys.exit(main())
