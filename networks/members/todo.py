"""What to do next about a group or a meeting, for the person who asks. Pure reads over rows already there."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.models import NeedsProposal
from networks.documents.materials.papers import papers_due, papers_item, with_papers_due
from networks.groups.models import Group
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting
from networks.members.joining.models import JoinInvitation
from networks.network.learning.models import LearningReceipt

Item = dict[str, Any]
# How many days after a meeting its log, and then its debrief, should be in. People forget quickly what was said.
LOG_WITHIN_DAYS = 3
DEBRIEF_WITHIN_DAYS = 7
PAPERS_SHOWN = 4


def due_on(meeting: Meeting) -> date:
    """The day by which what a meeting waits for should be in: its log, or its debrief once the log is in."""
    return meeting.starts_on + timedelta(days=DEBRIEF_WITHIN_DAYS if meeting.act == "debrief" else LOG_WITHIN_DAYS)


def when_due(meeting: Meeting) -> tuple[str, str]:
    """When the log or the debrief is due, in a sentence, and the tone in which to say it."""
    due = due_on(meeting)
    what = "debrief" if meeting.act == "debrief" else "log"
    late = (clock.today() - due).days
    if late <= 0:
        return f"The {what} is due by {day(due)}.", "yellow"
    return f"The {what} is {late} {'day' if late == 1 else 'days'} overdue.", "red"


def meeting_todo(meeting: Meeting, user: Any, *, has_agenda: bool, late: int, waiting: int) -> list[Item]:
    """The next steps of one meeting. ``late`` and ``waiting``: papers sent too late, and papers not sent yet."""
    items: list[Item] = []
    may_plan = has_perm(user, "networks.plan_meeting", meeting)
    if meeting.act == "prepare" and may_plan:
        if meeting.is_draft:
            items.append(
                {
                    "title": "Announce the meeting",
                    "href": reverse("networks:meeting-announce", args=[meeting.pk]),
                    "detail": "It is a draft. Members have not been told about it yet.",
                    "tone": "yellow",
                }
            )
        if not has_agenda:
            items.append(
                {
                    "title": "Write the agenda",
                    "href": reverse("networks:meeting-agenda", args=[meeting.pk]),
                    "detail": "Members like to know what they will be asked.",
                    "tone": "yellow",
                }
            )
        if waiting:
            detail, tone = papers_due(meeting, waiting)
            items.append(
                {
                    "title": "Send the papers",
                    "href": reverse("networks:papers-send", args=[meeting.pk]),
                    "detail": detail,
                    "tone": tone,
                }
            )
    if meeting.act == "log" and has_perm(user, "networks.log_meeting", meeting):
        items.append(
            {
                "title": "Log the meeting",
                "href": reverse("networks:meeting-log", args=[meeting.pk]),
                "detail": f"It was held on {day(meeting.starts_on)}. {when_due(meeting)[0]}",
                "tone": when_due(meeting)[1],
            }
        )
    if meeting.act == "debrief" and has_perm(user, "networks.debrief_meeting", meeting):
        items.append(
            {
                "title": "Debrief",
                "href": reverse("networks:meeting-debrief", args=[meeting.pk]),
                "detail": f"{when_due(meeting)[0]} The meeting is complete once you have agreed how to run the next one.",
                "tone": when_due(meeting)[1],
            }
        )
    return items


def answers_wanted(user: Any) -> list[Item]:
    """Meetings to come that the reader has not answered yet, the next one first."""
    rows = MeetingInvitation.objects.filter(
        person__user_id=user.pk,
        withdrawn_at__isnull=True,
        answer="",
        meeting__in=Meeting.objects.announced().upcoming().order_by().values("pk"),
        meeting__starts_at__gt=clock.now(),
    )
    return own_questions(user) + [
        {
            "title": f"Can you come on {day(row.meeting.starts_at)}?",
            "href": row.meeting.get_absolute_url() + "#answer",
            "detail": f"{row.meeting.title}, {row.meeting.group.name}",
            "tone": "yellow",
        }
        for row in rows.select_related("meeting__group").order_by("meeting__starts_at")[:4]
    ]


def own_questions(user: Any) -> list[Item]:
    """What others ask of the reader as a person: to join a group, or to look at suggested needs."""
    items: list[Item] = [
        {
            "title": f"Would you like to join {row.group.name}?",
            "href": reverse("networks:join-answer", args=[row.pk]),
            "detail": f"You are invited. Answer by {day(row.expires_at)}.",
            "tone": "yellow",
        }
        for row in JoinInvitation.objects.visible_to(user).open().select_related("group")[:4]
    ]
    proposals = NeedsProposal.objects.filter(person__user_id=user.pk, answered_at__isnull=True)
    return items + [
        {
            "title": "Read a suggestion about what you need",
            "href": reverse("core:my-details") + "#suggestions",
            "detail": f"From {row.proposed_by.display_name if row.proposed_by else 'the platform'}. You decide.",
            "tone": "yellow",
        }
        for row in proposals.select_related("proposed_by__person")[:4]
    ]


def invited_todo(groups: Iterable[Group]) -> list[Item]:
    """Who has been invited to join these groups and has not answered, a line for each group."""
    by_group: dict[int, list[str]] = {group.pk: [] for group in groups}
    for row in JoinInvitation.objects.filter(group__in=list(by_group)).unanswered():
        by_group[row.group_id].append(row.name)
    return [
        {
            "title": f"{len(names)} {'person has' if len(names) == 1 else 'people have'} not answered an invitation to join",
            "href": group.get_absolute_url() + "#invited",
            "detail": f"{group.name}: {', '.join(names[:4])}{' and others' if len(names) > 4 else ''}",
            "tone": "blue",
        }
        for group in groups
        if (names := by_group[group.pk])
    ]


def group_todo(group: Group, user: Any) -> list[Item]:
    """The next steps of one group: logs, debriefs, what to plan, who is missing. Reads prefetched rows."""
    items: list[Item] = []
    meetings = sorted(group.meetings.all(), key=lambda m: m.starts_at)
    for meeting in meetings:
        meeting.group = group
        if meeting.act in ("log", "debrief"):
            for item in meeting_todo(meeting, user, has_agenda=True, late=0, waiting=0):
                items.append({**item, "title": f"{item['title']}: {meeting.title}"})
    if has_perm(user, "networks.plan_meeting", group):
        items += [
            papers_item(meeting) for meeting in with_papers_due(Meeting.objects.filter(group=group))[:PAPERS_SHOWN]
        ]
    drafts = [m for m in meetings if m.is_draft and m.act == "prepare"]
    if drafts and has_perm(user, "networks.plan_meeting", group):
        items.append(
            {
                "title": "Announce a meeting" if len(drafts) == 1 else f"Announce {len(drafts)} meetings",
                "href": reverse("networks:group-announce", args=[group.slug]),
                "detail": "Members have not been told about them yet."
                if len(drafts) > 1
                else "Members have not been told about it yet.",
                "tone": "yellow",
            }
        )
    dated = [m for m in meetings if m.status != Meeting.Status.CANCELLED]
    upcoming = [m for m in dated if m.act == "prepare"]
    if not upcoming and len(dated) < group.meetings_planned and has_perm(user, "networks.plan_meeting", group):
        items.append(
            {
                "title": "Plan the next meetings" if dated else "Plan the first meetings",
                "href": reverse("networks:group-series", args=[group.slug]),
                "detail": f"{len(dated)} of {group.meetings_planned} have a date.",
            }
        )
    return items


LEARNING_SHOWN = 4


def learning_todo(groups: Iterable[Group], user: Any) -> list[Item]:
    """What waits for the coordinators of these groups: learning to answer, and new answers to what they shared."""
    ids = [group.pk for group in groups]
    rows = LearningReceipt.objects.filter(learning__withdrawn_at__isnull=True).select_related(
        "learning__group", "group"
    )
    waiting = rows.filter(group__in=ids, answer="").order_by("learning__shared_at")
    given = rows.filter(Q(learning__group__in=ids) | Q(learning__shared_by=user))
    new = given.filter(seen_by_giver_at__isnull=True).exclude(answer="").order_by("answered_at")
    items: list[Item] = [
        {
            "title": f"{receipt.learning.group.name} shares: {receipt.learning.title}",
            "href": receipt.learning.get_absolute_url(),
            "detail": "Read it, and say whether your group tried it, adapted it, or whether it is not for you.",
            "tone": "blue",
        }
        for receipt in waiting[:LEARNING_SHOWN]
    ]
    return items + [
        {
            "title": f"{receipt.group.name} answered: {receipt.get_answer_display().lower()}",
            "href": receipt.learning.get_absolute_url() + "#answers",
            "detail": f"About “{receipt.learning.title}”, which you shared.",
            "tone": "green",
        }
        for receipt in new[:LEARNING_SHOWN]
    ]
