"""What the OpenAPI generator cannot see by itself: tokens, conditional requests, and the one shape of every problem.

The schema has to be read by programs that write clients: each address answers with one type, numbers have bounds, files
are binary, and what is refused is said. tests/test_api_clients.py makes clients from it.
"""

import re
from typing import Any

from django.db.models import Choices
from django_filters import NumberFilter
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema as BaseAutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from impact.core.api.fields import SeveralVisible, Strict
from impact.core.api.lists.answering import UPDATED_AT, names_of


class KnoxTokenScheme(OpenApiAuthenticationExtension):
    """``Authorization: Bearer …`` (RFC 6750), and ``Token`` as before."""

    target_class = "impact.core.access.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Create a token under Account → API tokens. `Authorization: Token …` works as well.",
        }


LARGEST = 999_999_999  # that a filter takes (impact.core.api.defaults)


class Filters(DjangoFilterExtension):
    """The values that a filter takes: words from a list, and whole numbers."""

    target_class = "impact.core.api.defaults.StrictFilterBackend"
    priority = 1

    def _get_explicit_filter_choices(self, filter_field: Any) -> Any:
        choices = filter_field.extra.get("choices")
        if isinstance(choices, type) and issubclass(choices, Choices):
            return list(choices.values)
        return super()._get_explicit_filter_choices(filter_field)

    def resolve_filter_field(self, auto_schema: Any, model: Any, filterset_class: Any, name: str, found: Any) -> Any:
        parameters = super().resolve_filter_field(auto_schema, model, filterset_class, name, found)
        if isinstance(found, NumberFilter):
            least, most = found.extra.get("min_value", 1), min(found.extra.get("max_value", LARGEST), LARGEST)
            for parameter in parameters:
                parameter["schema"] = {"type": "integer", "minimum": least, "maximum": most}
        return parameters


class ProblemItemSerializer(serializers.Serializer):
    """One thing that is wrong."""

    code = serializers.CharField(help_text="A word for programs.")
    detail = serializers.CharField(help_text="A sentence for people: what is wrong, and how to put it right.")
    attr = serializers.CharField(allow_null=True, help_text="The field, for example `agenda.0.title`; null: the whole.")


