"""Joining the pieces of a document into one tagged PDF. For child processes alone.

Each piece is a complete PDF/UA file of ours. Joined are its pages, structure tree, named destinations and bookmarks;
the first piece gives what is said of the document as a whole: language, title, author, dates. Links between pieces,
which a piece cannot settle, are settled here, and page numbers are drawn.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from impact.core.documents.chapters import numbers, tags
from impact.core.documents.chapters.pieces import ELSEWHERE


def join(
    pieces: Sequence[Mapping[str, Any]], sample: str, target: str, identifier: str, tell: Callable[[int], None]
) -> int:
    """Write the pieces, in order, to ``target``; how many pages there are. The same pieces give the same bytes.

    A piece is ``{"path", "pages", "is_continued", "without_numbers"}``; ``sample`` is the file of the ten pages that show how page
    numbers look, and ``identifier`` goes into the file. ``tell`` is called with how many pages are joined, after each piece
    and while the file is written.
    """
    first, *rest = pieces
    with pikepdf.open(first["path"]) as pdf:
        outline = Outline(pdf)
        total = sum(piece["pages"] for piece in pieces)
        tree = tags.Tree(pdf)
        names = dict(_names(pdf, pdf, 0))
        with pikepdf.open(sample) as sampled:
            printed = numbers.read(sampled)
            writer = numbers.Writer(pdf, printed, total) if printed else None
        fonts: dict[bytes, pikepdf.Object] = {}
        if writer:
            share_font(writer.font, fonts)
        _finish_pages(pdf, 0, first["without_numbers"], writer, fonts)
        for piece in rest:
            with pikepdf.open(piece["path"]) as other:
                start = len(pdf.pages)
                for page in other.pages:  # extend() would warn that names are lost; they are carried below
                    pdf.pages.append(page)
                tree.add(other, start)
                names |= dict(_names(other, pdf, start))
                outline.add(other, is_continued=piece["is_continued"])
                _finish_pages(pdf, start, piece["without_numbers"], writer, fonts)
            tell(len(pdf.pages))
        tree.finish()
        outline.finish()
        pdf.Root.Names = Dictionary(
            Dests=Dictionary(Names=Array([part for name in sorted(names) for part in (String(name), names[name])]))
        )
        _settle_links(pdf, {str(String(name)) for name in names})
        pdf.trailer.ID = Array([String(identifier.encode()), String(b"")])
        pdf.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            progress=lambda _percent: tell(total),
        )
    return total


def _names(source: pikepdf.Pdf, pdf: pikepdf.Pdf, start: int) -> Iterator[tuple[bytes, Array]]:
    """The named destinations of a piece whose pages begin at ``start`` (from 0), as they stand in the joined file."""
    found: Any = source.Root.get("/Names", Dictionary()).get("/Dests", Dictionary()).get("/Names", [])
    places = {page.objgen: start + number for number, page in enumerate(page.obj for page in source.pages)}
    for name, place in zip(found[::2], found[1::2], strict=True):
        page = pdf.pages[places[place[0].objgen]].obj
        yield bytes(name), Array([page, *list(place)[1:]])


def _finish_pages(
    pdf: pikepdf.Pdf, start: int, unnumbered: int, writer: "numbers.Writer | None", fonts: dict[bytes, pikepdf.Object]
) -> None:
    """Number the pages from ``start`` on, the newest piece, and share its fonts with the pieces before it."""
    for number, page in enumerate(pdf.pages[start:], start=start + 1):
        resources = page.obj.Resources
        if number == start + 1:
            for font in dict(resources.get("/Font", Dictionary())).values():
                share_font(font, fonts)
        if writer and number > start + unnumbered:
            writer.write(page, number)


def share_font(font: pikepdf.Object, fonts: dict[bytes, pikepdf.Object]) -> None:
    """Replace the file of a font that ``fonts`` has already by the copy that is there; another one is added."""
    below: Any
    for below in font.get("/DescendantFonts", []):
        descriptor = below.FontDescriptor
        if "/FontFile2" in descriptor:
            key = hashlib.sha256(descriptor.FontFile2.read_raw_bytes()).digest()
            descriptor.FontFile2 = fonts.setdefault(key, descriptor.FontFile2)


def _settle_links(pdf: pikepdf.Pdf, names: set[str]) -> None:
    """Make a link that leaves its piece one inside the document."""
    for page in pdf.pages:
        for annotation in page.obj.get("/Annots", []):
            address = str(annotation.get("/A", Dictionary()).get("/URI", ""))
            if address.startswith(ELSEWHERE):
                name = address.removeprefix(ELSEWHERE)
                if name not in names:
                    raise RuntimeError(f"A link leads to {name!r}, which no piece holds")
                del annotation.A
                annotation.Dest = annotation.Contents = String(name)


class Outline:
    """The bookmarks: those of each piece, in order; a piece that goes on with a chapter puts its own under that one's."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._top: list[pikepdf.Object] = []
        self._below: dict[int, list[pikepdf.Object]] = {}
        self.add(pdf, is_continued=False)

    def add(self, source: pikepdf.Pdf, *, is_continued: bool) -> None:
        root = source.Root.get("/Outlines")
        if root is None:
            return
        mine = root if source is self._pdf else self._pdf.copy_foreign(root)
        found = list(_siblings(mine))
        if is_continued and self._top:
            self._below.setdefault(len(self._top) - 1, []).extend(found)
        else:
            self._top += found

    def finish(self) -> None:
        """Hang all bookmarks into one tree."""
        if not self._top:
            return
        for place, more in self._below.items():
            above = self._top[place]
            _hang(above, [*_siblings(above), *more])
        root = self._pdf.make_indirect(Dictionary(Type=Name.Outlines))
        _hang(root, self._top)
        self._pdf.Root.Outlines = root


def _siblings(above: pikepdf.Object) -> Iterator[pikepdf.Object]:
    item = above.get("/First")
    while item is not None:
        yield item
        item = item.get("/Next")


def _hang(above: pikepdf.Object, items: list[pikepdf.Object]) -> None:
    """Make ``items`` the children of ``above``, which is open."""
    for item, before, after in zip(items, [None, *items], [*items[1:], None], strict=False):
        item.Parent = above
        for key, other in (("/Prev", before), ("/Next", after)):
            if other is not None:
                item[key] = other
            elif key in item:
                del item[key]
    above.First, above.Last = items[0], items[-1]
    above.Count = len(items) + sum(max(0, int(item.get("/Count", 0))) for item in items)
