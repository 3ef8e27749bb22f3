"""A report in Easy Read: its own short sentences with drawings, one idea a line, none smaller than 16 points."""

from datetime import date

from django.template.loader import render_to_string

from impact.core.documents import charts, printing
from reports.formats.content.source import Source

STYLE = "easy-read.css"


def compose(source: Source) -> tuple[str, dict[str, bytes]]:
    """The HTML of an Easy Read edition and the named assets that it uses."""
    assets = {name: path.read_bytes() for name, path in printing.files_on_disk(STYLE).items()}
    assets["mark.svg"] = charts.mark().encode()
    assets["illustrative.css"] = printing.ILLUSTRATIVE.encode()
    contents = source.easy_read
    for section in contents["sections"]:
        for line in section["lines"]:
            if line["picture"]:
                assets[f"{line['picture']}.svg"] = _drawing(line["picture"])
    context = {
        **contents,
        "sections": [{**one, "reviewed_on": _day(one["reviewed_on"])} for one in contents["sections"]],
        "report": source.report,
        "title": source.title,
        "author": source.author,
        "lead": source.easy_lead,
        "as_of": date.fromisoformat(source.data["as_of"]),
        "number": source.number,
        "taken_on": source.taken_on,
    }
    return render_to_string("reports/formats/easy_read/edition.html", context), assets


def _drawing(key: str) -> bytes:
    return (printing.ROOT / "static" / "img" / "easy-read" / f"{key}.svg").read_bytes()


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
