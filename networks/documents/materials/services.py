"""Papers for a meeting: listed, uploaded in versions, sent in good time, used again (rule 9)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.vocabulary import Format
from impact.core.web.files import uploads
from impact.core.web.files.store import Kept, kept
from networks.documents.materials.models import Material, MaterialFile
from networks.documents.materials.reading.services import read_again
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable

FOLDER = "materials"
# What else follows when a paper gets a file: who added it, the paper, the format. Packages after this one add theirs.
AFTER_FILE: list[Callable[[Actor, Material, str], None]] = []


def _check_address(url: str) -> None:
    if url and not url.lower().startswith(("http://", "https://")):
        raise ValidationError({"url": "Enter a web address that begins with https://."})


def _check_sent(sent_on: date | None) -> None:
    if sent_on and sent_on > clock.today():
        raise ValidationError({"sent_on": "Date cannot be in the future. Enter the day it was sent."})


@transaction.atomic
def add_material(
    *,
    by: Actor,
    meeting: Meeting,
    title: str,
    evidence_kind: str,
    formats: Sequence[str] = (),
    url: str = "",
    sent_on: date | None = None,
    file: Any = None,
    file_format: str = Format.STANDARD,
) -> Material:
    """List a paper for a meeting: a file, a web address, or something handed out another way in ``formats``."""
    require(by, "networks.plan_meeting", meeting)
    require_changeable(locked(meeting))
    if not formats and not file:
        raise ValidationError({"formats": "Choose at least one format."})
    _check_address(url)
    _check_sent(sent_on)
    material = Material(
        meeting=meeting,
        title=title.strip(),
        evidence_kind=evidence_kind,
        formats=list(formats),
        url=url,
        sent_on=sent_on,
    )
    material.full_clean(exclude=[] if formats else ["formats"])
    material.save()
    if file:
        _keep_version(by, material, file, file_format, note="")
    audit.record(by, "meeting.material_added", meeting, kind=material.get_evidence_kind_display())
    return material


@transaction.atomic
def change_material(
    *, by: Actor, material: Material, title: str, evidence_kind: str, formats: Sequence[str] = (), url: str = ""
) -> Material:
    """Correct what a paper is called, its kind of evidence, its web address, or the formats handed out another way."""
    require(by, "networks.plan_meeting", material.meeting)
    require_changeable(locked(material.meeting))
    if not formats and not material.files.exists():
        raise ValidationError({"formats": "Choose at least one format, or add a file first."})
    _check_address(url)
    given = {"title": title.strip(), "evidence_kind": evidence_kind, "formats": list(formats), "url": url}
    changed = [name for name, value in given.items() if getattr(material, name) != value]
    for name in changed:
        setattr(material, name, given[name])
    material.full_clean(exclude=[] if formats else ["formats"])
    if changed:
        material.save(update_fields=changed)
        audit.record(by, "meeting.material_changed", material.meeting, fields=changed)
    return material


def _keep_version(by: Actor, material: Material, file: Any, format: str, *, note: str) -> MaterialFile:
    """Accept a file and write its row. The paper's other uses are held, so that each version has its own number."""
    try:
        upload = uploads.accept_paper(file)
    except ValidationError as error:
        raise ValidationError({"file": error.error_list}) from None
    uses = Material.objects.filter(lineage=material.lineage)
    list(uses.select_for_update().order_by("pk").values_list("pk", flat=True))
    versions = MaterialFile.objects.filter(material__in=uses, format=format)
    newest = versions.order_by("-number").first()
    if newest and newest.sha256 == upload.sha256 and newest.material_id == material.pk:
        if not uploads.is_kept(upload, under=FOLDER):
            uploads.keep(upload, under=FOLDER)
            words = f"This is version {newest.number}, of which our copy was missing or damaged. It is whole again now."
            raise ValidationError({"file": f"{words} You do not need to do anything else."})
        raise ValidationError(
            {"file": f"This is the same file as version {newest.number}. Choose the file that you changed."}
        )
    if newest and not note.strip():
        raise ValidationError(
            {"note": "Say in a few words what changed, so that people know whether to read it again."}
        )
    row = MaterialFile(
        material=material,
        number=(versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        format=format,
        file=uploads.keep(upload, under=FOLDER),
        name=upload.name,
        content_type=upload.content_type,
        size=upload.size,
        sha256=upload.sha256,
        note=note.strip(),
        added_by_id=by.pk,
        added_at=clock.now(),
    )
    row.full_clean()
    row.save()
    read_again(material)
    for follow in AFTER_FILE:
        follow(by, material, format)
    return row


@transaction.atomic
def add_material_version(*, by: Actor, material: Material, file: Any, format: str, note: str = "") -> MaterialFile:
    """Add a paper's file in a format, or a new version of it, with what changed. Older versions are kept."""
    require(by, "networks.plan_meeting", material.meeting)
    require_changeable(locked(material.meeting))
    row = _keep_version(by, material, file, format, note=note)
    audit.record(
        by,
        "meeting.material_version_added",
        material.meeting,
        version=row.number,
        format=row.get_format_display(),
        after_it_went_out="yes" if material.sent_on else "no",
    )
    return row


@transaction.atomic
def use_material_again(*, by: Actor, material: Material, meeting: Meeting) -> Material:
    """List a paper for another meeting too, with the newest file in each format as it is now."""
    require(by, "networks.plan_meeting", meeting)
    require(by, "networks.plan_meeting", material.meeting)
    require_changeable(locked(meeting))
    if meeting.materials.filter(lineage=material.lineage).exists():
        raise ValidationError({"meeting": f"{meeting.title} has this paper on its list already."})
    again = Material(
        meeting=meeting,
        title=material.title,
        evidence_kind=material.evidence_kind,
        formats=material.formats,
        url=material.url,
        lineage=material.lineage,
    )
    again.full_clean(exclude=["formats"])
    again.save()
    MaterialFile.objects.bulk_create(_as_files_of(again, material.newest_files))
    read_again(again)
    audit.record(by, "meeting.material_added", meeting, kind=again.get_evidence_kind_display(), used_before="yes")
    return again


def _as_files_of(material: Material, files: Iterable[MaterialFile]) -> list[MaterialFile]:
    """The same files, as rows of another use of the paper."""
    names = ["number", "format", "name", "content_type", "size", "sha256", "note", "added_by_id", "added_at"]
    return [
        MaterialFile(material=material, file=file.file.name, **{name: getattr(file, name) for name in names})
        for file in files
    ]


@transaction.atomic
def mark_material_sent(*, by: Actor, material: Material, on: date | None = None) -> Material:
    """Note the day on which a paper went out to members."""
    require(by, "networks.plan_meeting", material.meeting)
    require_changeable(locked(material.meeting))
    material.refresh_from_db(fields=["sent_on"])  # someone may have done the same a moment ago
    if material.sent_on:
        raise StateConflict(f"It was already sent on {day(material.sent_on)}.")
    _check_sent(on)
    material.sent_on = on or clock.today()
    material.full_clean(exclude=["formats"])
    material.save(update_fields=["sent_on"])
    audit.record(by, "meeting.material_sent", material.meeting, late="yes" if material.is_late else "no")
    return material


@transaction.atomic
def remove_material(*, by: Actor, material: Material) -> None:
    """Take a paper off the list of a meeting, as long as it has not gone out."""
    require(by, "networks.plan_meeting", material.meeting)
    require_changeable(locked(material.meeting))
    material.refresh_from_db(fields=["sent_on"])
    if material.sent_on:
        raise StateConflict("It has already been sent to members, so it has to stay on the list.")
    meeting = material.meeting
    material.delete()
    audit.record(by, "meeting.material_removed", meeting)


@kept(FOLDER)
def papers() -> Iterator[Kept]:
    """Every version of every paper."""
    for row in MaterialFile.objects.select_related("material__meeting__group").iterator():
        what = f"“{row.name}”, version {row.number}, a paper of {row.material.meeting}"
        yield Kept(what, row.file.name or "", row.sha256, row.size)
