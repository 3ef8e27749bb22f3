"""Rebuild the two static fonts of the annual report from the variable web fonts. For maintainers; the results are committed.

WeasyPrint can use a variable font, but unpacks and instantiates it anew for every file; a plain TrueType file of each
weight, with Latin and extended Latin in one, saves about 0.1 s a build and needs no second typeface for Welsh.

    .venv/bin/python scripts/build_report_fonts.py
"""

import io
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FONTS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fonts"
NAME = "atkinson-hyperlegible-next"


def static(subset: str, weight: int) -> io.BytesIO:
    """One weight of one subset, as TrueType."""
    font = TTFont(FONTS / f"{NAME}-{subset}-wght-normal.woff2", recalcTimestamp=False)
    font.flavor = None
    font = instantiateVariableFont(font, {"wght": weight}, static=True)
    file = io.BytesIO()
    font.save(file)
    file.seek(0)
    return file


for weight in (400, 700):
    merged = Merger().merge([static("latin", weight), static("latin-ext", weight)])
    merged["head"].created = merged["head"].modified = 3_786_912_000  # so that a rebuild gives the same bytes
    merged["OS/2"].usWeightClass = weight
    merged.recalcTimestamp = False
    merged.save(FONTS / f"{NAME}-{weight}.ttf")
    print(f"{NAME}-{weight}.ttf: {len(merged.getBestCmap())} characters")
