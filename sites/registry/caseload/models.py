"""Supervision of coaches, facilitators and site leads: when it was, when it is next, and a private note."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics.dates import day
from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.people.models import User
from sites.registry.models import Site, SiteRole

SUPERVISED_EVERY = timedelta(days=42)  # six weeks, after which a post without a talk is overdue


class SupervisionQuerySet(models.QuerySet["Supervision"]):
    def visible_to(self, user: Any) -> "SupervisionQuerySet":
        """Dates: every one for national readers, for others those at the sites where they work. Notes are apart."""
        return self.filter(role__site__in=Site.objects.inside_for(user))


class Supervision(models.Model):
    """One talk between someone in a post and their supervisor, planned or held.

    The note is read by those who may supervise, and by no one else: not by the person it is about, nor by leadership.
    """

    role = models.ForeignKey(SiteRole, on_delete=models.CASCADE, related_name="supervisions")
    on = models.DateField("date")
    is_held = models.BooleanField(default=False)
    supervisor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.WORK,
        heading="Supervision",
        of=("role__person",),
        recorders=("supervisor",),
        shown=("role__site__name", "role__kind", "on", "is_held"),
        withheld={"note": "Your supervisor’s short note. Ask for it, and staff read it with you."},
        on_erasure=Delete(),
        keep=After(since="on", why="Two years are enough to see that people are supervised.", years=2),
    )

    objects = SupervisionQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["role", "on"],
                name="one_supervision_a_day",
                violation_error_message="Supervision on this day is recorded already. Edit that entry.",
            ),
            models.CheckConstraint(
                condition=Q(is_held=True) | Q(note=""),
                name="supervision_note_only_once_held",
                violation_error_message="Write the note once the supervision was held.",
            ),
        ]

    def __str__(self) -> str:
        return f"Supervision on {day(self.on)}"

    def get_absolute_url(self) -> str:
        return reverse("sites:supervision", args=[self.role.site.slug, self.role_id])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.role.site.roles_of(user)

    def note_for(self, user: Any) -> str | None:
        """The note, for those who may read it; None for everyone else."""
        return self.note if has_perm(user, "sites.supervise") else None
