"""HTML to PDF: the only file that knows WeasyPrint. Imported by the short-lived child process alone (render.py).

What comes in is our own HTML and a fixed set of named assets; nothing else can be fetched, from the disk or the
network. What comes out is tagged PDF/UA-1 whose bytes depend on the input only.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pydyf
from weasyprint import HTML, svg
from weasyprint.document import Document, Page
from weasyprint.text.fonts import get_hb_object_data
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

SCHEME = "asset:"
TYPES = {
    "css": "text/css",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "png": "image/png",
    "jpg": "image/jpeg",
}
Tell = Callable[[str, int], None]


class NamedAssets(URLFetcher):
    """Answers ``asset:name`` from a fixed set; everything else stops the build.

    WeasyPrint's own fetcher reads local files and reaches loopback ports, and it passes over what fails. Here an
    address that we did not put there is a mistake or an attack, so the build ends.
    """

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=("asset",))
        self._assets = dict(assets)

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        name = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME) or name not in self._assets:
            raise FatalURLFetchingError(f"The document asked for {url[:120]!r}, which is not one of its own parts.")
        kind = TYPES[name.rsplit(".", 1)[-1]]
        return URLFetcherResponse(url, self._assets[name], {"Content-Type": kind})


class _Pages(logging.Handler):
    """Turns WeasyPrint's progress messages into (step, page)."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.INFO)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage()
        if words.startswith("Step 5") and (page := re.search(r"Page (\d+)$", words)):
            self._tell("layout", int(page[1]))
        elif words.startswith("Step 6"):
            self._tell("write", 0)


@dataclass(frozen=True)
class Pages:
    """What was drawn: how many pages, and on which one (from 1) each anchor stands."""

    pages: int
    anchors: dict[str, int]


def _scope_headers(pdf: pydyf.PDF, prefix: str) -> None:
    """Say of each table header whether it heads its row or its column; WeasyPrint only links cells to headers.

    ``prefix`` makes the headers' names unique among the pieces of one document.
    """
    for thing in pdf.objects:
        if not isinstance(thing, pydyf.Dictionary):
            continue
        if thing.get("S") == "/TH" and "ID" in thing:
            _table, row, column = thing["ID"].string.split("-")
            is_row = column == "0" and row != "0"
            thing["A"]["Scope"] = "/Row" if is_row else "/Column"
            thing["ID"] = pydyf.String(f"{prefix}{thing['ID'].string}")
        elif thing.get("S") == "/TD" and prefix and "Headers" in thing.get("A", {}):
            thing["A"]["Headers"] = pydyf.Array(
                [pydyf.String(f"{prefix}{one.string}") for one in thing["A"]["Headers"]]
            )


def _embed_whole_fonts(document: Document, pdf: pydyf.PDF) -> None:
    """Put the whole of each font into the file, not the glyphs used: so pieces of a document share one copy.

    Glyphs keep their numbers in WeasyPrint's subsets, so what is drawn stays as it is.
    """
    whole = {font.name.decode(): get_hb_object_data(font.hb_face) for font in document.fonts.values()}
    for thing in pdf.objects:
        if isinstance(thing, pydyf.Dictionary) and thing.get("Type") == "/FontDescriptor" and "FontFile2" in thing:
            name = thing["FontName"]
            data = whole[name.decode() if isinstance(name, bytes) else name]
            stream = pdf.objects[int(thing["FontFile2"].split()[0])]
            stream.stream, stream.extra["Length1"] = [data], len(data)
            stream.compress = False  # the one copy is compressed when the pieces are joined


# --- What WeasyPrint does slowly, and we need often --------------------------------------------------
class _InOne(str):
    """A text of a chart that is drawn in one go: WeasyPrint takes it for a text of a single letter."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield self


def _is_in_one(node: Any) -> bool:
    """Whether the letters of a chart's text stand as its typeface sets them, and none has a place of its own."""
    has_own_places = any(re.search(r"[\s,]", node.get(key, "").strip()) for key in ("x", "y", "dx", "dy"))
    return not has_own_places and not any(node.get(key) for key in ("rotate", "letter-spacing", "textLength"))


@lru_cache(maxsize=1)
def make_quick() -> None:
    """Have WeasyPrint draw a chart's text in one go instead of letter by letter, which takes most of a chart's time, and look up
    the pages of a document once, not for each of its tags. Only in a process of ours that draws."""
    by_letter, references = svg.text, pydyf.PDF.page_references.fget

    def text(drawing: svg.SVG, node: Any, font_size: float) -> None:
        if node.text and _is_in_one(node):
            node._etree_node.text = _InOne(node.text)
        by_letter(drawing, node, font_size)

    def page_references(self: pydyf.PDF) -> Any:
        known: tuple[int, Any] | None = self.__dict__.get("known_pages")
        if known is None or known[0] != self.pages["Count"]:
            known = self.__dict__["known_pages"] = (self.pages["Count"], references(self))
        return known[1]

    svg.text = text
    svg.TAGS.update({tag: text for tag, draws in svg.TAGS.items() if draws is by_letter})
    pydyf.PDF.page_references = property(page_references)


def _tell_when_painted(page: Page, number: int, tell: Tell) -> None:
    paint = page.paint

    def told(*given: Any, **more: Any) -> None:
        paint(*given, **more)
        tell("write", number)

    page.paint = told


def render(
    html: str, assets: Mapping[str, bytes], *, identifier: bytes, target: str, tell: Tell, piece: str = ""
) -> Pages:
    """Write the PDF of ``html`` to the file ``target``. Same input, same bytes.

    ``piece`` is the name of the piece when this is one of several that are joined later.
    """
    make_quick()
    logger = logging.getLogger("weasyprint.progress")
    handler = _Pages(tell)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)

    def finish(document: Document, pdf: pydyf.PDF) -> None:
        _scope_headers(pdf, f"{piece}-" if piece else "")
        if piece:
            _embed_whole_fonts(document, pdf)

    try:
        page = HTML(string=html, base_url="asset:", url_fetcher=NamedAssets(assets))
        document = page.render(pdf_variant="pdf/ua-1")
        for number, one in enumerate(document.pages, start=1):
            _tell_when_painted(one, number, tell)
        # A piece needs none, and to make one WeasyPrint would write the whole file twice.
        name = None if piece else identifier
        document.write_pdf(target, finisher=finish, pdf_identifier=name, pdf_variant="pdf/ua-1")
    finally:
        logger.removeHandler(handler)
    anchors = {name: number for number, one in enumerate(document.pages, start=1) for name in one.anchors}
    return Pages(len(document.pages), anchors)
