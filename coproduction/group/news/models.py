"""The group's news: a summary of each month, drafted from what happened and sent by the engagement lead."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.group.members import groups_seen_by
from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from networks.groups.models import Group


class MonthlySummaryQuerySet(models.QuerySet["MonthlySummary"]):
    def visible_to(self, user: Any) -> "MonthlySummaryQuerySet":
        """Sent ones for those who see the group's papers; drafts for the engagement lead alone."""
        seen = self.filter(group__in=groups_seen_by(user))
        return seen if has_perm(user, "coproduction.send_summary") else seen.filter(sent_on__isnull=False)


class MonthlySummary(models.Model):
    """What happened in a group in one month, in plain text that fits an email."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="summaries")
    month = models.DateField(help_text="Its first day.")
    words = models.TextField(max_length=1900, help_text="Plain text, without names of members.")
    sent_on = models.DateField(null=True, blank=True)
    sent_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What happened in a group in a month.", recorders=("sent_by",), may_name_people=True)

    objects = MonthlySummaryQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "-pk"]
        verbose_name_plural = "monthly summaries"
        constraints = [
            models.UniqueConstraint(fields=["group", "month"], name="one_summary_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="summary_month_is_its_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:summary-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)
