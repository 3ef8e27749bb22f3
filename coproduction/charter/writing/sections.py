"""The sections of a draft: adding, moving, taking out with a reason, and restoring. Versions before keep theirs."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from coproduction.charter.models import Charter, CharterSection, CharterVersion, RetiredSection, SectionText
from coproduction.charter.services import bump, check_title, lock_draft
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict

UP, DOWN = "up", "down"


def _key(charter: Charter, title: str) -> str:
    """A short name for a section's address. Titles in letters that addresses do not have are counted instead."""
    return slugify(title)[:60] or f"section-{charter.sections.count() + 1}"


@transaction.atomic
def add_section(*, by: Actor, charter: Charter, title: str, kind: str, questions: str = "") -> CharterSection:
    """Add a section at the end of the open draft, with the questions that it asks the group, if any."""
    require(by, "coproduction.edit_charter", charter)
    charter = Charter.objects.select_for_update().get(pk=charter.pk)
    open_states = [CharterVersion.Status.DRAFT, CharterVersion.Status.PROPOSED]
    version = charter.versions.filter(status__in=open_states).first()
    if version is None:
        raise ValidationError("A new section changes the text. Open a draft first, then add it there.")
    draft = lock_draft(version)
    title = title.strip()
    check_title(draft, title)
    key = _key(charter, title)
    if charter.sections.filter(key=key).exists():
        raise ValidationError(
            {"title": "The charter has, or had, a section with this title. Restore that one, or choose another title."}
        )
    last = charter.sections.aggregate(last=Max("position"))["last"] or 0
    section = CharterSection(
        charter=charter, key=key, title=title, kind=kind, position=last + 1, questions=questions.strip()
    )
    section.full_clean()
    section.save()
    _append(draft, section, title)
    audit.record(by, "charter_section.added", charter, section=section.title)
    return section


def _append(draft: CharterVersion, section: CharterSection, title: str, body: str = "") -> SectionText:
    last = draft.texts.aggregate(last=Max("position"))["last"] or 0
    text = SectionText.objects.create(version=draft, section=section, title=title, body=body, position=last + 1)
    bump(draft)
    return text


@transaction.atomic
def move_section(*, by: Actor, text: SectionText, to: int) -> SectionText:
    """Put a section of a draft in another place: ``to`` counts from 1, and stops at the ends."""
    require(by, "coproduction.edit_charter", text.version)
    draft = lock_draft(text.version)
    return _place(by, draft, text, to)


@transaction.atomic
def shift_section(*, by: Actor, text: SectionText, way: str) -> SectionText:
    """Move a section of a draft one place up or down, from where it is now."""
    require(by, "coproduction.edit_charter", text.version)
    draft = lock_draft(text.version)
    order = list(draft.texts.order_by("position", "pk").values_list("pk", flat=True))
    if text.pk not in order:
        raise StateConflict(
            "This section was taken out of the draft. Reload the page to see the draft.", code="retired"
        )
    return _place(by, draft, text, order.index(text.pk) + 1 + (1 if way == DOWN else -1))


def _place(by: Actor, draft: CharterVersion, text: SectionText, to: int) -> SectionText:
    order = list(draft.texts.order_by("position", "pk"))
    row = next((row for row in order if row.pk == text.pk), None)
    if row is None:
        raise StateConflict(
            "This section was taken out of the draft. Reload the page to see the draft.", code="retired"
        )
    before = order.index(row)
    order.remove(row)
    place = min(max(to, 1), len(order) + 1)
    order.insert(place - 1, row)
    for position, other in enumerate(order, start=1):
        if other.position != position:
            SectionText.objects.filter(pk=other.pk).update(position=position)
    row.position = place
    if place != before + 1:
        bump(draft)
        audit.record(by, "charter_section.moved", row, section=row.title, to=place)
    return row


@transaction.atomic
def retire_section(*, by: Actor, text: SectionText, reason: str) -> RetiredSection:
    """Take a section out of a draft, saying why. Older versions keep it, and it can be restored."""
    require(by, "coproduction.edit_charter", text.version)
    draft = lock_draft(text.version)
    current = draft.texts.select_related("section").filter(pk=text.pk).first()
    if current is None:
        raise StateConflict("This section has been taken out already.", code="retired")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the section is taken out, so that members know the reason."})
    if draft.texts.count() == 1:
        raise ValidationError("This is the only section. Add another one before you take this one out.")
    retired = RetiredSection(
        version=draft, section=current.section, title=current.title, body=current.body, reason=reason.strip()
    )
    retired.full_clean()
    retired.save()
    current.delete()
    bump(draft)
    audit.record(by, "charter_section.retired", draft, section=retired.title)
    return retired


@transaction.atomic
def restore_section(*, by: Actor, version: CharterVersion, section: CharterSection) -> SectionText:
    """Bring a section back at the end of a draft, with the words it had when it was taken out."""
    require(by, "coproduction.edit_charter", version)
    draft = lock_draft(version)
    if section.charter_id != draft.charter_id:
        raise ValidationError("That section belongs to another charter.")
    there = draft.texts.filter(section=section).first()
    if there is not None:
        return there
    retired = draft.retired.filter(section=section).first()
    source: RetiredSection | SectionText | None = retired or latest_text(section)
    title = source.title if source else section.title
    check_title(draft, title)
    text = _append(draft, section, title, source.body if source else "")
    if retired is not None:
        retired.delete()
    audit.record(by, "charter_section.restored", draft, section=title)
    return text


def latest_text(section: CharterSection) -> SectionText | None:
    """A section as it stood in the newest version that members have seen, else in any."""
    texts = section.texts.select_related("version")
    return texts.exclude(version__proposed_on=None).order_by("-version__pk").first() or texts.order_by("-pk").first()


def absent_sections(draft: CharterVersion) -> list[dict[str, str]]:
    """The sections that the draft does not have, each with the reason where this draft took it out."""
    reasons = {row.section_id: row for row in draft.retired.all()}
    rows: list[dict[str, str]] = []
    for section in draft.charter.sections.exclude(pk__in=draft.texts.values("section")):
        retired = reasons.get(section.pk)
        rows.append(
            {
                "key": section.key,
                "title": retired.title if retired else section.title,
                "reason": retired.reason if retired else "",
            }
        )
    return rows
