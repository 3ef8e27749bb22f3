"""Lists of the API as CSV and Excel: every row that the filters leave, one column for each plain field."""

import datetime
from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer

from impact.core.web.columns import Column, as_shown
from impact.core.web.listing import XLSX_TYPE, file_response

Read = Callable[[Any], Any]


class _FileRenderer(BaseRenderer):
    """Only for choosing by ``Accept`` or ``?format=``: the list writes its file itself, row by row."""

    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        raise NotImplementedError("A list in this format is written by export().")


class CsvRenderer(_FileRenderer):
    media_type = "text/csv"
    format = "csv"


class XlsxRenderer(_FileRenderer):
    media_type = XLSX_TYPE
    format = "xlsx"


def export(name: str, serializer: Any, rows: QuerySet, kind: str) -> StreamingHttpResponse | FileResponse:
    """The whole list as a file, named like the list.

    Where each column is a plain field, or the serializer says in ``file_columns`` what it is read from, rows come
    straight from the database; else each is shown by the serializer, which takes a hundred times as long.
    """
    if not rows.ordered:  # an aggregate drops a model's own order
        rows = rows.order_by(*(rows.model._meta.ordering or ["pk"]))
    streamed = _streamed(serializer, rows)
    return file_response(kind, f"{name}-list", streamed or _shown(serializer), rows)


def _shown(serializer: Any) -> dict[str, Read]:
    """Columns that are read from each row as the serializer shows it."""
    columns = _columns(serializer.fields)
    seen: dict[str, Any] = {}

    def cell(path: tuple[str, ...], as_value: Read) -> Read:
        def read(row: Any) -> Any:
            if seen.get("row") is not row:  # the columns of one row share its representation
                seen["row"], seen["data"] = row, serializer.to_representation(row)
            value = seen["data"]
            for key in path:
                value = value.get(key) if value is not None else None
            return as_value(value) if value is not None else None

        return read

    return {".".join(path): cell(path, as_value) for path, as_value in columns.items()}


def _streamed(serializer: Any, rows: QuerySet) -> dict[str, Column] | None:
    """The same columns read from the database; None where one of them cannot be."""
    if not _shows_fields_as_they_are(serializer):
        return None
    given: dict[str, Column] = serializer.file_columns() if hasattr(serializer, "file_columns") else {}
    columns: dict[str, Column] = {}
    for path in _columns(serializer.fields):
        heading = ".".join(path)
        column = given.get(heading) or _plain(serializer, path, rows)
        if column is None:
            return None
        columns[heading] = column
    return columns


def _shows_fields_as_they_are(serializer: Any) -> bool:
    """Whether no serializer in it changes what its fields give, such as to hide some of them from some readers."""
    usual = serializers.Serializer.to_representation
    nested = [field for field in serializer.fields.values() if isinstance(field, serializers.Serializer)]
    return type(serializer).to_representation is usual and all(_shows_fields_as_they_are(field) for field in nested)


def _plain(serializer: Any, path: tuple[str, ...], rows: QuerySet) -> Column | None:
    """What a field that only shows a field of the model, or an annotation of ``rows``, is read from."""
    fields, sources, field = serializer.fields, [], None
    for key in path:
        field = fields[key]
        is_known = type(field).__module__.startswith("rest_framework.") or hasattr(field, "fields")
        if not is_known or isinstance(field, serializers.SerializerMethodField) or field.source == "*":
            return None
        sources += field.source.split(".")
        fields = getattr(field, "fields", {})
    if isinstance(field, serializers.ListField):
        return None
    if isinstance(field, serializers.SlugRelatedField):
        sources.append(str(field.slug_field))
    if len(sources) == 1 and sources[0] in rows.query.annotations:
        return as_shown(sources[0])
    model: Any = rows.model
    for n, source in enumerate(sources):
        try:
            found = model._meta.get_field(source)
        except FieldDoesNotExist:
            return None
        if n < len(sources) - 1:
            model = found.related_model
            if model is None:
                return None
    return as_shown("__".join(sources))


def _columns(fields: Any, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Read]:
    """The plain fields of a serializer, and those one level down (``group.slug``); lists of rows have their own list."""
    columns: dict[tuple[str, ...], Read] = {}
    for name, field in fields.items():
        shape = _shape(field)
        if isinstance(shape, serializers.Serializer):
            columns |= _columns(shape.fields, (*above, name))
        elif isinstance(shape, serializers.ListSerializer):
            continue
        elif isinstance(shape, serializers.ListField):
            if not isinstance(shape.child, serializers.Serializer):
                columns[*above, name] = lambda values: "; ".join(str(value) for value in values)
        elif isinstance(shape, serializers.DateTimeField):
            columns[*above, name] = datetime.datetime.fromisoformat
        elif isinstance(shape, serializers.DateField):
            columns[*above, name] = datetime.date.fromisoformat
        else:
            columns[*above, name] = lambda value: value
    return columns


def _shape(field: Any) -> Any:
    """What a field gives; of a computed one, what the schema says that it gives."""
    if isinstance(field, serializers.SerializerMethodField):
        method = getattr(field.parent, field.method_name or f"get_{field.field_name}")
        return getattr(method, "_spectacular_annotation", {}).get("field", field)
    return field
