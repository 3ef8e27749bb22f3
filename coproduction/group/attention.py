"""What someone should look at in co-production, for the home page and the group's own page."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import Charter, CharterVersion
from coproduction.group.members import deciding_members, say_day
from coproduction.involvements.models import Involvement
from coproduction.news.models import MonthlySummary
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint
from impact.core.access.permissions import has_perm
from impact.core.basics import clock

SOON = timedelta(days=14)


def attention_for(user: Any) -> list[dict[str, str]]:
    """Dicts of title, href, detail and tone for ``<c-attention>``, the most pressing first."""
    today = clock.today()
    charters = Charter.objects.visible_to(user)
    may_run = has_perm(user, "coproduction.edit_charter")
    items: list[dict[str, str]] = []
    rounds = AgreementRound.objects.filter(
        version__charter__in=charters, version__status=CharterVersion.Status.PROPOSED, closed_on__isnull=True
    ).select_related("version__charter__group")
    for agreement in rounds:
        charter = agreement.version.charter
        href = reverse("coproduction:agreement", args=[charter.pk])
        is_member = deciding_members(charter.group).filter(person__user_id=user.pk).exists()
        if is_member and not agreement.positions.in_force().filter(person__user_id=user.pk).exists():
            late = agreement.is_past_deadline(today)
            items.append(
                {
                    "title": f"Say where you stand on version {agreement.version.number} of the charter",
                    "href": href,
                    "detail": f"Answers {'were' if late else 'are'} due by {say_day(agreement.closes_on)}.",
                    "tone": "red" if late else "yellow",
                }
            )
        if may_run:
            tally = agreement.tally(today)
            if agreement.is_past_deadline(today) or not tally.still_to_answer:
                why = "The deadline has passed" if tally.still_to_answer else "Every member has answered"
                items.append(
                    {
                        "title": f"Close the agreement round on version {agreement.version.number}",
                        "href": href,
                        "detail": f"{why}: {tally.answered} of {tally.members} have answered.",
                        "tone": "yellow",
                    }
                )
    if may_run:
        waiting = Suggestion.objects.visible_to(user).waiting().count()
        if waiting:
            items.append(
                {
                    "title": f"Answer {waiting} suggestion{'' if waiting == 1 else 's'} on the charter",
                    "href": reverse("coproduction:suggestion-list") + "?status=waiting",
                    "detail": "Every suggestion gets an answer.",
                    "tone": "yellow",
                }
            )
    drafts = MonthlySummary.objects.visible_to(user).filter(sent_on__isnull=True) if may_run else []
    for summary in drafts:
        items.append(
            {
                "title": f"Read and send the summary of {summary}",
                "href": summary.get_absolute_url(),
                "detail": "It was drafted from what happened. The group gets it once you send it.",
                "tone": "blue",
            }
        )
    near = Waypoint.objects.filter(charter__in=charters).ahead().filter(due_on__lte=today + SOON)
    for waypoint in near if has_perm(user, "coproduction.record_waypoint") else []:
        late = waypoint.is_overdue(today)
        items.append(
            {
                "title": f"{waypoint.title}: where are we, and are we heading as intended?",
                "href": reverse("coproduction:waypoint-detail", args=[waypoint.pk]),
                "detail": f"The waypoint {'was' if late else 'is'} due on {say_day(waypoint.due_on)}.",
                "tone": "red" if late else "blue",
            }
        )
    if has_perm(user, "coproduction.edit_involvement"):
        owed = Involvement.objects.visible_to(user).awaiting_change().count()
        if owed:
            items.append(
                {
                    "title": f"{owed} response{'' if owed == 1 else 's'} from members waiting for an answer",
                    "href": reverse("coproduction:involvement-list") + "?outcome=said",
                    "detail": "Ask the team, then record what changed or why nothing did.",
                    "tone": "blue",
                }
            )
    return items
