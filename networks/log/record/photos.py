"""Photographs of flip charts: re-encoded without place or camera, described in words, removed and restored."""

import io
import uuid
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from PIL import Image

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.web.files import uploads
from impact.core.web.files.store import Kept, kept
from networks.log.record.models import MeetingPhoto, ShownInPhoto
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable

AT_ONCE = 10
MOST = 60  # of one meeting
NO_YES = (
    "This picture shows someone who has not said yes to photographs, or whose yes has ended. It can come back once they "
    "say yes."
)
SMALL_EDGE = 800  # pixels, for pages
FOLDER = "photos"


def small_name(photo: MeetingPhoto) -> str:
    """Where the copy for pages is kept."""
    return f"{FOLDER}/small/{photo.sha256}.jpg"


def photos_for(user: Any, meeting: Meeting) -> list[MeetingPhoto]:
    """The photographs on a log, for those who may read it: none that shows, by name, someone without a yes."""
    if not (meeting.is_held or has_perm(user, "networks.log_meeting", meeting)):
        return []
    photos: list[Any] = list(meeting.photos.in_use())
    mine = set(ShownInPhoto.objects.filter(photo__in=photos, person__user_id=user.pk).values_list("photo", flat=True))
    for photo in photos:
        photo.meeting = meeting  # spares a query each
        photo.shows_reader = photo.pk in mine
    return photos


def may_see_photo(user: Any, photo: MeetingPhoto) -> bool:
    """Whether someone who may see the meeting may see this: once the log is in, and not after it was taken off."""
    if has_perm(user, "networks.log_meeting", photo):
        return True
    return photo.meeting.is_held and MeetingPhoto.objects.in_use().filter(pk=photo.pk).exists()


def _keep_small(upload: uploads.Upload) -> None:
    with Image.open(io.BytesIO(upload.data), formats=["JPEG"]) as opened:
        opened.thumbnail((SMALL_EDGE, SMALL_EDGE))
        out = io.BytesIO()
        opened.save(out, "JPEG", quality=80, optimize=True)
    uploads.keep_bytes(out.getvalue(), name=f"{FOLDER}/small/{upload.sha256}.jpg")


def add_photo(*, by: Actor, meeting: Meeting, file: Any, alt: str = "", key: uuid.UUID | None = None) -> MeetingPhoto:
    """Put a photograph on the log. The same key, or the same picture, again is the same photograph."""
    require(by, "networks.log_meeting", meeting)
    require_changeable(meeting)
    upload = uploads.accept_photo(file)  # takes its time, so before the transaction
    return _add_photo(by, meeting, upload, alt=alt, key=key)


@transaction.atomic
def _add_photo(by: Actor, meeting: Meeting, upload: uploads.Upload, *, alt: str, key: uuid.UUID | None) -> MeetingPhoto:
    meeting = locked(meeting)
    require_changeable(meeting)
    known = MeetingPhoto.objects.filter(key=key).first() if key else None
    if known and known.meeting_id != meeting.pk:
        raise StateConflict("This photograph belongs to another meeting. Reload the page and try again.", "id_taken")
    if known and (known.sha256 != upload.sha256 or (alt and _checked_alt(alt) != known.alt)):
        raise StateConflict("There is already a different photograph with this key. Use a new key.", "id_taken", known)
    known = known or meeting.photos.filter(sha256=upload.sha256).first()
    if known:
        known.meeting = meeting
        if known.sha256 == upload.sha256:  # should its file be missing or damaged, here it is again
            uploads.keep(upload, under=FOLDER)
            _keep_small(upload)
        return restore_photo(by=by, photo=known)
    if meeting.photos.filter(removed_at__isnull=True).count() >= MOST:
        raise StateConflict(f"This log has {MOST} photographs. Remove one before you add another.")
    photo = MeetingPhoto(
        meeting=meeting,
        key=key or uuid.uuid4(),
        file=uploads.keep(upload, under=FOLDER),
        sha256=upload.sha256,
        width=upload.width,
        height=upload.height,
        size=upload.size,
        alt=_checked_alt(alt),
        added_by_id=by.pk,
        added_at=clock.now(),
    )
    _keep_small(upload)
    photo.full_clean()
    photo.save()
    audit.record(by, "meeting.photo_added", meeting)
    return photo


def _checked_alt(alt: str) -> str:
    alt = " ".join(alt.replace("\0", "").split())
    if len(alt) > 400:
        raise ValidationError({"alt": "Use 400 characters or fewer. You can put more in the notes."})
    return alt


@transaction.atomic
def describe_photo(*, by: Actor, photo: MeetingPhoto, alt: str, expected: int | None = None) -> MeetingPhoto:
    """Describe what a photograph shows, for people who cannot see it."""
    require(by, "networks.log_meeting", photo)
    require_changeable(locked(photo.meeting))
    if save_changes(photo, {"alt": _checked_alt(alt)}, expected=expected):
        audit.record(by, "meeting.photo_described", photo.meeting)
    return photo


@transaction.atomic
def remove_photo(*, by: Actor, photo: MeetingPhoto, expected: int | None = None) -> MeetingPhoto:
    """Take a photograph off the log, if it is still as ``expected``. It can be put back."""
    require(by, "networks.log_meeting", photo)
    require_changeable(locked(photo.meeting))
    if photo.removed_at is None:
        save_changes(photo, {"removed_at": clock.now()}, expected=expected)
        audit.record(by, "meeting.photo_removed", photo.meeting)
    return photo


@transaction.atomic
def restore_photo(*, by: Actor, photo: MeetingPhoto) -> MeetingPhoto:
    """Put a photograph back on the log, unless it shows someone who has not said yes."""
    require(by, "networks.log_meeting", photo)
    require_changeable(locked(photo.meeting))
    if photo.removed_at is not None:
        if photo.shown.without_yes().exists():
            raise StateConflict(NO_YES)
        save_changes(photo, {"removed_at": None}, expected=None)
        audit.record(by, "meeting.photo_put_back", photo.meeting)
    return photo


@kept(FOLDER)
def photographs() -> Iterator[Kept]:
    """Every photograph, also those removed from the log, and its small copy."""
    for row in MeetingPhoto.objects.select_related("meeting__group").iterator():
        what = f"Photograph {row.pk} on the log of {row.meeting}"
        yield Kept(what, row.file.name or "", row.sha256, row.size)
        yield Kept(f"Small copy of photograph {row.pk}", small_name(row), "")
