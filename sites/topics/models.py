"""What the centre could work on, scored on four criteria."""

from typing import Any

from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Avg, Count, F, FloatField, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal

HIGHEST = 5  # score on a criterion; the lowest is 0
FIRST_YEAR, LAST_YEAR = 2000, 2100
CRITERIA = [
    ("makes_a_difference", "Makes a real difference"),
    ("tackles_inequalities", "Tackles inequalities"),
    ("good_use_of_resources", "Makes good use of scarce resources"),
    ("enough_evidence", "Has enough evidence to work with"),
]


def year_field(help_text: str, **more: Any) -> models.PositiveSmallIntegerField:
    """A field for a year of work."""
    words = f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}."
    limits = [MinValueValidator(FIRST_YEAR, words), MaxValueValidator(LAST_YEAR, words)]
    return models.PositiveSmallIntegerField(help_text=help_text, validators=limits, **more)


def _score() -> models.PositiveSmallIntegerField:
    """A field for the score on one criterion."""
    return models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(HIGHEST)], help_text="0 to 5; empty: not scored yet."
    )


class TopicQuerySet(models.QuerySet["Topic"]):
    def visible_to(self, user: Any) -> "TopicQuerySet":
        """National readers see every topic; others those of sites they may see, of announced rounds and of published
        lists, and those that they are asked to score."""
        if has_perm(user, "sites.view_all"):
            return self
        of_sites = apps.get_model("sites", "Site").objects.visible_to(user).values("topic_id")
        of_rounds = (
            apps.get_model("sites", "Round").objects.visible_to(user).filter(topics__isnull=False).values("topics")
        )
        published = apps.get_model("sites", "ListEntry").objects.filter(
            place__isnull=False, year__stage=apps.get_model("sites", "TopicYear").Stage.PUBLISHED
        )
        to_score = apps.get_model("sites", "TopicYear").objects.scored_by(user).values("year")
        return self.filter(
            Q(pk__in=of_sites)
            | Q(pk__in=of_rounds)
            | Q(pk__in=published.values("topic_id"))
            | Q(proposed_for__in=to_score)
        )

    def search(self, q: str) -> "TopicQuerySet":
        return self.filter(Q(name__icontains=q) | Q(summary__icontains=q)) if q else self

    def with_scores(self) -> "TopicQuerySet":
        """Adds what every page, file and answer of the API says about a topic's scores, defined here alone.

        ``mean_<criterion>``, from 0 to 5: the mean of the people who scored it, once their scoring is closed; until then
        what staff recorded. ``total``, out of 20: empty until there is a score on all four, so that half a score ranks
        nothing. ``scored_by``: how many people, or None where staff recorded one set of scores.
        """
        TopicYear = apps.get_model("sites", "TopicYear")
        sheets = (
            apps.get_model("sites", "ScoreSheet")
            .objects.filter(topic=OuterRef("pk"), scorer__year__stage__in=TopicYear.CLOSED)
            .order_by()
            .values("topic")
        )
        scored = Q(*[(f"{field}__isnull", False) for field, _label in CRITERIA], _connector=Q.OR)
        people = Count("scorer", distinct=True, filter=scored)
        rows = self.annotate(scored_by=Subquery(sheets.annotate(n=people).values("n")))
        for field, _label in CRITERIA:
            mean = Subquery(sheets.annotate(mean=Avg(field)).values("mean"), output_field=FloatField())
            rows = rows.annotate(**{f"mean_{field}": Coalesce(mean, Cast(F(field), FloatField()))})
        first, *others = [F(f"mean_{field}") for field, _label in CRITERIA]
        return rows.annotate(total=sum(others, start=first))


class Topic(models.Model):
    """What a site is about, scored on the four criteria for choosing topics (rule 3)."""

    class Source(models.TextChoices):
        SURVEY = "survey", "National survey"
        ASSEMBLY = "assembly", "Assembly discussion"
        BOTH = "both", "National survey and assemblies"
        STAFF = "staff", "Staff"

    CRITERIA = CRITERIA
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

    privacy = NotPersonal("A topic.")

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
    def scores(self) -> list[tuple[str, float | None]]:
        """(criterion, score out of 5 or None) in the order in which the criteria are stated; of ``with_scores``."""
        return [(label, getattr(self, f"mean_{field}")) for field, label in CRITERIA]

    @property
    def scored_in_words(self) -> str:
        """Whose scores they are; of ``with_scores``."""
        if not self.scored_by:  # type: ignore[attr-defined]
            return "Recorded by staff"
        people = self.scored_by  # type: ignore[attr-defined]
        return f"Mean of {people} people" if people > 1 else "Scored by 1 person"
