"""What every API endpoint shares: what is visible, and one shape of error."""

from typing import Any

import django_filters
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from drf_standardized_errors.handler import exception_handler as standard_handler
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.response import Response

from impact.core.api_defaults import SignedInReader
from impact.core.versions import Conflict


class ReadOnlyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A list and a detail of what the caller may see. Subclasses set ``queryset`` from a model with ``visible_to``."""

    permission_classes = [SignedInReader]
    http_method_names = ["get", "head", "options"]

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.visible_to(self.request.user)  # type: ignore[attr-defined]


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn services' own errors into API problems: ValidationError → 400, Conflict → 409; the rest as usual."""
    if isinstance(exc, Conflict):
        conflict = exceptions.APIException(detail=exc.messages[0], code="conflict")
        conflict.status_code = 409
        exc = conflict
    elif isinstance(exc, DjangoValidationError):
        if hasattr(exc, "error_dict"):
            detail = {("non_field_errors" if k == NON_FIELD_ERRORS else k): v for k, v in exc.message_dict.items()}
            exc = serializers.ValidationError(detail)
        else:
            exc = serializers.ValidationError({"non_field_errors": exc.messages})
    return standard_handler(exc, context)


class NationFilter(django_filters.ChoiceFilter):
    """Filter by nation through a queryset's own ``in_nation``."""

    def filter(self, qs: Any, value: str) -> Any:
        return qs.in_nation(value) if value else qs
