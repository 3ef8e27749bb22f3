"""The API's defaults. Apart from api.py because REST framework loads them while it is itself still loading."""

import datetime
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters import NumberFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, pagination, parsers, permissions, serializers, throttling
from rest_framework.request import Request

from impact.core.api.lists.sorting import Keyset
from impact.core.web.files.uploads import MB, PAPER_LIMIT, PHOTO_LIMIT

LEAST_NOTICE = datetime.timedelta(days=365)  # between saying that an address ends, and its end


class DenyByDefault(permissions.BasePermission):
    """Deny every request to an endpoint that names no permission of its own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class SignedInReader(permissions.BasePermission):
    """Reading for anybody signed in; what they see is decided by ``visible_to``."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        if request.method not in permissions.SAFE_METHODS:
            raise exceptions.MethodNotAllowed(str(request.method))
        return True


class SignedIn(permissions.BasePermission):
    """Anybody signed in, by session or token. Each write asks ``require`` itself, as its service does again."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)


class ReadByAnyone(permissions.BasePermission):
    """Reading for everyone, signed in or not; writing for those signed in. ``visible_to`` decides what each one sees.

    Chosen on purpose, endpoint by endpoint: a test holds the list.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in permissions.SAFE_METHODS or bool(request.user and request.user.is_authenticated)


class Counted(throttling.SimpleRateThrottle):
    """Notes on the request how many more its caller may send, for the ``RateLimit`` headers of the answer."""

    num_requests: int | None
    duration: int

    def allow_request(self, request: Request, view: Any) -> bool:
        allowed = bool(super().allow_request(request, view))
        if getattr(self, "key", None) is not None and self.num_requests:
            oldest = self.history[-1] if self.history else self.now
            left = max(0, self.num_requests - len(self.history))
            seconds = max(0, round(self.duration - (self.now - oldest)))
            request._request.rate_limit = (self.num_requests, left, seconds)  # type: ignore[attr-defined]
        return allowed


class UserThrottle(Counted, throttling.UserRateThrottle):
    """How often one account may ask."""


class AnonThrottle(Counted, throttling.AnonRateThrottle):
    """How often one network may ask without signing in."""


def rate_headers(request: Any) -> dict[str, str]:
    """The headers that say how many requests are left, and after how many seconds all are free again."""
    found = getattr(getattr(request, "_request", request), "rate_limit", None)
    if found is None:
        return {}
    limit, left, seconds = (str(number) for number in found)
    return {"RateLimit-Limit": limit, "RateLimit-Remaining": left, "RateLimit-Reset": seconds}


@dataclass(frozen=True)
class Retiring:
    """An address that is going to end. Its answers say since when, until when, and where to read what to use instead."""

    since: datetime.date
    until: datetime.date
    instead: str  # the address of a page

    def __post_init__(self) -> None:
        if self.until - self.since < LEAST_NOTICE:
            raise ValueError(f"Give {LEAST_NOTICE.days} days of notice at least.")

    def headers(self) -> dict[str, str]:
        """``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594) and a link."""
        since, until = (
            datetime.datetime.combine(day, datetime.time(), datetime.UTC) for day in (self.since, self.until)
        )
        return {
            "Deprecation": f"@{int(since.timestamp())}",
            "Sunset": format_datetime(until, usegmt=True),
            "Link": f'<{self.instead}>; rel="deprecation"; type="text/html"',
        }


class TooLarge(exceptions.APIException):
    """The body of a request is larger than the API reads."""

    status_code = 413
    default_code = "too_large"
    default_detail = "Send less at a time."


class JSONParser(parsers.JSONParser):
    """Parse JSON up to a limited size and depth."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        sent = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if sent > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError("The JSON is nested too deeply.") from None


class MultiPartParser(parsers.MultiPartParser):
    """Files, up to the largest that any address takes."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        sent = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if sent > max(PAPER_LIMIT, PHOTO_LIMIT) + MB:
            raise TooLarge
        return super().parse(stream, media_type, parser_context)


