"""A report as one HTML file: its style inside, charts drawn in the page, no script, nothing loaded from elsewhere."""

from datetime import date

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from impact.core.documents import printing
from reports.formats import document
from reports.formats.content.language import localised
from reports.formats.content.source import Source, Tell, quiet

STYLE = "edition.css"


def make(source: Source, tell: Tell = quiet) -> bytes:
    """The report as .html; the same source gives the same bytes."""
    tell(20, "Writing the chapters")
    words = document.context(source.data, taken_on=source.taken_on, fingerprint=source.sha256)
    style = (printing.ROOT / "static" / "css" / STYLE).read_text(encoding="utf-8")
    context = {
        **document.chapters_on_page(words, is_file=True),
        "style": mark_safe(f"<style>{style}</style>"),  # noqa: S308  a file of ours
        "as_of": date.fromisoformat(source.data["as_of"]),
        "number": source.number,
        "all_figures": source.figures,
    }
    html = render_to_string("reports/formats/html/edition.html", context)
    return localised(html, source.language).encode()
