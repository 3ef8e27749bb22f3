"""Archives of what is held about a person, and links by which people without an account reach theirs."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.jobs.models import Job
from impact.core.people.models import Person, User
from impact.core.people.rights.requests.models import RightsRequest

KEPT_FOR = timedelta(days=7)
LINK_FOR = timedelta(hours=24)


def _a_week_on() -> datetime:
    return timezone.now() + KEPT_FOR


def _a_day_on() -> datetime:
    return timezone.now() + LINK_FOR


class DataArchive(models.Model):
    """A file with all that is held about one person, or about one mailbox that belongs to no person we know.

    For that person alone, or for the member of staff who answers a recorded request of theirs. Deleted after a week.
    """

    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="data_archives")
    email = models.EmailField(blank=True, help_text="The mailbox, where it is no person’s.")
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    request = models.ForeignKey(RightsRequest, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(max_length=200, blank=True, help_text="Empty until it is made.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=_a_week_on)
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="When it was last downloaded.")

    privacy = Personal(
        part=Part.SENT,
        heading="Downloads of this page",
        of=("person",),
        by_address=("email",),
        recorders=("asked_by",),
        shown=("asked_at", "expires_at", "fetched_at"),
        withheld={"email": "The address that this is about.", "file": "It holds what stands here."},
        on_erasure=Delete(),
        keep=After(since="expires_at", days=1, why="It is a copy of what stands elsewhere.", by="core.tidy_my_data"),
    )

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(person__isnull=False) | ~Q(email=""), name="data_archive_is_of_someone")
        ]

    def __str__(self) -> str:
        return f"Archive {self.pk}"

    def has_expired(self, at: Any) -> bool:
        """Whether it may no longer be downloaded."""
        return bool(self.expires_at <= at)


class DataLink(models.Model):
    """A link that was sent to a mailbox so that its owner sees what is held about them. Kept hashed; works once, for a day."""

    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=_a_day_on)
    used_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.SENT,
        heading="Links to this page",
        of=("person",),
        by_address=("email",),
        shown=("created_at", "expires_at", "used_at"),
        withheld={"email": "The address that this is about."},
        on_erasure=Delete(),
        keep=After(since="expires_at", days=1, why="It opens nothing any more.", by="core.tidy_my_data"),
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Link {self.pk}"

    def clean(self) -> None:
        """An address is kept in small letters, as everywhere."""
        if self.email != mailbox_key(self.email):
            raise ValidationError({"email": "Write the address in small letters."})
