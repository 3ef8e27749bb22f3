"""A charter, its sections, and versions of its text."""

import hashlib
import json
import re
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.group.members import groups_seen_by
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
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

    privacy = NotPersonal("A group’s charter.")

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
    questions = models.TextField(
        blank=True,
        max_length=2000,
        db_default="",
        default="",
        help_text="What the group is asked here, one question a line. Shown until the section has words.",
    )

    privacy = NotPersonal("A part of a charter.")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["charter", "key"], name="section_key_once_per_charter")]

    @property
    def is_known(self) -> bool:
        return self.Kind(self.kind).is_known

    @property
    def question_list(self) -> list[str]:
        return [line.strip() for line in self.questions.splitlines() if line.strip()]

    def __str__(self) -> str:
        return self.title


def letter_of(n: int) -> str:
    """The letter of a draft: 1 is a, 26 is z, 27 is aa."""
    letters = ""
    while n > 0:
        n, rest = divmod(n - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


VERSION_SLUG = r"\d{1,6}(?:\.\d{1,4}|[a-z]{1,2})?"


class CharterVersionQuerySet(models.QuerySet["CharterVersion"]):
    def visible_to(self, user: Any) -> "CharterVersionQuerySet":
        """Texts that were put to the members; drafts are for their writers (docs/decisions/0007)."""
        rows = self.filter(charter__in=Charter.objects.visible_to(user))
        if has_perm(user, "coproduction.view_drafts"):
            return rows
        return rows.exclude(status="draft").exclude(status="withdrawn", proposed_on__isnull=True)

    def named(self, slug: str) -> "CharterVersion | None":
        """The version with this name in addresses: "2", "2.1" or, for a draft, "3b"; "3" is the text that members know."""
        if not re.fullmatch(VERSION_SLUG, slug, re.ASCII):
            return None
        number, correction, letters = re.fullmatch(r"(\d+)(?:\.(\d+))?([a-z]*)", slug).groups()  # type: ignore[union-attr]
        rows = self.filter(number=int(number), correction=int(correction or 0))
        if letters:
            draft = 0
            for letter in letters:
                draft = draft * 26 + ord(letter) - ord("a") + 1
            rows = rows.filter(draft_number=draft)
        return rows.order_by(F("proposed_on").desc(nulls_last=True), "-draft_number").first()


# How long members have to stop a minor correction (docs/decisions/0048).
STOP_WITHIN = timedelta(days=14)


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
    correction = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="1 for the first minor correction of an agreed text (2.1); 0 otherwise."
    )
    draft_number = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Counts the drafts of one number that members have not seen: 1 is draft a."
    )
    corrects = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
        help_text="The agreed text that this one corrects.",
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    change_note = models.CharField(
        max_length=400, blank=True, help_text="What changed since the last version, and why."
    )
    status_reason = models.CharField(max_length=400, blank=True, help_text="Why it was withdrawn.")
    text_hash = models.CharField(max_length=64, blank=True, help_text="Set when the text is put to the members.")
    proposed_on = models.DateField(null=True, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    confirmed_on = models.DateField(
        null=True, blank=True, help_text="Of a minor correction: when every member had said that it is fine."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("An exact text of a charter.")

    objects = CharterVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number", "-correction", "-draft_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["charter", "number", "correction", "draft_number"], name="version_name_once_per_charter"
            ),
            models.CheckConstraint(
                condition=Q(correction=0, corrects__isnull=True) | Q(correction__gt=0, corrects__isnull=False),
                name="correction_names_the_text_it_corrects",
            ),
            models.UniqueConstraint(
                fields=["charter"],
                condition=Q(status__in=["draft", "proposed"], correction=0),
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
        return f"{self.charter}, version {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:charter-version", args=[self.charter_id, self.slug])

    @property
    def is_unseen(self) -> bool:
        """Whether members have never seen this text: it is a draft, or was withdrawn as one."""
        return self.status == self.Status.DRAFT or (self.status == self.Status.WITHDRAWN and self.proposed_on is None)

    @property
    def name(self) -> str:
        """What pages, mails and the API call it: "2", "2.1" for a minor correction, "3, draft b" until members see it."""
        if self.correction:
            return f"{self.number}.{self.correction}"
        return f"{self.number}, draft {letter_of(self.draft_number)}" if self.is_unseen else str(self.number)

    @property
    def label(self) -> str:
        return f"Version {self.name}"

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return f"{self.number}{letter_of(self.draft_number)}" if self.is_unseen else self.name

    @property
    def rank(self) -> tuple[int, int, int]:
        """Its place among the versions of its charter; the newest has the highest."""
        return self.number, self.correction, self.draft_number

    @property
    def stop_until(self) -> date | None:
        """The last day on which a member can stop this minor correction; None for any other text."""
        return self.proposed_on + STOP_WITHIN if self.correction and self.proposed_on else None

    @property
    def can_be_stopped(self) -> bool:
        """Whether it is a minor correction in force that members can still stop."""
        last = self.stop_until
        is_in_force = self.status == self.Status.AGREED and self.confirmed_on is None
        return is_in_force and last is not None and clock.today() <= last

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.charter.roles_of(user)

    def hash_text(self) -> str:
        """SHA-256 of the exact text, which positions are taken on: titles and words, section by section in their order."""
        rows = list(self.texts.order_by("position", "pk").values_list("section__key", "title", "body"))
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


class SectionTextQuerySet(models.QuerySet["SectionText"]):
    def visible_to(self, user: Any) -> "SectionTextQuerySet":
        """The sections of the versions that a user may read."""
        return self.filter(version__in=CharterVersion.objects.visible_to(user))


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

    privacy = NotPersonal("The words of a part.")

    objects = SectionTextQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "section"], name="section_once_per_version")]

    def __str__(self) -> str:
        return f"{self.title or self.section} in {self.version}"

    def get_absolute_url(self) -> str:
        return f"{self.version.get_absolute_url()}#{self.section.key}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)


class RetiredSection(models.Model):
    """A section that a version leaves out, with the reason. Its words stay in the versions before; frozen like a text."""

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="retired")
    section = models.ForeignKey(CharterSection, on_delete=models.PROTECT, related_name="retirements")
    title = models.CharField(max_length=120)
    body = models.TextField(blank=True, max_length=20_000, help_text="The words that the draft had, to restore.")
    reason = models.CharField(max_length=400)

    privacy = NotPersonal("A part that a text leaves out.")

    class Meta:
        ordering = ["section__position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "section"], name="section_retired_once_per_version"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="retired_section_has_a_reason",
                violation_error_message="Say why the section is taken out, so that members know the reason.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, taken out of {self.version}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)
