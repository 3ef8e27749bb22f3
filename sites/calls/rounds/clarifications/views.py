"""Questions about a round: anyone asks, staff answer, everyone reads what is published."""

import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit, limits
from impact.core.access.permissions import SYSTEM, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_as_messages, errors_on, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.calls.rounds.clarifications import services
from sites.calls.rounds.clarifications.forms import AnswerForm, AskForm, ClarificationFilter
from sites.calls.rounds.clarifications.models import Clarification
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import round_tabs

LIMITS = {"ask": "10/h/ip,60/d/ip"}  # an office has one address, and its people ask different things
TOO_MANY = "Many questions have come from your network in the last hour. Please try again in an hour."


def _is_too_much(request: HttpRequest) -> bool:
    """Whether more questions have come from this address than people send."""
    return not limits.is_within(request, LIMITS, "ask", app="sites")


@login_not_required
@require_http_methods(["GET", "POST"])
def round_ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask something about a round, without an account."""
    round = get_object_or_404(Round.objects.visible_to(request.user).filter(is_announced=True), slug=slug)
    form = AskForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["website"]:  # filled in by a program: say the same, keep nothing
            return redirect("sites:round-asked", slug=round.slug)
        if _is_too_much(request):
            form.add_error(None, TOO_MANY)
            status = 429
        else:
            with errors_on(form):
                services.receive_clarification(
                    by=SYSTEM, round=round, words=form.cleaned_data["words"], email=form.cleaned_data["email"]
                )
                return redirect("sites:round-asked", slug=round.slug)
    is_shut = request.method == "GET" and not services.takes_questions(round)
    context = {"round": round, "form": form, "is_shut": is_shut}
    return render(request, "sites/calls/rounds/clarifications/ask.html", context, status=status)


@login_not_required
@require_GET
def round_asked(request: HttpRequest, slug: str) -> HttpResponse:
    """The question arrived, and what happens next."""
    round = get_object_or_404(Round.objects.visible_to(request.user).filter(is_announced=True), slug=slug)
    return render(request, "sites/calls/rounds/clarifications/asked.html", {"round": round})


@require_GET
def clarification_list(request: HttpRequest, slug: str) -> HttpResponse:
    """What people asked about a round, for staff: waiting first."""
    round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_round")
    listing = list_rows(
        request,
        round.clarifications.select_related("answered_by__person"),
        ClarificationFilter,
        sorts={"received": ("Date received", "-received_at"), "state": ("State", "state")},
        default="received",
    )
    if wants_file(request):
        columns = {
            "Received": lambda c: c.received_at,
            "State": lambda c: c.get_state_display(),
            "As it was asked": lambda c: c.words,
            "Question as published": lambda c: c.question,
            "Answer": lambda c: c.answer,
            "Published": lambda c: c.published_at or "",
        }
        return list_file(request, f"{round.slug}-questions-and-answers", columns, listing.rows)  # type: ignore[return-value]
    context = {"round": round, "listing": listing, "tabs": round_tabs(request.user, round, "clarifications")}
    return render(request, "sites/calls/rounds/clarifications/clarification_list.html", context)


def _find(request: HttpRequest, slug: str, pk: int) -> Clarification:
    """A question of a round, for staff."""
    round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_round")
    found: Clarification = get_object_or_404(
        Clarification.objects.visible_to(request.user).select_related("round"), round=round, pk=pk
    )
    return found


@require_http_methods(["GET", "POST"])
def clarification_answer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Answer a question: what was asked at the top, the public wording and the answer below."""
    row = _find(request, slug, pk)
    form = AnswerForm(request.POST or None, instance=copy.copy(row))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.answer_clarification(
                by=request.user,
                clarification=Clarification.objects.get(pk=row.pk),
                expected=form.cleaned_data["version"],
                **form.changes,
            )
            if "publish" in request.POST and saved.state != Clarification.State.PUBLISHED:
                services.publish_clarification(by=request.user, clarification=saved)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in ("question", "answer")}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            is_public = Clarification.objects.get(pk=row.pk).state == Clarification.State.PUBLISHED
            done = (
                "Published. Everyone can read it on the round's page." if is_public else "Saved. It is not public yet."
            )
            messages.success(request, done)
            return redirect("sites:clarification-list", slug=slug)
    context = {
        "round": row.round,
        "row": row,
        "form": form,
        "differences": differences,
        "is_published": row.state == Clarification.State.PUBLISHED,
        "is_set_aside": row.state == Clarification.State.SET_ASIDE,
        "history": audit.history(row),
    }
    return render(
        request, "sites/calls/rounds/clarifications/answer.html", context, status=200 if differences is None else 409
    )


@require_POST
def clarification_set_aside(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a question off the list, or off the public page."""
    row = _find(request, slug, pk)
    with errors_as_messages(request):
        services.set_aside_clarification(by=request.user, clarification=row)
        messages.success(request, "Set aside. It is not public, and can be taken up again.")
    return redirect("sites:clarification-list", slug=slug)


@require_POST
def clarification_take_up(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Put a question back among those waiting."""
    row = _find(request, slug, pk)
    with errors_as_messages(request):
        services.take_up_clarification(by=request.user, clarification=row)
        messages.success(request, "It waits for an answer again.")
    return redirect(reverse("sites:clarification-answer", args=[slug, pk]))
