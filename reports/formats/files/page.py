"""A report as one HTML file: its style inside, charts drawn in the page, no script, nothing loaded from elsewhere."""

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from impact.core.documents import printing
from reports.formats.content.language import localised
from reports.formats.content.source import Source, Tell, quiet

STYLE = "edition.css"


def make(source: Source, tell: Tell = quiet) -> bytes:
    """The report as .html; the same source gives the same bytes."""
    tell(20, "Writing the chapters")
    style = (printing.ROOT / "static" / "css" / STYLE).read_text(encoding="utf-8")
    context = {
        **source.page_context(),
        "style": mark_safe(f"<style>{style}</style>"),  # noqa: S308  a file of ours
        "title": source.title,
        "author": source.author,
        "cover_lines": source.cover_lines,
        "number": source.number,
    }
    html = render_to_string("reports/formats/html/edition.html", context)
    return localised(html, source.language).encode()
