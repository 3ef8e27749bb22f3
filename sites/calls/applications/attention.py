"""How many applications open rounds have, and which are to be deleted, for the first page of staff."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round

FEW = 3
State = Application.State


def applications_received(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>``: each open round with the number of applications submitted and being written."""
    if not has_perm(user, "sites.view_applications"):
        return []
    rounds = Round.objects.visible_to(user).open_at(clock.now())
    counted = rounds.annotate(
        submitted=Count("applications", filter=Q(applications__state=State.SUBMITTED)),
        begun=Count("applications", filter=Q(applications__state=State.DRAFT)),
    )
    return [_item(row) for row in counted.order_by("closes_at")[:FEW]]


def deletions_asked(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>``: applications whose applicants asked for their deletion, the longest waiting first."""
    if not has_perm(user, "sites.enter_application"):
        return []
    rows = Application.objects.visible_to(user).filter(erasure_asked_on__isnull=False).exclude(state=State.ERASED)
    return [
        {
            "title": f"Delete application {row.reference}",
            "href": reverse("sites:application-delete", args=[row.round.slug, row.reference]),
            "detail": f"Its applicant asked on {day(row.erasure_asked_on)}. Do it within a month.",
            "tone": "red",
        }
        for row in rows.select_related("round").order_by("erasure_asked_on", "pk")[:FEW]
    ]


def _item(row: Any) -> dict[str, str]:
    number = {0: "No applications yet", 1: "1 application"}.get(row.submitted, f"{row.submitted} applications")
    more = " more" if row.submitted else ""
    return {
        "title": f"{number} to {row.name}",
        "href": reverse("sites:application-list", args=[row.slug]),
        "detail": f"{row.begun}{more} {'is' if row.begun == 1 else 'are'} being written." if row.begun else "",
        "tone": "blue",
    }
