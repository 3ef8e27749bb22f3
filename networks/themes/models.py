"""Themes, and what was done to them."""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from impact.core.access.kept import figure
from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import User
from networks.groups.models import Group
from networks.meetings.models import Meeting


class ThemeQuerySet(models.QuerySet["Theme"]):
    def in_use(self) -> "ThemeQuerySet":
        return self.filter(merged_into__isnull=True)

    def spoken_of(self) -> "ThemeQuerySet":
        """Themes of entries on logs, those still being written included, and the earlier names that lead to them.

        Only these are offered, searched for near names and listed: a theme that no entry uses any more means nothing to
        anyone who keeps a log.
        """
        return self.filter(_is_spoken_of())

    def unused(self) -> "ThemeQuerySet":
        """Themes that no entry of a log has: added by a slip of the pen, or left behind when an entry was changed."""
        return self.in_use().exclude(_is_spoken_of())

    def deletable(self) -> "ThemeQuerySet":
        """Unused themes to which nothing else leads: no removed entry, no shared learning, no merged theme."""
        free = self.unused().filter(contributions__isnull=True, learning__isnull=True)
        return free.exclude(merged__changes__isnull=False)

    def visible_to(self, user: Any) -> "ThemeQuerySet":
        """Every theme for those who read across groups or keep a log; for members those spoken of in their groups."""
        if has_perm(user, "networks.view_aggregates") or Group.objects.permitted(user, "networks.log_meeting").exists():
            return self
        return self.filter(
            pk__in=apps.get_model("networks", "Contribution").objects.visible_to(user).values("theme_id")
        )

    def search(self, q: str) -> "ThemeQuerySet":
        """By name or description, and by the names of themes that were merged."""
        found = Q(name__icontains=q) | Q(description__icontains=q) | Q(pk__in=self.model.objects.named(q))
        return self.filter(found) if q else self

    def named(self, q: str) -> Any:
        """Ids of the themes to which an earlier name leads."""
        return self.filter(merged_into__isnull=False, name__icontains=q).values("merged_into_id")

    def with_use(self, groups: Any = None) -> "ThemeQuerySet":
        """Annotated with how often and where each was spoken of in logged meetings (of ``groups``, if given).

        Counted for all themes at once; for all groups the count is kept until something changes.
        """
        use = figure("use-of-themes", lambda: _use_of_themes(None)) if groups is None else _use_of_themes(groups)

        def each(name: str, default: Any, field: models.Field) -> Case:
            known = [When(pk=pk, then=Value(row[name])) for pk, row in use.items() if row[name]]
            return Case(*known, default=Value(default), output_field=field)

        numbers = {name: each(name, 0, models.IntegerField()) for name in THEME_NUMBERS}
        return self.annotate(**numbers, last_used_at=each("last_used_at", None, models.DateTimeField()))


def _is_spoken_of() -> Exists:
    said = apps.get_model("networks", "Contribution").objects.kept().exclude(meeting__status=Meeting.Status.CANCELLED)
    return Exists(said.order_by().filter(theme=Coalesce(OuterRef("merged_into"), OuterRef("pk"))))


THEME_NUMBERS = ("used", "enablers", "barriers", "others", "nations")


def _use_of_themes(groups: Any) -> dict[int, dict[str, Any]]:
    """What ``with_use`` says of each theme that was spoken of, by its id. One query."""
    Contribution = apps.get_model("networks", "Contribution")
    said = Contribution.objects.kept().filter(meeting__status__in=Meeting.HELD, theme__isnull=False)
    if groups is not None:
        said = said.filter(meeting__group__in=groups)
    enabler, barrier = Contribution.Kind.ENABLER, Contribution.Kind.BARRIER
    rows = (
        said.order_by()
        .values("theme", "meeting__group__nation")
        .annotate(
            used=Count("pk"),
            enablers=Count("pk", filter=Q(kind=enabler)),
            barriers=Count("pk", filter=Q(kind=barrier)),
            last_used_at=Max("meeting__starts_at"),
        )
    )
    use: dict[int, dict[str, Any]] = {}
    for row in rows:
        found = use.setdefault(row["theme"], dict.fromkeys(THEME_NUMBERS, 0) | {"last_used_at": row["last_used_at"]})
        for name in ("used", "enablers", "barriers"):
            found[name] += row[name]
        found["others"] = found["used"] - found["enablers"] - found["barriers"]
        found["nations"] += row["meeting__group__nation"] != Nation.UK
        found["last_used_at"] = max(found["last_used_at"], row["last_used_at"])
    return use


class Theme(models.Model):
    """What contributions are about. Whether it helps or hinders belongs to the contribution, not to the theme."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=400, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What contributions are about.")

    objects = ThemeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="theme_not_merged_into_itself"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("networks:theme-about", args=[self.slug])


class ThemeChange(models.Model):
    """One step in a theme's history, with what it takes to undo a merge."""

    class Kind(models.TextChoices):
        RENAMED = "renamed", "Renamed"
        DESCRIBED = "described", "Described"
        MERGED = "merged", "Merged into another theme"
        SPLIT = "split", "Split from another theme"

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    other = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    was = models.CharField(max_length=400, blank=True)
    now = models.CharField(max_length=400, blank=True)
    moved = models.JSONField(default=list, help_text="Ids of the contributions that a merge moved.")
    reason = models.CharField(max_length=400, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("A step in a theme’s history.", recorders=("by",))

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.theme}: {self.get_kind_display()}"
