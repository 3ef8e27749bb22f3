"""The API's defaults. Apart from api.py because REST framework loads them while it is itself still loading."""

from typing import Any

from django.db.models import QuerySet
from django_filters import NumberFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions, pagination, permissions, serializers
from rest_framework.request import Request


class DenyByDefault(permissions.BasePermission):
    """An endpoint that names no permission of its own answers nobody."""

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


class CursorPagination(pagination.CursorPagination):
    """Pages that cost the same at any depth. ``page_size`` up to 200; no count."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-pk"


class StrictFilterBackend(DjangoFilterBackend):
    """Filters from an allow-list; a misspelt query parameter is an error, not a silent "everything"."""

    ALWAYS = frozenset({"cursor", "page_size", "format"})

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        unknown = set(request.query_params) - known - self.ALWAYS
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
