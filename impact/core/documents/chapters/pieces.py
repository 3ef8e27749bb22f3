"""The pieces of a long document, each drawn on its own, and what is left open until they are joined.

A piece is a whole HTML document, so that it can be drawn in a process of its own and kept for the next build. What it
cannot know is where it stands: page numbers are drawn when the pieces are joined, and links to other pieces are
settled then.
"""

import hashlib
import html
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

CUT = "<!--cut-->"  # in a chapter's HTML, outside any element: what follows starts on a page of its own
ELSEWHERE = "elsewhere:"  # how a piece links to an anchor in another piece
_LINK = re.compile(r'<a (?P<before>[^>]*?)href="#(?P<anchor>[^"]+)"')
_ID = re.compile(r'\sid="([^"]+)"')
_ASSET = re.compile(r"asset:([\w.-]+)")


@dataclass(frozen=True)
class Piece:
    """A part of a document that starts on a page of its own."""

    name: str  # unique in the document: letters, digits and hyphens
    label: str  # what people see while it is drawn: "Networks and what they said"
    html: str
    is_continued: bool = False  # goes on with the chapter of the piece before: its headings belong under that one's
    without_numbers: int = 0  # that many of its first pages carry no page number, such as a cover
    lists_pages: bool = False  # prints the pages of others, so it is drawn last; its links get ``data-page``
    pages_guessed: int = 0  # of one that lists pages: how many it will have, for the first try at the others' numbers

    @property
    def anchors(self) -> set[str]:
        """The anchors in it to which links can lead."""
        return {html.unescape(found) for found in _ID.findall(self.html)}


@dataclass(frozen=True)
class Whole:
    """A document in pieces, with all that drawing and joining need."""

    pieces: Sequence[Piece]
    assets: Mapping[str, bytes]
    identifier: str  # goes into the file, so that the same input gives the same bytes
    sample: str = ""  # HTML of ten pages that show nothing but their number: its place and type are read off there


def cut(chapter: str) -> list[str]:
    """A chapter's HTML at its cuts; the parts after the first each start on a page of their own."""
    return chapter.split(CUT)


def with_links_elsewhere(piece: Piece, anchors: Set[str], pages: Mapping[str, int] | None = None) -> Piece:
    """``piece`` with links to other pieces' ``anchors`` marked as such.

    A piece that lists pages also says the page of each, from ``pages``, as ``data-page``. A link to what is nowhere
    stays as it is, and WeasyPrint makes it plain text.
    """
    own = piece.anchors

    def link(found: re.Match[str]) -> str:
        anchor = html.unescape(found["anchor"])
        page = f'data-page="{pages[anchor]}" ' if pages and anchor in pages else ""
        is_elsewhere = anchor in anchors and anchor not in own
        return f'<a {found["before"]}{page}href="{ELSEWHERE if is_elsewhere else "#"}{found["anchor"]}"'

    return replace(piece, html=_LINK.sub(link, piece.html))


def assets_of(source: str, assets: Mapping[str, bytes]) -> dict[str, bytes]:
    """The assets that HTML asks for, and those that a style sheet among them asks for."""
    wanted, queue = set(), set(_ASSET.findall(source))
    while queue:
        name = queue.pop()
        if name in wanted or name not in assets:
            continue
        wanted.add(name)
        if name.endswith(".css"):
            queue |= set(_ASSET.findall(assets[name].decode()))
    return {name: assets[name] for name in sorted(wanted)}


def key_of(piece: Piece, assets: Mapping[str, bytes], engine: str) -> str:
    """What a piece looks like depends on nothing but this: its HTML, its assets and what draws it."""
    digest = hashlib.sha256(f"{engine}\n{piece.name}\n{len(piece.html)}\n{piece.html}".encode())
    for name, data in sorted(assets.items()):
        digest.update(f"\n{name} {hashlib.sha256(data).hexdigest()}".encode())
    return digest.hexdigest()