class ProblemSerializer(serializers.Serializer):
    """Why a request was not done. Nothing was changed."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ProblemItemSerializer(many=True)  # type: ignore[assignment]


class ConflictSerializer(ProblemSerializer):
    """As above, with the row as it is now where you may see it; its ETag is in the header."""

    current = serializers.DictField(required=False, help_text="The row as it is now.")


IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag that you read. `*` changes it whatever it is now.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag that you have: 304 while it is the same."
)
IF_MATCH_WELCOME = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that you read: 412 when it has changed since."
)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Made by you, up to 80 characters. The same request with the same key has one effect.",
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description="Names this state; send it back in If-Match or If-None-Match.",
)
REPLAYED = OpenApiParameter(
    "Idempotency-Replayed",
    str,
    OpenApiParameter.HEADER,
    response=[200, 201, 202],
    description="`true`: done before; this is the row as it is now.",
)

CHANGED_SINCE = OpenApiParameter(
    "changed_since",
    str,
    description="`next_changed_since` of your last reading, or a time: only what has changed since, and what is gone.",
)
FIELDS = OpenApiParameter("fields", str, description="Only these fields of each row, by name, with commas between.")

PROBLEMS = {
    "400": "Something in the request is wrong; each error names its field.",
    "401": "Sign in, or send a token.",
    "403": "You can see this but not do it.",
    "404": "There is nothing here that you can see.",
    "405": "This address does not take this method.",
    "406": "No format here that your Accept header takes.",
    "409": "This clashes with how things are now.",
    "410": "`changed_since` is a cursor that is no longer kept; read the whole list again.",
    "412": "Someone else saved it since: If-Match names an older state.",
    "413": "The body is too large.",
    "415": "Send the body in the format given here.",
    "422": "The Idempotency-Key was used before with a different body.",
    "428": "Send If-Match with the ETag that you read.",
    "429": "Too many requests; Retry-After says when to try again.",
    "503": "The records cannot be reached, and nothing was saved; Retry-After says when to try again.",
}
CHANGES = ("PUT", "PATCH", "DELETE")


EXPORTS = {"export_csv": "CSV", "export_xlsx": "Excel"}
DIGITS = re.compile(r"\^\[0-9\]\{1,(\d+)\}\$")  # the pattern of an id in an address


class AutoSchema(BaseAutoSchema):
    """Adds to every endpoint the headers that it takes and the problems that it may answer with."""

    def _is_ours(self) -> bool:
        return self._is_tagged() or getattr(self.view, "says_refusals", False)

    def _is_tagged(self) -> bool:
        return hasattr(self.view, "tagged")

    @property
    def _action(self) -> str:
        return getattr(self.view, "action", None) or ""

    def _is_list(self) -> bool:
        return self._action == "list" or self._action in EXPORTS

    def _is_page(self) -> bool:
        """Whether this is a list that a program can follow (impact.core.api.lists)."""
        return self._action == "list" and hasattr(self.view, "can_be_followed")

    def _ordering(self) -> OpenApiParameter:
        names = names_of(self.view.get_serializer_class(), self.view.queryset.model)[1]  # type: ignore[attr-defined]
        words = "A minus sign in front begins with the greatest. Equal rows go by `id`."
        return OpenApiParameter("ordering", str, enum=[*names, *(f"-{name}" for name in names)], description=words)

    def is_deprecated(self) -> bool:
        """Whether the address is going to end; its answers say when (docs/api.md)."""
        return self._action in getattr(self.view, "retiring", {}) or bool(super().is_deprecated())

    # --- What an operation is called -----------------------------------------------------------------
    def get_operation_id(self) -> str:
        if self._action not in EXPORTS:
            return str(super().get_operation_id())
        return "_".join([*self._tokenize_path()[:-1], self._action]).replace("-", "_")

    def get_summary(self) -> str | None:
        if not self._is_tagged():
            return None
        names = self.view.queryset.model._meta  # type: ignore[attr-defined]
        if self._action in EXPORTS:
            return f"Export {names.verbose_name_plural} as {EXPORTS[self._action]}"
        usual = {"list": f"List {names.verbose_name_plural}", "retrieve": f"Read one {names.verbose_name}"}
        return usual.get(self._action) or re.split(r"[.:;](?:\s|$)", self.get_description(), maxsplit=1)[0]

    # --- What it takes -------------------------------------------------------------------------------
    def get_override_parameters(self) -> list[Any]:
        if not self._is_tagged():
            return []
        if self.method == "GET":
            if self._is_page():
                return [CHANGED_SINCE, self._ordering(), FIELDS, IF_NONE_MATCH, ETAG]
            return [] if self._is_list() else [IF_NONE_MATCH, ETAG]
        if self.method == "POST":
            return [KEY, ETAG, REPLAYED]
        return [IF_MATCH] if self.method == "DELETE" else [IF_MATCH, ETAG]

    def _resolve_path_parameters(self, variables: Any) -> list[Any]:
        parameters: list[Any] = super()._resolve_path_parameters(variables)
        for parameter in parameters:
            if digits := DIGITS.fullmatch(parameter["schema"].get("pattern", "")):
                greatest = 10 ** int(digits[1]) - 1
                parameter["schema"] = {"type": "integer", "format": "int64", "minimum": 0, "maximum": greatest}
        return parameters

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        """A body takes nothing that it does not name; what only says that it is one is left out."""
        schema = super()._map_basic_serializer(serializer, direction)
        kind = type(force_instance(serializer))
        if issubclass(kind, Strict):
            schema["additionalProperties"] = False
            if not kind.__dict__.get("__doc__"):
                schema.pop("description", None)
        return schema

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, (SeveralVisible, serializers.ListSerializer)) and getattr(field, "max_length", None):
            return schema | {"maxItems": field.max_length}  # type: ignore[union-attr]
        if isinstance(field, serializers.FileField) and isinstance(field.parent, Strict):
            return schema | {"format": "binary"}
        return schema

    def _get_serializer_field_meta(self, field: Any, direction: str) -> Any:
        meta = super()._get_serializer_field_meta(field, direction)
        is_sent = isinstance(getattr(field, "parent", None), Strict)
        if is_sent and isinstance(field, serializers.CharField) and not field.allow_blank:
            meta["minLength"] = 1
        return meta

    # --- What it answers -----------------------------------------------------------------------------
    def _problems(self) -> list[str]:
        codes = ["400", "401", "403", "404", "405", "406", "429", "503"]
        if self.method in ("POST", *CHANGES):
            codes += ["409", "413", "415"]
        if self.method == "POST":
            codes += ["412", "422"]
        if self.method in CHANGES:
            codes += ["412", "428"]
        return sorted(codes)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction=direction)
        if direction != "response" or not self._is_ours():
            return responses
        if self._is_page():
            responses["410"] = self._said("410")
        if self.method == "GET" and self._is_tagged() and (self._is_page() or not self._is_list()):
            responses["304"] = {"description": "You have this state already."}
        for code in self._problems():
            problem = self._said(code)
            if code in ("429", "503"):
                problem["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "In seconds."}}
            responses.setdefault(code, problem)
        return dict(sorted(responses.items()))

    def _said(self, code: str) -> dict[str, Any]:
        kind = ConflictSerializer if code in ("409", "412") else ProblemSerializer
        said = OpenApiResponse(kind, description=PROBLEMS[code])
        problem: dict[str, Any] = self._get_response_for_code(said, code, media_types=["application/json"])
        return problem

    def get_response_serializers(self) -> Any:
        found = super().get_response_serializers()
        return self.view.get_serializer(many=True) if self._is_page() else found  # type: ignore[attr-defined]

    def _unwrap_list_serializer(self, serializer: Any, direction: Any) -> dict[str, Any] | None:
        """In a list a row also has its ``id`` and when it changed."""
        schema: dict[str, Any] | None = super()._unwrap_list_serializer(serializer, direction)
        is_row = self._is_page() and type(serializer) is self.view.get_serializer_class()  # type: ignore[attr-defined]
        if not is_row or direction != "response" or schema is None or "$ref" not in schema:
            return schema
        more = {"updated_at": {"type": "string", "format": "date-time", "readOnly": True, "description": UPDATED_AT}}
        if "id" not in serializer.fields:
            more["id"] = {"type": "integer", "readOnly": True, "description": "What `deleted` calls it by."}
        row = ResolvedComponent(
            name=f"{schema['$ref'].rpartition('/')[2]}Row",
            type=ResolvedComponent.SCHEMA,
            schema={"allOf": [schema, {"type": "object", "required": sorted(more), "properties": more}]},
            object=(type(serializer), "row"),
        )
        self.registry.register_on_missing(row)
        return dict(row.ref)
