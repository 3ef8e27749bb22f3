"""Chapters of reports in Easy Read: its own short sentences, each with room for a drawing."""

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.charter.reading.models import hash_words
from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from reports.writing.models import ReportSection


class EasyReadWords(models.Model):
    """One chapter in Easy Read, of any report. Members review it before it may be published; a change takes it back to draft."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being written"
        WAITING = "waiting", "Waiting for review"
        REVIEWED = "reviewed", "Reviewed"

    words_hash = models.CharField(max_length=64, help_text="Of the title and words that it puts in Easy Read.")
    lines = models.JSONField(default=list, help_text="[{words, picture, alt}]; a picture is a drawing's key or empty.")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    reviewed_by = models.CharField(
        max_length=160, blank=True, help_text="Who reviewed it outside the platform: a name or a role."
    )
    reviewed_on = models.DateField(null=True, blank=True)
    written_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def text_hash(self) -> str:
        """A hash of its sentences and pictures: what a member who reads it sees."""
        return hash_words("", json.dumps(self.lines, sort_keys=True))


def reviewed_by_and_on(name: str) -> models.CheckConstraint:
    """What was reviewed says by whom and when, and nothing else does."""
    return models.CheckConstraint(
        condition=Q(status="reviewed", reviewed_on__isnull=False) & ~Q(reviewed_by="")
        | ~Q(status="reviewed") & Q(reviewed_on__isnull=True, reviewed_by=""),
        name=name,
        violation_error_message="Say who reviewed it, and on which day.",
    )


class EasyReadSectionQuerySet(models.QuerySet["EasyReadSection"]):
    def visible_to(self, user: Any) -> "EasyReadSectionQuerySet":
        """For those who write and approve reports; everyone else reads the finished Easy Read edition."""
        return self if has_perm(user, "reports.view_unpublished") else self.none()


class EasyReadSection(EasyReadWords):
    """One chapter of an annual report in Easy Read."""

    section = models.OneToOneField(ReportSection, on_delete=models.CASCADE, related_name="easy_read")

    privacy = NotPersonal("A chapter in Easy Read.", recorders=("written_by",), may_name_people=True)

    objects = EasyReadSectionQuerySet.as_manager()

    class Meta:
        ordering = ["section__position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="reviewed", reviewed_on__isnull=False)
                | ~Q(status="reviewed") & Q(reviewed_on__isnull=True, reviewed_by=""),
                name="easy_read_section_reviewed_on",
                violation_error_message="Say on which day it was reviewed.",
            )
        ]

    def __str__(self) -> str:
        return f"Easy Read of {self.section}"

    def get_absolute_url(self) -> str:
        return reverse("reports:easy-read-edit", args=[self.section.report.year, self.section.key])
