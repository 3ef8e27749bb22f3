"""A chapter of a report about a network, a site or a quarter in Easy Read."""

from typing import Any

from django.db import models
from django.urls import reverse

from impact.core.basics.privacy import NotPersonal
from reports.formats.easy_read.models import EasyReadWords, reviewed_by_and_on
from reports.subjects.models import SubjectReport


class SubjectEasyReadQuerySet(models.QuerySet["SubjectEasyRead"]):
    def visible_to(self, user: Any) -> "SubjectEasyReadQuerySet":
        """For those who read every edition of the report; everyone else reads the finished Easy Read."""
        return self.filter(report__in=SubjectReport.objects.drafts_for(user).values("pk"))


class SubjectEasyRead(EasyReadWords):
    """One chapter, written for the words and figures that an edition has in it."""

    report = models.ForeignKey(SubjectReport, on_delete=models.CASCADE, related_name="easy_read")
    key = models.CharField(max_length=40, help_text="Which chapter: summary, plan and so on.")

    privacy = NotPersonal("A chapter in Easy Read.", recorders=("written_by",), may_name_people=True)

    objects = SubjectEasyReadQuerySet.as_manager()

    class Meta:
        ordering = ["report", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="subject_easy_read_once_per_chapter"),
            reviewed_by_and_on("subject_easy_read_reviewed_by_and_on"),
        ]

    def __str__(self) -> str:
        return f"Easy Read of {self.report}: {self.key}"

    def get_absolute_url(self) -> str:
        return reverse("reports:subject-easy-read-edit", args=[self.report.kind, self.report.slug, self.key])
