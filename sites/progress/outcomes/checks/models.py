"""The co-production check of a site: who was involved in what, how, and what changed."""

from calendar import monthrange
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import Perspective
from sites.registry.models import Site

RECENT_MONTHS = 6  # after which a site without a new entry is named


class CheckQuerySet(models.QuerySet["CoproductionEntry"]):
    def visible_to(self, user: Any) -> "CheckQuerySet":
        """Every one for national readers, for others those of the sites they work at."""
        return self.filter(site__in=Site.objects.inside_for(user))

    def since(self, on: date) -> "CheckQuerySet":
        return self.filter(on__gte=on)

    def search(self, q: str) -> "CheckQuerySet":
        """Entries in which ``q`` stands."""
        if not q:
            return self
        return self.filter(
            Q(who__icontains=q) | Q(how__icontains=q) | Q(what_changed__icontains=q) | Q(site__name__icontains=q)
        )


class CoproductionEntry(models.Model):
    """Once that people were involved in a part of a site's work, and what came of it."""

    class Part(models.TextChoices):
        CHOOSING = "choosing", "Choosing what to work on"
        PLANNING = "planning", "Planning how"
        DOING = "doing", "Doing the work"
        JUDGING = "judging", "Judging how it went"
        SHARING = "sharing", "Sharing what was learned"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="coproduction_entries")
    on = models.DateField("date", default=clock.today)
    perspective = models.CharField(max_length=20, choices=Perspective)
    who = models.CharField(max_length=200, help_text="A group of people, without names.")
    part = models.CharField("part of the work", max_length=10, choices=Part)
    how = models.CharField(max_length=400)
    what_changed = models.CharField(max_length=400, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("Who was involved in a site’s work, by perspective and role.", may_name_people=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["site", "on"], name="coproduction_entry_site_on")]

    def __str__(self) -> str:
        return f"{self.who}: {self.get_part_display()}"

    def get_absolute_url(self) -> str:
        return f"{self.site.get_absolute_url()}co-production/#entry-{self.pk}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)


def months_before(on: date, months: int) -> date:
    """The same day of the month some months earlier, or the last day of that month."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
