"""What every refusal and failure says: a page for people, one JSON shape under /api/.

Django calls the ``handler…`` functions (impact.urls) and ``csrf_failure`` (settings). They also see what fails in
middleware, such as reading the session or who is signed in, which no middleware of ours could catch.
"""

import sys
from collections.abc import Iterator
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.views import csrf, defaults

from impact.core.access.acting import noting
from impact.core.access.acting.models import ActingFor

log = structlog.get_logger(__name__)
AWAY = "We cannot reach our records at the moment. Nothing was saved. Try again in a minute."
RETRY_AFTER = 30  # seconds
NOT_WORDS = frozenset({"csrfmiddlewaretoken", "password", "password1", "password2", "version"})
TITLES: dict[int | str, str] = {
    "over": "You no longer act for them",
    404: "This address is incomplete",
    413: "This is too large to send",
    429: "Too many attempts",
    503: "There is no room for this file",
}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def is_api(request: HttpRequest) -> bool:
    """Whether a program asks, which reads JSON."""
    return request.path_info.startswith("/api/")


def api_problem(status: int, code: str, detail: str) -> JsonResponse:
    """A refusal in the shape that the whole API has (docs/api.md)."""
    kind = "client_error" if status < 500 else "server_error"
    return JsonResponse({"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}, status=status)


def refuse(request: HttpRequest, status: int, code: str, words: str) -> HttpResponse:
    """A refusal in a sentence, as a page or as JSON."""
    if is_api(request):
        return api_problem(status, code, words)
    return render(request, "refused.html", {"words": words, "title": TITLES[status]}, status=status)


# --- The database is away ------------------------------------------------------------------------
def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from: Django wraps the database's errors, and some parts wrap them again."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def is_database_away(error: BaseException | None) -> bool:
    """Whether it failed because the database cannot be reached, is locked for too long, or broke off."""
    for found in _chain(error):
        if isinstance(found, (OperationalError, InterfaceError)):
            return True
        if type(found) is DatabaseError:  # psycopg2's name for a connection that ended in the middle of an answer
            return not _is_usable()
    return False


def _is_usable() -> bool:
    try:
        if connection.vendor == "sqlite":  # Django takes every SQLite file for usable, a damaged one too
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM sqlite_master")
        return bool(connection.is_usable())
    except Exception:  # noqa: BLE001  however it fails, it cannot be used
        return False


def database_away(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """503 that says when to come back. Reads nothing from the database."""
    log.error("database.away", error=type(error).__name__)
    response: HttpResponse
    if is_api(request):
        response = api_problem(503, "unavailable", AWAY)
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


# --- Django's error handlers ---------------------------------------------------------------------
def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """handler500. A database that is away is a 503, whichever part needed it."""
    error = sys.exc_info()[1]
    if is_database_away(error):
        return database_away(request, error)
    if is_api(request):
        return api_problem(500, "error", "Something went wrong on our side. It has been recorded.")
    return defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400. A session that cannot be saved arrives here too, as Django reads that as a lost session."""
    if is_database_away(exception):
        return database_away(request, exception)
    if is_api(request):
        return api_problem(400, "bad_request", "This request cannot be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if is_api(request):
        is_over = isinstance(exception, noting.Over)
        words = str(exception) if is_over else "You do not have permission to do this."
        return api_problem(403, "permission_denied", words)
    return _no_longer_acting(request, 403) or defaults.permission_denied(request, exception)


def _no_longer_acting(request: HttpRequest, status: int) -> HttpResponse | None:
    """A page with what was typed, for someone who acted for another until a moment ago: their right ended while they
    wrote. None: that is not why."""
    user = getattr(request, "user", None)
    if request.method != "POST" or user is None or not ActingFor.objects.just_over(user).exists():
        return None
    typed = [value for key, values in request.POST.lists() for value in values if key not in NOT_WORDS and " " in value]
    context = {"words": noting.OVER, "title": TITLES["over"], "typed": typed}
    return render(request, "refused.html", context, status=status)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """handler429, for allauth: a limit of signing in was reached."""
    words = "Too many attempts. Wait a minute, then try again."
    answer = refuse(request, 429, "throttled", words)
    answer["Retry-After"] = "60"
    return answer


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404. What was sent to an address without its final slash is refused with the right address, not lost."""
    right = address_with_slash(request)
    if is_api(request):
        words = f"The address is {right}, with a slash at the end." if right else "There is nothing at this address."
        return api_problem(404, "not_found", words)
    if right:
        words = f"The address ends with a slash: {right}."
        return refuse(request, 404, "not_found", words)
    return _no_longer_acting(request, 404) or defaults.page_not_found(request, exception)


def address_with_slash(request: HttpRequest) -> str:
    """The same address with a final slash, where only that was missing."""
    path = request.path_info
    if path.endswith("/") or request.method not in UNSAFE:
        return ""
    try:
        resolve(f"{path}/")
    except Resolver404:
        return ""
    return f"{request.path}/"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose hidden token did not match."""
    if is_api(request):
        return api_problem(403, "csrf_failed", "Send the CSRF token of your session, or use an API token.")
    if request.path == reverse("account_logout"):
        # From a page whose address is a key, browsers send no origin to check. The page that signs out has a button that does.
        return redirect("account_logout")
    return csrf.csrf_failure(request, reason)
