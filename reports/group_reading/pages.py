"""What pages about the group's reading share: for whom someone speaks, whose names they see, how far the group is."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from coproduction.group.members import deciding_members
from coproduction.group.models import SupportLink
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.suppression import suppress
from impact.core.basics.vocabulary import Format
from impact.core.people.models import Person
from impact.core.web.forms import whole_number
from reports.formats.easy_read.services import readable_in
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment
from reports.group_reading.services import latest_reading, not_ready
from reports.writing.models import AnnualReport

Status = AnnualReport.Status


@dataclass(frozen=True)
class Speaking:
    """For whom someone writes on a page: themselves, a member, or no one until they have chosen."""

    person: Person | None
    is_own: bool
    others: list[Person]  # whom they may also write for

    @property
    def query(self) -> str:
        """What the addresses of further pages carry, so that members are not mixed up."""
        return "" if self.is_own or self.person is None else f"?for={self.person.pk}"


def speaking(request: HttpRequest, reading: GroupReading) -> Speaking:
    """The member for whom someone writes: the one in ``?for=``; else themselves; else the only one they support."""
    user: Any = request.user
    members = Person.objects.filter(pk__in=deciding_members(reading.group).values("person")).order_by("name")
    own = members.filter(user_id=user.pk).first()
    others = members.exclude(user_id=user.pk) if own else members
    if not has_perm(user, "coproduction.record_for_member", reading.group):
        links = SupportLink.objects.in_force().filter(group=reading.group, supporter__user_id=user.pk)
        others = others.filter(pk__in=links.values("member"))
    found = list(others)
    asked = whole_number(request.GET.get("for"))
    chosen = next((person for person in found if person.pk == asked), None)
    is_record = has_perm(user, "coproduction.record_for_member", reading.group)
    if chosen is None and own is None and len(found) == 1 and not is_record:
        chosen = found[0]
    if chosen is not None:
        return Speaking(chosen, False, [person for person in found if person.pk != chosen.pk])
    return Speaking(own, own is not None, found)


def comments_of(request: HttpRequest, reading: GroupReading, **only: Any) -> list[ReadingComment]:
    """The comments that the reader may see, each with ``shown_name``: the member's for those who may see names."""
    sees_names = has_perm(request.user, "coproduction.view_names", reading)
    supported = set(
        SupportLink.objects.in_force()
        .filter(group=reading.group, supporter__user=request.user.pk)
        .values_list("member_id", flat=True)
    )
    rows = ReadingComment.objects.visible_to(request.user).filter(reading=reading, **only)
    found = list(rows.select_related("section__report", "person", "recorded_by__person"))
    for row in found:
        is_named = sees_names or row.person_id in supported
        row.shown_name = row.person.name if is_named else "A member"  # type: ignore[attr-defined]
        row.shown_writer = row.written_down_by if is_named else ""  # type: ignore[attr-defined]
    return found


def progress_of(user: Any, reading: GroupReading) -> dict[str, Any]:
    """How far the group is: with names for the engagement lead, suppressed figures for all others."""
    waiting = not_ready(reading)
    ready = reading.ready.in_force().filter(person__in=deciding_members(reading.group).values("person"))
    if has_perm(user, "coproduction.record_for_member", reading.group):
        return {"is_exact": True, "ready": ready.count(), "waiting": waiting, "members": ready.count() + len(waiting)}
    shown = suppress({"ready": ready.count(), "waiting": len(waiting)})
    return {"is_exact": False, "ready": shown.cells["ready"]}


def response_of(user: Any, report: AnnualReport) -> list[LeadershipResponse]:
    """The leadership team's responses: for everyone once the report is published; before, for the group whose report it
    is and those who work on it."""
    rows = LeadershipResponse.objects.visible_to(user).filter(report=report)
    return list(rows.select_related("given_by"))


def reading_page(request: HttpRequest, report: AnnualReport) -> HttpResponse:
    """One report for the members of the group: its parts, what they and others said, who answered, what came back."""
    reading = latest_reading(report) or GroupReading.objects.visible_to(request.user).filter(report=report).first()
    context: dict[str, Any] = {"report": report, "reading": reading, "responses": response_of(request.user, report)}
    if reading is not None:
        counted = ReadingComment.objects.visible_to(request.user).filter(reading=reading).values("section")
        counts = {
            row["section"]: row
            for row in counted.order_by().annotate(
                total=Count("pk"), waiting=Count("pk", filter=Q(status=ReadingComment.Status.WAITING))
            )
        }
        who = speaking(request, reading)
        is_open = reading.closed_on is None
        may_edit = has_perm(request.user, "reports.edit_report", report)
        ready = reading.ready.in_force().filter(person=who.person).select_related("person", "recorded_by__person")
        context |= {
            "sections": [
                {**counts.get(section.pk, {"total": 0, "waiting": 0}), "section": section}
                for section in report.sections.all()
            ],
            "speaking": who,
            "is_open": is_open,
            "may_say": is_open and who.person is not None,
            "may_comment": is_open and who.person is not None and not reading.is_past(clock.today()),
            "ready": ready.first() if who.person else None,
            "progress": progress_of(request.user, reading),
            "comments": comments_of(request, reading),
            "may_edit": may_edit,
            "is_reader": has_perm(request.user, "reports.view_unpublished"),
            "easy_parts": len(readable_in(report)),
            "easy_first": who.person is not None and who.person.preferred_format == Format.EASY_READ,
        }
    return render(request, "reports/group_reading/reading.html", context)
