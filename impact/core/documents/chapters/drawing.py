"""Drawing a long document in pieces: two children at a time, pieces kept for the next build, and joined at the end.

A piece that was drawn before from the same HTML, assets and renderer is taken from the storage. So after a change in one
chapter only that chapter is drawn, with the pages that say on which page each chapter stands.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage

from impact.core.documents import drawing, warm
from impact.core.documents.chapters.pieces import Piece, Whole, assets_of, key_of, with_links_elsewhere
from impact.core.jobs import queue
from impact.core.web.files import store

log = structlog.get_logger(__name__)

FOLDER = "drawn-pieces"  # in the storage: no row names them, and none is missed
KEPT_HOURS = 30 * 24  # since a piece was last used
MEMORY_MB = drawing.MEMORY_MB // 2  # of each of two children
JOINING_MB = 0.5  # more for each page that is joined, which takes 0.4; nothing else is drawn meanwhile
SAMPLE = Piece("page-numbers", "Page numbers", "")
MOST_ROUNDS = 4


@dataclass(frozen=True)
class Done:
    """A piece that is drawn: its file, its pages, and on which of them (from 1) each anchor stands."""

    path: Path
    pages: int
    anchors: Mapping[str, int]


class _Bench:
    """One attempt's work: the folder, the pieces drawn so far, and how far it is."""

    def __init__(self, claim: queue.Claim, folder: Path, storage: Storage, whole: Whole) -> None:
        self.claim, self.folder, self.storage, self.whole = claim, folder, storage, whole
        self.found: dict[str, Done] = {}
        self.keys: dict[str, str] = {}
        self.drawn: list[str] = []
        self.labels = {piece.name: piece.label for piece in whole.pieces} | {SAMPLE.name: SAMPLE.label}
        self.chapters = {piece.label for piece in whole.pieces if not piece.lists_pages}
        self.weights = {piece.name: len(piece.html) for piece in whole.pieces}
        self.furthest = 5

    def get(self, wanted: Sequence[Piece]) -> None:
        """Have each of these pieces, from the storage or drawn now."""
        orders = []
        for piece in wanted:
            assets = assets_of(piece.html, self.whole.assets)
            key = key_of(piece, assets, engine())
            if self.keys.get(piece.name) == key:
                continue
            self.keys[piece.name] = key
            kept = _from_storage(self.storage, key, self.folder / f"{piece.name}.pdf")
            if kept:
                self.found[piece.name] = kept
                continue
            target = self.folder / f"{piece.name}.pdf"
            words = drawing.drawing_of(piece.html, assets, identifier=key, target=target)
            orders.append(drawing.Order(piece.name, {**words, "piece": piece.name}, MEMORY_MB))
        orders.sort(key=lambda order: -self.weights.get(order.name, 0))  # the longest first, so that both end together
        if orders:
            at_once = settings.DRAWING_PROCESSES
            drawing.follow(orders, self.folder, tell=self.tell, at_once=at_once, done=self.keep)

    def keep(self, order: drawing.Order, answer: Mapping[str, Any]) -> None:
        """Note a piece that was drawn, and store it."""
        done = Done(Path(order.words["target"]), answer["pages"], answer["anchors"])
        self.found[order.name] = done
        self.drawn.append(order.name)
        _into_storage(self.storage, self.keys[order.name], done)

    def tell(self, running: Sequence[drawing.Running]) -> None:
        """Say how far the work is: by chapters, and the page in the one at work."""
        whole = sum(self.weights.values()) or 1
        ready = sum(weight for name, weight in self.weights.items() if name in self.found)
        self.furthest = max(self.furthest, 5 + int(80 * ready / whole))
        waiting = {self.labels[name] for name in self.weights if name not in self.found} & self.chapters
        finished = len(self.chapters) - len(waiting)
        words = f"{finished} of {len(self.chapters)} chapters ready"
        if running:
            one = running[0]
            words += f". Drawing {self.labels[one.order.name]}"
            if one.last.get("step") == "layout":
                words += f", page {one.last['page']}"
        self.claim.progress(self.furthest, words[:120])


