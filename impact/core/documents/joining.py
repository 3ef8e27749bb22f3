"""Getting papers ready to be joined into a PDF of ours, one child process each, so that a bad one harms no other."""

import hashlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from PIL import Image

from impact.core.documents import drawing, warm
from impact.core.documents.render import NO_ROOM, PLACEHOLDER
from impact.core.jobs import queue

MEMORY_MB = 768
CPU_SECONDS = 20
WALL_SECONDS = 40
MOST_PAGES = 300  # of all papers together
MOST_BYTES = 80 * 1024 * 1024
MOST_WORDS = 120_000  # characters of a text paper: some 50 pages
TYPES = {"application/pdf": "pdf", "image/jpeg": "picture", "image/png": "picture", "text/plain": "text"}
TOO_MUCH = "it takes too much memory or time"


@dataclass(frozen=True)
class Paper:
    """A file to join, as the frozen contents name it."""

    name: str  # in the storage
    sha256: str
    content_type: str


@dataclass(frozen=True)
class Prepared:
    """A paper as it can be joined; ``problem`` says why it cannot. ``kind`` is empty for what is only listed."""

    kind: str = ""
    path: Path | None = None
    pages: list[tuple[float, float]] = field(default_factory=list)  # sizes in points; of a picture in pixels
    text: str = ""
    problem: str = ""

    @property
    def is_joined(self) -> bool:
        return bool(self.kind) and not self.problem


def prepare(claim: queue.Claim, papers: Sequence[Paper | None], storage: Storage, folder: Path) -> list[Prepared]:
    """Get each paper ready, in order; None stays nothing. No paper stops the rest."""
    found: list[Prepared] = []
    pages = size = 0
    for number, paper in enumerate(papers):
        claim.progress(1, f"Reading paper {number + 1} of {len(papers)}")
        kind = TYPES.get(paper.content_type, "") if paper else ""
        ready = _prepare(claim, kind, paper, storage, folder / f"paper-{number}") if paper and kind else Prepared()
        weight = ready.path.stat().st_size if ready.path else 0
        if pages + len(ready.pages) > MOST_PAGES or size + weight > MOST_BYTES:
            ready = Prepared(kind, problem="the pack would become too large")
        else:
            pages, size = pages + len(ready.pages), size + weight
        found.append(ready)
    return found


def _prepare(claim: queue.Claim, kind: str, paper: Paper, storage: Storage, source: Path) -> Prepared:
    try:
        with storage.open(paper.name, "rb") as kept:
            data = kept.read()
    except FileNotFoundError:
        return Prepared(kind, problem="its file is missing")
    if hashlib.sha256(data).hexdigest() != paper.sha256:
        return Prepared(kind, problem="its file is damaged")
    if kind == "text":
        return _text(data)
    source.write_bytes(data)
    return _in_child(claim, kind, source)


def _text(data: bytes) -> Prepared:
    words = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\f", "\n\n")
    words = "".join(sign for sign in words if sign in "\n\t" or sign.isprintable()).strip()
    if len(words) > MOST_WORDS:
        return Prepared("text", problem="it is too long")
    return Prepared("text", text=words) if words else Prepared("text", problem="it is empty")


def _in_child(claim: queue.Claim, kind: str, source: Path) -> Prepared:
    """Have a child process with limits read one file; the lease is renewed meanwhile."""
    target = source.with_suffix(".pdf")
    command = [sys.executable, "-m", "impact.core.documents.join", kind, str(source), str(target)]
    child = subprocess.Popen(
        [*command, str(os.getpid()), str(MEMORY_MB), str(CPU_SECONDS)],
        cwd=settings.BASE_DIR,
        env=warm.environment(source.parent),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    began = time.monotonic()
    try:
        while True:
            try:
                out, _ = child.communicate(timeout=drawing.RENEW_SECONDS)
                break
            except subprocess.TimeoutExpired:
                claim.progress(1, "Reading the papers")
                if time.monotonic() - began > WALL_SECONDS:
                    return Prepared(kind, problem=TOO_MUCH)
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode == NO_ROOM:
        raise queue.no_room()
    if child.returncode != 0 or not out:
        return Prepared(kind, problem=TOO_MUCH)
    answer = json.loads(out.splitlines()[-1])
    if "problem" in answer:
        return Prepared(kind, problem=answer["problem"])
    pages = [(width, height) for width, height in answer["pages"]]
    return Prepared(kind, path=target if kind == "pdf" else source, pages=pages)


def placeholder(number: int) -> bytes:
    """The picture, two pixels wide, in whose place the page of a paper is drawn (impact.core.documents.join)."""
    out = io.BytesIO()
    Image.frombytes("RGB", (2, 1), PLACEHOLDER + number.to_bytes(3, "big")).save(out, "PNG")
    return out.getvalue()
