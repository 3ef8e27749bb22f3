"""Sorting a list by one of its fields, page by page: what is equal goes by the primary key, so that no row is lost."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.utils.urls import replace_query_param

SORTED_BY = (models.DateField, models.DateTimeField, models.IntegerField, models.CharField, models.TextField)


def sortable(model: Any, shown: dict[str, Any], withheld: Collection[str] = ()) -> dict[str, str]:
    """The fields that a list can be sorted by, with their columns: those it shows as they are, and that every row has.

    Not what is ``withheld`` from some readers: its order, and the value in a cursor, would tell them of it.
    """
    names = {"id": "pk"}
    for name, field in shown.items():
        column = next((f for f in model._meta.concrete_fields if f.name == field.source), None)
        is_plain = isinstance(column, SORTED_BY) and not column.is_relation and not column.null
        if name != "id" and name not in withheld and column is not None and is_plain:
            names[name] = column.name
    return names


class Keyset:
    """One page of rows in the order of a field and then of their keys."""

    def __init__(self, field: str, *, is_down: bool) -> None:
        self.field, self.is_down = field, is_down
        self.before: str | None = None
        self.after: str | None = None

    def page(self, rows: QuerySet, cursor: str, size: int) -> list[Any]:
        """The page at ``cursor``; the first without one."""
        backwards, place = self._read(rows.model, cursor) if cursor else (False, None)
        is_down = self.is_down != backwards
        if place is not None:
            word = "lt" if is_down else "gt"
            value, pk = place
            rows = rows.filter(Q(**{f"{self.field}__{word}": value}) | Q(**{self.field: value, f"pk__{word}": pk}))
        sign = "-" if is_down else ""
        found = list(rows.order_by(f"{sign}{self.field}", f"{sign}pk")[: size + 1])
        more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        if found:
            self.after = self._place(found[-1], False) if more or backwards else None
            self.before = self._place(found[0], True) if (more if backwards else place is not None) else None
        return found

    def _place(self, row: Any, backwards: bool) -> str:
        is_values = isinstance(row, dict)
        value, pk = (row[self.field], row["pk"]) if is_values else (getattr(row, self.field), row.pk)
        text = json.dumps(
            [self.field, backwards, value if isinstance(value, (int, str)) else value.isoformat(), str(pk)]
        )
        return urlsafe_b64encode(text.encode()).decode()

    def _read(self, model: Any, cursor: str) -> tuple[bool, Any]:
        """Where a cursor stands. Raises ValueError or ValidationError for one that was not given out."""
        field, backwards, value, pk = json.loads(urlsafe_b64decode(cursor.encode()))
        if field != self.field or not isinstance(backwards, bool) or not isinstance(value, (int, str)):
            raise ValueError(cursor)
        return backwards, (model._meta.get_field(field).to_python(value), model._meta.pk.to_python(pk))

    def link(self, base: str, name: str, place: str | None) -> str | None:
        """The address of another page."""
        return str(replace_query_param(base, name, place)) if place else None


def read_ordering(text: str, names: dict[str, str]) -> tuple[str, bool]:
    """What ``ordering`` says: a column, and whether the greatest comes first."""
    name = text.removeprefix("-")
    if name not in names:
        words = f"Sort by one of these: {', '.join(names)}. A minus sign in front begins with the greatest."
        raise serializers.ValidationError({"ordering": words})
    return names[name], text.startswith("-")
