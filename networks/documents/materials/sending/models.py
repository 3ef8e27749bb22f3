"""What was sent to whom of a meeting's papers, each file by a link of that person's own."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.people.models import Person, User
from networks.documents.materials.models import Material, MaterialFile


class SentPaper(models.Model):
    """One file, or one web address, of a paper that was sent to one person."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="sent_rows")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sent_papers")
    file = models.ForeignKey(MaterialFile, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    url = models.URLField(blank=True, help_text="The web address that was sent, where it was no file.")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="What the link signs.")
    sent_at = models.DateTimeField(default=timezone.now)
    sent_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(help_text="Until when the email says that the link works.")
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="When the coordinator stopped the link.")

    privacy = Personal(
        part=Part.MEETINGS,
        heading="Papers sent to you",
        of=("person",),
        recorders=("sent_by",),
        shown=("material__title", "sent_at", "expires_at", "stopped_at"),
        withheld={"url": "The paper’s address."},
        on_erasure=Delete(),
        keep=After(since="expires_at", why="Its link opens nothing any more.", years=1),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(file__isnull=False, url="") | Q(file__isnull=True) & ~Q(url=""),
                name="sent_paper_is_a_file_or_an_address",
            ),
            models.UniqueConstraint(
                fields=["material", "person", "file"],
                condition=Q(file__isnull=False, stopped_at__isnull=True),
                name="file_sent_once_to_a_person",
            ),
            models.UniqueConstraint(
                fields=["material", "person", "url"],
                condition=Q(file__isnull=True, stopped_at__isnull=True),
                name="address_sent_once_to_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material} for {self.person}"
