"""Progress of long work, in terminals, notebooks and logs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

__all__ = ["Progress", "follow"]

#: What a callback is told: a dictionary with the key `event`.
Event = dict[str, Any]
WIDTH = 24


def follow(progress: bool, callback: Callable[[Event], object] | None) -> Callable[[Event], None]:
    """Return what is told every event: a line of progress, then a callback."""
    shown = Progress() if progress else None

    def on_event(event: Event) -> None:
        if shown is not None:
            shown(event)
        if callback is not None:
            callback(event)

    return on_event


def _is_notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and type(shell.get_ipython()).__name__ == "ZMQInteractiveShell"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class Progress:
    """A line that is written over in terminals and notebooks; elsewhere a line for each test."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty() or _is_notebook()
        self._began = time.monotonic()
        self._first = 0
        self._batches = 0
        self._unit = ""
        self._tested = ""
        self._written = 0

    def __call__(self, event: Event) -> None:
        """Show an event."""
        kind = event["event"]
        if kind == "training":
            self._began, self._first = time.monotonic(), event["batch"]
            self._batches, self._unit = event["batches"], event["decode_error_unit"]
        elif kind in ("batch", "logged"):
            self._batch(event)
        elif kind == "simulating":
            self._write(f"simulating the {event['phase']} phase", last=True)
        elif kind == "recording":
            self._write(event["report"], last=True)
        elif kind == "measuring":
            self._write("measuring", last=True)
        elif kind == "examining" and self._live:
            self._write(f"examining: {100 * event['done']:.0f} %", last=event["done"] >= 1)

    def _batch(self, event: Event) -> None:
        batch, tested = event["batch"], event.get("test_loss") is not None
        if tested:
            error = event["decode_error"]
            self._tested = f", test loss {event['test_loss']:.3e}, error {error:.3g} {self._unit}"
        last = batch >= self._batches and event["event"] == "logged"
        if not (self._live or tested or last):
            return
        seconds = time.monotonic() - self._began
        rate = (batch - self._first) / seconds if seconds > 0 else 0.0
        left = (self._batches - batch) / rate if rate > 0 else 0.0
        done = round(WIDTH * batch / max(self._batches, 1))
        bar = "█" * done + "·" * (WIDTH - done)
        line = f"{bar} {batch}/{self._batches} batches{self._tested}, {rate:.0f}/s"
        self._write(f"{line}, {_duration(left)} left" if not last else line, last=last)

    def _write(self, line: str, *, last: bool) -> None:
        if self._live:
            # What a longer line left is written over.
            self._stream.write("\r" + line.ljust(self._written) + ("\n" if last else ""))
            self._written = 0 if last else len(line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()
