"""Joining other people's PDFs and pictures into ours: the only file that knows pikepdf. For child processes alone.

As a program (``python -m impact.core.documents.join``, started by impact/core/documents/joining.py) it prepares one paper: each page of a PDF
becomes a form XObject, which holds what is drawn and nothing that acts (no scripts, links, attachments or open actions).
It answers with one JSON line: ``{"pages": [[width, height], …]}`` in points, or ``{"problem": "…"}``. A paper that is
hostile ends this process, and nothing else. ``fill`` then puts the prepared pages into the document that WeasyPrint drew.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name

from impact.core.documents import render

MOST_PAGES = 120  # of one paper
MOST_PIXELS = 36_000_000
SIDE = (30.0, 14_400.0)  # points that a page's side may have: from a centimetre to what PDF allows


class CannotJoin(Exception):
    """Why a paper cannot be joined, as the end of a sentence for people."""


# --- Preparing one paper ---------------------------------------------------------------------------
def prepare_pdf(source: Path, target: Path) -> list[list[float]]:
    """Write the pages of a PDF as form XObjects; their sizes as they are looked at."""
    try:
        with pikepdf.open(source, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise CannotJoin("it is protected")
            if len(pdf.pages) > MOST_PAGES:
                raise CannotJoin(f"it has {len(pdf.pages)} pages, and a pack takes at most {MOST_PAGES} from one paper")
            if not len(pdf.pages):
                raise CannotJoin("it has no pages")
            pdf.flatten_annotations("print")  # what was filled into a form stays to be seen
            return _write_forms(pdf, target)
    except pikepdf.PasswordError:
        raise CannotJoin("it is protected with a password") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError):
        raise CannotJoin("it is damaged, or too large to open") from None  # qpdf says both alike


def _write_forms(pdf: pikepdf.Pdf, target: Path) -> list[list[float]]:
    sizes = []
    with pikepdf.new() as out:
        for page in pdf.pages:
            form = out.copy_foreign(page.as_form_xobject())
            _x, _y, width, height = _shown(form)
            if not all(SIDE[0] <= side <= SIDE[1] for side in (width, height)):
                raise CannotJoin("it is damaged")
            sizes.append([width, height])
            out.add_blank_page()
            out.pages[-1].obj.Resources = Dictionary(XObject=Dictionary(P=form))
        out.save(target, deterministic_id=True)
    return sizes


def _shown(form: pikepdf.Object) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of what a form draws, after its own matrix, which turns the page."""
    left, bottom, right, top = (float(number) for number in form.BBox.as_list())
    a, b, c, d, e, f = (float(number) for number in form.get("/Matrix", [1, 0, 0, 1, 0, 0]))
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
    xs, ys = [x for x, _y in corners], [y for _x, y in corners]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def check_picture(source: Path) -> list[list[float]]:
    """The size of a picture that can be unpacked."""
    from PIL import Image

    try:
        with Image.open(source, formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise CannotJoin("it has too many pixels")
            picture.load()
            return [[float(picture.width), float(picture.height)]]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise CannotJoin("it is damaged") from None


KINDS = ("pdf", "picture")


def main() -> int:
    """Prepare one paper; the exit code says what went wrong, if the paper itself did not."""
    kind, source, target = sys.argv[1:4]
    parent, memory_mb, cpu_seconds = (int(word) for word in sys.argv[4:7])
    render.die_with_parent(parent)
    render.limit(memory_mb, cpu_seconds)
    try:
        pages = prepare_pdf(Path(source), Path(target)) if kind == "pdf" else check_picture(Path(source))
    except CannotJoin as problem:
        render.say(problem=str(problem))
        return 0
    except MemoryError:
        return render.OUT_OF_MEMORY
    except OSError as error:
        return render.NO_ROOM if error.errno in render.FULL else 1
    render.say(pages=pages)
    return 0


# --- Filling the document --------------------------------------------------------------------------
def fill(target: str, sheets: Sequence[tuple[str, int]]) -> None:
    """Draw prepared pages where placeholders stand: the nth sheet (file, page) in the place of the nth placeholder."""
    prepared = {path: pikepdf.open(path) for path in {path for path, _page in sheets}}
    try:
        with pikepdf.open(target, allow_overwriting_input=True) as pdf:
            # All of them first: what is copied could hold such a picture too, made to be taken for one of ours.
            places = {number: thing for thing in pdf.objects if (number := _placeholder(thing)) is not None}
            if sorted(places) != list(range(len(sheets))):
                raise RuntimeError(f"{len(sheets)} pages of papers, {len(places)} places for them")
            for number, (path, page) in enumerate(sheets):
                form = pdf.copy_foreign(prepared[path].pages[page].obj.Resources.XObject.P)
                _draw_instead(places[number], form)
            pdf.save(target, deterministic_id=True)
    finally:
        for pdf in prepared.values():
            pdf.close()


def _placeholder(thing: pikepdf.Object) -> int | None:
    """The number of a placeholder picture; None for anything else."""
    if not isinstance(thing, pikepdf.Stream) or thing.get("/Subtype") != Name.Image:
        return None
    if (thing.get("/Width"), thing.get("/Height"), thing.get("/Filter")) != (2, 1, Name.FlateDecode):
        return None
    data = thing.read_bytes()
    return int.from_bytes(data[3:6], "big") if data[:3] == render.PLACEHOLDER and len(data) == 6 else None


def _draw_instead(picture: pikepdf.Object, form: pikepdf.Object) -> None:
    """Turn a picture into a form that draws another one, fitted into the unit square in which pictures are drawn."""
    left, bottom, width, height = _shown(form)
    matrix = (1 / width, 0, 0, 1 / height, -left / width, -bottom / height)
    picture.write(f"q {' '.join(f'{number:.8f}' for number in matrix)} cm /P Do Q".encode())
    for key in set(picture.keys()) - {"/Length"}:
        del picture[key]
    picture.Type, picture.Subtype = Name.XObject, Name.Form
    picture.BBox = [0, 0, 1, 1]
    picture.Resources = Dictionary(XObject=Dictionary(P=form))


if __name__ == "__main__":
    sys.exit(main())
