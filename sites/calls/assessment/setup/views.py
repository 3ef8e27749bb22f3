"""Pages on which staff prepare a round's assessment: settings, criteria, assessors, and who gets what."""

import copy
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, Form, errors_as_messages, form_page, show_conflict, show_error
from sites.calls.assessment.dashboard.progress import workloads_of
from sites.calls.assessment.dashboard.views import find_round, tabs
from sites.calls.assessment.models import Criterion, RoundAssessor, plan_of
from sites.calls.assessment.setup import assignments, services
from sites.calls.assessment.setup.forms import AssessorForm, CriterionForm, PlanForm
from sites.calls.rounds.models import Round


def editable(request: HttpRequest, slug: str) -> Round:
    """The round, for those who prepare its assessment."""
    round = find_round(request, slug)
    require(request.user, "sites.edit_assessment")
    return round


def crumbs_to(round: Round, *more: tuple[str, str]) -> Crumbs:
    """The way to a page about a round's assessment."""
    return [
        ("Rounds", reverse("sites:round-list")),
        (round.name, round.get_absolute_url()),
        ("Assessment", reverse("sites:assessment", args=[round.slug])),
        *more,
    ]


def save_page(
    request: HttpRequest,
    form: Any,
    save: Callable[[], Any],
    *,
    done: str,
    to: str,
    compare: tuple[str, ...],
    **page: Any,
) -> HttpResponse:
    """A page with one form about a versioned row: saved, refused in words, or shown beside what someone else saved."""
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in compare}
            now = {name: list(value.all()) if hasattr(value, "all") else value for name, value in now.items()}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(to)
    return form_page(request, form, differences=differences, **page)


# --- Settings ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def plan_edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """How a round is assessed, and closing it."""
    round = editable(request, slug)
    plan = plan_of(round)
    form = PlanForm(request.POST if request.method == "POST" else None, instance=copy.copy(plan))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_plan(by=request.user, round=round, expected=form.cleaned_data["version"], **form.changes)
        except Conflict as conflict:
            differences = show_conflict(
                form, conflict, {name: getattr(conflict.current, name) for name in form.changes}
            )
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("sites:assessment", slug=round.slug)
    context = {"round": round, "plan": plan, "form": form, "differences": differences}
    context |= tabs(request.user, round, "assessment-plan")
    status = 200 if differences is None else 409
    return render(request, "sites/calls/assessment/setup/plan.html", context, status=status)


@require_POST
def plan_close(request: SignedInRequest, slug: str) -> HttpResponse:
    """Close a round's assessment."""
    round = editable(request, slug)
    with errors_as_messages(request):
        services.close_assessment(by=request.user, round=round)
        messages.success(request, "Assessment is closed. Nothing can be scored or changed now.")
    return redirect("sites:assessment", slug=round.slug)


@require_POST
def plan_reopen(request: SignedInRequest, slug: str) -> HttpResponse:
    """Reopen a round's assessment."""
    round = editable(request, slug)
    with errors_as_messages(request):
        services.reopen_assessment(by=request.user, round=round)
        messages.success(request, "Assessment is open again.")
    return redirect("sites:assessment", slug=round.slug)


# --- Criteria ------------------------------------------------------------------------------------
@require_GET
def criterion_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """A round's criteria with their weights and words."""
    round = editable(request, slug)
    criteria = list(round.criteria.all())
    total = sum(criterion.weight for criterion in criteria)
    context = {
        "round": round,
        **tabs(request.user, round, "criterion-list"),
        "criteria": [
            {"criterion": c, "share": f"{100 * c.weight / total:.0f}%", "words": list(enumerate(c.score_words))}
            for c in criteria
        ],
        "is_fixed": services.is_any_submitted(round),
    }
    return render(request, "sites/calls/assessment/setup/criteria.html", context)


