"""What every API endpoint shares: what is visible, conditional requests, writes with one effect, one shape of error."""

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_standardized_errors.handler import exception_handler as standard_handler
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from impact.core.api import idempotency
from impact.core.api.defaults import Retiring, SignedIn, SignedInReader, TooLarge, rate_headers
from impact.core.api.files import CsvRenderer, XlsxRenderer, export
from impact.core.api.lists import answering
from impact.core.api.lists.bulk import RowsRefused
from impact.core.api.lists.following import Inside
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.web.files.store import DiskFull

BYTES = "application/octet-stream"
WHOLE = {NON_FIELD_ERRORS, api_settings.NON_FIELD_ERRORS_KEY}  # what frameworks call an error about no one field


class PreconditionFailed(exceptions.APIException):
    """``If-Match`` names a state that has moved on."""

    status_code = 412
    default_code = "precondition_failed"
    default_detail = "Someone else saved this in the meantime. Compare with `current`, then send its ETag as If-Match."

    def __init__(self, current: Any = None) -> None:
        super().__init__()
        self.current = current


class PreconditionRequired(exceptions.APIException):
    """A change without ``If-Match``."""

    status_code = 428
    default_code = "precondition_required"
    default_detail = "Send the ETag of what you are changing as If-Match, so that no one's words are lost."


def etag_of(data: Any, version: int | None) -> str:
    """The ETag of an answer: the row's version, where it has one, and a digest of the whole answer.

    It is strong, because the digest covers every byte, also of what stands in other rows (counts, an agenda). What a
    write has to match is the version alone (see ``EditableViewSet.matched``).
    """
    digest = hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:20]
    return f'"{version}-{digest}"' if version is not None else f'"{digest}"'


def _tags(header: str) -> list[str]:
    """The ETags in a header, without the W/ that a proxy may have put before them."""
    return [tag.strip().removeprefix("W/") for tag in header.split(",") if tag.strip()]


class ApiViewSet(viewsets.GenericViewSet):
    """What the caller may see, with ETags. Subclasses set ``queryset`` from a model with ``visible_to``."""

    permission_classes = [SignedInReader]
    http_method_names = ["get", "head", "options"]
    retiring: Mapping[str, Retiring] = {}  # by action: what is going to end

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.visible_to(self.request.user)  # type: ignore[attr-defined]

    def version_of(self, row: Any) -> int | None:
        """What counts the changes of a row, for its ETag; None where nothing does, and for those who may not change it:
        it also counts changes of what they do not see."""
        found: int | None = getattr(row, "version", None)
        return found if found is None or self.may_change(row) else None

    def may_change(self, row: Any) -> bool:
        """Whether the caller could change a row: no visitor. Narrower for rows of which not every reader sees all."""
        return bool(self.request.user and self.request.user.is_authenticated)

    def tagged(self, data: Any, *, version: int | None = None, status: int = 200) -> Response:
        """An answer with its ETag; 304 without a body for a caller who has this very state already."""
        tag = etag_of(data, version)
        known = _tags(self.request.headers.get("If-None-Match", ""))
        if self.request.method in ("GET", "HEAD") and (tag in known or "*" in known):
            return Response(status=304, headers={"ETag": tag})
        return Response(data, status=status, headers={"ETag": tag})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(response, "exception", False):  # a problem is JSON, also where a file was asked for
            request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization"])
        ending = self.retiring.get(self.action or "")
        for name, value in (rate_headers(request) | (ending.headers() if ending else {})).items():
            response.headers[name] = value
        return response


def as_bytes(request: Request, response: Any) -> Any:
    """A file as plain bytes for a caller who asks for those, such as a client that knows no other type for a file."""
    if response.status_code == 200 and BYTES in request.headers.get("Accept", ""):
        response["Content-Type"] = BYTES
    return response


class ReadOnlyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """A list and a detail. Lists come as JSON page by page, or whole as CSV and Excel; details have an ETag.

    The files have addresses of their own. The list itself gives them too, to ``?format=`` or ``Accept``; the schema does
    not say so, because no client could be made of an address with three types of answer.
    """

    can_be_followed = True  # impact.core.api.lists
    parts: tuple[str, ...] = ()  # rows that are part of a row and come with it, besides those of ``prefetch_related``
    inside_parts: tuple[str, ...] = ()  # parts that are shown only to those of ``inside``
    unwatched: tuple[str, ...] = ()  # parts whose changes are not noted, because no one may know when they were written

    def inside(self) -> Inside | None:
        """The rows of which the caller may know what others who see them may not, where there is such a thing."""
        return None

    def read_rows(self, rows: QuerySet) -> QuerySet:
        """What of the rows is read from the database for the list."""
        return rows

    def shown_rows(self, page: list[Any], fields: list[str] | None) -> list[dict[str, Any]]:
        """A page of rows as data; only ``fields`` are needed."""
        return answering.shown_by(self.get_serializer(page, many=True), fields)

    def get_renderers(self) -> list:
        is_described = getattr(self, "swagger_fake_view", False)
        has_files = self.action == "list" and not is_described
        return [*super().get_renderers(), *([CsvRenderer(), XlsxRenderer()] if has_files else [])]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=force or self.action in ("export_csv", "export_xlsx"))

    def _export(self, kind: str) -> Any:
        self.action = "list"  # the same rows and columns
        return export(self.basename, self.get_serializer(), self.filter_queryset(self.get_queryset()), kind)

    @extend_schema(responses={(200, CsvRenderer.media_type): OpenApiTypes.STR}, filters=True)
    def export_csv(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The whole list as CSV, with the same filters."""
        return self._export("csv")

    @extend_schema(responses={(200, XlsxRenderer.media_type, BYTES): OpenApiTypes.BINARY}, filters=True)
    def export_xlsx(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The whole list as an Excel file, with the same filters."""
        return as_bytes(request, self._export("xlsx"))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        if isinstance(request.accepted_renderer, (CsvRenderer, XlsxRenderer)):
            rows = self.filter_queryset(self.get_queryset())
            return export(self.basename, self.get_serializer(), rows, request.accepted_renderer.format)
        return answering.answer(self)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        return self.tagged(self.get_serializer(row).data, version=self.version_of(row))


if TYPE_CHECKING:
    Shared = ApiViewSet  # what a mixin may use of the view that it is mixed into
else:
    Shared = object


class FileDownloadMixin:
    """For a ``content`` action that returns a file, whatever the Accept header says.

    Its type is what the file is, or plain bytes for a caller who accepts those.
    """

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        found = super().finalize_response(request, response, *args, **kwargs)
        return as_bytes(request, found) if getattr(self, "action", "") == "content" else found

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        is_file = getattr(self, "action", "") == "content"
        return super().perform_content_negotiation(request, force=force or is_file)


class Writes(Shared):
    """Writing through services.

    A write finds its row among what is visible (404), asks ``require`` (403), reads the body with ``sent`` (400), holds
    PUT, PATCH and DELETE against If-Match with ``matched`` (428, 412), runs POST through ``once``, and answers with the
    row as it is now.
    """

    permission_classes = [SignedIn]
    http_method_names = ["get", "head", "options", "post", "put", "patch", "delete"]
    request: Request
    form: serializers.Serializer | None = None  # the body, for the names under which its fields were sent
    row: Model | None = None  # what If-Match was held against, for the answer when it does not match

    def sent(self, kind: type[serializers.Serializer], *, partial: bool = False) -> dict[str, Any]:
        """The body, checked; with ``partial`` only what it holds."""
        form = kind(data=self.request.data, partial=partial, context=self.get_serializer_context())
        self.form = form
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def state_of(self, row: Any) -> tuple[Any, int | None]:
        """How a row is shown to the caller now, and its version. 404 when they may not see it."""
        fresh = get_object_or_404(self.get_queryset(), pk=row if not isinstance(row, Model) else row.pk)
        return self.get_serializer(fresh).data, self.version_of(fresh)

    def matched(self, row: Model, *, is_required: bool = True) -> int | None:
        """Hold If-Match against a row; its version, to hand to the service as ``expected``.

        A row without a version is held against the whole answer. ``*`` matches any state, for a caller who means it.
        """
        self.row = row
        tags = _tags(self.request.headers.get("If-Match", ""))
        if not tags:
            if is_required:
                raise PreconditionRequired
            return None
        version = self.version_of(row)
        if "*" in tags:
            return version
        if version is None:
            is_same = etag_of(*self.state_of(row)) in tags
        else:
            is_same = str(version) in {tag.strip('"').split("-")[0] for tag in tags}
        if not is_same:
            raise PreconditionFailed
        return version

    def matched_part(self, data: Any) -> None:
        """Hold If-Match against something that is written as a whole and has an ETag of its own, as it is now."""
        tags = _tags(self.request.headers.get("If-Match", ""))
        if not tags:
            raise PreconditionRequired
        if etag_of(data, None) not in tags and "*" not in tags:
            raise PreconditionFailed(current=data)

    def shown(self, row: Any, *, status: int = 200) -> Response:
        """The row as the caller may see it now; with 201 also where it lives."""
        data, version = self.state_of(row)
        response = self.tagged(data, version=version, status=status)
        if status == 201:
            key = data.get(self.lookup_field) or data.get("id")
            kwargs = {**self.kwargs, self.lookup_url_kwarg or self.lookup_field: key}
            response["Location"] = self.reverse_action("detail", kwargs=kwargs)
        return response

    def once(
        self, effect: Callable[[], Any], *, status: int = 201, show: Callable[..., Response] | None = None
    ) -> Response:
        """Do ``effect`` once for an Idempotency-Key and show the row that it gives (or what its ids lead ``show`` to).

        What is kept is which row it was, not the answer: a repeated request is answered from the row as the caller may
        see it then, so that nothing leaks to someone who has lost sight of it, and no copy of anybody's words stays.
        """

        def run() -> dict[str, Any]:
            made = effect()
            return {"pk": str(made.pk) if isinstance(made, Model) else made, "status": status}

        answer, is_new = idempotency.once(
            user=self.request.user,  # type: ignore[arg-type]
            key=self.request.headers.get("Idempotency-Key", "").strip(),
            method=str(self.request.method),
            path=self.request.path,
            body=_fingerprint(self.request.data),
            effect=run,
        )
        response = (show or self.shown)(answer["pk"], status=answer["status"])
        if not is_new:
            response["Idempotency-Replayed"] = "true"
        return response


class EditableViewSet(Writes, ReadOnlyViewSet):
    """A list and a detail, and writing through services."""


def _fingerprint(data: Any) -> Any:
    """The body as JSON-able values; of files their contents' hash."""
    if not hasattr(data, "lists"):
        return data
    return {name: [_file_hash(v) if hasattr(v, "chunks") else v for v in values] for name, values in data.lists()}


def _file_hash(file: Any) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _as_problem(exc: Exception, request: Request | None) -> Exception:
    """A service's own error as what the API says."""
    if isinstance(exc, Conflict):
        if request is not None and request.headers.get("If-Match"):
            return PreconditionFailed()
        return _problem(409, "conflict", exc.messages)
    if isinstance(exc, StateConflict):
        return _problem(409, exc.state, exc.messages)
    if isinstance(exc, idempotency.KeyReused):
        return _problem(
            422, "key_reused", "This Idempotency-Key was already used with a different body. Use a new key."
        )
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, DiskFull):
        return _problem(503, str(exc.code), exc.messages[0])
    if isinstance(exc, DjangoValidationError):
        if hasattr(exc, "error_dict"):
            detail = {("non_field_errors" if k == NON_FIELD_ERRORS else k): v for k, v in exc.message_dict.items()}
            return serializers.ValidationError(detail)
        return serializers.ValidationError({"non_field_errors": exc.messages})
    return exc


