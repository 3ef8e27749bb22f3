"""The papers of a meeting as people need to see them: by kind of evidence, by format, in good time. Pure reads."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import EvidenceKind, Format
from impact.core.people.models import Person
from networks.documents.materials.models import Material
from networks.groups.models import Group, Membership
from networks.meetings.models import Meeting, MeetingQuerySet


@dataclass(frozen=True)
class FormatNeed:
    """A format that some people in the group read, and how many papers come in it."""

    label: str
    people: int
    there: int
    papers: int
    lacking: list[str]

    @property
    def is_met(self) -> bool:
        return bool(self.papers) and not self.lacking

    @property
    def text(self) -> str:
        """ "2 people need it, none yet"."""
        who = "1 person needs it" if self.people == 1 else f"{self.people} people need it"
        if not self.papers:
            return f"{who}, no papers yet"
        if not self.there:
            return f"{who}, none yet"
        return f"{who}, {'every paper has it' if self.is_met else f'{self.there} of {self.papers} papers'}"


def evidence_balance(kinds: Iterable[str]) -> list[dict[str, Any]]:
    """How many of each of the three kinds of evidence, for a chart (rule 4)."""
    counts = Counter(kinds)
    return [{"label": kind.label, "value": counts[kind.value]} for kind in EvidenceKind]


def balance_of_group(group: Group, user: Any) -> list[dict[str, Any]]:
    """The evidence that a group has been given, over all meetings that the reader may see; the same paper twice counts
    once. One query."""
    used = Material.objects.visible_to(user).counted().filter(meeting__group=group)
    return evidence_balance(dict(used.order_by("pk").values_list("lineage", "evidence_kind")).values())


def materials_of(meeting: Meeting, user: Any) -> dict[str, Any]:
    """The papers that the reader may see, with the balance of evidence and what is late or still waiting."""
    materials = list(Material.objects.visible_to(user).filter(meeting=meeting).prefetch_related("files"))
    for material in materials:
        material.meeting = meeting  # spares a query each
    balance = evidence_balance(m.evidence_kind for m in materials)
    return {
        "materials": materials,
        "balance": balance,
        "missing_kinds": [row["label"] for row in balance if not row["value"]] if materials else [],
        "late": sum(m.is_late for m in materials if m.sent_on),
        "waiting": sum(m.sent_on is None for m in materials),
    }


DUE_WITHIN = timedelta(days=7)  # how long before its last day a paper is named on home


def with_papers_due(meetings: MeetingQuerySet) -> MeetingQuerySet:
    """Of these meetings, those to come whose papers are late or due within a week: not all sent, or none there.

    Annotated with waiting and papers, counts. Each group has its own number of days.
    """
    due = Q(pk=None)
    for days in Group.objects.order_by().values_list("lead_days", flat=True).distinct():
        due |= Q(group__lead_days=days, starts_at__date__lte=clock.today() + timedelta(days=days) + DUE_WITHIN)
    counted = meetings.upcoming(clock.now()).filter(due)
    counted = counted.annotate(
        waiting=Count("materials", filter=Q(materials__sent_on__isnull=True)), papers=Count("materials")
    )
    return counted.filter(Q(waiting__gt=0) | Q(papers=0)).select_related("group").order_by("starts_at", "pk")


def papers_due(meeting: Meeting, waiting: int) -> tuple[str, str]:
    """What to say of papers that have not gone out, and its tone: the same on home and on the meeting's page."""
    by, is_late = meeting.materials_due_on, clock.today() > meeting.materials_due_on
    if waiting:
        papers = "1 paper has not been sent." if waiting == 1 else f"{waiting} papers have not been sent."
    else:
        papers = "There are no papers yet."
    return (
        f"{papers} {f'They were due by {day(by)}.' if is_late else f'Send by {day(by)}.'}",
        "red" if is_late else "blue",
    )


def papers_item(meeting: Any) -> dict[str, Any]:
    """The line about a meeting of ``with_papers_due``, on home and on the group's page."""
    detail, tone = papers_due(meeting, meeting.waiting)
    return {
        "title": f"{'Send' if meeting.papers else 'Add'} the papers for meeting {meeting.number} of {meeting.group.name}",
        "href": reverse("networks:papers-send", args=[meeting.pk]) if meeting.papers else meeting.get_absolute_url(),
        "detail": f"{detail} It meets on {day(meeting.starts_at)}.",
        "tone": tone,
    }


def formats_read(person: Person) -> list[str]:
    """The formats that someone reads: the one they prefer, and Welsh. Standard only where nothing else is asked for."""
    found: list[str] = [person.preferred_format] if person.preferred_format != Format.STANDARD else []
    if person.preferred_language == "cy" and Format.WELSH not in found:
        found.append(Format.WELSH)
    return found or [Format.STANDARD]


def format_needs(members: Iterable[Membership], materials: Sequence[Material]) -> list[FormatNeed]:
    """What members read other than the standard format, against what the papers come in."""
    wanted: Counter[str] = Counter()
    for member in members:
        wanted.update(value for value in formats_read(member.person) if value != Format.STANDARD)
    found = []
    for value in Format.values:
        if wanted[value]:
            lacking = [m.title for m in materials if value not in m.available]
            there = len(materials) - len(lacking)
            found.append(FormatNeed(Format(value).label, wanted[value], there, len(materials), lacking))
    return found


def needs_of(meeting: Meeting, materials: Sequence[Material]) -> dict[str, Any]:
    """What members need on the day, for those who may see who they are, and the formats that they read."""
    members = list(meeting.expected_members())
    return {
        "needs": [(m.person.name, m.person.needs) for m in members if m.person.needs],
        "format_needs": format_needs(members, materials),
    }
