"""Scale and spread: other places that took up what a site tried out."""

from typing import Any

from django.db import models
from django.db.models import Q

from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import Nation
from sites.organisations.models import Organisation
from sites.registry.models import Site


class UptakeQuerySet(models.QuerySet["Uptake"]):
    def visible_to(self, user: Any) -> "UptakeQuerySet":
        """Every one for national readers, for others those of the sites they work at."""
        return self.filter(site__in=Site.objects.inside_for(user))

    def search(self, q: str) -> "UptakeQuerySet":
        """Uptakes in which ``q`` stands."""
        if not q:
            return self
        return self.filter(Q(place__icontains=q) | Q(what__icontains=q) | Q(organisation__name__icontains=q))


class Uptake(models.Model):
    """One other place that took up a site's work, as it was or in a form of its own."""

    class How(models.TextChoices):
        PLANNED = "planned", "Planned"
        ADOPTED = "adopted", "Taken up as it is"
        ADAPTED = "adapted", "Adapted"
        ENDED = "ended", "Ended"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="uptakes")
    place = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    nation = models.CharField(max_length=20, choices=Nation)
    how = models.CharField("how it was taken up", max_length=10, choices=How)
    on = models.DateField("since", help_text="The day it began there, or is meant to begin.")
    what = models.CharField(max_length=400, help_text="What they took up, and what they changed.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A place that took up a site’s work.")

    objects = UptakeQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "place"],
                name="uptake_once_per_place",
                violation_error_message="This place is listed already. Edit that entry.",
            )
        ]

    def __str__(self) -> str:
        return self.place

    def get_absolute_url(self) -> str:
        return f"{self.site.get_absolute_url()}#spread"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)
