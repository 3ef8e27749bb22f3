"""Render HTML to PDF for any app: child processes render, this one keeps the job's lease and the file.

A child has limits of memory, processor time and silence, and none of elapsed time: on a busy machine a long document
takes longer, and its child reports each page. It dies with its worker; an attempt whose lease was lost
stops, and what it made is never recorded. A file is named by its contents, so the same file twice is the same file.
A long document is drawn in pieces (impact.core.documents.chapters), which use ``follow`` too.
"""

import base64
import contextlib
import hashlib
import json
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.core.files.storage import Storage

from impact.core.documents import render, warm
from impact.core.jobs import queue
from impact.core.web.files import store

log = structlog.get_logger(__name__)

MEMORY_MB = 1536
CPU_SECONDS = 240  # of one child; it may take longer by the clock while it reports pages
STALL_SECONDS = 90  # without output from the child, which reports each page
RENEW_SECONDS = 2.0
PAGES_GUESSED = 20

Compose = Callable[[], tuple[str, dict[str, bytes]]]


@dataclass(frozen=True)
class Drawn:
    """What the child made."""

    path: Path
    sha256: str
    size: int
    pages: int


@dataclass(frozen=True)
class Order:
    """One thing for a child to do: ``words`` go into a file that it reads."""

    name: str
    words: Mapping[str, Any]
    memory_mb: int = MEMORY_MB


@dataclass
class Running:
    """A child at work: what it last said, and when."""

    order: Order
    child: warm.Child
    heard: float
    last: dict[str, Any]


# --- The child processes -------------------------------------------------------------------------
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
    warm.start()
    html, assets = compose()  # while the parent imports, if it has just started
    target = folder / "drawn.pdf"
    words = drawing_of(html, assets, identifier=identifier, target=target)
    words["sheets"] = [(str(path), page) for path, page in sheets]
    furthest = 0

    def tell(running: Sequence[Running]) -> None:
        nonlocal furthest
        percent, step = _where(running[0].last, guess) if running else (85, "Writing the file")
        furthest = max(furthest, percent)  # contents are set twice, once their page numbers are known
        claim.progress(furthest, step)

    answer = follow([Order("drawn", words)], folder, tell=tell)["drawn"]
    return finished(target, answer["pages"])


def finished(path: Path, pages: int) -> Drawn:
    """What is known of a file that a child has written."""
    data = path.read_bytes()
    return Drawn(path, hashlib.sha256(data).hexdigest(), len(data), pages)


def drawing_of(html: str, assets: Mapping[str, bytes], *, identifier: str, target: Path) -> dict[str, Any]:
    """The words of an order to draw one HTML document."""
    return {
        "html": html,
        "assets": {name: base64.b64encode(data).decode() for name, data in assets.items()},
        "identifier": identifier,
        "target": str(target),
    }


def follow(
    orders: Sequence[Order],
    folder: Path,
    *,
    tell: Callable[[Sequence[Running]], None],
    at_once: int = 1,
    done: Callable[[Order, dict[str, Any]], None] = lambda order, answer: None,
) -> dict[str, dict[str, Any]]:
    """Have children do ``orders`` in turn, ``at_once`` at a time; their answers by name.

    ``tell`` hears of those at work every few seconds, and renews the lease; ``done`` of each that ended well. The first
    that fails, or whatever these raise, ends all.
    """
    waiting = list(orders)
    running: dict[int, Running] = {}
    answers: dict[str, dict[str, Any]] = {}
    told = time.monotonic()
    try:
        with selectors.DefaultSelector() as selector:
            while waiting or running:
                while waiting and len(running) < at_once:
                    one = _start(waiting.pop(0), folder)
                    running[one.child.pipe] = one
                    selector.register(one.child.pipe, selectors.EVENT_READ)
                is_writing = False
                for key, _events in selector.select(timeout=0.5):
                    one = running[key.fd]
                    one.heard = time.monotonic()
                    for said in one.child.read():
                        one.last = said
                        is_writing = is_writing or (said.get("step"), said.get("page")) == ("write", 0)
                    if one.child.is_ended:
                        selector.unregister(key.fd)
                        del running[key.fd]
                        one.child.close()
                        answers[one.order.name] = _answer(one)
                        done(one.order, one.last)
                now = time.monotonic()
                for one in running.values():
                    if now - one.heard > STALL_SECONDS:
                        raise queue.TryAgain("The build came to a halt and was stopped. The machine may be very busy.")
                if now - told >= RENEW_SECONDS or is_writing:
                    told = now
                    tell(list(running.values()))
    finally:
        for one in running.values():
            one.child.close()
    return answers


def _start(order: Order, folder: Path) -> Running:
    path = folder / f"{order.name}.json"
    _write_order(path, order)
    child = warm.fork({"order": str(path), "memory_mb": order.memory_mb, "cpu_seconds": CPU_SECONDS})
    return Running(order, child, time.monotonic(), {})


def _write_order(path: Path, order: Order) -> None:
    path.write_text(json.dumps(order.words), encoding="utf-8")


def _answer(one: Running) -> dict[str, Any]:
    """What a child that ended answered, if it did what it was asked for."""
    if one.child.code == 0 and "pages" in one.last:
        return one.last
    raise _failure(one.child.code, one.last, one.order.memory_mb)


def _where(last: Mapping[str, Any], guess: int) -> tuple[int, str]:
    """How far the child is, in percent and words. Pages come in order; how many there will be is a guess."""
    if last.get("step") == "layout":
        page = last["page"]
        return 10 + int(70 * min(1.0, page / max(guess, page + 1))), f"Laying out page {page}"
    if last.get("step") == "write" or "pages" in last:
        return 85, "Writing the file"
    return 8, "Getting ready to lay out the pages"


def _failure(code: int | None, last: Mapping[str, Any], memory_mb: int) -> Exception:
    """Why a child ended without a file, in words for a person."""
    if "problem" in last:
        return queue.JobRefused(last["problem"])
    if code == render.NO_ROOM:
        return queue.no_room()
    if code == render.OUT_OF_MEMORY:
        return queue.JobRefused(
            f"The document needed more than {memory_mb} MB of memory. Shorten its longest part, or raise the limit."
        )
    if code == -signal.SIGXCPU:
        return queue.JobRefused(
            f"The document needed more than {CPU_SECONDS} seconds of computing. Shorten its longest part."
        )
    if code is None or code < 0:
        return queue.TryAgain("The machine stopped the build part-way. It may be short of memory.")
    return queue.TryAgain("The document could not be created. The details are in the worker's log.")


# --- The file ------------------------------------------------------------------------------------
def keep(storage: Storage, drawn: Drawn, *, under: str) -> str:
    """Put the file into the storage under its own hash, so that a crash leaves the whole file or none; its name there."""
    name = f"{under}/{drawn.sha256}.pdf"
    try:
        return store.keep(storage, drawn.path, name=name, sha256=drawn.sha256, size=drawn.size)
    except Exception as error:
        if store.is_disk_full(error):
            raise
        log.exception("document.not_kept", error=type(error).__name__)
        raise queue.TryAgain("The file was made but could not be saved: the file storage did not answer.") from error
