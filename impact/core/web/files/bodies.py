"""How much a request may send, decided from its headers, before anything of its body is read."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from rest_framework.exceptions import APIException

from impact.core.access.tokens import TokenAuthentication
from impact.core.web.files import store
from impact.core.web.problems import refuse

log = structlog.get_logger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
LARGEST = 160 * 1024 * 1024  # ten photographs on one form; as in deploy/Caddyfile and deploy/buffering.py
# How much apps accept from people who are not signed in but hold a link: each function gives bytes, 0 for no link.
ALLOWANCES: list[Callable[[HttpRequest], int]] = []


def is_known(request: HttpRequest) -> bool:
    """Whether the request comes with a session or a token that is valid."""
    if request.user.is_authenticated:
        return True
    try:
        return TokenAuthentication().authenticate(request) is not None
    except APIException:
        return False


class BodyMiddleware:
    """Refuse what is too large unread: forms of people who are not signed in are small.

    deploy/buffering.py asks first, while a large body still waits (``impact.body_waits``): 204 means that it may come.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = _length_of(request)
        if length > LARGEST:
            return _too_large(
                request, f"The largest request we accept is {_words(LARGEST)}. Send fewer files at a time."
            )
        small = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length > small and not is_known(request):
            most = max([small, *(allowance(request) for allowance in ALLOWANCES)])
            if length > most:
                first = "Sign in first. Without signing in, t" if most == small else "T"
                return _too_large(request, f"{first}he largest request we accept is {_words(most)}.")
        if request.META.get("impact.body_waits"):
            return HttpResponse(status=204)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A disk that fills while an upload is received: in words, and nothing was saved."""
        if isinstance(exception, OSError) and store.is_disk_full(exception):
            log.error("upload.no_room")
            response = refuse(request, 503, "no_room", store.NO_ROOM_WORDS)
            response["Retry-After"] = "600"
            return response
        return None


def _length_of(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if str(text).isdecimal() else 0


def _words(size: int) -> str:
    return filesizeformat(size).replace("\xa0", " ")


def _too_large(request: HttpRequest, words: str) -> HttpResponse:
    return refuse(request, 413, "too_large", words)
