"""What is arranged for someone without an account: by the signed link to their meeting they say what is not right, and
afterwards how it was."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.web.forms import Form, show_error, whole_number
from impact.core.web.views import alone
from networks.meetings.invitations.emails import invitation_of
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.planning.bookings.forms import WorkedForm, WrongForm
from networks.meetings.planning.bookings.own import said
from networks.meetings.planning.bookings.pages import Arranged, arranged_for_person

OPEN_FOR = timedelta(days=60)  # after the meeting: a link is not kept safe as long as an account is


def _closed(invitation: MeetingInvitation | None) -> str:
    """Why a link shows nothing that is arranged; empty while it does."""
    if invitation is None:
        return "unknown"
    if invitation.withdrawn_at is not None:
        return "withdrawn"
    return "late" if invitation.meeting.ends_at + OPEN_FOR < clock.now() else ""


def _form(one: Arranged, data: Any = None) -> Form | None:
    """What can be said of one thing now: that it is not right, how it was, or nothing."""
    need = one.need
    if one.may_question:
        return WrongForm(data, prefix=f"need{need.pk}", initial={"words": need.wrong})
    if one.may_rate:
        first = {"worked": need.worked, "words": need.worked_words}
        return WorkedForm(data, prefix=f"need{need.pk}", initial=first)
    return None


def _say(one: Arranged, form: Form) -> None:
    if one.may_question:
        said.say_wrong(by=SYSTEM, need=one.need, words=form.cleaned_data["words"])
    else:
        said.say_worked(by=SYSTEM, need=one.need, **form.cleaned_data)


@never_cache
@csrf_exempt  # as the page to answer by: the signed link is what allows it
@login_not_required
@require_http_methods(["GET", "POST"])
def reply_support(request: HttpRequest, token: str) -> HttpResponse:
    """What is arranged for the holder of a signed link, and what they say of it. Only a POST counts."""
    invitation = invitation_of(token)
    closed = _closed(invitation)
    if invitation is None or closed:
        context: dict[str, Any] = {"closed": closed, "token": token}
        status = 404 if closed == "unknown" else 410
        return alone(render(request, "networks/meetings/planning/reply_support.html", context, status=status))
    arranged = arranged_for_person(invitation.person, invitation.meeting)
    rows = [(one, _form(one)) for one in arranged]
    bound = None
    if request.method == "POST":
        number = whole_number(request.POST.get("need"))
        chosen = next((one for one in arranged if one.need.pk == number), None)
        if chosen is None:
            raise Http404
        bound = _form(chosen, request.POST)
        if bound is not None and bound.is_valid():
            try:
                _say(chosen, bound)
            except ValidationError as error:
                show_error(bound, error)
            else:
                return alone(redirect("networks:reply-support", token))
        rows = [(one, bound if one is chosen else form) for one, form in rows]
    context = {"meeting": invitation.meeting, "rows": rows, "form": bound, "token": token}
    return alone(render(request, "networks/meetings/planning/reply_support.html", context))
