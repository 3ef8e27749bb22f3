"""Pages that are the same for everyone: components, accessibility, privacy, the service worker."""

from typing import TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from impact.core.access.permissions import require
from impact.core.basics.privacy import times_kept

Handed = TypeVar("Handed", bound=HttpResponseBase)


def alone(response: Handed) -> Handed:
    """Keep the address of a page, which is a key, away from caches, search engines and other sites."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store, private"
    return response


# --- The platform itself -------------------------------------------------------------------------
@require_GET
def components(request: HttpRequest) -> HttpResponse:
    """The gallery of components, for people who build pages."""
    require(request.user, "core.view_components")
    return render(request, "core/web/components.html")


@login_not_required
@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "core/web/accessibility.html")


@login_not_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about people and who sees it, as the platform is today. tests/core/web/test_privacy.py holds it to that."""
    context = {
        "session_hours": settings.SESSION_COOKIE_AGE // 3600,
        "two_step_required": settings.TWO_STEP_REQUIRED,
        "kept": times_kept(),
        "push_is_on": bool(settings.PUSH_KEY),
    }
    return render(request, "core/web/privacy.html", context)


@login_not_required
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps log pages for places without a signal. At the root, because it may only serve below itself."""
    script = (settings.BASE_DIR / "static" / "js" / "sw.js").read_text(encoding="utf-8")
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
