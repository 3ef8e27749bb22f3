"""Before someone is erased: their name and address go from the reports of video calls that are still kept."""

from typing import Any

from impact.core.access.permissions import Actor
from impact.core.basics.privacy import PSEUDONYM
from impact.core.people.models import Person
from impact.core.people.rights.erasure.rows import subject_of
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.reading.names import name_key
from networks.log.attendance.rows import Row, resolve
from networks.log.models import Attendance


def forget_in_reports(by: Actor, person: Person) -> None:
    """Put a pseudonym where a report names them: by who the row is, by their address, or by their name in their groups."""
    addresses = subject_of(person).addresses
    attended = set(Attendance.objects.filter(person=person).values_list("pk", flat=True))
    groups = set(person.memberships.values_list("group_id", flat=True))
    for report in AttendanceImport.objects.select_for_update(of=("self",)).select_related("meeting"):
        name = name_key(person.name) if report.meeting.group_id in groups else ""
        who = resolve(report.rows)
        theirs = {
            row["id"]
            for row in report.rows
            if who[row["id"]].member == person.pk
            or (row["done"] or {}).get("attendance") in attended
            or _names(row, name, addresses)
        }
        if theirs:
            report.rows = [_without_name(row) if row["id"] in theirs else row for row in report.rows]
            report.save(update_fields=["rows"])


def _names(row: Row, name: str, addresses: frozenset[str]) -> bool:
    stays = [row, *row["parts"]]
    named = {name_key(word) for word in [row["also"], *(stay["name"] for stay in stays)]}
    return (bool(name) and name in named) or any(stay["email"].lower() in addresses for stay in stays if stay["email"])


def _without_name(row: Row) -> Row:
    nothing: dict[str, Any] = {"name": PSEUDONYM, "email": "", "masked": ""}
    return {**row, **nothing, "also": "", "parts": [{**part, **nothing} for part in row["parts"]]}
