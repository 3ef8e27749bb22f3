"""Answering the equality questions by a private link.

The link itself is the only key: it is put into no session, and the page is drawn as for someone who is not signed in, so
that nothing ties it to an account. Requests for it are not logged (impact.core.web.serving.middleware).
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from coproduction.reflections.equality import services
from impact.core.access import limits
from impact.core.access.permissions import SYSTEM
from impact.core.people.rights.equality.figures import nation_of
from impact.core.people.rights.equality.forms import EqualityForm
from impact.core.people.rights.equality.questions import WELSH_IN
from impact.core.web.forms import errors_on
from impact.core.web.views import alone

LIMITS = {"guess": "60/10m/ip"}
NO_ACCOUNT: dict[str, Any] = {"me": None, "nav_items": []}


def _is_within(request: HttpRequest, *, only_look: bool = False) -> bool:
    return limits.is_within(request, LIMITS, "guess", app="coproduction.equality", only_look=only_look)


def _gone(request: HttpRequest, status: int, reason: str) -> HttpResponse:
    context = {"reason": reason, **NO_ACCOUNT}
    return alone(render(request, "coproduction/reflections/equality/link_gone.html", context, status=status))


@csrf_exempt  # the link is what allows an answer; without a referrer, browsers send no origin to check
@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def equality_answer(request: HttpRequest, token: str) -> HttpResponse:
    """The questions, always empty at first: neither the page nor anyone can show what was answered before."""
    if not _is_within(request, only_look=True):
        return _gone(request, 429, "limited")
    link = services.link_of(token)
    if link is None:
        _is_within(request)
        return _gone(request, 404, "unknown")
    if not link.invitation.round.is_open:
        return _gone(request, 410, "closed")
    nation = nation_of(link.invitation.stratum)
    has_welsh = nation in WELSH_IN
    words = request.GET.get("words", "")
    words = words if words == "easy" or (words == "cy" and has_welsh) else ""
    form = EqualityForm(request.POST if request.method == "POST" else None, nation=nation, words=words)
    here = reverse("coproduction:equality-answer", args=[token])
    query = f"?words={words}" if words else ""
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.answer(by=SYSTEM, token=token, answers=form.cleaned_data)
            return alone(redirect(f"{here}{query}{'&' if query else '?'}kept"))
    context = {
        "form": form,
        "round": link.invitation.round,
        "here": here,
        "query": query,
        "words": words,
        "has_welsh": has_welsh,
        "is_welsh": words == "cy",
        "is_kept": "kept" in request.GET and request.method == "GET",
        **NO_ACCOUNT,
    }
    return alone(render(request, "coproduction/reflections/equality/answer.html", context))
