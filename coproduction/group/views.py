"""Where co-production stands."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from coproduction.agreement.standing import standing
from coproduction.charter.models import Charter, CharterVersion
from coproduction.claims.views import pay_url_for
from coproduction.group.attention import attention_for
from coproduction.group.members import deciding_members
from coproduction.group.models import SupportLink
from coproduction.group.people.pages import supported_by
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.people.accounts import SignedInRequest
from networks.groups.models import Group, GroupKind
from networks.meetings.models import Meeting

COURSE_WORDS: dict[str, str] = {Waypoint.Outcome.NEW_VERSION: "New version", Waypoint.Outcome.NO_CHANGE: "No change"}


def course(waypoints: list[Waypoint]) -> list[dict[str, Any]]:
    """Waypoints as stops on a line: state, words and date, so that colour is never the only difference."""
    today = clock.today()
    stops = []
    next_found = False
    for waypoint in waypoints:
        stop: dict[str, Any] = {"waypoint": waypoint, "date": waypoint.held_on or waypoint.due_on}
        if waypoint.held_on:
            stop |= {"state": "done", "sign": "✓", "words": COURSE_WORDS[waypoint.outcome]}
        elif waypoint.cancelled_on:
            stop |= {"state": "none", "sign": "×", "words": "Cancelled"}
        elif waypoint.is_open(today):
            stop |= {"state": "next", "sign": "→", "words": "Open for answers until"}
            next_found = True
        elif waypoint.is_overdue(today):
            stop |= {"state": "late", "sign": "!", "words": "Overdue since"}
        elif next_found:
            stop |= {"state": "none", "sign": "·", "words": "Planned"}
        else:
            stop |= {"state": "next", "sign": "→", "words": "Next"}
            next_found = True
        stops.append(stop)
    return stops


# --- The group's home ----------------------------------------------------------------------------
def _home_group(request: HttpRequest) -> Group | None:
    """The advisory group when the caller may see it, else a group of theirs with a charter."""
    if has_perm(request.user, "coproduction.view_all"):
        groups = Group.objects.all()
    else:
        groups = Group.objects.visible_to(request.user)
    advisory = groups.filter(kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()
    return advisory or groups.filter(charter__isnull=False).order_by("pk").first()


@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """The advisory group's home: what is in force, what is asked of me, what changed because of members."""
    user: Any = request.user
    group = _home_group(request)
    if group is None:
        return render(
            request, "coproduction/group/index_none.html", {"may_add_group": has_perm(user, "networks.add_group")}
        )
    charter = Charter.objects.filter(group=group).first()
    versions = list(CharterVersion.objects.visible_to(user).filter(charter=charter)) if charter else []
    by_status = {version.status: version for version in reversed(versions)}
    proposed = by_status.get(CharterVersion.Status.PROPOSED)
    agreement = proposed.agreement_rounds.filter(closed_on__isnull=True).first() if proposed else None
    waypoints = list(charter.waypoints.all()) if charter else []
    involvements = Involvement.objects.filter(group=group)
    meetings = Meeting.objects.visible_to(user).filter(group=group)
    context = {
        "group": group,
        "charter": charter,
        "agreed": by_status.get(CharterVersion.Status.AGREED),
        "proposed": proposed,
        "draft": by_status.get(CharterVersion.Status.DRAFT),
        "agreement": agreement,
        "standing": standing(agreement, user) if agreement else None,
        "course": course(waypoints),
        "suggestions_waiting": Suggestion.objects.waiting().filter(section__charter=charter).count() if charter else 0,
        "members": deciding_members(group).count(),
        "own": deciding_members(group).filter(person__user_id=user.pk).first(),
        "supports": supported_by(user, group),
        "counts": {
            "asked": involvements.awaiting_response().count(),
            "said": involvements.awaiting_change().count(),
            "settled": involvements.settled().count(),
            "good": involvements.filter(is_good_practice=True).count(),
        },
        "latest": involvements.settled().order_by("-changed_on", "-pk")[:3],
        "attention": attention_for(user),
        "next_meeting": meetings.upcoming().first(),
        "last_meeting": meetings.held().order_by("-starts_at").first(),
        "sees_meetings": Group.objects.visible_to(user).filter(pk=group.pk).exists(),
        "supporting": SupportLink.objects.in_force()
        .one_each()
        .filter(supporter__user_id=user.pk, group=group)
        .select_related("member"),
        "may_edit": has_perm(user, "coproduction.edit_charter", group),
        "sees_equality": has_perm(user, "coproduction.view_equality"),
        "pay_url": pay_url_for(user),
        "may_add_involvement": has_perm(user, "coproduction.edit_involvement", group),
    }
    return render(request, "coproduction/group/index.html", context)
