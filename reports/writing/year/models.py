"""The steps of a reporting year and their days."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from networks.groups.models import Group, GroupKind
from reports.group_reading.models import group_of_reader

STEPS = {
    "opens_on": "The report is opened",
    "sections_due_on": "Sections are due",
    "group_on": "It goes to the advisory group",
    "leadership_on": "It goes to the leadership team",
    "response_on": "The leadership team answers its points",
    "publish_on": "It is published",
}


class ReportingYearQuerySet(models.QuerySet["ReportingYear"]):
    def visible_to(self, user: Any) -> "ReportingYearQuerySet":
        """For those who write and approve reports, and for the advisory group whose report it is, with its supporters."""
        if has_perm(user, "reports.view_unpublished") or in_an_advisory_group(user):
            return self
        return self.none()


def in_an_advisory_group(user: Any) -> bool:
    """Whether someone is a member of an advisory group today, or supports one there: the report is theirs."""
    if not getattr(user, "is_authenticated", False):
        return False
    return Group.objects.running().filter(group_of_reader(user), kind=GroupKind.ADVISORY_GROUP).exists()


class ReportingYear(models.Model):
    """When each step of a year's report is due. It can be there before the report, which then opens on its day."""

    year = models.PositiveSmallIntegerField(unique=True)
    opens_on = models.DateField(STEPS["opens_on"])
    sections_due_on = models.DateField(STEPS["sections_due_on"])
    group_on = models.DateField(STEPS["group_on"])
    leadership_on = models.DateField(STEPS["leadership_on"])
    response_on = models.DateField(
        STEPS["response_on"], null=True, help_text="Empty for a year from before this was a step."
    )
    publish_on = models.DateField(STEPS["publish_on"])
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("When the steps of a report are due.")

    objects = ReportingYearQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    sections_due_on__gt=F("opens_on"),
                    group_on__gte=F("sections_due_on"),
                    leadership_on__gt=F("group_on"),
                    publish_on__gte=F("leadership_on"),
                ),
                name="steps_of_a_year_in_order",
            ),
            models.CheckConstraint(
                condition=Q(response_on__isnull=True)
                | Q(response_on__gte=F("leadership_on"), response_on__lte=F("publish_on")),
                name="response_before_publication",
            ),
        ]

    def __str__(self) -> str:
        return f"Steps of the {self.year} report"

    def get_absolute_url(self) -> str:
        return reverse("reports:calendar", args=[self.year])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def dates(self) -> dict[str, date]:
        """Each step's day, in order."""
        return {name: getattr(self, name) or self.publish_on for name in STEPS}
