"""What is done beside the words of a section: going back to an earlier version, and who is writing here."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from impact.core.access.permissions import Actor, require
from impact.core.people.models import User
from reports.writing.models import ReportSection, SectionVersion
from reports.writing.room.models import HERE_FOR, WritingHere
from reports.writing.services import write_section


# --- Versions ------------------------------------------------------------------------------------
@transaction.atomic
def restore_version(*, by: Actor, version: SectionVersion, expected: int | None = None) -> ReportSection:
    """Put an earlier version's words back, as a new version. What was there stays among the versions."""
    section = ReportSection.objects.select_related("report").get(pk=version.section_id)
    require(by, "reports.edit_report", section)
    if section.body == version.body:
        raise ValidationError("The section has these words now.")
    return write_section(by=by, section=section, body=version.body, expected=expected, restored=version.number)


# --- Who is writing here now ---------------------------------------------------------------------
def note_writing(*, by: User, section: ReportSection) -> None:
    """Note that someone has a section's page open to write. Kept apart from history: it means nothing a minute later."""
    require(by, "reports.edit_report", section)
    WritingHere.objects.update_or_create(section=section, user=by, defaults={"seen_at": timezone.now()})


def also_writing(user: User, section: ReportSection) -> list[str]:
    """The names of the others who have this section's page open to write."""
    rows = WritingHere.objects.filter(section=section, seen_at__gt=timezone.now() - HERE_FOR).exclude(user_id=user.pk)
    return [row.user.display_name for row in rows.select_related("user__person").order_by("user__person__name")]


def forget_writers() -> int:
    """Delete who was writing where a while ago; how many."""
    return WritingHere.objects.filter(seen_at__lt=timezone.now() - 10 * HERE_FOR).delete()[0]
