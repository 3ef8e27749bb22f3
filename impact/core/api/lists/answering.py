"""The answer of a list: its rows with ``updated_at``, what has changed or gone, and an ETag of the whole."""

import datetime
import functools
import hashlib
from typing import Any

from django.utils.timezone import get_current_timezone
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from impact.core.api.lists.following import Cursor, Following, pk_of, read_since, times_of
from impact.core.api.lists.sorting import read_ordering, sortable

CHANGED = "changed_"  # the attribute of a row that says when it changed
UPDATED_AT = "When it last changed, or something that is shown with it."


@functools.cache
def names_of(kind: type[serializers.Serializer], model: Any) -> tuple[list[str], dict[str, str]]:
    """The fields of a list's rows, and those that it can be sorted by with their columns."""
    shown = kind().fields
    return list(dict.fromkeys(["id", *shown, "updated_at"])), sortable(
        model, dict(shown.items()), getattr(kind, "withheld", ())
    )


def ordering_of(view: Any) -> tuple[str, bool]:
    """The column that a list is sorted by, and whether the greatest comes first."""
    asked = view.request.query_params.get("ordering", "-id")
    return read_ordering(asked, names_of(view.get_serializer_class(), view.queryset.model)[1])


def _fields_of(view: Any) -> list[str] | None:
    """The fields that were asked for; None for all."""
    if "fields" not in view.request.query_params:
        return None
    known = names_of(view.get_serializer_class(), view.queryset.model)[0]
    asked = [name.strip() for name in view.request.query_params["fields"].split(",")]
    if unknown := sorted(set(asked) - set(known)):
        words = f"There is no field {', '.join(unknown)[:80] or 'without a name'}. The rows have: {', '.join(known)}."
        raise serializers.ValidationError({"fields": words})
    return asked


def answer(view: Any) -> Response:
    """A page of a list."""
    asked, fields = view.request.query_params, _fields_of(view)
    ordering_of(view)
    since = read_since(asked["changed_since"]) if "changed_since" in asked else None
    until = Cursor.read("changes_until", asked["changes_until"]) if "changes_until" in asked else None
    visible = view.get_queryset()
    rows = view.filter_queryset(visible)
    follow = Following(
        user=view.request.user,
        address=view.request.path,
        visible=visible,
        loaded=view.queryset,
        inside=view.inside(),
    )
    here = until if until and since is None else follow.begin(is_asked=since is not None)
    deleted = None
    if since is not None and here is not None:
        follow.check(since, here)
        here = follow.catch_up(here)
        deleted = follow.deleted(rows, since) if until is None else []
        rows = follow.changed(rows, since)
    here = until or here
    page = view.paginate_queryset(view.read_rows(rows))
    data = _shown(view, follow, page, fields)
    return _tagged(view, _body(view, data, here, deleted))


def whole(request: Any, rows: list[Any]) -> list[Any]:
    """For a list that comes whole: when each row changed, and only those that have since ``changed_since``."""
    since = since_of(request)
    for row, at in zip(rows, times_of(rows), strict=True):
        setattr(row, CHANGED, at)
    return [row for row in rows if since is None or getattr(row, CHANGED) >= since]


def since_of(request: Any) -> datetime.datetime | None:
    """The time in ``changed_since``, for a list that comes whole in one answer and has no cursors."""
    if "changed_since" not in request.query_params:
        return None
    since = read_since(request.query_params["changed_since"])
    if isinstance(since, Cursor):
        raise serializers.ValidationError({"changed_since": "This list comes whole. Send a time."})
    return since


def _shown(view: Any, follow: Following, page: list[Any], fields: list[str] | None) -> list[dict[str, Any]]:
    """The rows as data with their ``id`` and when they changed, cut to ``fields``."""
    zone = get_current_timezone()
    rows = [
        {"id": pk_of(row), **data, "updated_at": at.astimezone(zone).isoformat().replace("+00:00", "Z")}
        for row, data, at in zip(page, view.shown_rows(page, fields), follow.times(page), strict=True)
    ]
    return rows if fields is None else [{name: row[name] for name in fields if name in row} for row in rows]


def _body(view: Any, data: list[Any], here: Cursor | None, deleted: list[Any] | None) -> dict[str, Any]:
    pages = view.paginator
    if here is not None:  # all pages of one reading lead to the same cursor
        pages.base_url = replace_query_param(pages.base_url, "changes_until", str(here))
    body = pages.get_paginated_response(data).data
    body["next_changed_since"] = str(here) if here is not None else None
    if deleted is not None:
        body["deleted"] = [{"id": pk} for pk in deleted]
    return dict(body)


def _tagged(view: Any, body: dict[str, Any]) -> Response:
    """With a weak ETag: the cursor moves on with every change anywhere, and that alone is no news."""
    request = view.request
    asked = sorted((name, value) for name, value in request.query_params.items() if name != "changes_until")
    said = [getattr(request.user, "pk", None), asked, body["next"] is None, body["results"], body.get("deleted")]
    tag = f'W/"{hashlib.sha256(JSONRenderer().render(said)).hexdigest()[:20]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if tag.removeprefix("W/") in known or "*" in known:
        return Response(status=304, headers={"ETag": tag})
    return Response(body, headers={"ETag": tag})


def shown_by(serializer: Any, fields: list[str] | None) -> list[dict[str, Any]]:
    """Rows as their serializer shows them; what was not asked for is not even worked out, where that is safe."""
    kind = type(serializer.child)
    if fields is not None and kind.to_representation is serializers.Serializer.to_representation:
        for name in set(serializer.child.fields) - set(fields):
            serializer.child.fields.pop(name)
    return list(serializer.data)