def _problem(status: int, code: str, detail: str | list[str]) -> exceptions.APIException:
    problem = exceptions.APIException(detail=detail, code=code)
    problem.status_code = status
    return problem


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn services' own errors into API problems; the rest as usual.

    ValidationError is 400, Conflict 409 or 412, StateConflict 409. A conflict says how the row is now (``current``, and
    its ETag), so that the caller can compare and send again.
    """
    if isinstance(exc, (OperationalError, InterfaceError)):
        return None  # the database is away: impact.core.web.problems.server_error says so
    response = standard_handler(_as_problem(exc, context.get("request")), context)  # type: ignore[arg-type]
    if response is None:
        return response
    view = context.get("view")
    name_as_sent(response.data["errors"], getattr(view, "form", None))
    if isinstance(exc, RowsRefused):  # each row's own problems, under its place among the rows
        response.data["errors"] = [
            {**error, "attr": ".".join(["rows", str(row["index"]), *([error["attr"]] if error["attr"] else [])])}
            for row in exc.refused
            for error in row["errors"]
        ]
    if response.status_code not in (409, 412):
        return response
    part = getattr(exc, "current", None)
    if isinstance(exc, PreconditionFailed) and part is not None:
        response.data["current"], response["ETag"] = part, etag_of(part, None)
        return response
    row = getattr(view, "row", None) or part
    if view is not None and isinstance(row, view.queryset.model):
        with contextlib.suppress(Http404):  # not for this caller to see
            data, version = view.state_of(row)
            response.data["current"], response["ETag"] = data, etag_of(data, version)
    return response


def name_as_sent(errors: list[dict[str, Any]], form: serializers.Serializer | None) -> None:
    """Put each error under the name that the caller used: not the model's, and null where it is about the whole."""
    names = {field.source: name for name, field in form.fields.items()} if form is not None else {}
    for error in errors:
        error["detail"] = _encodable(error["detail"])
        if error["attr"]:
            first, *rest = error["attr"].split(".")
            path = [names.get(first, first), *rest]
            error["attr"] = _encodable(".".join(part for part in path if part not in WHOLE)) or None


def _encodable(text: str) -> str:
    """Text without halves of characters, which JSON can bring in and nothing can send out."""
    return text.encode(errors="replace").decode()


class YearFilter(django_filters.NumberFilter):
    """Filter by a year that a calendar has."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1900, max_value=2100, **kwargs)

    def get_max_validator(self) -> None:
        """max_value says it."""


class NationFilter(django_filters.ChoiceFilter):
    """Filter by nation through a queryset's own ``in_nation``."""

    def filter(self, qs: Any, value: str) -> Any:
        return qs.in_nation(value) if value else qs
