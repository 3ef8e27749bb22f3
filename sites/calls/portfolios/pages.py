"""What the pages about choosing a mix share: the round, the way to it, and the links between its parts."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.web.forms import Crumbs
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round


def find_round(request: HttpRequest, slug: str) -> Round:
    """A round whose mix the reader may see; 404 for others, who need not know that there is one."""
    round = get_object_or_404(Round.objects.visible_to(request.user).prefetch_related("topics"), slug=slug)
    if not has_perm(request.user, "sites.view_portfolios"):
        raise Http404
    return round


def crumbs_of(round: Round, *more: tuple[str, str]) -> Crumbs:
    """The way to a round, and further."""
    return [("Rounds", reverse("sites:round-list")), (round.name, round.get_absolute_url()), *more]


def decision_crumbs(round: Round, *more: tuple[str, str]) -> Crumbs:
    """The way to a round's decisions, and further."""
    return crumbs_of(round, ("Decisions", reverse("sites:decisions", args=[round.slug])), *more)


def why_gone(application: Application) -> str:
    """Why an application is not in the running: it was withdrawn, say, or found not eligible."""
    if application.state == Application.State.SUBMITTED:
        return "Not eligible"
    return application.get_state_display()


PARTS = [
    ("sites:mix", "Targets"),
    ("sites:portfolio-list", "Portfolios"),
    ("sites:decisions", "Decisions"),
    ("sites:round-report", "Report"),
]


def parts_of(round: Round, current: str) -> list[dict[str, Any]]:
    """Links between the parts of choosing a mix."""
    return [
        {"label": label, "href": reverse(name, args=[round.slug]), "current": name == current} for name, label in PARTS
    ]
