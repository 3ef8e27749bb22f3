"""Calls for expressions of interest: public once announced; the wordings and the drafts are for staff."""

import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict, tidy
from impact.core.web.forms import errors_as_messages, errors_on, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.calls.rounds import services
from sites.calls.rounds.filters import RoundFilter
from sites.calls.rounds.forms import RoundForm
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import outline, round_tabs
from sites.calls.rounds.questions.services import newest_published
from sites.registry.models import Site


@login_not_required
@require_GET
def round_list(request: HttpRequest) -> HttpResponse:
    """Rounds, newest first; for visitors those that have been announced."""
    listing = list_rows(
        request,
        Round.objects.visible_to(request.user).select_related("release").prefetch_related("topics"),
        RoundFilter,
        sorts={
            "opens": ("Opening time", "-opens_at"),
            "closes": ("Closing time", "closes_at"),
            "name": ("Name", "name"),
        },
        default="opens",
    )
    if wants_file(request):
        columns = {
            "Name": lambda r: r.name,
            "Purpose": lambda r: r.get_purpose_display(),
            "Opens (UK time)": lambda r: timezone.localtime(r.opens_at),
            "Closes (UK time)": lambda r: timezone.localtime(r.closes_at),
            "Stage": lambda r: r.stage,
            "Topics": lambda r: ", ".join(topic.name for topic in r.topics.all()),
            "Delivery models": lambda r: ", ".join(r.model_names),
        }
        return list_file(request, "rounds", columns, listing.rows)  # type: ignore[return-value]
    may_add = has_perm(request.user, "sites.edit_round")
    return render(request, "sites/calls/rounds/round_list.html", {"listing": listing, "may_add": may_add})


@login_not_required
@require_GET
def round_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One round for everyone: times, what is offered and asked, what we will ask, questions and answers; more for staff."""
    round = get_object_or_404(
        Round.objects.visible_to(request.user)
        .select_related("recruits_for", "release")
        .prefetch_related("topics", "statements"),
        slug=slug,
    )
    statements = sorted(round.statements.all(), key=lambda s: -s.number)
    questions = newest_published(round)
    is_inside = has_perm(request.user, "sites.view_rounds")
    may_edit = has_perm(request.user, "sites.edit_round")
    context = {
        "round": round,
        "tabs": round_tabs(request.user, round, "overview"),
        "statement": statements[0] if statements else None,
        "statements": statements if is_inside else [],
        "network": Site.objects.visible_to(request.user).filter(recruitment_rounds=round).first(),
        "parts": outline(questions) if questions else [],
        "questions": questions,
        "topics": round.topics.all(),
        "may_apply": questions is not None and round.is_open(clock.now()),
        "may_ask": round.is_announced and clock.now() < round.closes_at and not round.is_released,
        "clarifications": round.clarifications.published(),
        "about": f"{round.get_purpose_display()}. Open from {round.opens_in_words} to {round.closes_in_words}.",
        "waiting": round.clarifications.waiting().count() if may_edit else 0,
        "moves": round.closing_moves.all(),
        "is_inside": is_inside,
        "may_edit": may_edit,
        "history": audit.history(round) if is_inside else None,
    }
    return render(request, "sites/calls/rounds/round_detail.html", context)


@login_not_required
@require_GET
def round_asks(request: HttpRequest, slug: str) -> HttpResponse:
    """Every question of a round, to read or print before beginning."""
    round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    questions = newest_published(round)
    if questions is None:
        raise Http404
    context = {
        "round": round,
        "questions": questions,
        "parts": outline(questions),
        "may_apply": round.is_open(clock.now()),
    }
    return render(request, "sites/calls/rounds/round_asks.html", context)


@require_http_methods(["GET", "POST"])
def round_add(request: HttpRequest) -> HttpResponse:
    """Prepare a round."""
    require(request.user, "sites.edit_round")
    form = RoundForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            round = services.add_round(
                by=request.user, purpose=form.cleaned_data["purpose"], **form.facts, **form.statement
            )
            messages.success(request, "Saved as a draft. Only staff can see it until it is announced.")
            return redirect(round)
    context = {"form": form, "groups": form.groups(), "round": None}
    return render(request, "sites/calls/rounds/round_form.html", context)


@require_http_methods(["GET", "POST"])
def round_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a round. New words for what is offered and asked become a new version of the statement."""
    round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    require(request.user, "sites.edit_round")
    form = RoundForm(request.POST or None, instance=copy.copy(round), user=request.user)
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():  # both or neither
                fresh = services.update_round(
                    by=request.user,
                    round=Round.objects.get(pk=round.pk),
                    expected=form.cleaned_data["version"],
                    reason=form.cleaned_data.get("reason", ""),
                    **form.facts,
                )
                words = {name: tidy(getattr(fresh.statement, name, "")) for name in RoundForm.STATEMENT}
                if words != form.statement:
                    services.restate_round(by=request.user, round=fresh, **form.statement)
        except Conflict as conflict:
            differences = show_conflict(form, conflict, form.saved(Round.objects.get(pk=round.pk)))
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(round)
    context = {
        "form": form,
        "groups": form.groups(),
        "round": round,
        "differences": differences,
        "begun": round.applications.filter(state="draft").count(),
    }
    return render(request, "sites/calls/rounds/round_form.html", context, status=200 if differences is None else 409)


@require_POST
def round_announce(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a round public."""
    round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    with errors_as_messages(request):
        services.announce_round(by=request.user, round=round)
        messages.success(request, "Announced. Everyone can read it now.")
    return redirect(round)
