"""Lists: filter, sort, page and export, the same way everywhere."""

import csv
import itertools
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import django_filters
import xlsxwriter
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page, Paginator
from django.db import models
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.utils import timezone

from impact.core.web.columns import Column, is_streamed, iterate

PAGE_SIZE = 30
FILES = {"csv": "CSV", "xlsx": "Excel"}  # ?format= → what a link calls it


@dataclass(frozen=True)
class Sort:
    """One way to order a list, as a link in the page."""

    key: str
    label: str
    is_current: bool
    is_descending: bool
    query: str


@dataclass(frozen=True)
class Listing:
    """What a list page needs: the rows of one page, the filter form, and how the list is ordered."""

    page: Page
    form: Any
    sorts: list[Sort]
    is_filtered: bool
    rows: models.QuerySet
    files: list[tuple[str, str]]  # what to call it, and its query

    @property
    def total(self) -> int:
        return self.page.paginator.count


def list_rows(
    request: HttpRequest,
    rows: models.QuerySet,
    filterset_class: type[django_filters.FilterSet],
    *,
    sorts: Mapping[str, tuple[str, str]],
    default: str,
    page_size: int = PAGE_SIZE,
    then: str = "pk",
    known_total: Callable[[Any], int | None] | None = None,
) -> Listing:
    """Filter, order and page ``rows`` from the query string.

    ``sorts`` maps the word in ``?sort=`` to (label, field); ``-word`` turns it round. An unknown word or page falls
    back to the default, because a list should never fail on an old bookmark. ``then``: the order of rows
    that sort alike; with a minus, the newest of those that are alike in this too comes first.
    ``known_total``: from the filter form, how many rows there are, where the page has counted them anyway; else None.
    """
    filterset = filterset_class(request.GET, queryset=rows, request=request)
    total = None
    if filterset.is_valid():
        rows = filterset.qs
        total = known_total(filterset.form) if known_total else None
    asked = request.GET.get("sort", default)
    word = asked.lstrip("-")
    if word not in sorts:
        asked, word = default, default.lstrip("-")
    field = sorts[word][1]
    down = asked.startswith("-") != field.startswith("-")
    field = field.lstrip("-")
    last = True if _may_be_null(rows, field) else None  # naming nulls where there are none would keep an index unused
    order = models.F(field).desc(nulls_last=last) if down else models.F(field).asc(nulls_last=last)
    rows = rows.order_by(order, *dict.fromkeys([then, "-pk" if then.startswith("-") else "pk"]))
    links = []
    for key, (label, _field) in sorts.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["sort"] = f"-{key}" if key == word and not asked.startswith("-") else key
        links.append(Sort(key, label, key == word, down, query.urlencode()))
    filled = [name for name in filterset.form.fields if request.GET.get(name)]
    paginator = Paginator(rows, page_size)
    if total is not None:
        paginator.count = total
    return Listing(
        page=paginator.get_page(request.GET.get("page")),
        form=filterset.form,
        sorts=links,
        is_filtered=bool(filled),
        rows=rows,
        files=files_of(request),
    )


def _may_be_null(rows: models.QuerySet, path: str) -> bool:
    """Whether a field, through its relations, or an annotation can be empty."""
    model: Any = rows.model
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return True
        if field.null:
            return True
        model = field.related_model
    return False


def files_of(request: HttpRequest) -> list[tuple[str, str]]:
    """What to call each kind of file that the page can be had as, and its query."""
    files = []
    for kind, label in FILES.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["format"] = kind
        files.append((label, query.urlencode()))
    return files


def wants_file(request: HttpRequest) -> bool:
    """Whether the whole list is asked for as a file."""
    return request.GET.get("format") in FILES


