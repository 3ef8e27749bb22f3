"""A charter, its sections, and versions of its text."""

import hashlib
import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.group.members import groups_seen_by
from impact.core.access.permissions import has_perm
from networks.groups.models import Group


class CharterQuerySet(models.QuerySet["Charter"]):
    def visible_to(self, user: Any) -> "CharterQuerySet":
        return self.filter(group__in=groups_seen_by(user))


class Charter(models.Model):
    """A group's living charter (rule 15)."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="charter")
    title = models.CharField(max_length=160)
    is_illustrative = models.BooleanField(default=False, help_text="The wording is invented for the demonstration.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CharterQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:charter-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    @property
    def agreed_version(self) -> "CharterVersion | None":
        """The text in force."""
        return self.versions.filter(status=CharterVersion.Status.AGREED).order_by("-number").first()


class CharterSection(models.Model):
    """A place in the charter: something known from the start, or left open for the members to fill."""

    class Kind(models.TextChoices):
        KNOWN = "known", "Known from the start"
        OPEN = "open", "For the group to fill"

        @property
        def is_known(self) -> bool:
            return self == CharterSection.Kind.KNOWN

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["charter", "key"], name="section_key_once_per_charter")]

    @property
    def is_known(self) -> bool:
        return self.Kind(self.kind).is_known

    def __str__(self) -> str:
        return self.title


class CharterVersionQuerySet(models.QuerySet["CharterVersion"]):
    def visible_to(self, user: Any) -> "CharterVersionQuerySet":
        """Texts that were put to the members; drafts are for their writers (docs/decisions/0007)."""
        rows = self.filter(charter__in=Charter.objects.visible_to(user))
        if has_perm(user, "coproduction.view_drafts"):
            return rows
        return rows.exclude(status="draft").exclude(status="withdrawn", proposed_on__isnull=True)


class CharterVersion(models.Model):
    """One exact text of the whole charter. Once it leaves draft, its words never change (a trigger refuses it)."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Out for agreement"
        AGREED = "agreed", "Agreed"
        SUPERSEDED = "superseded", "Replaced"
        WITHDRAWN = "withdrawn", "Withdrawn"

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    change_note = models.CharField(
        max_length=400, blank=True, help_text="What changed since the last version, and why."
    )
    status_reason = models.CharField(max_length=400, blank=True, help_text="Why it was withdrawn.")
    text_hash = models.CharField(max_length=64, blank=True, help_text="Set when the text is put to the members.")
    proposed_on = models.DateField(null=True, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = CharterVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["charter", "number"], name="version_number_once_per_charter"),
            models.UniqueConstraint(
                fields=["charter"],
                condition=Q(status__in=["draft", "proposed"]),
                name="one_open_version_per_charter",
                violation_error_message="There is already a version being worked on.",
            ),
            models.UniqueConstraint(
                fields=["charter"], condition=Q(status="agreed"), name="one_agreed_version_per_charter"
            ),
            models.CheckConstraint(condition=Q(status="draft") | ~Q(text_hash=""), name="settled_version_has_a_hash"),
            models.CheckConstraint(
                condition=~Q(status="agreed") | Q(agreed_on__isnull=False), name="agreed_version_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | ~Q(status_reason=""),
                name="withdrawn_version_has_a_reason",
                violation_error_message="Say why the text is withdrawn.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.charter}, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:charter-version", args=[self.charter_id, self.number])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.charter.roles_of(user)

    def hash_text(self) -> str:
        """SHA-256 of the exact text, which positions are taken on: titles and words, section by section in their order."""
        rows = list(self.texts.order_by("position", "pk").values_list("section__key", "title", "body"))
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


class SectionText(models.Model):
    """The words of one section in one version. Frozen with its version."""

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="texts")
    section = models.ForeignKey(CharterSection, on_delete=models.PROTECT, related_name="texts")
    title = models.CharField(max_length=120, db_default="", help_text="The section's title in this version.")
    position = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Its place in this version.")
    body = models.TextField(blank=True, max_length=20_000, help_text="Markdown.")
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts the saves of this section, so that two writers lose nothing."
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "section"], name="section_once_per_version")]

    def __str__(self) -> str:
        return f"{self.section} in {self.version}"
