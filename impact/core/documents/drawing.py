"""Render HTML to PDF for any app: a child process renders, this one keeps the job's lease and the file.

The child has limits of memory, processor time and silence. It dies with its worker; an attempt whose lease was lost
stops, and what it made is never recorded. A file is named by its contents, so the same file twice is the same file.
"""

import base64
import contextlib
import hashlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage

from impact.core.documents import render
from impact.core.jobs import queue
from impact.core.web.files import store

MEMORY_MB = 1536
CPU_SECONDS = 240
WALL_SECONDS = 420
STALL_SECONDS = 90  # without output from the child
RENEW_SECONDS = 2.0
PAGES_GUESSED = 20
# No secret is passed on: the child needs neither the database nor the broker.
PASSED_ON = ("PATH", "HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

Compose = Callable[[], tuple[str, dict[str, bytes]]]


@dataclass(frozen=True)
class Drawn:
    """What the child made."""

    path: Path
    sha256: str
    size: int
    pages: int


# --- The child process ---------------------------------------------------------------------------
@contextlib.contextmanager
def work_folder(claim: queue.Claim) -> Iterator[Path]:
    """A folder for one attempt. What an earlier, killed attempt at the same job left behind goes first."""
    prefix = f"impact-pdf-{claim.job_id}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if int(left.name.removeprefix(prefix).split("-")[0]) < claim.attempt:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{claim.attempt}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def draw(
    claim: queue.Claim,
    compose: Compose,
    folder: Path,
    *,
    identifier: str,
    guess: int = PAGES_GUESSED,
    sheets: Sequence[tuple[Path, int]] = (),
) -> Drawn:
    """Have a child process draw what ``compose`` gives: HTML, and the assets that it names.

    The lease is renewed while the child moves; its failures become reasons. ``identifier`` goes into the file, so
    that the same input gives the same bytes; ``guess`` is how many pages there may be, for the progress people see.
    ``sheets`` are pages of other PDFs (file, page), drawn where the placeholders stand (impact.core.documents.joining).
    """
    claim.progress(2, "Gathering text and figures")
    child = _start(folder)
    try:
        html, assets = compose()  # while the child imports
        target = folder / "drawn.pdf"
        _write_order(folder, html, assets, identifier=identifier, target=target, sheets=sheets)
        answer = _follow(claim, child, guess)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
    data = target.read_bytes()
    return Drawn(target, hashlib.sha256(data).hexdigest(), len(data), answer["pages"])


def environment(folder: Path) -> dict[str, str]:
    """The environment variables of a child process."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",  # the same bytes from any process
        "PYTHONDONTWRITEBYTECODE": "1",  # on a full disk Python leaves part of a .pyc, which stops every later start
        "TMPDIR": str(folder),
    }


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "impact.core.documents.render",
            str(folder / "order.json"),
            str(os.getpid()),
            str(MEMORY_MB),
            str(CPU_SECONDS),
        ],
        cwd=settings.BASE_DIR,
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _write_order(
    folder: Path,
    html: str,
    assets: dict[str, bytes],
    *,
    identifier: str,
    target: Path,
    sheets: Sequence[tuple[Path, int]],
) -> None:
    order = {
        "html": html,
        "assets": {name: base64.b64encode(data).decode() for name, data in assets.items()},
        "identifier": identifier,
        "target": str(target),
        "sheets": [(str(path), page) for path, page in sheets],
    }
    (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")


def _follow(claim: queue.Claim, child: "subprocess.Popen[bytes]", guess: int) -> dict[str, Any]:
    """Read what the child says until it ends, passing its progress on; its last line when it succeeded."""
    assert child.stdin and child.stdout  # noqa: S101  both are pipes
    with contextlib.suppress(BrokenPipeError):  # a child that ended early says why below
        child.stdin.write(b"\n")
        child.stdin.flush()
    began = heard = told = time.monotonic()
    last: dict[str, Any] = {}
    rest, furthest = b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            now = time.monotonic()
            if selector.select(timeout=0.5):
                data = os.read(child.stdout.fileno(), 65536)
                if not data:
                    break
                heard = now
                *lines, rest = (rest + data).split(b"\n")
                if lines:
                    last = json.loads(lines[-1])
            if now - began > WALL_SECONDS or now - heard > STALL_SECONDS:
                raise queue.TryAgain("The build took too long and was stopped. The machine may be very busy.")
            if now - told >= RENEW_SECONDS or last.get("step") == "write":
                told = now
                percent, step = _where(last, guess)
                furthest = max(furthest, percent)  # contents are set twice, once their page numbers are known
                claim.progress(furthest, step)
    code = child.wait()
    if code == 0 and "pages" in last:
        return last
    raise _failure(code, last)


def _where(last: dict[str, Any], guess: int) -> tuple[int, str]:
    """How far the child is, in percent and words. Pages come in order; how many there will be is a guess."""
    if last.get("step") == "layout":
        page = last["page"]
        return 10 + int(70 * min(1.0, page / max(guess, page + 1))), f"Laying out page {page}"
    if last.get("step") == "write" or "pages" in last:
        return 85, "Writing the file"
    return 8, "Getting ready to lay out the pages"


def _failure(code: int, last: dict[str, Any]) -> Exception:
    """Why the child ended without a file, in words for a person."""
    if "problem" in last:
        return queue.JobRefused(last["problem"])
    if code == render.NO_ROOM:
        return queue.no_room()
    if code == render.OUT_OF_MEMORY:
        return queue.JobRefused(
            f"The document needed more than {MEMORY_MB} MB of memory. Shorten its longest part, or raise the limit."
        )
    if code == -signal.SIGXCPU:
        return queue.JobRefused(
            f"The document needed more than {CPU_SECONDS} seconds of computing. Shorten its longest part."
        )
    if code < 0:
        return queue.TryAgain("The machine stopped the build part-way. It may be short of memory.")
    return queue.TryAgain("The document could not be created. The details are in the worker's log.")


# --- The file ------------------------------------------------------------------------------------
def keep(storage: Storage, drawn: Drawn, *, under: str) -> str:
    """Put the file into the storage under its own hash, so that a crash leaves the whole file or none; its name there."""
    name = f"{under}/{drawn.sha256}.pdf"
    return store.keep(storage, drawn.path, name=name, sha256=drawn.sha256, size=drawn.size)
