"""What a round's mix is to be like: places, money and targets, and locking them before scores are seen."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_conflict, show_error
from sites.calls.portfolios.characteristics import groups_of
from sites.calls.portfolios.models import Mix, Target
from sites.calls.portfolios.pages import crumbs_of, find_round, parts_of
from sites.calls.portfolios.weighing import services
from sites.calls.portfolios.weighing.candidates import eligible, is_scored
from sites.calls.portfolios.weighing.forms import LimitsForm, LockForm, TargetForm
from sites.calls.portfolios.weighing.suggesting import clash_of
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import round_tabs


def _targets(mix: Mix) -> list[dict[str, Any]]:
    """The targets in words, each with its row to remove."""
    wishes = services.wishes_of(mix)
    return [{"words": each.words, "pk": each.key.removeprefix("target-")} for each in wishes.targets]


@require_http_methods(["GET", "POST"])
def mix(request: SignedInRequest, slug: str) -> HttpResponse:
    """The places, the money and the targets of a round, and whether its applications can meet them. No scores here."""
    round = find_round(request, slug)
    may_edit = has_perm(request.user, "sites.edit_portfolio")
    if request.method == "POST":
        require(request.user, "sites.edit_portfolio")
    return _mix_page(request, round, may_edit=may_edit)


def _mix_page(request: SignedInRequest, round: Round, *, may_edit: bool) -> HttpResponse:
    found = services.mix_of(round)
    groups = groups_of(round)
    is_limits, is_target = "limits" in request.POST, "target" in request.POST
    sent = request.POST if request.method == "POST" else None
    limits = LimitsForm(
        sent if is_limits else None, instance=Mix.objects.filter(pk=found.pk).first() or Mix(round=round)
    )
    target = TargetForm(sent if is_target else None, groups=groups, initial={"bound": Target.Bound.AT_LEAST})
    differences = None
    if is_limits and limits.is_valid():
        try:
            services.set_limits(by=request.user, round=round, expected=limits.cleaned_data["version"], **limits.changes)
        except Conflict as conflict:
            current = {name: getattr(conflict.current, name) for name in limits.changes}
            differences = show_conflict(limits, conflict, current)
        except ValidationError as error:
            show_error(limits, error)
        else:
            messages.success(request, "Saved.")
            return redirect("sites:mix", round.slug)
    elif is_target and target.is_valid():
        with errors_on(target):
            services.add_target(by=request.user, round=round, **target.cleaned_data)
            messages.success(request, "Target added.")
            return redirect(f"{reverse('sites:mix', args=[round.slug])}#targets")
    count = eligible(round).count()
    has_wishes = found.pk is not None and (found.most is not None or found.money is not None or found.targets.exists())
    context = {
        "round": round,
        "crumbs": crumbs_of(round, ("Targets", "")),
        "tabs": round_tabs(request.user, round, "mix"),
        "parts": parts_of(round, "sites:mix"),
        "mix": found,
        "targets": _targets(found),
        "limits_form": limits,
        "target_form": target,
        "form": target if is_target else limits,
        "differences": differences,
        "may_edit": may_edit and not found.is_locked,
        "has_wishes": has_wishes,
        "count": count,
        "clash": clash_of(found) if has_wishes and count else [],
        "is_late": is_scored(round),
        "history": audit.history(found) if found.pk else [],
    }
    return render(request, "sites/calls/portfolios/mix.html", context, status=200 if differences is None else 409)


@require_POST
def target_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Take a target back."""
    round = find_round(request, slug)
    require(request.user, "sites.edit_portfolio")
    target = get_object_or_404(Target.objects.select_related("mix__round"), pk=pk, mix__round=round)
    with errors_as_messages(request):
        services.remove_target(by=request.user, target=target)
        messages.success(request, "Target removed.")
    return redirect(f"{reverse('sites:mix', args=[round.slug])}#targets")


LOCK_LEAD = (
    "After this no one can change the places, the money or the targets. Scores are shown beside applications from then on, "
    "so that targets are set for the mix we want, and not for applications that we like."
)


@require_http_methods(["GET", "POST"])
def mix_lock(request: SignedInRequest, slug: str) -> HttpResponse:
    """Lock the targets, with a warning; a late lock says why."""
    round = find_round(request, slug)
    require(request.user, "sites.edit_portfolio")
    form = LockForm(request.POST or None, is_late=is_scored(round))
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.lock_mix(by=request.user, round=round, reason=form.cleaned_data.get("reason", ""))
            messages.success(request, "The targets are locked. You can now see scores and weigh portfolios.")
            return redirect("sites:mix", round.slug)
    return form_page(
        request,
        form,
        title="Lock the targets",
        button="Lock the targets",
        crumbs=crumbs_of(round, ("Targets", reverse("sites:mix", args=[round.slug]))),
        lead=LOCK_LEAD,
        is_warning=True,
    )
