"""Groups outside IMPACT that do similar work, and what each side learned from the other."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.group.members import groups_seen_by
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from networks.groups.models import Group


class OutsideGroupQuerySet(models.QuerySet["OutsideGroup"]):
    def visible_to(self, user: Any) -> "OutsideGroupQuerySet":
        return self.filter(group__in=groups_seen_by(user))

    def search(self, q: str) -> "OutsideGroupQuerySet":
        if not q:
            return self
        said = Exchange.objects.filter(words__icontains=q).values("outside_group")
        return self.filter(Q(name__icontains=q) | Q(about__icontains=q) | Q(pk__in=said))


class OutsideGroup(models.Model):
    """A like-minded group outside IMPACT that the group is in touch with."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="outside_groups")
    name = models.CharField(max_length=160)
    about = models.TextField(max_length=2000, help_text="Who they are, and why the group is in touch with them.")
    web = models.URLField(max_length=300, blank=True, help_text="Their page on the web.")
    known_since = models.DateField(help_text="When the two groups first talked.")
    ended_on = models.DateField(null=True, blank=True, help_text="Empty while the groups are in touch.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A group outside IMPACT.", may_name_people=True)

    objects = OutsideGroupQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "name"],
                name="outside_group_once_per_group",
                violation_error_message="This group is on the list already.",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=models.F("known_since")),
                name="outside_group_ends_after_it_starts",
                violation_error_message="The last day is before the groups first talked. Choose a later one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("coproduction:outside-group-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)


class ExchangeQuerySet(models.QuerySet["Exchange"]):
    def visible_to(self, user: Any) -> "ExchangeQuerySet":
        return self.filter(outside_group__in=OutsideGroup.objects.visible_to(user))


class Exchange(models.Model):
    """Something that one of two groups learned from the other."""

    class Direction(models.TextChoices):
        FROM = "from", "We learned from them"
        TO = "to", "They learned from us"

    outside_group = models.ForeignKey(OutsideGroup, on_delete=models.CASCADE, related_name="exchanges")
    on = models.DateField()
    direction = models.CharField(max_length=4, choices=Direction)
    words = models.TextField(max_length=2000, help_text="What was learned.")
    led_to = models.TextField(max_length=2000, blank=True, help_text="What the group did with it.")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What two groups learned from each other.", recorders=("recorded_by",), may_name_people=True)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_direction_display()}: {self.outside_group}"

    def get_absolute_url(self) -> str:
        return f"{self.outside_group.get_absolute_url()}#exchange-{self.pk}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.outside_group.group.roles_of(user)
