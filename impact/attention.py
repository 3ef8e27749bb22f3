"""What needs attention on the first page, kind by kind; each item has a title, a link, a detail and a tone."""

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.models import User
from networks.actions.models import ActionQuerySet
from networks.documents.materials.papers import papers_item, with_papers_due
from networks.groups.models import Group, GroupQuerySet
from networks.log.record.models import RestrictedNote
from networks.meetings.models import Meeting, MeetingQuerySet
from networks.members.handover import handovers_to
from networks.members.todo import when_due
from reports.approval.corrections.models import Correction
from reports.writing.models import AnnualReport
from sites.calls.rounds.models import Round

Item = dict[str, Any]
FEW = 4  # of one sort on the first page; the rest are a link away


def _more(items: list[Item], total: int, one: str, many: str, href: str) -> list[Item]:
    """Say how many more there are than the few shown."""
    left = total - len(items)
    if left > 0:
        items.append({"title": f"{left} more {one if left == 1 else many}", "href": href, "tone": "grey"})
    return items


def meetings_to_log(meetings: MeetingQuerySet) -> list[Item]:
    """Meetings that are over and have no log, the oldest first."""
    rows = meetings.to_log(clock.now()).select_related("group").order_by("starts_at")
    items = [
        {
            "title": f"Log meeting {m.number} of {m.group.name}",
            "href": reverse("networks:meeting-log", args=[m.pk]),
            "detail": f"“{m.title}” was on {day(m.starts_at)}. {when_due(m)[0]}",
            "tone": when_due(m)[1],
        }
        for m in rows[:FEW]
    ]
    href = f"{reverse('networks:meeting-list')}?status=to_log"
    return _more(items, rows.count(), "meeting to log", "meetings to log", href)


def meetings_to_debrief(meetings: MeetingQuerySet) -> list[Item]:
    """Logged meetings that wait for a debrief."""
    rows = meetings.to_debrief().select_related("group").order_by("starts_at")
    items = [
        {
            "title": f"Debrief meeting {m.number} of {m.group.name}",
            "href": reverse("networks:meeting-debrief", args=[m.pk]),
            "detail": f"“{m.title}” was on {day(m.starts_at)}. {when_due(m)[0]}",
            "tone": when_due(m)[1],
        }
        for m in rows[:FEW]
    ]
    href = f"{reverse('networks:meeting-list')}?status=logged"
    return _more(items, rows.count(), "meeting to debrief", "meetings to debrief", href)


def flags(user: User) -> list[Item]:
    """Safeguarding flags that no one has dealt with, for those who deal with them. No words of them."""
    if not has_perm(user, "networks.deal_with_flag"):
        return []
    rows = RestrictedNote.objects.filter(
        is_safeguarding=True, dealt_with_at__isnull=True, meeting__in=Meeting.objects.visible_to(user)
    )
    return [
        {
            "title": f"Safeguarding flag: {note.meeting.group.name}",
            "href": reverse("networks:restricted-notes", args=[note.meeting_id]),
            "detail": f"Raised on {day(note.written_at)}. Read it, act on it, and say what was done.",
            "tone": "red",
        }
        for note in rows.select_related("meeting__group").defer("words").order_by("written_at")
    ]


def papers_to_send(meetings: MeetingQuerySet) -> list[Item]:
    """Meetings whose papers are late, or due within a week."""
    rows = with_papers_due(meetings)
    items = [papers_item(meeting) for meeting in rows[:FEW]]
    one, many = "meeting whose papers are due", "meetings whose papers are due"
    return _more(items, rows.count(), one, many, reverse("networks:meeting-list"))


def thin_of(groups: GroupQuerySet) -> list[int]:
    """The thinnest of the local networks with fewer members than they should have, and no reason given."""
    rows = (
        groups.local_networks()  # type: ignore[misc]
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today()))
        .exclude(explanations__guard="size")
        .with_facts()
        .filter(member_count__lt=F("size_min"))
        .order_by("member_count", "name")
    )
    return list(rows.values_list("pk", flat=True)[:FEW])