class CursorPagination(pagination.CursorPagination):
    """Pages that cost the same at any depth. ``page_size`` up to 200; no count."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    page_size_query_description = "How many rows on a page, up to 200."
    cursor_query_description = "From `next` or `previous`."
    ordering = "-pk"
    keyset: Keyset | None = None  # where the rows are sorted by something else

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any] | None:  # type: ignore[override]
        """A page; a cursor that we did not give is an error in the request."""
        name, is_down = self._ordering(request, view)
        try:
            if name != "pk":
                return self._sorted(queryset, request, Keyset(name, is_down=is_down))
            self.ordering = "-pk" if is_down else "pk"
            return super().paginate_queryset(queryset, request, view)
        except (exceptions.NotFound, ValidationError, ValueError, OverflowError):
            if self.cursor_query_param not in request.query_params:
                raise
            words = "Send the address in `next` or `previous` as it is."
            raise serializers.ValidationError({self.cursor_query_param: words}) from None

    def _ordering(self, request: Request, view: Any) -> tuple[str, bool]:
        from impact.core.api.lists.answering import ordering_of  # models are not there yet when this module is loaded

        return ordering_of(view) if "ordering" in request.query_params else ("pk", True)

    def _sorted(self, rows: QuerySet, request: Request, keyset: Keyset) -> list[Any]:
        self.keyset = keyset
        self.base_url = request.build_absolute_uri()
        return keyset.page(
            rows, request.query_params.get(self.cursor_query_param, ""), self.get_page_size(request) or self.page_size
        )

    def get_next_link(self) -> str | None:
        if self.keyset is None:
            return super().get_next_link()
        return self.keyset.link(str(self.base_url), self.cursor_query_param, self.keyset.after)

    def get_previous_link(self) -> str | None:
        if self.keyset is None:
            return super().get_previous_link()
        return self.keyset.link(str(self.base_url), self.cursor_query_param, self.keyset.before)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = {"type": "string", "format": "uri", "nullable": True}
        properties = {
            "next": page | {"description": "The whole address of the next page; null on the last."},
            "previous": page | {"description": "The whole address of the page before; null on the first."},
            "results": schema,
            "next_changed_since": {
                "type": "string",
                "nullable": True,
                "description": "Send it as `changed_since` to be given what changes from now on. Null: see the guide.",
            },
            "deleted": {
                "type": "array",
                "description": "With `changed_since`, on the first page: rows that are gone, or no longer for you to see.",
                "items": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"oneOf": [{"type": "integer"}, {"type": "string", "format": "uuid"}]}},
                },
            },
        }
        required = ["next", "previous", "results", "next_changed_since"]
        return {"type": "object", "required": required, "properties": properties}


class StrictFilterBackend(DjangoFilterBackend):
    """Filters from an allow-list; a misspelt query parameter is an error, not a silent "everything"."""

    ALWAYS = frozenset({"cursor", "page_size", "format"})
    OF_LISTS = frozenset({"changed_since", "changes_until", "fields", "ordering"})  # but not of their files

    def _of_lists(self, view: Any) -> frozenset[str]:
        return self.OF_LISTS if hasattr(view, "can_be_followed") else frozenset({"changed_since"})

    def get_filterset(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        """The filters that were asked for: the others would be built for each request and do nothing."""
        found = super().get_filterset(request, queryset, view)
        if found is not None and not hasattr(found, "_form"):  # one that made its form needs all of them
            asked = request.query_params
            found.filters = {n: f for n, f in found.filters.items() if n in asked or f.extra.get("required")}
        return found

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        is_page = getattr(view, "action", "") == "list" and request.accepted_renderer.format == "json"
        unknown = set(request.query_params) - known - self.ALWAYS - (self._of_lists(view) if is_page else set())
        if unknown:
            listed = ", ".join(sorted(known)) or "none"
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), f"Unknown filter. This list takes: {listed}.")
            )
        numbers = [n for n, f in filterset_class.base_filters.items() if isinstance(f, NumberFilter)] if known else []
        for name in numbers:
            value = request.query_params.get(name, "").strip()
            if len(value.lstrip("+-").split(".")[0].lstrip("0")) > 9 or "e" in value.lower():
                raise serializers.ValidationError({name: "Send a whole number of at most nine digits."})
        return super().filter_queryset(request, queryset, view)
