"""Pages about the advisory group's home, the charter and its versions."""

import re

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from coproduction.agreement.standing import standing
from coproduction.charter.corrections.deciding import deciding_context
from coproduction.charter.forms import DraftForm
from coproduction.charter.models import VERSION_SLUG
from coproduction.charter.pages import charter_for, reading_context, sections_of, speaking, version_for
from coproduction.charter.reading.views import compare_page, version_context
from coproduction.group.meetings.pages import put_before
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.people.accounts import SignedInRequest


@require_GET
def charter_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The charter as it stands: the text in force, or the one that members are asked about."""
    charter = charter_for(request, pk)
    context = reading_context(request, charter)
    version = context["agreed"] or context["proposed"]
    if version is None:
        return render(request, "coproduction/charter/charter_none.html", context)
    context |= speaking(request, charter, version)
    rows = sections_of(version, Suggestion.objects.filter(section__charter=charter))
    proposed = context["proposed"]
    agreement = proposed.agreement_rounds.filter(closed_on__isnull=True).first() if proposed else None
    context |= {
        "rows": rows,
        "agreement": agreement,
        **deciding_context(request.user, version),
        "next_waypoint": charter.waypoints.ahead().first(),
        "waiting": Suggestion.objects.waiting().filter(section__charter=charter).count(),
        "draft_form": DraftForm(charter=charter)
        if context["may_edit"] and not (proposed or context["draft"])
        else None,
        "history": audit.history(charter, *context["versions"]),
    }
    return render(request, "coproduction/charter/charter_detail.html", context)


@require_GET
def charter_version(request: SignedInRequest, pk: int, number: str) -> HttpResponse:
    """One version's exact words; with ``?against=`` what changed from another one, word by word."""
    charter = charter_for(request, pk)
    version = version_for(request, charter, number)
    asked = request.GET.get("against", "")
    if re.fullmatch(VERSION_SLUG, asked, re.ASCII):
        return compare_page(request, version, version_for(request, charter, asked))
    context = reading_context(request, charter) | speaking(request, charter, version)
    context |= {
        "rows": sections_of(version, Suggestion.objects.filter(version=version)),
        "agreement": version.agreement_rounds.order_by("-pk").first(),
        **deciding_context(request.user, version),
        "retired": version.retired.all(),
        "put_before": put_before(request.user, version),
        "history": audit.history(version),
    }
    if context["agreement"]:
        context["standing"] = standing(context["agreement"], request.user)
    context |= version_context(request, version, context["rows"])
    return render(request, "coproduction/charter/charter_version.html", context)
