"""Forms of an edition beside its PDF: large print, Easy Read, a web page, Word, Excel, CSV and JSON, in English or Welsh."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.jobs.models import Job
from reports.editions.models import Edition
from reports.formats.content.language import ENGLISH
from reports.formats.files.kinds import KINDS, LANGUAGES, Kind


class EditionFormQuerySet(models.QuerySet["EditionForm"]):
    def visible_to(self, user: Any) -> "EditionFormQuerySet":
        """All of them for those who work on reports; for everyone those of a published report's approved edition, an Easy
        Read only once members have reviewed it."""
        rows = self.filter(edition__in=Edition.objects.visible_to(user))
        return rows if has_perm(user, "reports.view_unpublished") else rows.filter(is_reviewed=True)

    def newest_first(self) -> "EditionFormQuerySet":
        return self.order_by("-pk")


class EditionForm(models.Model):
    """One file made from an edition's snapshot. Never changed after it is made (a trigger refuses it)."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="forms")
    form = models.CharField(max_length=16, choices=[(kind.key, kind.label) for kind in KINDS.values()])
    language = models.CharField(max_length=5, choices=list(LANGUAGES.items()), default=ENGLISH)
    renderer = models.CharField(max_length=60, help_text="Version of what made it.")
    contents = models.JSONField(
        null=True, blank=True, help_text="What an Easy Read says, frozen; empty for other forms."
    )
    contents_sha256 = models.CharField(max_length=64, blank=True)
    is_reviewed = models.BooleanField(default=True, help_text="No for an Easy Read that members have not reviewed.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.CharField(max_length=200, help_text="Name in the file storage.")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField(help_text="Bytes.")
    pages = models.PositiveIntegerField(null=True, blank=True, help_text="Of a PDF.")
    made_at = models.DateTimeField(default=clock.now, editable=False)

    privacy = NotPersonal("A file of a published report.")

    objects = EditionFormQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "form", "language", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "form", "language", "renderer", "contents_sha256"], name="edition_form_once"
            ),
            models.CheckConstraint(
                condition=Q(form="easy-read", contents__isnull=False) & ~Q(contents_sha256="")
                | ~Q(form="easy-read") & Q(contents__isnull=True, contents_sha256="", is_reviewed=True),
                name="edition_form_easy_read_holds_its_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition}, {self.get_form_display()}, {self.get_language_display()}"

    def get_absolute_url(self) -> str:
        return reverse(
            "reports:form-download", args=[self.edition.report.year, self.edition.number, self.form, self.language]
        )

    @property
    def kind(self) -> Kind:
        return KINDS[self.form]

    @property
    def file_name(self) -> str:
        """What the file is called when someone saves it: "impact-co-production-report-2022-edition-1-large-print-cy.pdf"."""
        stem = self.edition.file_name.removesuffix(".pdf")
        form = f"-{self.form}" if self.kind.extension in ("pdf", "zip") and self.form != "pdf" else ""
        language = "" if self.language == ENGLISH else f"-{self.language}"
        return f"{stem}{form}{language}.{self.kind.extension}"
