"""What the centre could work on, scored on four criteria."""

from typing import Any

from django.apps import apps
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm


def _score() -> models.PositiveSmallIntegerField:
    """A field for the score on one criterion."""
    return models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(5)], help_text="0 to 5; empty: not scored yet."
    )


class TopicQuerySet(models.QuerySet["Topic"]):
    def visible_to(self, user: Any) -> "TopicQuerySet":
        """National readers see every topic; others those of sites they may see and of announced rounds."""
        if has_perm(user, "sites.view_all"):
            return self
        of_sites = apps.get_model("sites", "Site").objects.visible_to(user).values("topic_id")
        of_rounds = (
            apps.get_model("sites", "Round").objects.visible_to(user).filter(topics__isnull=False).values("topics")
        )
        return self.filter(Q(pk__in=of_sites) | Q(pk__in=of_rounds))

    def search(self, q: str) -> "TopicQuerySet":
        return self.filter(Q(name__icontains=q) | Q(summary__icontains=q)) if q else self

    def with_total(self) -> "TopicQuerySet":
        """Adds ``total``, out of 20: empty until all four criteria are scored, so that half a score ranks nothing."""
        total = F("makes_a_difference") + F("tackles_inequalities") + F("good_use_of_resources") + F("enough_evidence")
        return self.annotate(total=total)


class Topic(models.Model):
    """What a site is about, scored on the four criteria for choosing topics (rule 3)."""

    class Source(models.TextChoices):
        SURVEY = "survey", "National survey"
        ASSEMBLY = "assembly", "Assembly discussion"
        BOTH = "both", "National survey and assemblies"

    CRITERIA = [
        ("makes_a_difference", "Makes a real difference"),
        ("tackles_inequalities", "Tackles inequalities"),
        ("good_use_of_resources", "Makes good use of scarce resources"),
        ("enough_evidence", "Has enough evidence to work with"),
    ]
    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    summary = models.CharField(max_length=400, blank=True)
    source = models.CharField(max_length=20, choices=Source, default=Source.BOTH)
    proposed_for = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The year it is a candidate for.")
    makes_a_difference = _score()
    tackles_inequalities = _score()
    good_use_of_resources = _score()
    enough_evidence = _score()
    is_illustrative = models.BooleanField(default=False, help_text="The scores are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": 5}), name=f"topic_{field}_0_to_5"
            )
            for field in ("makes_a_difference", "tackles_inequalities", "good_use_of_resources", "enough_evidence")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:topic-detail", args=[self.slug])

    @property
    def scores(self) -> list[tuple[str, int | None]]:
        """(criterion, score out of 5 or None) in the order in which the criteria are stated."""
        return [(label, getattr(self, field)) for field, label in self.CRITERIA]
