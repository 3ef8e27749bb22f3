"""That two records of one person were joined: which number the one that went had, and where it leads now."""

from django.db import models
from django.utils import timezone

from impact.core.basics.privacy import Forever, Keep, Part, Personal
from impact.core.people.models import Person, User


class MergedRecord(models.Model):
    """A record that became part of another. Its address leads there, and consents may move only where such a row says so.

    It holds numbers and times, no word of who it was about. Joining cannot be undone, so it is never deleted.
    """

    old_id = models.BigIntegerField(unique=True, help_text="The number of the record that went.")
    old_added = models.DateTimeField(help_text="When it was made. A number can be given again after a restore.")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merged_records")
    account = models.OneToOneField(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="merged_record",
        help_text="The closed account of the record that went, where both had one.",
    )
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = Personal(
        part=Part.YOU,
        heading="Records of you that were joined",
        of=("person",),
        recorders=("by", "account"),
        shown=("at",),
        on_erasure=Keep("It holds no word of who they were, and has a restored back-up erase both records again."),
        keep=Forever("Old addresses and the record of changes lead through it."),
    )

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Record {self.old_id}, now {self.person}"
