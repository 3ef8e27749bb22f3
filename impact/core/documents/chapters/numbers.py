"""Page numbers, drawn when the pieces are joined: where they stand, their type and words are read off a sample.

The sample is ten pages that the same style sheets drew and that show nothing but their number, 1 to 10. From it are
known the glyph of each digit, what stands before and after the number ("Page 3 of 84"), and whether it is set to the
left, to the right or in the middle. For child processes alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

FONT = Name("/PageNumber")
NEAR = 0.6  # pixels by which two places may differ and be the same


@dataclass(frozen=True)
class _Shown:
    """What one page of the sample shows: glyphs, and how the text is set."""

    glyphs: list[bytes]
    x: float
    settings: tuple[tuple[str, tuple[Any, ...]], ...]  # operators: the page's transformation, colour, typeface
    y: float
    font: str
    size: float


@dataclass(frozen=True)
class Printed:
    """How page numbers are printed."""

    one: _Shown
    digits: list[bytes]
    before: list[bytes]
    between: list[bytes] | None  # from the number to the total, when there is one
    after: list[bytes]
    side: float  # which part of the text's width keeps its place: 0 the left end, 1 the right end, 0.5 the middle
    font: pikepdf.Object
    widths: dict[int, float]

    def width(self, glyphs: Sequence[bytes]) -> float:
        """How wide glyphs are, in the sample's pixels."""
        return sum(self.widths.get(int.from_bytes(glyph, "big"), 1000.0) for glyph in glyphs) * self.one.size / 1000

    def glyphs(self, number: int, total: int) -> list[bytes]:
        """The glyphs that say ``number`` of ``total``."""
        shown = [*self.before, *self._said(number)]
        if self.between is not None:
            shown += [*self.between, *self._said(total)]
        return shown + self.after

    def _said(self, number: int) -> list[bytes]:
        return [self.digits[int(digit)] for digit in str(number)]


def read(sample: pikepdf.Pdf) -> Printed | None:
    """How the ten pages of a sample print their numbers; None when they print none."""
    pages = [_shown(page) for page in sample.pages]
    if len(pages) != 10:
        raise RuntimeError(f"The sample of page numbers has {len(pages)} pages, not 10")
    if not any(page.glyphs for page in pages):
        return None
    one, two, ten = pages[0], pages[1], pages[9]
    place = next(n for n, (a, b) in enumerate(zip(one.glyphs, two.glyphs, strict=True)) if a != b)
    digits = [ten.glyphs[place + 1], *(page.glyphs[place] for page in pages[:9])]
    after = one.glyphs[place + 1 :]
    pair = [digits[1], digits[0]]
    total = next((n for n in range(len(after)) if after[n : n + 2] == pair), None)
    font = sample.pages[0].obj.Resources.Font[one.font]
    found = Printed(
        one=one,
        digits=digits,
        before=one.glyphs[:place],
        between=None if total is None else after[:total],
        after=after if total is None else after[total + 2 :],
        side=0,
        font=font,
        widths=_widths(font),
    )
    grown = found.width(ten.glyphs) - found.width(one.glyphs)
    moved = one.x - ten.x
    side = next((side for side in (0.0, 1.0, 0.5) if abs(moved - side * grown) < NEAR), None)
    if side is None:
        raise RuntimeError("The place of page numbers follows no rule that can be continued")
    return replace(found, side=side)


def _shown(page: pikepdf.Page) -> _Shown:
    """The one line of text on a page of the sample."""
    found = _Shown([], 0, (), 0, "", 0)
    moves: list[tuple[str, tuple[Any, ...]]] = []  # what transforms the page, since each q only as long as it holds
    colour: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    saved: list[Any] = []
    font, size, x, y = "", 0.0, 0.0, 0.0
    instructions: Any = pikepdf.parse_content_stream(page)
    for operands, operator in instructions:
        name = str(operator)
        if name == "q":
            saved.append((list(moves), colour))
        elif name == "Q":
            moves, colour = saved.pop()
        elif name == "cm":
            moves.append((name, tuple(operands)))
        elif name in ("rg", "g", "k"):
            colour = ((name, tuple(operands)),)
        elif name == "Tf":
            font, size = str(operands[0]), float(operands[1])
        elif name == "Tm":
            x, y = float(operands[4]), float(operands[5])
        elif name == "TJ":
            text = b"".join(bytes(part) for part in operands[0] if isinstance(part, pikepdf.String))
            glyphs = [text[n : n + 2] for n in range(0, len(text), 2)]
            if found.glyphs and (found.font, found.size, found.y) != (font, size, y):
                raise RuntimeError("Page numbers can be joined in one typeface, size and line only")
            first = found if found.glyphs else _Shown([], x, (*moves, *colour), y, font, size)
            found = replace(first, glyphs=[*found.glyphs, *glyphs])
    return found


def _widths(font: pikepdf.Object) -> dict[int, float]:
    """Each glyph's width in thousandths of the type's size."""
    found: dict[int, float] = {}
    listed = list(font.DescendantFonts[0].W)
    for first, widths in zip(listed[::2], listed[1::2], strict=True):
        found |= {int(first) + n: float(width) for n, width in enumerate(widths)}
    return found


class Writer:
    """Writes page numbers onto the pages of a document, as what a screen reader passes over."""

    def __init__(self, pdf: pikepdf.Pdf, printed: Printed, total: int) -> None:
        self._pdf, self._printed, self._total = pdf, printed, total
        self.font = pdf.copy_foreign(printed.font)
        self._open = pdf.make_stream(b"q\n")

    def write(self, page: pikepdf.Page, number: int) -> None:
        """Draw the number of one page."""
        printed, one = self._printed, self._printed.one
        glyphs = printed.glyphs(number, self._total)
        x = one.x + printed.side * (printed.width(one.glyphs) - printed.width(glyphs))
        set_up = "\n".join(f"{' '.join(_word(operand) for operand in values)} {name}" for name, values in one.settings)
        text = b"".join(glyphs).hex()
        words = (
            "\nQ\n/Artifact <</Type /Pagination /Subtype /Footer>> BDC\nq\n"
            f"{set_up}\nBT\n{FONT} {one.size:g} Tf\n1 0 0 -1 {x:.4f} {one.y:.4f} Tm\n<{text}> Tj\nET\nQ\nEMC\n"
        )
        page.obj.Contents = Array([self._open, page.obj.Contents, self._pdf.make_stream(words.encode())])
        fonts = page.obj.Resources.get("/Font")
        if fonts is None:
            page.obj.Resources.Font = fonts = Dictionary()
        if FONT not in fonts:
            fonts[FONT] = self.font


def _word(operand: Any) -> str:
    return str(operand) if isinstance(operand, Name) else f"{float(operand):.5f}"
