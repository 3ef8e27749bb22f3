"""Pages about who is asked to a meeting: announcing it, answering, and the signed link for people without an account."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access.permissions import SYSTEM, has_perm, require
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_error
from impact.core.web.views import alone
from networks.groups.pages import find_group, group_crumbs
from networks.meetings.invitations import services
from networks.meetings.invitations.emails import arranged_for, invitation_of, where
from networks.meetings.invitations.forms import AnnounceForm, AnswerForm, ToldAnswerForm
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs

Answer = MeetingInvitation.Answer
# In the order in which a coordinator looks: who still has to be asked, then who comes.
GROUPS = [("", "No answer yet"), (Answer.YES, "Yes"), (Answer.SUPPORTER, "Yes, with a supporter"), (Answer.NO, "No")]


def answers(meeting: Meeting, user: Any, *, sees_people: bool) -> dict[str, Any]:
    """What the meeting's page shows of invitations: the reader's own, and all of them to the people who run it."""
    may_plan = has_perm(user, "networks.plan_meeting", meeting)
    own = None if may_plan else services.own_invitation(user, meeting)  # who runs it answers in the list, like others
    is_open = own is not None and not services.why_no_answer(own)
    context: dict[str, Any] = {
        "own_invitation": own if is_open else None,
        "answer_form": AnswerForm(invitation=own) if own and is_open else None,
        "may_announce": may_plan and meeting.is_draft and meeting.act == "prepare",
    }
    if not sees_people or meeting.is_draft:
        return context
    rows = list(meeting.invitations.filter(withdrawn_at__isnull=True).select_related("person", "recorded_by__person"))
    counts = [(label, sum(row.answer == key for row in rows)) for key, label in GROUPS]
    order = [key for key, _label in GROUPS]
    rows.sort(key=lambda row: order.index(row.answer))
    context |= {
        "invitations": rows,
        "answer_counts": [(label, number) for label, number in counts if number],
        "unanswered": [row.person.name for row in rows if not row.answer],
        "is_answered": any(row.answer for row in rows),
        "by_phone": [row.person.name for row in rows if not row.person.email],
        "may_record": may_plan and meeting.act == "prepare",
    }
    return context


def _who(meeting: Meeting) -> dict[str, Any]:
    """One draft with those whom announcing it would reach, and what it still needs."""
    people = list(services.invited_people(meeting))
    try:
        services.require_place(meeting)
        missing: list[str] = []
    except ValidationError as error:
        missing = error.messages
    return {
        "meeting": meeting,
        "where": where(meeting),
        "by_email": [p.name for p in people if p.email],
        "by_phone": [p.name for p in people if not p.email],
        "missing": missing,
    }


def _announce_page(request: HttpRequest, rows: Sequence[Meeting], form: AnnounceForm | None, **context: Any) -> Any:
    shown = [_who(meeting) for meeting in rows]
    context |= {"rows": shown, "form": form, "emails": sum(len(row["by_email"]) for row in shown)}
    return render(request, "networks/meetings/invitations/meeting_announce.html", context)


@require_http_methods(["GET", "POST"])
def meeting_announce(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who gets an email, then tell them of one meeting."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.plan_meeting", meeting)
    problem: ValidationError | None = None
    if request.method == "POST":
        try:
            services.announce_meeting(by=request.user, meeting=meeting)
        except ValidationError as error:
            problem = error
        else:
            messages.success(request, f"{meeting.title} has been announced.")
            return redirect(meeting)
    elif not (meeting.is_draft and meeting.act == "prepare"):
        messages.info(request, "There is nothing to announce: this meeting is not a future draft.")
        return redirect(meeting)
    return _announce_page(
        request,
        [meeting],
        None,
        problem=problem,
        title=f"Announce {meeting.title}",
        back=meeting.get_absolute_url(),
        crumbs=meeting_crumbs(meeting),
    )


@require_http_methods(["GET", "POST"])
def group_announce(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell members of several meetings at once."""
    group = find_group(request, slug)
    require(request.user, "networks.plan_meeting", group)
    drafts = Meeting.objects.filter(group=group).drafts().select_related("group")
    form = AnnounceForm(request.POST or None, drafts=drafts)
    problem: ValidationError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            told = services.announce_meetings(
                by=request.user, group=group, meetings=list(form.cleaned_data["meetings"])
            )
        except ValidationError as error:
            problem = error
        else:
            messages.success(
                request,
                f"{len(told)} meetings have been announced." if len(told) > 1 else "The meeting has been announced.",
            )
            return redirect(group)
    return _announce_page(
        request,
        list(drafts),
        form,
        problem=problem,
        title="Announce meetings",
        back=group.get_absolute_url(),
        crumbs=group_crumbs(group),
    )


@require_POST
def meeting_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """My own answer to a meeting that I am asked to."""
    meeting = find_meeting(request, pk)
    rows = meeting.invitations.filter(person__user_id=request.user.pk, withdrawn_at__isnull=True)
    invitation = get_object_or_404(rows.select_related("person", "meeting__group"))
    form = AnswerForm(request.POST, invitation=invitation)
    if not form.is_valid():
        context = {"form": form, "invitation": invitation, "meeting": meeting, "where": where(meeting), "is_own": True}
        return render(request, "networks/meetings/invitations/meeting_reply.html", context)
    with errors_as_messages(request):
        services.answer_invitation(by=request.user, invitation=invitation, **form.given)
        messages.success(request, "Thank you. Your answer has been saved.")
    return redirect(meeting)


@require_http_methods(["GET", "POST"])
def invitation_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what someone said on the telephone."""
    rows = MeetingInvitation.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    invitation = get_object_or_404(rows.select_related("meeting__group", "person"), pk=pk)
    meeting = invitation.meeting
    require(request.user, "networks.plan_meeting", meeting)
    form = ToldAnswerForm(
        request.POST or None, initial={"answer": invitation.answer, "access_needs": invitation.access_needs}
    )
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.answer_invitation(by=request.user, invitation=invitation, **form.cleaned_data)
            messages.success(request, f"The answer from {invitation.person.name} has been saved.")
            return redirect(meeting.get_absolute_url() + "#answers")
    return form_page(
        request,
        form,
        title=f"Can {invitation.person.name} come?",
        button="Save answer",
        crumbs=meeting_crumbs(meeting),
        lead="Your name is saved with the answer, so that everyone knows who recorded it.",
    )


@never_cache
@csrf_exempt  # the signed link is what allows an answer; without a referrer, browsers send no origin to check
@login_not_required
@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """Answer by the link in an email, without an account. Only a POST counts: mail programs open links by themselves."""
    invitation = invitation_of(token)
    closed = "unknown" if invitation is None else services.why_no_answer(invitation)
    form = None
    if invitation is not None and not closed:
        form = AnswerForm(request.POST or None, invitation=invitation, by_link=True)
        if request.method == "POST" and form.is_valid():
            try:
                services.answer_invitation(by=SYSTEM, invitation=invitation, **form.given)
            except ValidationError as error:
                show_error(form, error)
                form.ask_again(invitation)
            else:
                return alone(redirect("networks:reply", token))
    meeting = invitation.meeting if invitation else None
    context = {
        "form": form,
        "closed": closed,
        "invitation": invitation,
        "meeting": meeting,
        "where": where(meeting) if meeting else "",
        "arranged": arranged_for(invitation) if invitation and closed in ("", "over") else [],
        "token": token,
    }
    status = {"": 200, "unknown": 404}.get(closed, 410)
    return alone(render(request, "networks/meetings/invitations/meeting_reply.html", context, status=status))
