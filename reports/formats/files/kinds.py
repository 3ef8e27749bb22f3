"""Every form that a report can be had in beside its standard PDF, and what makes it.

What makes a form is named and imported when it is needed, so that a web server holds none of the libraries.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string

from impact.core.documents import printing
from reports.formats import document
from reports.formats.content.language import ENGLISH, WELSH
from reports.formats.content.source import Source

PDF, STANDARD, EASY_READ = "application/pdf", "pdf", "easy-read"
BOTH = (ENGLISH, WELSH)
LANGUAGES = {ENGLISH: "English", WELSH: "Welsh"}
OFFICE = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class Kind:
    """One form: ``maker`` gives its bytes from a source or, where ``is_drawn``, HTML and assets for the PDF engine."""

    key: str
    label: str
    about: str
    extension: str
    content_type: str
    maker: str
    languages: tuple[str, ...] = BOTH
    is_drawn: bool = False
    holds_quotes: bool = True  # Easy Read has words of its own

    def load(self) -> Callable[..., Any]:
        """What makes it."""
        found: Callable[..., Any] = import_string(f"reports.formats.files.{self.maker}")
        return found


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(STANDARD, "PDF", "As it is printed", "pdf", PDF, "printed.compose", (WELSH,), is_drawn=True),
        Kind(
            *("large-print", "Large print", "A PDF with all words at 18 points or more", "pdf", PDF),
            "printed.compose_large",
            is_drawn=True,
        ),
        Kind(
            *(EASY_READ, "Easy Read", "A PDF in short sentences with pictures", "pdf", PDF),
            "easy_read.compose",
            (ENGLISH,),
            is_drawn=True,
            holds_quotes=False,
        ),
        Kind("html", "Web page", "One file that opens in any browser", "html", "text/html; charset=utf-8", "page.make"),
        Kind(
            *("docx", "Word", "To read or take parts from in Word", "docx"),
            f"{OFFICE}.wordprocessingml.document",
            "word.make",
        ),
        Kind(
            *("xlsx", "Excel", "Every figure and table", "xlsx"),
            f"{OFFICE}.spreadsheetml.sheet",
            "sheets.make_xlsx",
        ),
        Kind("csv", "CSV", "The same figures and tables as plain files", "zip", "application/zip", "sheets.make_csv"),
        Kind("json", "JSON", "Figures with definitions, for programs", "json", "application/json", "data.make"),
    )
}


@lru_cache(maxsize=1)
def renderer() -> str:
    """What makes the forms, as a short version: it changes with the PDF engine and with every file that shapes a form."""
    here, templates = Path(__file__).parent, printing.ROOT / "templates" / "reports" / "formats"
    shaping = [*here.glob("*.py"), *(here.parent / "content").glob("*.py")]
    shaping += [*(templates / "html").glob("*.html"), templates / "easy_read" / "edition.html"]
    shaping += (here.parent / "locale").rglob("*.mo")
    shaping += [
        printing.ROOT / "static" / "css" / name for name in ("edition.css", "report-large.css", "easy-read.css")
    ]
    shaping += (printing.ROOT / "static" / "img" / "easy-read").glob("*.svg")
    digest = hashlib.sha256()
    for path in sorted(shaping):
        digest.update(path.read_bytes())
    for library in ("python-docx", "xlsxwriter", "pillow"):
        digest.update(version(library).encode())
    return f"{document.renderer()}-{digest.hexdigest()[:10]}"


def identifier(source: Source, kind: Kind) -> str:
    """The identity that stands in a PDF: of the snapshot, what is in Easy Read, the form and the language."""
    return source.identifier(kind.key)
