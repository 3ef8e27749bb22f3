"""Request-wide rules: a missing database, two-step verification, the permissions policy."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django_structlog.middlewares import RequestMiddleware

from impact.core import two_step

log = structlog.get_logger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestLogMiddleware(RequestMiddleware):
    """Logs each request by its route, because addresses and query strings can hold tokens and names."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """ "GET invitation/<str:token>/"; a dash where no route matched."""
        match = getattr(request, "resolver_match", None)
        return f"{request.method} {match.route if match else '-'}"


class PermissionsPolicyMiddleware:
    """Tell the browser that no page here uses the camera, the microphone or the place."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        return response


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


class DatabaseAwayMiddleware:
    """A database that cannot be reached is a 503 that says when to come back, never a 500."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError) as error:
            return self._away(request, error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, (OperationalError, InterfaceError)):
            return self._away(request, exception)
        return None

    def _away(self, request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("database.away", error=type(error).__name__)
        detail = "The service cannot reach its records just now. Nothing was saved. Try again in a minute."
        response: HttpResponse
        if _is_api(request):
            body = {"type": "server_error", "errors": [{"code": "unavailable", "detail": detail, "attr": None}]}
            response = JsonResponse(body, status=503)
        else:
            response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = "30"
        return response


class TwoStepRequiredMiddleware:
    """Staff and leadership set up two-step verification before they see anything else. Tokens: impact.core.two_step."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        may_pass = request.path.startswith(("/accounts/", settings.STATIC_URL, "/livez", "/readyz"))
        if not may_pass and two_step.lacks_two_step(request.user):
            if _is_api(request):
                problem = {"code": two_step.CODE, "detail": two_step.REFUSAL, "attr": None}
                return JsonResponse({"type": "client_error", "errors": [problem]}, status=403)
            messages.info(request, "Your role needs two-step verification. Set it up here, then carry on.")
            return redirect("mfa_index")
        return self.get_response(request)
