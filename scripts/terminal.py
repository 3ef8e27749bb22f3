"""Terminal output of ./run and ./test: one line for each step, and a clear message instead of a traceback."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Problem(Exception):
    """Something a person must know or do. Its text is all they see, so it says what to do next."""


class Step:
    """One line on the terminal: what is being done and, while it lasts, for how long."""

    def __init__(self, label: str) -> None:
        self.began = time.monotonic()
        self.label = label
        self.shown = -1
        self.note = ""  # replaces "ok" at the end
        print(f"  {label} ... ", end="", flush=True)

    @property
    def seconds(self) -> float:
        """How long the step has taken so far."""
        return time.monotonic() - self.began

    def tick(self) -> None:
        """Show the passing seconds, on a terminal only."""
        whole = int(self.seconds)
        if whole > max(self.shown, 1) and sys.stdout.isatty():
            self.shown = whole
            print(f"\r  {self.label} ... {whole} s", end="", flush=True)

    def end(self, word: str) -> None:
        """Finish the line."""
        took = f" ({self.seconds:.1f} s)" if self.seconds >= 0.95 else ""
        if sys.stdout.isatty():
            print(f"\r\033[K  {self.label} ... {word}{took}", flush=True)
        else:
            print(f"{word}{took}", flush=True)


@contextmanager
def step(label: str) -> Iterator[Step]:
    """Say what is being done, and whether it worked."""
    line = Step(label)
    try:
        yield line
    except BaseException as error:
        line.end("FAILED" if isinstance(error, Problem) else "stopped")
        raise
    line.end(line.note or "ok")


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log, indented, for a message; in the set-up's log, those of the last command."""
    try:
        text = path.read_bytes()[-20_000:].decode(errors="replace").rpartition("\n$ ")[2]
    except OSError:
        return "    (no log)"
    return "\n".join(f"    {line[:900]}" for line in text.strip().splitlines()[-lines:]) or "    (the log is empty)"
