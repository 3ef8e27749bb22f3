"""Lists: filter, sort, page and export, the same way everywhere."""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.core.paginator import Page, Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

PAGE_SIZE = 30


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
    export_query: str

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
) -> Listing:
    """Filter, order and page ``rows`` from the query string.

    ``sorts`` maps the word in ``?sort=`` to (label, field); ``-word`` turns it round. An unknown word or page falls
    back to the default, because a list should never fail on an old bookmark.
    """
    filterset = filterset_class(request.GET, queryset=rows, request=request)
    if filterset.is_valid():
        rows = filterset.qs
    asked = request.GET.get("sort", default)
    word = asked.lstrip("-")
    if word not in sorts:
        asked, word = default, default.lstrip("-")
    field = sorts[word][1]
    down = asked.startswith("-") != field.startswith("-")
    field = field.lstrip("-")
    order = models.F(field).desc(nulls_last=True) if down else models.F(field).asc(nulls_last=True)
    rows = rows.order_by(order, "pk")
    links = []
    for key, (label, _field) in sorts.items():
        query = request.GET.copy()
        query.pop("page", None)
        query["sort"] = f"-{key}" if key == word and not asked.startswith("-") else key
        links.append(Sort(key, label, key == word, down, query.urlencode()))
    export = request.GET.copy()
    export.pop("page", None)
    export["format"] = "csv"
    filled = [name for name in filterset.form.fields if request.GET.get(name)]
    return Listing(
        page=Paginator(rows, page_size).get_page(request.GET.get("page")),
        form=filterset.form,
        sorts=links,
        is_filtered=bool(filled),
        rows=rows,
        export_query=export.urlencode(),
    )


def wants_csv(request: HttpRequest) -> bool:
    return request.GET.get("format") == "csv"


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


def csv_response(
    name: str, columns: Mapping[str, Callable[[Any], Any]], rows: Iterable[Any]
) -> HttpResponse | StreamingHttpResponse:
    """Stream ``rows`` as ``name``.csv (UTF-8 with a BOM, so that Excel reads it); ``columns``: heading → value of a row."""
    writer = csv.writer(_Echo())

    def lines() -> Iterable[str]:
        yield "\ufeff" + writer.writerow(list(columns))
        for row in rows:
            yield writer.writerow([safe_cell(value(row)) for value in columns.values()])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
