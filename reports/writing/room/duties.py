"""Sections of reports as duties of someone who is away or leaves."""

from typing import Any

from django.db.models import Q

from impact.core.access.acting.models import Sort
from impact.core.access.permissions import Actor
from impact.core.people.models import Person
from impact.core.people.rights.acting.duties import DutySort, Held
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import plan_section, writers


def _open_sections(person: Person) -> Any:
    done = (AnnualReport.Status.APPROVED, AnnualReport.Status.PUBLISHED)
    rows = ReportSection.objects.filter(owner=person.user_id, owner__isnull=False).exclude(report__status__in=done)
    return rows.exclude(status=ReportSection.Status.DONE).select_related("report").order_by("report__year", "position")


def sections_of(person: Person) -> list[Held]:
    """The sections that someone sees written, of reports that are not approved."""
    return [
        Held(
            Sort.SECTION,
            f"Section of the {row.report.year} report: {row.get_key_display()}",
            row.pk,
            href=row.get_absolute_url(),
        )
        for row in _open_sections(person)
    ]


def who_writes(person: Person, held: Held | None) -> Q:
    """The colleagues who may write reports for themselves."""
    return Q(user__in=writers().order_by().values("pk"))


def give_section(by: Actor, person: Person, helper: Person, held: Held) -> None:
    """Make a colleague the owner of a section."""
    section = ReportSection.objects.select_related("report").get(pk=held.object_id)
    plan_section(
        by=by,
        section=section,
        owner=helper.user,
        due_on=section.due_on,
        guidance=section.guidance,
        status=section.status,
    )


SECTIONS = DutySort(Sort.SECTION, "Sections of reports", sections_of, who_writes, give_section)
