"""What the OpenAPI generator cannot see by itself: tokens, conditional requests, and the one shape of every problem."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema as BaseAutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from impact.core.listing import XLSX_TYPE


class KnoxTokenScheme(OpenApiAuthenticationExtension):
    """``Authorization: Token …``."""

    target_class = "impact.core.two_step.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <your token>`. Make one under Account → API tokens.",
        }


class ProblemItemSerializer(serializers.Serializer):
    """One thing that is wrong."""

    code = serializers.CharField(help_text="A word for programs.")
    detail = serializers.CharField(help_text="A sentence for people: what is wrong, and how to put it right.")
    attr = serializers.CharField(allow_null=True, help_text="The field, for example `agenda.0.title`; null: the whole.")


class ProblemSerializer(serializers.Serializer):
    """Why a request was not done. Nothing was changed."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ProblemItemSerializer(many=True)


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

PROBLEMS = {
    "400": "Something in the request is wrong; each error names its field.",
    "401": "Sign in, or send a token.",
    "403": "You may see this, and not do it.",
    "404": "There is nothing here that you may see.",
    "405": "No such method here.",
    "406": "No format here that your Accept header takes.",
    "409": "This clashes with how things are now.",
    "412": "Somebody else saved it since: If-Match names an older state.",
    "413": "The body is too large.",
    "415": "Send the body in the format given here.",
    "422": "The Idempotency-Key came back with another body.",
    "428": "Send If-Match with the ETag that you read.",
    "429": "Too many requests; Retry-After says when to go on.",
}
CHANGES = ("PUT", "PATCH", "DELETE")


class AutoSchema(BaseAutoSchema):
    """Adds to every endpoint the headers that it takes and the problems that it may answer with."""

    def _is_ours(self) -> bool:
        return hasattr(self.view, "tagged")

    def _is_list(self) -> bool:
        return getattr(self.view, "action", "") == "list"

    def get_override_parameters(self) -> list[Any]:
        if not self._is_ours():
            return []
        if self.method == "GET":
            return [] if self._is_list() else [IF_NONE_MATCH, ETAG]
        if self.method == "POST":
            return [KEY, ETAG, REPLAYED]
        return [IF_MATCH] if self.method == "DELETE" else [IF_MATCH, ETAG]

    def _problems(self) -> list[str]:
        codes = ["401", "403", "404", "405", "406", "429"]
        if self._is_list() or self.method != "GET":
            codes.append("400")
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
        for code, response in responses.items():
            if "csv" in self.map_renderers("format") and code == "200" and "content" in response:
                response["content"] |= {
                    "text/csv": {"schema": {"type": "string"}},
                    XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
                }
        if self.method == "GET" and not self._is_list():
            responses["304"] = {"description": "You have this state already."}
        for code in self._problems():
            kind = ConflictSerializer if code in ("409", "412") else ProblemSerializer
            said = OpenApiResponse(kind, description=PROBLEMS[code])
            problem = self._get_response_for_code(said, code, media_types=["application/json"])
            responses.setdefault(code, problem)
        return dict(sorted(responses.items()))