def thin_groups(thin: list[int]) -> list[Item]:
    """What the thinnest local networks lack, ``thin`` being their primary keys."""
    rows = Group.objects.filter(pk__in=thin).with_facts().order_by("member_count", "name")  # type: ignore[misc]
    return [
        {
            "title": f"{g.name} has {g.member_count} member{'' if g.member_count == 1 else 's'}",  # type: ignore[attr-defined]
            "href": g.get_absolute_url(),
            "detail": f"{g.size_min} to {g.size_max} make a good mix. Invite someone, or explain why.",
            "tone": "yellow",
        }
        for g in rows
    ]


def rounds_closing(user: User) -> list[Item]:
    """Rounds that close within two months."""
    now = clock.now()
    rows = (
        Round.objects.visible_to(user)
        .open_at(now)
        .select_related("release")
        .filter(closes_at__lte=now + timedelta(days=60))
    )
    return [
        {
            "title": f"{r.name} closes on {day(r.closes_at)}",
            "href": r.get_absolute_url(),
            "detail": f"Applications are taken until {r.closes_in_words}. {r.time_left}.",
            "tone": "blue",
        }
        for r in rows[:FEW]
    ]


REPORT_NEXT: dict[str, tuple[str, str]] = {
    AnnualReport.Status.WRITING: ("is being written", "Finish the chapters, build an edition, then submit it."),
    AnnualReport.Status.GROUP: ("is with the advisory group", "Members read it, comment and say when they are ready."),
    AnnualReport.Status.SUBMITTED: (
        "is waiting for approval",
        "The leadership team reads it and approves one edition.",
    ),
    AnnualReport.Status.APPROVED: ("is approved", "Publish it when you are ready."),
}
# For those who read reports and neither write nor publish them.
REPORT_WAITS: dict[str, str] = {
    AnnualReport.Status.WRITING: "It comes to the leadership team once its chapters are finished.",
    AnnualReport.Status.APPROVED: "The staff team publishes it. Answer its points before that.",
}


def report_status(user: User) -> list[Item]:
    """Annual reports that are on their way, and what each waits for."""
    rows = AnnualReport.objects.visible_to(user).exclude(status=AnnualReport.Status.PUBLISHED)
    waits = {} if has_perm(user, "reports.publish_report") else REPORT_WAITS
    return [
        {
            "title": f"The {r.year} report {REPORT_NEXT[r.status][0]}",
            "href": r.get_absolute_url(),
            "detail": waits.get(r.status, REPORT_NEXT[r.status][1]),
            "tone": "blue",
        }
        for r in rows[:FEW]
    ]


# What a correction of a published report waits for: to those who publish it, and to those who only read and approve it.
CORRECTION_NEXT: dict[str, tuple[str, str, str]] = {
    Correction.Status.WRITING: (
        "is being written",
        "Correct it, build the edition, then send it to the leadership team.",
        "It comes to the leadership team once it is built.",
    ),
    Correction.Status.SUBMITTED: (
        "is waiting for approval",
        "The leadership team reads it and approves it.",
        "Read the corrected edition, then approve it or send it back.",
    ),
    Correction.Status.APPROVED: ("is approved", "Publish it when you are ready.", "The staff team publishes it."),
}


def corrections(user: User) -> list[Item]:
    """Corrections of published reports that are on their way, for those who write and approve them."""
    publishes = has_perm(user, "reports.publish_report")
    return [
        {
            "title": f"The correction of the {row.report.year} report {CORRECTION_NEXT[row.status][0]}",
            "href": row.get_absolute_url(),
            "detail": CORRECTION_NEXT[row.status][1 if publishes else 2],
            "tone": "blue",
        }
        for row in Correction.objects.visible_to(user).open().select_related("report")[:FEW]
    ]


def overdue_actions(actions: ActionQuerySet) -> list[Item]:
    """One item for all the overdue actions."""
    number = actions.overdue(clock.today()).count()
    if not number:
        return []
    return [
        {
            "title": f"{number} {'action is' if number == 1 else 'actions are'} overdue",
            "href": f"{reverse('networks:action-list')}?overdue=true",
            "detail": "Ask the owner, move the date, or say why it was dropped.",
            "tone": "yellow",
        }
    ]


def handovers(user: User) -> list[Item]:
    """Handover notes from previous coordinators, until they are dismissed."""
    return [
        {
            "title": f"Read the handover note from {h.before.person.name}",
            "href": h.membership.group.get_absolute_url() + "#handover",
            "detail": f"For {h.membership.group.name}",
            "tone": "blue",
        }
        for h in handovers_to(user)
    ]