def draw(claim: queue.Claim, compose: Callable[[], Whole], folder: Path, storage: Storage) -> drawing.Drawn:
    """Draw what ``compose`` gives, piece by piece, and join it; the same input gives the same bytes, kept pieces or not."""
    claim.progress(2, "Gathering text and figures")
    warm.start()
    whole = compose()
    bench = _Bench(claim, folder, storage, whole)
    bench.tell([])
    anchors = {anchor for piece in whole.pieces for anchor in piece.anchors}
    sample = Piece(SAMPLE.name, SAMPLE.label, whole.sample)
    bench.get([sample, *(with_links_elsewhere(piece, anchors) for piece in whole.pieces if not piece.lists_pages)])
    _draw_lists_of_pages(bench, anchors)
    claim.progress(88, "Joining the chapters")
    target = folder / "joined.pdf"
    words = {
        "pieces": [
            {
                "path": str(bench.found[piece.name].path),
                "pages": bench.found[piece.name].pages,
                "is_continued": piece.is_continued,
                "without_numbers": piece.without_numbers,
            }
            for piece in whole.pieces
        ],
        "sample": str(bench.found[SAMPLE.name].path),
        "target": str(target),
        "identifier": whole.identifier,
    }
    pages = sum(done.pages for done in bench.found.values())
    order = drawing.Order("joined", words, drawing.MEMORY_MB + int(JOINING_MB * pages))
    answer = drawing.follow([order], folder, tell=lambda _: claim.progress(90, "Joining the chapters"))["joined"]
    if bench.drawn:
        tidy(storage)
    return drawing.finished(target, answer["pages"])


def _draw_lists_of_pages(bench: _Bench, anchors: set[str]) -> None:
    """Draw the pieces that print where others stand, again where their own length moves the others."""
    pieces = bench.whole.pieces
    lists = [piece for piece in pieces if piece.lists_pages]
    guessed = {piece.name: piece.pages_guessed or piece.without_numbers + 1 for piece in lists}
    for _round in range(MOST_ROUNDS):
        pages: dict[str, int] = {}
        start = 0
        for piece in pieces:
            done = bench.found.get(piece.name)
            if done:
                pages |= {anchor: start + page for anchor, page in done.anchors.items()}
            start += guessed[piece.name] if piece.name in guessed else bench.found[piece.name].pages
        bench.get([with_links_elsewhere(piece, anchors, pages) for piece in lists])
        found = {piece.name: bench.found[piece.name].pages for piece in lists}
        if found == guessed:
            return
        guessed = found
    raise RuntimeError("The contents never come to the same length twice")


# --- Pieces in the storage -----------------------------------------------------------------------
def engine() -> str:
    """What draws a piece beside its own HTML and assets: the library, and our code around it."""
    here = Path(__file__).parent.parent
    code = b"".join((here / name).read_bytes() for name in ("pdf.py", "chapters/pieces.py"))
    return f"{version('weasyprint')}-{sha256(code).hexdigest()[:12]}"


def _name_of(key: str) -> str:
    return f"{FOLDER}/{key}"


def _from_storage(storage: Storage, key: str, path: Path) -> Done | None:
    """A piece that was kept, if it is there whole. Without a storage it is drawn again."""
    try:
        with storage.open(_name_of(key), "rb") as file:
            head, _, data = file.read().partition(b"\n")
        said = json.loads(head)
        if said["sha256"] != sha256(data).hexdigest():
            return None
        path.write_bytes(data)
        if isinstance(storage, FileSystemStorage):  # another kind goes by when the piece was drawn
            os.utime(storage.path(_name_of(key)))
        return Done(path, said["pages"], said["anchors"])
    except FileNotFoundError:
        return None
    except Exception as error:
        if store.is_disk_full(error):
            raise
        log.warning("piece.not_read", error=type(error).__name__)
        return None


def _into_storage(storage: Storage, key: str, done: Done) -> None:
    data = done.path.read_bytes()
    said = {"sha256": sha256(data).hexdigest(), "pages": done.pages, "anchors": done.anchors}
    whole = json.dumps(said, sort_keys=True).encode() + b"\n" + data
    try:
        store.keep(storage, whole, name=_name_of(key), sha256=sha256(whole).hexdigest(), size=len(whole))
    except Exception as error:  # noqa: BLE001  as above; where there is no room, the document itself will say so
        log.warning("piece.not_kept", error=type(error).__name__)


def tidy(storage: Storage) -> None:
    """Delete pieces that no build has used for a month: words that were changed or withdrawn do not stay."""
    try:
        for name in store.all_files(storage, FOLDER):
            if store.age_of(storage, name) > KEPT_HOURS:
                storage.delete(name)
    except Exception as error:  # noqa: BLE001  the next build tries again
        log.warning("pieces.not_tidied", error=type(error).__name__)
