"""Adding many rows in one request, with a result for each: all of them or none, or, if asked, those that can be."""

from abc import ABC, abstractmethod
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import Input, Strict

MOST = 200
REFUSALS = (exceptions.APIException, ValidationError, PermissionDenied, Http404)


class BulkInput(Input):
    """Rows to add."""

    rows = serializers.ListField(
        child=serializers.DictField(), min_length=1, max_length=MOST, help_text="Each as in a `POST` to the list."
    )
    partial = serializers.BooleanField(  # type: ignore[assignment]
        default=False, help_text="Add those that can be added. Else none is, unless all are right."
    )


class BulkProblemSerializer(serializers.Serializer):
    """What is wrong with a row."""

    code = serializers.CharField()
    detail = serializers.CharField(help_text="Empty in the answer to a repeated request.")
    attr = serializers.CharField(allow_null=True, help_text="The field of the row.")


class BulkResultSerializer(serializers.Serializer):
    """What became of one row."""

    index = serializers.IntegerField(help_text="Its place in `rows`, from 0.")
    status = serializers.IntegerField(help_text="201: added. Else what a `POST` of it alone would have answered.")
    id = serializers.CharField(allow_null=True, help_text="Of the row that was added.")
    errors = BulkProblemSerializer(many=True)  # type: ignore[assignment]


class BulkAnswerSerializer(serializers.Serializer):
    """What became of each row, in their order."""

    results = BulkResultSerializer(many=True)


class RowsRefused(exceptions.ValidationError):
    """Some rows are wrong, so none was added."""

    def __init__(self, refused: list[dict[str, Any]]) -> None:
        super().__init__({"rows": "Some of the rows are wrong. None was added."})
        self.refused = refused


class Bulk(ABC):
    """For a viewset that adds rows with ``add``: ``POST …/bulk/`` adds many. Each is checked as if it were sent alone."""

    row_input: type[Strict]

    @abstractmethod
    def require_any(self) -> None:
        """Refuse those who could add nothing at all, before their rows are looked at."""

    @abstractmethod
    def add(self, **given: Any) -> Model:
        """Add one row, of what ``row_input`` took in."""

    @extend_schema(request=BulkInput, responses={201: BulkAnswerSerializer, 200: BulkAnswerSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self: Any, request: Request, **kwargs: Any) -> Response:
        """Add many at once: all or none. With `partial` those that are right: 201 if all were, else 200."""
        self.require_any()
        given = self.sent(BulkInput)
        told: list[dict[str, Any]] = []

        @transaction.atomic
        def add_all() -> list[dict[str, Any]]:
            told[:] = [self._one(n, row) for n, row in enumerate(given["rows"])]
            refused = [result for result in told if result["status"] != 201]
            if refused and not given["partial"]:
                raise RowsRefused(refused)
            # What is kept holds no one's words.
            return [{**result, "errors": [{**error, "detail": ""} for error in result["errors"]]} for result in told]

        def show(results: list[dict[str, Any]], status: int) -> Response:
            is_all = all(result["status"] == 201 for result in results)
            return Response({"results": told or results}, status=201 if is_all else 200)

        response: Response = self.once(add_all, show=show)
        return response

    def _one(self: Any, index: int, data: Any) -> dict[str, Any]:
        """Add one row, or say why not."""
        form = self.row_input(data=data, context=self.get_serializer_context())
        try:
            with transaction.atomic():
                form.is_valid(raise_exception=True)
                made = self.add(**form.validated_data)
        except REFUSALS as refusal:
            self.form = form
            problem = self.get_exception_handler()(refusal, self.get_exception_handler_context())
            self.form = None
            return {"index": index, "status": problem.status_code, "id": None, "errors": problem.data["errors"]}
        return {"index": index, "status": 201, "id": str(made.pk), "errors": []}
