"""Calls for expressions of interest: public once announced; the wordings and the drafts are for staff."""

import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_as_messages, errors_on, show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.rounds import services
from sites.rounds.filters import RoundFilter
from sites.rounds.forms import RoundForm
from sites.rounds.models import Round


@login_not_required
@require_GET
def round_list(request: HttpRequest) -> HttpResponse:
    """Rounds, newest first; for visitors those that have been announced."""
    listing = list_rows(
        request,
        Round.objects.visible_to(request.user).prefetch_related("topics"),
        RoundFilter,
        sorts={
            "opens": ("Opening date", "-opens_on"),
            "closes": ("Closing date", "closes_on"),
            "name": ("Name", "name"),
        },
        default="opens",
    )
    if wants_file(request):
        columns = {
            "Name": lambda r: r.name,
            "Opens on": lambda r: r.opens_on,
            "Closes on": lambda r: r.closes_on,
            "Stage": lambda r: r.stage,
            "Topics": lambda r: ", ".join(topic.name for topic in r.topics.all()),
            "Delivery models": lambda r: ", ".join(r.model_names),
        }
        return list_file(request, "rounds", columns, listing.rows)  # type: ignore[return-value]
    may_add = has_perm(request.user, "sites.edit_round")
    return render(request, "sites/rounds/round_list.html", {"listing": listing, "may_add": may_add})


@login_not_required
@require_GET
def round_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One round: dates, topics, what is offered and asked, who should think of it; for staff also each wording."""
    round = get_object_or_404(
        Round.objects.visible_to(request.user).prefetch_related("topics", "statements"), slug=slug
    )
    statements = sorted(round.statements.all(), key=lambda s: -s.number)
    is_inside = has_perm(request.user, "sites.view_rounds")
    context = {
        "round": round,
        "statement": statements[0] if statements else None,
        "statements": statements if is_inside else [],
        "is_inside": is_inside,
        "may_edit": has_perm(request.user, "sites.edit_round"),
        "may_read": has_perm(request.user, "sites.view_applications"),
        "history": audit.history(round) if is_inside else None,
    }
    return render(request, "sites/rounds/round_detail.html", context)


@require_http_methods(["GET", "POST"])
def round_add(request: HttpRequest) -> HttpResponse:
    """Prepare a round."""
    require(request.user, "sites.edit_round")
    form = RoundForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            round = services.add_round(by=request.user, **form.facts, **form.statement)
            messages.success(request, "Saved as a draft. Only staff can see it until it is announced.")
            return redirect(round)
    return render(request, "sites/rounds/round_form.html", {"form": form, "round": None})


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
                    **form.facts,
                )
                words = {name: getattr(fresh.statement, name, "") for name in RoundForm.STATEMENT}
                if words != form.statement:
                    services.restate_round(by=request.user, round=fresh, **form.statement)
        except Conflict as conflict:
            current = Round.objects.get(pk=round.pk)
            now = {name: getattr(current, name) for name in form.facts if name != "topics"}
            now["topics"] = list(current.topics.all())
            now |= {name: getattr(current.statement, name, "") for name in RoundForm.STATEMENT}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(round)
    context = {"form": form, "round": round, "differences": differences}
    return render(request, "sites/rounds/round_form.html", context, status=200 if differences is None else 409)


@require_POST
def round_announce(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a round public."""
    round = get_object_or_404(Round.objects.visible_to(request.user), slug=slug)
    with errors_as_messages(request):
        services.announce_round(by=request.user, round=round)
        messages.success(request, "Announced. Everyone can read it now.")
    return redirect(round)
