"""What someone should look at in co-production, for the home page and the group's own page."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import Charter, CharterVersion
from coproduction.claims.models import Claim
from coproduction.group.members import deciding_members, say_day
from coproduction.involvements.models import Involvement
from coproduction.reflections.views import reflections_to_do
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
    return items + claims_to_deal_with(user) + reflections_to_do(user)


def claims_to_deal_with(user: Any) -> list[dict[str, str]]:
    """What waits about pay: for the engagement lead claims to approve and to pay; for a member their own. No amounts."""
    if not getattr(user, "is_authenticated", False):
        return []
    items = []
    if has_perm(user, "coproduction.manage_claims"):
        waiting = Claim.objects.in_states(Claim.State.CLAIMED).exclude(person__user_id=user.pk).count()
        if waiting:
            items.append(
                {
                    "title": f"Read {waiting} claim{'' if waiting == 1 else 's'} for pay or expenses",
                    "href": reverse("coproduction:claim-list") + "?state=claimed",
                    "detail": "Approve each, or send it back with the reason.",
                    "tone": "yellow",
                }
            )
        to_pay = Claim.objects.in_states(Claim.State.APPROVED).count()
        if to_pay:
            items.append(
                {
                    "title": f"Send {to_pay} approved claim{'' if to_pay == 1 else 's'} to finance",
                    "href": reverse("coproduction:claim-payments"),
                    "detail": "Record the payment once it is made.",
                    "tone": "blue",
                }
            )
    mine = Claim.objects.filter(person__user_id=user.pk)
    for claim in mine.in_states(Claim.State.OFFERED, Claim.State.RETURNED).order_by("on", "pk"):
        is_offer = claim.state == Claim.State.OFFERED
        items.append(
            {
                "title": f"{'Answer the offer of paid time' if is_offer else 'Put a claim right'}: {claim.what}",
                "href": claim.get_absolute_url(),
                "detail": "Say how much of it you take up." if is_offer else "It was sent back. Open it to read why.",
                "tone": "yellow",
            }
        )
    return items
