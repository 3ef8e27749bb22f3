"""Starting a charter, its sections, and drafts of its text."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.text import slugify

from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import Conflict
from networks.groups.models import Group

KNOWN, OPEN = CharterSection.Kind.KNOWN, CharterSection.Kind.OPEN

# What a charter starts from (rule 15): what is known on the first day, and room for what is not.
OUTLINE = [
    ("Who we are and what we do", KNOWN),
    ("What our words mean", KNOWN),
    ("When we meet", KNOWN),
    ("Our report each year", KNOWN),
    ("Topics and timetable", OPEN),
    ("Our shared vision", OPEN),
    ("Strengths we bring", OPEN),
    ("The language we use", OPEN),
    ("What gets in the way of taking part", OPEN),
    ("Working together online", OPEN),
]


# --- The charter and its words -------------------------------------------------------------------
@transaction.atomic
def start_charter(*, by: Actor, group: Group, title: str, is_illustrative: bool = False) -> Charter:
    """Open a group's charter: the usual sections and an empty first draft, for the engagement lead."""
    require(by, "coproduction.edit_charter", group)
    if Charter.objects.filter(group=group).exists():
        raise ValidationError("This group has a charter already. Open a draft of it instead.")
    charter = Charter(group=group, title=title.strip(), is_illustrative=is_illustrative)
    charter.full_clean()
    charter.save()
    for position, (heading, kind) in enumerate(OUTLINE, start=1):
        section = CharterSection(
            charter=charter, key=slugify(heading)[:60], title=heading, kind=kind, position=position
        )
        section.full_clean()
        section.save()
    audit.record(by, "charter.started", charter, sections=len(OUTLINE))
    draft_version(by=by, charter=charter)
    return charter


@transaction.atomic
def add_section(*, by: Actor, charter: Charter, title: str, kind: str) -> CharterSection:
    """Add a section at the end of the charter; its place in the text appears in the open draft."""
    require(by, "coproduction.edit_charter", charter)
    charter = Charter.objects.select_for_update().get(pk=charter.pk)
    draft = charter.versions.filter(status=CharterVersion.Status.DRAFT).first()
    if draft is None:
        raise ValidationError("A new section changes the text. Open a draft first, then add it there.")
    last = charter.sections.aggregate(last=Max("position"))["last"] or 0
    section = CharterSection(
        charter=charter, key=slugify(title)[:60], title=title.strip(), kind=kind, position=last + 1
    )
    if charter.sections.filter(key=section.key).exists():
        raise ValidationError({"title": "There is already a section with this title. Choose another title."})
    section.full_clean()
    section.save()
    SectionText.objects.create(version=draft, section=section, title=section.title, position=section.position)
    CharterVersion.objects.filter(pk=draft.pk).update(version=F("version") + 1)
    audit.record(by, "charter_section.added", charter, section=section.title)
    return section


@transaction.atomic
def draft_version(*, by: Actor, charter: Charter, start_from: CharterVersion | None = None) -> CharterVersion:
    """Open the next draft with the words of ``start_from``: by default the text in force, else the newest."""
    require(by, "coproduction.edit_charter", charter)
    charter = Charter.objects.select_for_update().get(pk=charter.pk)
    if start_from is not None and start_from.charter_id != charter.pk:
        raise ValidationError("That text belongs to another charter. Choose a version of this one.")
    source = start_from or charter.agreed_version or charter.versions.first()
    last = charter.versions.aggregate(last=Max("number"))["last"] or 0
    draft = CharterVersion(charter=charter, number=last + 1)
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
    audit.record(
        by, "charter_version.drafted", draft, version=draft.number, copied_from=source.number if source else "nothing"
    )
    return draft


@transaction.atomic
def write_section(*, by: Actor, text: SectionText, body: str, expected: int | None = None) -> SectionText:
    """Save the words of one section of a draft. Conflict when someone saved that section in the meantime."""
    require(by, "coproduction.edit_charter", text.version)
    version = CharterVersion.objects.select_for_update().get(pk=text.version_id)
    if version.status != CharterVersion.Status.DRAFT:
        raise ValidationError(
            f"Version {version.number} has been put to the members, so its wording cannot change. Open a new draft."
        )
    seen = text.revision if expected is None else expected
    current = SectionText.objects.select_related("section").get(pk=text.pk)
    if current.revision != seen:
        raise Conflict(current)
    if current.body == body:
        return current
    current.body = body
    current.full_clean()
    if not SectionText.objects.filter(pk=text.pk, revision=seen).update(body=body, revision=seen + 1):
        raise Conflict(SectionText.objects.get(pk=text.pk))
    current.revision = seen + 1
    CharterVersion.objects.filter(pk=version.pk).update(version=F("version") + 1)
    audit.record(by, "charter_section.written", current, fields=["body"], section=current.section.title)
    return current
