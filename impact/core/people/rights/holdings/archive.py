"""The archive of what is held about someone: JSON for programs, a CSV for each heading, and a page that anyone can read."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import slugify

from impact.core.basics import clock
from impact.core.people.rights.holdings.looked import Looked, looked_at
from impact.core.people.rights.holdings.reading import Held, Subject, held_about, recorded_by
from impact.core.web.listing import safe_cell

STYLE = settings.BASE_DIR / "static" / "css" / "my-data.css"
PAGE, DATA = "my-data.html", "my-data.json"
Progress = Callable[[int, str], None]


def write_archive(subject: Subject, into: IO[bytes], *, progress: Progress = lambda percent, step: None) -> None:
    """Write the archive of what is held about ``subject``. Nothing in it names other members."""
    made_at = clock.now()
    progress(5, "Reading what is held")
    held = list(held_about(subject, with_files=True))
    looked, recorded = looked_at(subject), recorded_by(subject)
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as packed:
        files = _add_files(packed, held, progress)
        progress(80, "Writing the page and the tables")
        _add(packed, PAGE, _page(subject, made_at, held, looked, recorded, files))
        _add(packed, DATA, _data(subject, made_at, held, looked, recorded, files))
        for table in held:
            headings = [column.label for column in table.columns]
            _add(packed, f"tables/{table.slug}.csv", _csv(headings, _cells(table)))
        if looked:
            rows = [[row.on, row.who, row.what] for row in looked]
            _add(packed, "tables/who-looked.csv", _csv(["Date", "Who", "What"], rows))
        if recorded:
            _add(packed, "tables/what-you-recorded.csv", _csv(["What", "Rows"], [list(row) for row in recorded]))


def _add(packed: zipfile.ZipFile, name: str, text: str) -> None:
    packed.writestr(name, text.encode())


def _cells(table: Held) -> Iterator[list[Any]]:
    for row in table.rows:
        yield [column.text(value) for column, value in zip(table.columns, row, strict=True)]


def _csv(headings: list[str], rows: Any) -> str:
    """A CSV with a mark that Excel needs to read it as UTF-8; a cell never starts a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _add_files(packed: zipfile.ZipFile, held: list[Held], progress: Progress) -> list[dict[str, str]]:
    """Put the person's own files in, such as receipts, each under a name of its own; what was lost is said."""
    wanted = [(table.heading, place, name) for table in held for place, name in table.files]
    found = []
    for number, (heading, place, name) in enumerate(wanted, start=1):
        progress(10 + 60 * number // len(wanted), f"File {number} of {len(wanted)}")
        called = PurePosixPath(name.replace("\\", "/"))
        inside = (
            f"files/{number}-{slugify(called.stem) or 'file'}{called.suffix.lower() if called.suffix.isascii() else ''}"
        )
        is_there = default_storage.exists(place)
        if is_there:
            with default_storage.open(place) as file, packed.open(inside, "w") as target:
                while chunk := file.read(1024 * 1024):
                    target.write(chunk)
        found.append({"heading": heading, "name": name, "path": inside if is_there else ""})
    return found


def _page(
    subject: Subject,
    made_at: datetime,
    held: list[Held],
    looked: list[Looked],
    recorded: list[tuple[str, int]],
    files: list[dict[str, str]],
) -> str:
    """A page that needs nothing from outside it."""
    style = format_html("<style>{}</style>", mark_safe(Path(STYLE).read_text(encoding="utf-8")))  # noqa: S308  ours
    context = {
        "name": subject.name,
        "made_at": made_at,
        "parts": by_part(held),
        "looked": looked,
        "recorded": recorded,
        "files": files,
        "style": style,
        "site": settings.SITE_URL,
    }
    return render_to_string("core/rights/holdings/archive.html", context)


def by_part(held: list[Held]) -> list[tuple[str, list[Held]]]:
    """The tables under the parts of the page."""
    parts: dict[str, list[Held]] = {}
    for table in held:
        parts.setdefault(table.part.value, []).append(table)
    return list(parts.items())


def _data(
    subject: Subject,
    made_at: datetime,
    held: list[Held],
    looked: list[Looked],
    recorded: list[tuple[str, int]],
    files: list[dict[str, str]],
) -> str:
    """The same for programs: codes and ISO dates as they are kept, under the names of the fields."""
    data = {
        "made_at": made_at,
        "about": subject.name,
        "site": settings.SITE_URL,
        "held": [
            {
                "part": table.part.value,
                "heading": table.heading,
                "rows": [
                    {column.path: value for column, value in zip(table.columns, row, strict=True)} for row in table.rows
                ],
                "not_shown": dict(table.withheld),
            }
            for table in held
        ],
        "looked_at": [{"on": row.on, "who": row.who, "what": row.what} for row in looked],
        "recorded_by_you": [{"what": what, "rows": number} for what, number in recorded],
        "files": files,
    }
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
