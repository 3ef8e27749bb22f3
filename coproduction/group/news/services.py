"""Drafting, editing and sending the group's monthly summary; and how a supporter chooses notices for a member."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from coproduction.charter.models import CharterVersion
from coproduction.group.members import say_day
from coproduction.group.models import SupportLink
from coproduction.group.news.models import MonthlySummary
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint
from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.notices import choices
from impact.core.notices.models import NoticeChoices
from impact.core.notices.services import tell
from impact.core.people.models import Person
from networks.groups.models import Group, GroupKind, Membership
from networks.meetings.models import Meeting

LONGEST = 1900  # characters: it fits a notice
MOST = 12  # lines of a draft


def month_before(on: date) -> date:
    """The first day of the month before the one that ``on`` is in."""
    return (on.replace(day=1) - timedelta(days=1)).replace(day=1)


def happenings(group: Group, month: date) -> list[str]:
    """What happened in a group in a month, a sentence each, without anyone's name or private words."""

    def within(field: str) -> dict[str, Any]:
        return {f"{field}__year": month.year, f"{field}__month": month.month}

    found = [
        f"We met on {say_day(meeting.starts_at.date())}: {meeting.title}."
        for meeting in Meeting.objects.held().filter(group=group, **within("starts_at")).order_by("starts_at")
    ]
    versions = CharterVersion.objects.filter(charter__group=group).order_by("number")
    found += [
        f"Version {row.number} of the charter was put to members." for row in versions.filter(**within("proposed_on"))
    ]
    found += [f"Members agreed version {row.number} of the charter." for row in versions.filter(**within("agreed_on"))]
    answered = Suggestion.objects.filter(version__charter__group=group, **within("answered_on")).count()
    if answered:
        found.append(f"{answered} suggestion{' was' if answered == 1 else 's were'} answered.")
    waypoints = Waypoint.objects.filter(charter__group=group, **within("held_on")).order_by("held_on")
    found += [f"We stopped at a waypoint: {row.title}." for row in waypoints]
    involvements = Involvement.objects.filter(group=group)
    found += [f"We were asked about “{row.title}”." for row in involvements.filter(**within("asked_on")).order_by("pk")]
    settled = involvements.settled().filter(**within("changed_on")).order_by("changed_on", "pk")
    found += [f"“{row.title}” has its answer: {row.get_outcome_display().lower()}." for row in settled]
    return found


def draft_words(group: Group, month: date) -> str:
    """The words of a draft; empty when nothing happened."""
    lines = happenings(group, month)
    if not lines:
        return ""
    shown = [f"This happened in {month:%B %Y}.", *lines[:MOST]]
    if len(lines) > MOST:
        shown.append("There is more on the page of the group.")
    words = "\n".join(shown)
    while len(words) > LONGEST:
        shown.pop(-1)
        words = "\n".join(shown)
    return words


@transaction.atomic
def draft_summary(*, by: Actor, group: Group, month: date) -> MonthlySummary:
    """Open the summary of a month with what happened in it, for the engagement lead to edit; the one that there is."""
    require(by, "coproduction.send_summary", group)
    month = month.replace(day=1)
    if month > clock.today():
        raise ValidationError({"month": "This month has not begun. Choose an earlier one."})
    words = draft_words(group, month) or f"It was a quiet month for our group in {month:%B %Y}."
    row, is_new = MonthlySummary.objects.get_or_create(group=group, month=month, defaults={"words": words})
    if is_new:
        audit.record(by, "summary.drafted", row, month=str(row))
    return row


def draft_missing(on: date) -> int:
    """Draft last month's summary for each advisory group in which something happened; how many it drafted."""
    month, number = month_before(on), 0
    groups = Group.objects.running(on).filter(kind=GroupKind.ADVISORY_GROUP).exclude(summaries__month=month)
    for group in groups:
        if draft_words(group, month):
            draft_summary(by=SYSTEM, group=group, month=month)
            number += 1
    return number


@transaction.atomic
def edit_summary(*, by: Actor, summary: MonthlySummary, words: str, expected: int | None = None) -> MonthlySummary:
    """Change the words of a summary that has not been sent."""
    require(by, "coproduction.send_summary", summary)
    row = _unsent(summary)
    if changed := save_changes(row, {"words": words.strip()}, expected=expected):
        audit.record(by, "summary.edited", row, fields=changed)
    return row


def _unsent(summary: MonthlySummary) -> MonthlySummary:
    row = MonthlySummary.objects.select_for_update(of=("self",)).select_related("group").get(pk=summary.pk)
    if row.sent_on is not None:
        raise ValidationError(f"It was sent on {say_day(row.sent_on)}, so it cannot be changed or sent again.")
    return row


@transaction.atomic
def send_summary(*, by: Actor, summary: MonthlySummary, expected: int | None = None) -> MonthlySummary:
    """Send a summary to everyone in the group today, as it stands and as each of them chose to hear."""
    require(by, "coproduction.send_summary", summary)
    row = _unsent(summary)
    save_changes(row, {"sent_on": clock.today(), "sent_by_id": by.pk}, expected=expected)
    audit.record(by, "summary.sent", row, month=str(row))
    memberships = Membership.objects.current().filter(group=row.group).select_related("person")
    tell(
        people=[membership.person for membership in memberships],
        event="summary-sent",
        title=f"What our group did in {row}",
        words=row.words,
        path=row.get_absolute_url(),
        about=row,
        key=f"summary:{row.pk}",
    )
    return row


# --- Choices that a supporter makes for a member -------------------------------------------------
def supported_by(user: Any, person: Person) -> bool:
    """Whether a supporter acts for this person now, in any group."""
    return SupportLink.objects.in_force().filter(member=person, supporter__user_id=user.pk).exists()


@transaction.atomic
def choose_as_supporter(*, by: Actor, person: Person, expected: int | None = None, **timings: str) -> NoticeChoices:
    """Keep how a member hears from us, chosen by their supporter at the member's wish."""
    if by.pk is None or not supported_by(by, person):
        raise PermissionDenied("Only a supporter that the member has asked can choose this for them.")
    return choices.choose_for(by=by, person=person, expected=expected, **timings)
