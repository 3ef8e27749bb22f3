"""Serve the API schema, generated once: it is the same for everyone and takes a second to make."""

import functools
import hashlib
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request


@functools.cache
def rendered(renderer: type) -> tuple[bytes, str]:
    """The schema in one format, and its ETag."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    body: bytes = renderer().render(schema, renderer_context={})
    return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'


class SchemaView(SpectacularAPIView):
    """The schema as YAML or JSON, with an ETag: 304 for a client that already has it."""

    permission_classes = []

    def _get_schema_response(self, request: Request) -> HttpResponseBase:
        renderer: Any = request.accepted_renderer
        body, tag = rendered(type(renderer))  # type: ignore[arg-type]
        response = HttpResponse(body, content_type=renderer.media_type)
        response["Content-Disposition"] = f'inline; filename="{self._get_filename(request, None)}"'
        response["ETag"], response["Cache-Control"] = tag, "public, no-cache"
        return get_conditional_response(request, etag=tag, response=response) or response
