"""Versions of the notes, photographs, and restricted notes."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from impact.core.basics.privacy import After, Delete, Forever, NotPersonal, Part, Personal
from impact.core.people import consents
from impact.core.people.models import Consent, Person, User
from networks.meetings.models import Meeting


class NotesVersion(models.Model):
    """The notes of a meeting as they were once saved. Kept for ever, to compare and to restore."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="notes_versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    saved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now)
    restored_from = models.PositiveIntegerField(null=True, blank=True, help_text="The number of the version put back.")

    privacy = NotPersonal("The notes of a meeting.", recorders=("saved_by",), may_name_people=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="notes_version_once_per_meeting")]

    def __str__(self) -> str:
        return f"{self.meeting}: notes {self.number}"


class MeetingPhotoQuerySet(models.QuerySet["MeetingPhoto"]):
    def in_use(self) -> "MeetingPhotoQuerySet":
        """What may be shown: on the log, and no one who is named in it is without a yes that counts today."""
        return self.filter(removed_at__isnull=True).exclude(pk__in=ShownInPhoto.objects.without_yes().values("photo"))


class MeetingPhoto(models.Model):
    """A photograph of a flip chart, re-encoded so that where and when it was taken is gone."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="photos")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Made by the sender.")
    file = models.FileField(max_length=200)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    alt = models.CharField(max_length=400, blank=True, help_text="What it shows, for people who cannot see it.")
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="Removed from the log; can be put back.")
    version = models.PositiveIntegerField(default=1)

    objects = MeetingPhotoQuerySet.as_manager()

    privacy = NotPersonal(
        "A photograph of a flip chart. Who can be seen in it, where that is noted, stands in a row of its own.",
        recorders=("added_by",),
        may_name_people=True,
    )

    class Meta:
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return self.alt or "Photograph without a description"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.roles_of(user)


class ShownInPhotoQuerySet(models.QuerySet["ShownInPhoto"]):
    def without_yes(self) -> "ShownInPhotoQuerySet":
        """Those of people whose answer about photographs is no yes that counts today."""
        return self.exclude(person__in=consents.live(Consent.Purpose.PHOTOS).values("person"))


class ShownInPhoto(models.Model):
    """Someone who can be seen in a photograph. Only they and the group's coordinators see this."""

    photo = models.ForeignKey(MeetingPhoto, on_delete=models.CASCADE, related_name="shown")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shown_in_photos")
    named_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    named_at = models.DateTimeField(default=timezone.now)

    objects = ShownInPhotoQuerySet.as_manager()

    privacy = Personal(
        part=Part.MEETINGS,
        heading="Pictures that show you",
        of=("person",),
        recorders=("named_by",),
        shown=("photo__meeting__title", "photo__meeting__starts_at", "photo__alt", "named_at"),
        on_erasure=Delete(),
        keep=Forever(
            "While it stands, a picture is shown only as long as you agree. Erasing you deletes the picture too."
        ),
    )

    class Meta:
        ordering = ["person__name", "pk"]
        constraints = [models.UniqueConstraint(fields=["photo", "person"], name="person_shown_once_in_photo")]

    def __str__(self) -> str:
        return f"{self.person} in a photograph"


class RestrictedNote(models.Model):
    """A note that must not appear in minutes that members read, optionally with a safeguarding flag."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="restricted_notes")
    words = models.TextField(max_length=5000)
    is_safeguarding = models.BooleanField(default=False)
    written_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    dealt_with = models.CharField(max_length=400, blank=True, help_text="What was done about the flag.")
    dealt_with_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    dealt_with_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal(
        "A note on something said at a meeting, about safeguarding for example. It has no link to a person and can tell of several; a person decides what may be shown to whom.",
        recorders=("written_by", "dealt_with_by"),
        may_name_people=True,
        keep=After(since="written_at", why="A worry that was dealt with is not kept for ever.", years=6),
    )

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dealt_with_at__isnull=True) | ~Q(dealt_with=""),
                name="dealt_with_flag_says_how",
                violation_error_message="Say what was done.",
            )
        ]

    def __str__(self) -> str:
        return "Safeguarding flag" if self.is_safeguarding else "Restricted note"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.roles_of(user)
