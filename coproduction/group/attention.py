"""What someone should look at in co-production, for the home page and the group's own page."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from coproduction.agreement.models import AgreementRound
from coproduction.agreement.objections.models import Objection
from coproduction.charter.models import Charter, CharterVersion
from coproduction.claims.models import Claim
from coproduction.group.meetings.attention import support_attention
from coproduction.group.members import deciding_members, say_day
from coproduction.group.models import SupportLink
from coproduction.group.news.models import MonthlySummary
from coproduction.group.people.attention import supporting_attention, terms_attention
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.attention import invitations
from coproduction.reflections.views import reflections_to_do
from coproduction.suggestions.discussion.models import Comment
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.answers.attention import waypoints_to_answer
from coproduction.waypoints.models import Waypoint
from impact.core.access.permissions import has_perm
from impact.core.basics import clock

SOON = timedelta(days=14)


def _to_ask(agreement: AgreementRound, user: Any, today: date) -> list[dict[str, str]]:
    """The members that a supporter writes for and who have not answered."""
    charter = agreement.version.charter
    links = SupportLink.objects.in_force(today).who_take_positions()
    links = links.filter(group=charter.group_id, supporter__user_id=user.pk)
    waiting = agreement.waiting(today).filter(person__in=links.values("member")).select_related("person")
    return [
        {
            "title": f"Ask {row.person.name} where they stand on version {agreement.version.name} of the charter",
            "href": reverse("coproduction:position-for-member", args=[charter.pk, row.person_id]),
            "detail": f"Answers {'were' if agreement.is_past_deadline(today) else 'are'} due by {say_day(agreement.closes_on)}.",
            "tone": "yellow",
        }
        for row in waiting.order_by("person__name", "pk")
    ]


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
                    "title": f"Say where you stand on version {agreement.version.name} of the charter",
                    "href": href,
                    "detail": f"Answers {'were' if late else 'are'} due by {say_day(agreement.closes_on)}.",
                    "tone": "red" if late else "yellow",
                }
            )
        items += _to_ask(agreement, user, today)
        if may_run:
            tally = agreement.tally(today)
            if agreement.is_past_deadline(today) or not tally.still_to_answer:
                why = "The deadline has passed" if tally.still_to_answer else "Every member has answered"
                items.append(
                    {
                        "title": f"Close the agreement round on version {agreement.version.name}",
                        "href": href,
                        "detail": f"{why}: {tally.answered} of {tally.members} have answered.",
                        "tone": "yellow",
                    }
                )
    for objection in Objection.objects.visible_to(user).open().select_related("person", "talker", "round__version"):
        items += _about(objection, user, today)
    items += support_attention(user) + terms_attention(user) + supporting_attention(user)
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
        flagged = Comment.objects.visible_to(user).flagged().select_related("suggestion").first()
        if flagged:
            items.append(
                {
                    "title": "Look at a comment that someone flagged",
                    "href": flagged.get_absolute_url(),
                    "detail": "Hide it with a reason, or let it stand.",
                    "tone": "yellow",
                }
            )
    drafts = Suggestion.with_drafts.drafts_of(user).count()
    if drafts:
        items.append(
            {
                "title": f"Send or delete your draft suggestion{'' if drafts == 1 else 's'}",
                "href": reverse("coproduction:suggestion-list") + "#drafts",
                "detail": "Only you can read a draft.",
                "tone": "blue",
            }
        )
    items += waypoints_to_answer(user)
    summaries = MonthlySummary.objects.visible_to(user).filter(sent_on__isnull=True) if may_run else []
    for summary in summaries:
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
    items += invitations(user)
    unanswered = (
        Involvement.objects.visible_to(user).overdue().count() if has_perm(user, "coproduction.view_all") else 0
    )
    if unanswered:
        items.append(
            {
                "title": f"{unanswered} response{'' if unanswered == 1 else 's'} from members without an answer for too long",
                "href": reverse("coproduction:involvement-list") + "?outcome=overdue",
                "detail": f"Members have waited for more than {settings.INVOLVEMENT_ANSWER_DAYS} days.",
                "tone": "red",
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


def _about(objection: Objection, user: Any, today: date) -> list[dict[str, str]]:
    """What an objection asks of its reader: the engagement lead plans and holds the talk, the member knows of it."""
    number = objection.round.version.name
    item = {"href": objection.get_absolute_url()}
    if objection.person.user_id == user.pk:
        if objection.talk_by is None or objection.talked_on:
            return []
        title = f"A talk about your answer on version {number} is planned"
        return [{**item, "title": title, "detail": f"By {say_day(objection.talk_by)}.", "tone": "blue"}]
    if objection.talk_by is None:
        title = f"Plan a talk about a concern on version {number}"
        return [{**item, "title": title, "detail": f"Raised on {say_day(objection.opened_on)}.", "tone": "yellow"}]
    if objection.talked_on is None:
        late = objection.is_overdue(today)
        title = f"{'Overdue: a' if late else 'A'} talk about a concern on version {number}"
        detail = f"It {'was' if late else 'is'} due by {say_day(objection.talk_by)}."
        return [{**item, "title": title, "detail": detail, "tone": "red" if late else "blue"}]
    title = f"Say how a concern on version {number} ended"
    detail = f"The talk was on {say_day(objection.talked_on)}."
    return [{**item, "title": title, "detail": detail, "tone": "yellow"}]