@require_http_methods(["GET", "POST"])
def criterion_add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add a criterion."""
    round = editable(request, slug)
    form = CriterionForm(request.POST if request.method == "POST" else None)
    to = reverse("sites:criterion-list", args=[round.slug])
    return save_page(
        request,
        form,
        lambda: services.add_criterion(by=request.user, round=round, **form.changes),
        done="The criterion is added.",
        to=to,
        compare=(),
        title="Add a criterion",
        lead="Assessors read the words beside each score, so say what they should have found.",
        button="Add criterion",
        crumbs=crumbs_to(round, ("Criteria", to)),
    )


def _criterion(round: Round, pk: int) -> Criterion:
    return get_object_or_404(round.criteria.select_related("round"), pk=pk)


@require_http_methods(["GET", "POST"])
def criterion_edit(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Change a criterion."""
    round = editable(request, slug)
    criterion = _criterion(round, pk)
    form = CriterionForm(request.POST if request.method == "POST" else None, instance=copy.copy(criterion))
    to = reverse("sites:criterion-list", args=[round.slug])
    return save_page(
        request,
        form,
        lambda: services.update_criterion(
            by=request.user, criterion=_criterion(round, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        done="Saved.",
        to=to,
        compare=("name", "guidance", "weight"),
        title=f"Edit criterion: {criterion.name}",
        button="Save",
        crumbs=crumbs_to(round, ("Criteria", to)),
    )


@require_POST
def criterion_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a criterion."""
    round = editable(request, slug)
    with errors_as_messages(request):
        services.remove_criterion(by=request.user, criterion=_criterion(round, pk))
        messages.success(request, "The criterion is removed.")
    return redirect("sites:criterion-list", slug=round.slug)


@require_POST
def criterion_move(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Move a criterion up or down."""
    round = editable(request, slug)
    with errors_as_messages(request):
        services.move_criterion(by=request.user, criterion=_criterion(round, pk), up=request.POST.get("way") == "up")
    return redirect("sites:criterion-list", slug=round.slug)


# --- Assessors -----------------------------------------------------------------------------------
@require_GET
def assessor_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who assesses in a round, and how far each is."""
    round = editable(request, slug)
    plan = plan_of(round)
    workloads = workloads_of(round, plan)
    context = {
        "round": round,
        "plan": plan,
        **tabs(request.user, round, "assessor-list"),
        "workloads": workloads,
        "lived": sum(w.assessor.has_lived_experience for w in workloads),
        "can_remind_any": any(w.can_remind for w in workloads),
    }
    return render(request, "sites/calls/assessment/setup/assessors.html", context)


@require_http_methods(["GET", "POST"])
def assessor_add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Let someone assess in a round."""
    round = editable(request, slug)
    form = AssessorForm(request.POST if request.method == "POST" else None, round=round, user=request.user)
    to = reverse("sites:assessor-list", args=[round.slug])
    return save_page(
        request,
        form,
        lambda: services.add_assessor(by=request.user, round=round, **form.changes),
        done="The assessor is added.",
        to=to,
        compare=(),
        title="Add an assessor",
        button="Add assessor",
        crumbs=crumbs_to(round, ("Assessors", to)),
        links=[("Invite someone to be an assessor", reverse("core:people"))],
    )


def _assessor(round: Round, pk: int) -> RoundAssessor:
    return get_object_or_404(round.assessors.select_related("round", "user__person"), pk=pk)


@require_http_methods(["GET", "POST"])
def assessor_edit(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Change what an assessor brings, and whom they are tied to."""
    round = editable(request, slug)
    assessor = _assessor(round, pk)
    data = request.POST if request.method == "POST" else None
    form = AssessorForm(data, round=round, instance=copy.copy(assessor), user=request.user)
    to = reverse("sites:assessor-list", args=[round.slug])
    return save_page(
        request,
        form,
        lambda: services.update_assessor(
            by=request.user, assessor=_assessor(round, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        done="Saved. What they were given stays; take back by hand what they should not have.",
        to=to,
        compare=("has_lived_experience", "nation", "most", "tied_to"),
        title=f"Edit assessor: {assessor}",
        button="Save",
        crumbs=crumbs_to(round, ("Assessors", to)),
        links=[("Remove from this round", reverse("sites:assessor-remove", args=[round.slug, assessor.pk]))],
    )


@require_http_methods(["GET", "POST"])
def assessor_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Take an assessor out of a round, once asked again."""
    round = editable(request, slug)
    assessor = _assessor(round, pk)
    to = reverse("sites:assessor-list", args=[round.slug])
    if request.method == "POST":
        with errors_as_messages(request):
            freed = services.remove_assessor(by=request.user, assessor=assessor)
            words = f"{freed} application{'' if freed == 1 else 's'}"
            messages.success(request, f"{assessor} is removed. {words} can go to others: assign again.")
        return redirect(to)
    return form_page(
        request,
        Form(),
        title=f"Remove {assessor} from this round?",
        lead="What they have not submitted goes back, with their drafts, and can be given to others. What they submitted stays.",
        button="Remove assessor",
        is_warning=True,
        crumbs=crumbs_to(round, ("Assessors", to)),
    )


@require_POST
def assessor_remind(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Remind one assessor."""
    round = editable(request, slug)
    assessor = _assessor(round, pk)
    with errors_as_messages(request):
        assignments.remind_assessor(by=request.user, assessor=assessor)
        messages.success(request, f"A reminder is on its way to {assessor}.")
    return redirect("sites:assessor-list", slug=round.slug)


@require_POST
def remind_everyone(request: SignedInRequest, slug: str) -> HttpResponse:
    """Remind everyone who has something left."""
    round = editable(request, slug)
    with errors_as_messages(request):
        number = assignments.remind_all(by=request.user, round=round)
        words = f"{number} reminder{'' if number == 1 else 's'} sent." if number else "There was no one to remind."
        messages.success(request, words)
    return redirect("sites:assessor-list", slug=round.slug)


# --- Assigning by rule ---------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def assign(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the rule would assign; one press does it."""
    round = editable(request, slug)
    if request.method == "POST":
        with errors_as_messages(request):
            stamp = request.POST.get("stamp", "")
            number = assignments.assign_by_rule(by=request.user, round=round, stamp=stamp)
            messages.success(request, f"{number} assignment{'' if number == 1 else 's'} made.")
            return redirect("sites:assessment", slug=round.slug)
        return redirect("sites:assessment-assign", slug=round.slug)
    preview = assignments.preview_assignment(round)
    context = {
        "round": round,
        "plan": plan_of(round),
        **tabs(request.user, round, "assessment-assign"),
        "preview": preview,
    }
    context |= _preview_rows(preview)
    return render(request, "sites/calls/assessment/setup/assign.html", context)


def _preview_rows(preview: assignments.Preview) -> dict[str, Any]:
    """The preview in the order in which people read it."""
    given: dict[int, list[RoundAssessor]] = {}
    new = dict.fromkeys(preview.assessors, 0)
    for application, user in preview.found.pairs:
        given.setdefault(application, []).append(preview.assessors[user])
        new[user] += 1
    loads = preview.found.loads
    apps = preview.applications
    return {
        "loads": [
            {"assessor": row, "new": new[pk], "before": loads.get(pk, 0) - new[pk], "load": loads.get(pk, 0)}
            for pk, row in preview.assessors.items()
        ],
        "given": [
            {"application": apps[pk], "assessors": rows}
            for pk, rows in sorted(given.items(), key=lambda item: apps[item[0]].reference)
        ],
        "lacking": [
            {"application": apps[pk], "why": why}
            for pk, why in sorted(
                preview.found.without_lived_experience.items(), key=lambda item: apps[item[0]].reference
            )
        ],
        "short": [
            {"application": apps[pk], "missing": missing}
            for pk, missing in sorted(preview.found.short.items(), key=lambda item: apps[item[0]].reference)
        ],
    }
