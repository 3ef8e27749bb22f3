"""Answering by the private link in an email: no account, and the key is out of the address at once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from coproduction.group.members import say_day
from coproduction.reflections import services
from coproduction.reflections.forms import ReflectForm
from coproduction.reflections.pseudonyms import seal
from coproduction.reflections.views import answer_page
from impact.core.access import limits
from impact.core.access.permissions import SYSTEM
from impact.core.web.forms import errors_on
from impact.core.web.views import alone

SESSION = "reflections"  # number of a reflection → token of the link, in the session
LIMITS = {"guess": "60/10m/ip"}


def _is_within(request: HttpRequest, *, only_look: bool = False) -> bool:
    return limits.is_within(request, LIMITS, "guess", app="coproduction.reflections", only_look=only_look)


def _gone(request: HttpRequest, status: int, reason: str) -> HttpResponse:
    return render(request, "coproduction/reflections/link_gone.html", {"reason": reason}, status=status)


@never_cache
@login_not_required
@require_GET
def reflection_link(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange a private link for a session at once, so that the key stays out of history, referrers and logs."""
    if not _is_within(request, only_look=True):
        return alone(_gone(request, 429, "limited"))
    link = services.link_of(token)
    if link is None:
        _is_within(request)
        return alone(_gone(request, 404, "unknown"))
    if link.reflection.is_closed:
        return alone(_gone(request, 410, "closed"))
    if request.method != "HEAD":
        if not request.user.is_authenticated:
            request.session.set_expiry(0)
        request.session[SESSION] = {**request.session.get(SESSION, {}), str(link.reflection_id): token}
    return alone(redirect("coproduction:reflection-by-link", link.reflection_id))


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def reflection_by_link(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions, for the one whose link this browser opened; what they said so far is filled in."""
    token = request.session.get(SESSION, {}).get(str(pk), "")
    link = services.link_of(token) if token else None
    if link is None or link.reflection_id != pk:
        return _gone(request, 403, "no_session")
    reflection = link.reflection
    if reflection.is_closed:
        return _gone(request, 410, "closed")
    form = ReflectForm(
        request.POST if request.method == "POST" else None, earlier=services.earlier_answers(seal(token, link.sealed))
    )
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.answer_by_link(by=SYSTEM, token=token, answers=form.answers)
            messages.success(
                request, f"Your answers are saved. You can change them until {say_day(reflection.closes_on)}."
            )
            return redirect("coproduction:reflection-by-link", pk)
    return answer_page(
        request, form, reflection, title="Your reflection", button="Save my answers", is_by_link=True, crumbs=[]
    )


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def reflection_leave(request: HttpRequest) -> HttpResponse:
    """Forget the link in this browser, for people who share a device."""
    if request.method == "POST":
        request.session.pop(SESSION, None)
    return _gone(request, 200, "left")
