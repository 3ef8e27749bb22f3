"""Hosts, partners, funders and others: one record each, whatever parts they play."""

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import Nation


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: Any) -> "OrganisationQuerySet":
        """National readers see every organisation; others those that take part in a site where they work."""
        if has_perm(user, "sites.view_all"):
            return self
        own = apps.get_model("sites", "Site").objects.worked_at_by(user)
        parts = apps.get_model("sites", "OrganisationPart").objects.filter(site__in=own)
        return self.filter(Q(pk__in=own.values("host_id")) | Q(pk__in=parts.values("organisation_id")))

    def search(self, q: str) -> "OrganisationQuerySet":
        return self.filter(Q(name__icontains=q) | Q(summary__icontains=q)) if q else self


class Organisation(models.Model):
    """One record for a body, whatever parts it plays."""

    class Kind(models.TextChoices):
        UNIVERSITY = "university", "University"
        VOLUNTARY = "voluntary", "Voluntary or community organisation"
        USER_LED = "user_led", "User-led organisation"
        CARER_LED = "carer_led", "Carer-led organisation"
        LOCAL_AUTHORITY = "local_authority", "Local authority"
        HEALTH = "health", "Health body"
        PROVIDER = "provider", "Care provider"
        FUNDER = "funder", "Funder"
        NATIONAL = "national", "National body"

    name = models.CharField(max_length=160, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    nation = models.CharField(max_length=20, choices=Nation, blank=True)
    summary = models.CharField(max_length=400, blank=True)
    website = models.URLField(blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A body and not a person.")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:organisation-detail", args=[self.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()
