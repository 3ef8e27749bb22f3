"""Drafts of a charter's text and their words."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from coproduction.charter.models import Charter, CharterSection, CharterVersion, RetiredSection, SectionText
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict

KNOWN = CharterSection.Kind.KNOWN


# --- The charter and its words -------------------------------------------------------------------
def lock_draft(version: CharterVersion) -> CharterVersion:
    """Lock a version whose text is about to change. StateConflict, with what to do, when it is no draft any more."""
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    if version.status == CharterVersion.Status.PROPOSED:
        raise StateConflict(
            f"{version.label} is out for agreement, so its wording cannot change. To change it, open the agreement page, "
            "withdraw the text, and then open a new draft.",
            code="out_for_agreement",
        )
    if version.status != CharterVersion.Status.DRAFT:
        raise StateConflict(
            f"{version.label} is no longer a draft, so its wording cannot change. Open a new draft on the charter’s page."
        )
    return version


def bump(version: CharterVersion) -> None:
    """Count a change of a draft, so that a page that shows an older state is told."""
    CharterVersion.objects.filter(pk=version.pk).update(version=F("version") + 1)


def next_name(charter: Charter) -> tuple[int, int]:
    """The number and draft of the next text. A number is used up once members have seen a text with it."""
    newest = charter.versions.first()
    if newest is None:
        return 1, 1
    return (newest.number, newest.draft_number + 1) if newest.is_unseen else (newest.number + 1, 1)


@transaction.atomic
def draft_version(*, by: Actor, charter: Charter, start_from: CharterVersion | None = None) -> CharterVersion:
    """Open the next draft with the words of ``start_from``: by default the text in force, else the newest."""
    require(by, "coproduction.edit_charter", charter)
    charter = Charter.objects.select_for_update().get(pk=charter.pk)
    if start_from is not None and start_from.charter_id != charter.pk:
        raise ValidationError("That text belongs to another charter. Choose a version of this one.")
    source = start_from or charter.agreed_version or charter.versions.first()
    number, draft_number = next_name(charter)
    draft = CharterVersion(charter=charter, number=number, draft_number=draft_number)
    draft.full_clean()
    draft.save()
    if source is not None:
        rows = [(text.section, text.title, text.position, text.body) for text in source.texts.select_related("section")]
    else:
        rows = [(section, section.title, section.position, "") for section in charter.sections.all()]
    SectionText.objects.bulk_create(
        SectionText(version=draft, section=section, title=title, position=position, body=body)
        for section, title, position, body in rows
    )
    if source is not None and source.status == CharterVersion.Status.WITHDRAWN:
        RetiredSection.objects.bulk_create(
            RetiredSection(version=draft, section=row.section, title=row.title, body=row.body, reason=row.reason)
            for row in source.retired.select_related("section")
        )
    audit.record(
        by, "charter_version.drafted", draft, version=draft.name, copied_from=source.name if source else "nothing"
    )
    return draft


@transaction.atomic
def write_section(
    *, by: Actor, text: SectionText, body: str, title: str | None = None, expected: int | None = None
) -> SectionText:
    """Save the words, and the title if given, of one section of a draft. Conflict when someone saved it in the meantime."""
    require(by, "coproduction.edit_charter", text.version)
    version = lock_draft(text.version)
    seen = text.revision if expected is None else expected
    current = SectionText.objects.select_related("section").filter(pk=text.pk).first()
    if current is None:
        raise StateConflict("This section was taken out of the draft. Restore it, then write it.", code="retired")
    if current.revision != seen:
        raise Conflict(current)
    new = {"body": body, "title": current.title if title is None else title.strip()}
    changed = sorted(name for name, value in new.items() if getattr(current, name) != value)
    if not changed:
        return current
    if "title" in changed and new["title"]:
        check_title(version, new["title"], current)
    for name in changed:
        setattr(current, name, new[name])
    current.full_clean()
    updated = SectionText.objects.filter(pk=text.pk, revision=seen).update(
        revision=seen + 1, **{name: new[name] for name in changed}
    )
    if not updated:
        raise Conflict(SectionText.objects.get(pk=text.pk))
    current.revision = seen + 1
    bump(version)
    audit.record(by, "charter_section.written", current, fields=changed, section=current.title)
    return current


def check_title(version: CharterVersion, title: str, text: SectionText | None = None) -> None:
    """Refuse a title that another section of the version has."""
    others = version.texts.exclude(pk=text.pk) if text else version.texts.all()
    if others.filter(title__iexact=title).exists():
        raise ValidationError({"title": "There is already a section with this title. Choose another title."})
