"""Search over the API: what the page finds, as data."""

import html
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.html import strip_tags
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from impact.core.api.defaults import ReadByAnyone, rate_headers
from impact.core.basics.vocabulary import Nation
from impact.core.web.search import words
from impact.core.web.search.finding import PAGE, Asked, BadCursor, find
from impact.core.web.search.forms import SearchForm, kind_choices
from impact.core.web.search.views import is_too_much

MOST_ON_A_PAGE = 100
FILTERS = ("after", "before", "cursor", "kind", "nation", "page_size", "q")


class FoundSerializer(serializers.Serializer):
    """One thing that was found."""

    kind = serializers.CharField(help_text="What it is, as in the filter `kind`.")
    id = serializers.CharField(source="key", help_text="Its id in the list of its kind.")
    title = serializers.SerializerMethodField()
    excerpt = serializers.SerializerMethodField(help_text="The part of its text in which the words stand.")
    place = serializers.CharField(help_text="What it is part of, in words.")
    day = serializers.DateField(allow_null=True, help_text="When it happened, where it has a day.")
    url = serializers.SerializerMethodField(help_text="Its page.")

    def get_title(self, found: Any) -> str:
        return html.unescape(strip_tags(found.title))

    def get_excerpt(self, found: Any) -> str:
        return html.unescape(strip_tags(found.excerpt))

    def get_url(self, found: Any) -> str:
        return str(self.context["request"].build_absolute_uri(found.url))


class KindCountSerializer(serializers.Serializer):
    """How many of one kind were found."""

    kind = serializers.CharField()
    name = serializers.CharField(source="label", help_text="What several of the kind are called.")
    number = serializers.IntegerField(help_text="Up to 200.")
    is_more = serializers.BooleanField(help_text="Whether there are more than are counted.")


class ResultsSerializer(serializers.Serializer):
    """One page of what was found."""

    next = serializers.URLField(allow_null=True, help_text="The whole address of the next page; null on the last.")
    results = FoundSerializer(many=True, source="rows")
    counts = KindCountSerializer(many=True)
    instead = serializers.CharField(help_text="What was looked for because nothing has the words that were sent.")
    welsh = serializers.ListField(
        child=serializers.CharField(),
        help_text="Words that were looked for as well because little was found: other first letters, as in Welsh.",
    )


class SearchView(APIView):
    """Anything that the caller may see; without a sign-in what is published."""

    says_refusals = True  # in the schema, as the lists do
    permission_classes = [ReadByAnyone]
    http_method_names = ["get", "head", "options"]

    @extend_schema(
        operation_id="search",
        summary="Search what you may see",
        tags=["search"],
        parameters=[
            OpenApiParameter("q", str, required=True, description=f"Words, {words.LONGEST} characters at most."),
            OpenApiParameter("kind", str, enum=[kind for kind, _label in kind_choices()]),
            OpenApiParameter("nation", str, enum=Nation.values),
            OpenApiParameter("after", {"type": "string", "format": "date"}, description="The first day."),
            OpenApiParameter("before", {"type": "string", "format": "date"}, description="The last day."),
            OpenApiParameter("cursor", str, description="From `next`."),
            OpenApiParameter("page_size", int, description=f"How many on a page, up to {MOST_ON_A_PAGE}."),
        ],
        responses=ResultsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Whole titles first, then words in titles, then in texts; the newest first."""
        if unknown := sorted(set(request.query_params) - {*FILTERS, "format"}):
            words_of = f"Unknown filter. This list takes: {', '.join(FILTERS)}."
            raise serializers.ValidationError(dict.fromkeys(unknown, words_of))
        form = SearchForm(request.query_params, is_signed_in=bool(request.user and request.user.is_authenticated))
        if not form.is_valid():
            raise DjangoValidationError(form.errors.as_data())
        data = form.cleaned_data
        if words.ask(data["q"]).is_empty:
            raise serializers.ValidationError({"q": "Send a word of at least two letters."})
        if is_too_much(request._request):
            raise exceptions.Throttled(wait=60)
        asked = Asked(data["q"], data["kind"], data["nation"], data["after"], data["before"])
        try:
            results = find(request.user, asked, cursor=request.query_params.get("cursor", ""), size=self._size(request))
        except BadCursor:
            raise serializers.ValidationError({"cursor": "Send the address in `next` as it is."}) from None
        answer = ResultsSerializer(
            {
                "rows": results.rows,
                "counts": results.counts,
                "instead": results.instead,
                "welsh": results.welsh,
                "next": self._next(request, results.next),
            },
            context={"request": request},
        )
        return Response(answer.data)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        found = super().finalize_response(request, response, *args, **kwargs)
        for name, value in rate_headers(request).items():
            found.headers[name] = value
        return found

    def _size(self, request: Request) -> int:
        given = request.query_params.get("page_size", "")
        is_number = given.isascii() and given.isdecimal() and 0 < len(given) < 10
        return min(MOST_ON_A_PAGE, max(1, int(given))) if is_number else PAGE

    def _next(self, request: Request, cursor: str) -> str | None:
        if not cursor:
            return None
        query = request.query_params.copy()
        query["cursor"] = cursor
        return str(request.build_absolute_uri(f"{request.path}?{query.urlencode()}"))
