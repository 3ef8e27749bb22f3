"""Other forms of a charter's words: Easy Read with pictures, sound, and PDFs."""

import hashlib
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from coproduction.charter.models import CharterVersion, SectionText
from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.jobs.models import Job
from impact.core.people.models import User


def hash_words(title: str, body: str) -> str:
    """SHA-256 of a section's title and words: what an Easy Read or a recording was made from."""
    return hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()


class EasyReadQuerySet(models.QuerySet["EasyRead"]):
    def visible_to(self, user: Any) -> "EasyReadQuerySet":
        """Those that were reviewed, of texts that the user may read; those being written are for the engagement lead."""
        rows = self.filter(text__version__in=CharterVersion.objects.visible_to(user))
        return rows if has_perm(user, "coproduction.view_drafts") else rows.reviewed()

    def reviewed(self) -> "EasyReadQuerySet":
        return self.filter(status=EasyRead.Status.REVIEWED)


class EasyRead(models.Model):
    """One section in Easy Read. Readers see it once someone has reviewed it; a change takes it back to draft."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being written"
        WAITING = "waiting", "Waiting for review"
        REVIEWED = "reviewed", "Reviewed"

    text = models.OneToOneField(SectionText, on_delete=models.CASCADE, related_name="easy_read")
    words_hash = models.CharField(max_length=64, help_text="Of the title and words that it puts in Easy Read.")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    reviewed_by = models.CharField(max_length=160, blank=True, help_text="A name or a role.")
    reviewed_on = models.DateField(null=True, blank=True)
    written_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal(
        "A part in Easy Read, with the role that reviewed it.", recorders=("written_by",), may_name_people=True
    )

    objects = EasyReadQuerySet.as_manager()

    class Meta:
        ordering = ["text__version__number", "text__position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="reviewed", reviewed_on__isnull=False) & ~Q(reviewed_by="")
                | ~Q(status="reviewed") & Q(reviewed_on__isnull=True, reviewed_by=""),
                name="easy_read_reviewed_by_and_on",
                violation_error_message="Say who reviewed it, and on which day.",
            ),
        ]

    def __str__(self) -> str:
        return f"Easy Read of {self.text.title}, version {self.text.version.name}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:charter-section", args=[self.text.version.charter_id, self.text.section.key])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.text.version.roles_of(user)


class EasyReadLine(models.Model):
    """One sentence, with room for a picture beside it."""

    easy_read = models.ForeignKey(EasyRead, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=300)
    picture = models.FileField(max_length=200, blank=True, help_text="A JPEG that we drew again from what was sent.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes.")
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    alt = models.CharField(
        max_length=200, blank=True, help_text="What the picture shows, for people who do not see it."
    )

    privacy = NotPersonal("A sentence in Easy Read.", may_name_people=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(picture="") | ~Q(alt=""),
                name="easy_read_picture_has_words",
                violation_error_message="Say what the picture shows, for people who do not see it.",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    def get_absolute_url(self) -> str:
        """The address of its picture; it holds the picture's hash, so that a new picture is fetched."""
        return f"{reverse('coproduction:easy-read-picture', args=[self.pk])}?v={self.sha256[:8]}"


class RecordingQuerySet(models.QuerySet["Recording"]):
    def visible_to(self, user: Any) -> "RecordingQuerySet":
        return self.filter(version__in=CharterVersion.objects.visible_to(user))


class Recording(models.Model):
    """Someone reading a version, or one of its sections, aloud. A new file takes the place of the one before."""

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="recordings")
    text = models.OneToOneField(
        SectionText, null=True, blank=True, on_delete=models.CASCADE, related_name="recording", help_text="Empty: all."
    )
    words_hash = models.CharField(max_length=64, help_text="Of the words that are read.")
    read_by = models.CharField(max_length=120, blank=True, help_text="A name or a role.")
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=160, help_text="What people save it as.")
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal(
        "Someone reading a text aloud, named as they wished.", recorders=("added_by",), may_name_people=True
    )

    objects = RecordingQuerySet.as_manager()

    class Meta:
        ordering = ["text__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(text__isnull=True), name="one_recording_of_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"Recording of {self.text or self.version}"

    def get_absolute_url(self) -> str:
        return f"{reverse('coproduction:recording-file', args=[self.pk])}?v={self.sha256[:8]}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)


class CharterPdfQuerySet(models.QuerySet["CharterPdf"]):
    def visible_to(self, user: Any) -> "CharterPdfQuerySet":
        return self.filter(version__in=CharterVersion.objects.visible_to(user))

    def ready(self) -> "CharterPdfQuerySet":
        return self.exclude(file="")


class CharterPdf(models.Model):
    """A version as a PDF, built from the words of one moment."""

    class Form(models.TextChoices):
        STANDARD = "standard", "Standard"
        LARGE_PRINT = "large_print", "Large print"
        EASY_READ = "easy_read", "Easy Read"

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="pdfs")
    form = models.CharField(max_length=12, choices=Form)
    contents = models.JSONField(help_text="Everything that it says, frozen.")
    contents_sha256 = models.CharField(max_length=64)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(max_length=200, blank=True, help_text="Empty until it is built.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes.")
    pages = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("A text as a PDF.", recorders=("asked_by",))

    objects = CharterPdfQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "form", "contents_sha256"], name="charter_pdf_once_for_the_same_words"
            ),
        ]

    def __str__(self) -> str:
        return f"PDF of {self.version}, {self.get_form_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:charter-pdf-file", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)

    @property
    def file_name(self) -> str:
        """ "charter-version-3-large-print.pdf": what people save it as."""
        form = "" if self.form == self.Form.STANDARD else f"-{self.form.replace('_', '-')}"
        return f"charter-version-{self.version.slug}{form}.pdf"
