"""Lists of the API as CSV and Excel: every row that the filters leave, one column for each plain field."""

import datetime
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer

from impact.core.listing import XLSX_TYPE, file_response

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
    """The whole list as a file, named like the list."""
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

    headings = {".".join(path): cell(path, as_value) for path, as_value in columns.items()}
    return file_response(kind, f"{name}-list", headings, rows)


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
