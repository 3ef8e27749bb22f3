"""Request-wide rules: final slashes, two-step verification, the permissions policy."""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django_structlog.middlewares import RequestMiddleware

from impact.core.access import two_step
from impact.core.web import problems

GetResponse = Callable[[HttpRequest], HttpResponse]
UNLOGGED = ("/equality/answer/",)


class RequestLogMiddleware(RequestMiddleware):
    """Logs each request by its route, because addresses and query strings can hold tokens and names.

    Addresses in ``UNLOGGED`` are not logged at all: who opened them and when is no one's to know.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Pass on without a line what is not to be logged."""
        if request.path.startswith(UNLOGGED):
            return self.get_response(request)
        return super().__call__(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """ "GET invitation/<str:token>/"; a dash where no route matched."""
        match = getattr(request, "resolver_match", None)
        return f"{request.method} {match.route if match else '-'}"

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Name the request in its answer, so that someone who asks for help can say which log lines are about it."""
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            response["X-Request-ID"] = request_id
        super().handle_response(request, response)


class NoStoreMiddleware:
    """Keep pages of signed-in users out of every cache, so that the Back button after signing out shows no names.

    Asked by cookie, not by account, so that this touches no database. The API sets ``private, no-cache`` with its ETags
    itself; only where a browser shows its answer as a page is that not enough.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_personal = settings.SESSION_COOKIE_NAME in request.COOKIES
        is_shown_api = problems.is_api(request) and request.headers.get("Sec-Fetch-Mode") == "navigate"
        if is_personal and (is_shown_api or not response.has_header("Cache-Control")):
            response["Cache-Control"] = "private, no-store"
        if is_personal and request.method == "POST" and request.path == reverse("account_logout"):
            response["Clear-Site-Data"] = '"cache"'  # for browsers that keep pages whatever they are told
        return response


class SlashMiddleware(CommonMiddleware):
    """Lead readers to the address with its final slash; never what is sent, which a redirect would lose."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return request.method not in problems.UNSAFE and super().should_redirect_with_slash(request)


class TwoStepRequiredMiddleware:
    """Staff and leadership set up two-step verification before they see anything else. Tokens: impact.core.access.two_step."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        may_pass = request.path.startswith(("/accounts/", settings.STATIC_URL, "/livez", "/readyz"))
        if not may_pass and two_step.lacks_two_step(request.user):
            if problems.is_api(request):
                return problems.api_problem(403, two_step.CODE, two_step.REFUSAL)
            messages.info(request, "Your role needs two-step verification. Set it up here, then carry on.")
            return redirect("mfa_index")
        return self.get_response(request)