# Heading → what to read: from the database (impact.core.web.columns), or, for short lists, from each row's object.
Columns = Mapping[str, Callable[[Any], Any]] | Mapping[str, Column]
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_000_000  # Excel has 1,048,576; what is more goes on another sheet
LINES = 200  # rows of CSV sent at a time
CELL = 32_767  # characters that Excel takes in a cell

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: Any) -> Any:
    """A spreadsheet cell that no program runs as a formula. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv_lines(headings: Iterable[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    """UTF-8 with a BOM, so that Excel reads it; some rows at a time."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(list(headings))
    rows = iter(rows)
    while some := list(itertools.islice(rows, LINES)):
        yield "".join([writer.writerow([safe_cell(cell) for cell in row]) for row in some])


def _cells(columns: Columns, rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The cells of each row. Rows are read as they are asked for, so a long list takes no more memory than a short one."""
    if is_streamed(columns, rows):
        yield from iterate(rows, list(columns.values()))  # type: ignore[arg-type]
        return
    if isinstance(rows, models.QuerySet):
        rows = rows.iterator(chunk_size=500)
    readers: list[Any] = list(columns.values())
    for row in rows:
        yield [read(row) for read in readers]


def _sheet_name(name: str, number: int) -> str:
    """A name that Excel takes for a sheet: at most 31 characters, and none of []:*?/\\."""
    words = re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:25].capitalize() or "List"
    return words if number == 1 else f"{words} {number}"


def write_xlsx(file: BinaryIO, name: str, headings: Sequence[str], rows: Iterable[list[Any]]) -> None:
    """Write ``rows`` of cells to ``file`` as an Excel workbook, holding one row at a time.

    Dates, times (as in the UK), numbers and yes/no are real ones. Text is always text, never a formula or a link.
    """
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        book = xlsxwriter.Workbook(file, options)
        bold = book.add_format({"bold": True, "bottom": 1})
        day_format = book.add_format({"num_format": "d mmm yyyy"})
        time_format = book.add_format({"num_format": "d mmm yyyy hh:mm"})
        sheet, line, number = None, 0, 0
        for row in itertools.chain([None], rows):  # the first makes the first sheet, even of an empty list
            if sheet is None or line > SHEET_ROWS:
                number += 1
                sheet, line = book.add_worksheet(_sheet_name(name, number)), 1
                sheet.freeze_panes(1, 0)
                for column, heading in enumerate(headings):
                    sheet.set_column(column, column, max(12, min(40, len(heading) + 4)))
                    sheet.write_string(0, column, heading, bold)
            if row is None:
                continue
            for column, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, bool):
                    sheet.write_boolean(line, column, cell)
                elif isinstance(cell, (int, float, Decimal)) and math.isfinite(cell):
                    sheet.write_number(line, column, cell)
                elif isinstance(cell, datetime) and cell.year >= 1900:
                    moment = timezone.localtime(cell) if timezone.is_aware(cell) else cell
                    sheet.write_datetime(line, column, moment.replace(tzinfo=None), time_format)
                elif isinstance(cell, date) and cell.year >= 1900:
                    sheet.write_datetime(line, column, cell, day_format)
                else:
                    sheet.write_string(line, column, str(cell)[:CELL])
            line += 1
        book.close()


def file_response(
    kind: str | None, name: str, columns: Columns, rows: Iterable[Any]
) -> StreamingHttpResponse | FileResponse:
    """``rows`` as ``name``.csv, or as ``name``.xlsx when ``kind`` says so; ``columns``: heading → what to read."""
    cells = _cells(columns, rows)
    response: StreamingHttpResponse | FileResponse
    if kind == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115  FileResponse closes it, which deletes it
        try:
            write_xlsx(file, name, list(columns), cells)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        response = FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)
    else:
        response = StreamingHttpResponse(_csv_lines(columns, cells), content_type=CSV_TYPE)
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def list_file(
    request: HttpRequest, name: str, columns: Columns, rows: Iterable[Any]
) -> StreamingHttpResponse | FileResponse:
    """The file that ``wants_file`` asked for."""
    return file_response(request.GET.get("format"), name, columns, rows)
