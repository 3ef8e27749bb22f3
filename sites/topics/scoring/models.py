"""Choosing the topics of a year: who scores them, what each person gave and why, and how far the choice has got."""

from collections.abc import Iterable
from statistics import median
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import Role, has_perm
from impact.core.basics.privacy import Forever, Keep, NotPersonal, Part, Personal
from impact.core.people.models import User
from sites.topics.models import CRITERIA, FIRST_YEAR, HIGHEST, LAST_YEAR, Topic, year_field

# Evidence is thin when at least so many people give the criterion "enough evidence" at most so much.
THIN_PEOPLE, THIN_SCORE = 2, 2


class TopicYearQuerySet(models.QuerySet["TopicYear"]):
    def visible_to(self, user: Any) -> "TopicYearQuerySet":
        """National readers see every year; scorers theirs; everyone those with a published list."""
        if has_perm(user, "sites.view_all"):
            return self
        published = Q(stage=TopicYear.Stage.PUBLISHED)
        if not getattr(user, "is_authenticated", False):
            return self.filter(published)
        mine = Scorer.objects.filter(user_id=user.pk).values("year_id")
        return self.filter(published | Q(pk__in=mine))

    def scored_by(self, user: Any) -> "TopicYearQuerySet":
        """The years whose topics ``user`` is asked to score."""
        if not getattr(user, "pk", None):  # no one is the scorer whose account is gone
            return self.none()
        return self.filter(pk__in=Scorer.objects.filter(user_id=user.pk).values("year_id"))


class TopicYear(models.Model):
    """The choice of one year's topics, from scoring to the published list."""

    class Stage(models.TextChoices):
        COLLECTING = "collecting", "Collecting proposals"
        SCORING = "scoring", "Scoring open"
        SCORED = "scored", "Scoring closed"
        AGREED = "agreed", "List agreed"
        PUBLISHED = "published", "List published"

    CLOSED = [Stage.SCORED, Stage.AGREED, Stage.PUBLISHED]  # each sees the scores of the others
    SETTLED = [Stage.AGREED, Stage.PUBLISHED]

    year = year_field("The year whose topics are chosen.", unique=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.COLLECTING)
    score_by = models.DateField(null=True, blank=True, help_text="The day by which people are asked to score.")
    reopened_reason = models.CharField(max_length=400, blank=True, help_text="Why scoring was opened again.")
    introduction = models.TextField(blank=True, max_length=4000, help_text="How the list was chosen. Markdown.")
    agreed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    agreed_on = models.DateField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("The choice of a year’s topics.", recorders=("agreed_by",))

    objects = TopicYearQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR), name="topic_year_is_of_the_present"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["agreed", "published"], agreed_on__isnull=False)
                | Q(~Q(stage__in=["agreed", "published"]), agreed_on__isnull=True),
                name="topic_list_agreed_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"Topics for {self.year}"

    def get_absolute_url(self) -> str:
        name = "sites:topic-year" if self.stage == self.Stage.PUBLISHED else "sites:topic-choice"
        return reverse(name, args=[self.year])

    def roles_of(self, user: Any) -> frozenset[str]:
        """SCORER for those who are asked to score this year's topics."""
        is_scorer = user.pk is not None and self.scorers.filter(user_id=user.pk).exists()
        return frozenset({Role.SCORER}) if is_scorer else frozenset()

    @property
    def is_scoring(self) -> bool:
        return self.stage == self.Stage.SCORING

    @property
    def is_closed(self) -> bool:
        """Whether scoring is closed, so that everyone's scores are shown."""
        return self.stage in self.CLOSED

    @property
    def candidates(self) -> models.QuerySet[Topic]:
        """The topics from which the year's list is chosen."""
        return Topic.objects.filter(proposed_for=self.year).order_by("name", "pk")


class Scorer(models.Model):
    """Someone who is asked to score the topics of a year."""

    year = models.ForeignKey(TopicYear, on_delete=models.CASCADE, related_name="scorers")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    privacy = Personal(
        part=Part.WORK,
        heading="Years whose topics you scored",
        of=("user",),
        shown=("year__year",),
        on_erasure=Keep("It belongs to the scores."),
        keep=Forever("It belongs to the scores."),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["year", "user"], name="scorer_once_per_year")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return str(self.user.display_name) if self.user else "A former account"


def _score() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(HIGHEST)], help_text="0 to 5; empty: not scored yet."
    )


def _why() -> models.CharField:
    return models.CharField(max_length=400, blank=True, help_text="The reason for the score.")


class ScoreSheetQuerySet(models.QuerySet["ScoreSheet"]):
    def visible_to(self, user: Any) -> "ScoreSheetQuerySet":
        """Your own, and those of others once scoring of the year is closed, for national readers and the year's scorers."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        closed = Q(scorer__year__stage__in=TopicYear.CLOSED)
        if not has_perm(user, "sites.view_all"):
            closed &= Q(scorer__year__in=TopicYear.objects.scored_by(user).values("pk"))
        return self.filter(Q(scorer__user_id=user.pk) | closed)

    def complete(self) -> "ScoreSheetQuerySet":
        """Those with a score for each of the four criteria."""
        return self.filter(**{f"{field}__isnull": False for field, _label in CRITERIA})


class ScoreSheet(models.Model):
    """What one person gave one topic on the four criteria, with a reason for each."""

    scorer = models.ForeignKey(Scorer, on_delete=models.CASCADE, related_name="sheets")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="score_sheets")
    makes_a_difference = _score()
    makes_a_difference_why = _why()
    tackles_inequalities = _score()
    tackles_inequalities_why = _why()
    good_use_of_resources = _score()
    good_use_of_resources_why = _why()
    enough_evidence = _score()
    enough_evidence_why = _why()
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.WORK,
        heading="Your scores for topics",
        of=("scorer__user",),
        shown=(
            "topic",
            "makes_a_difference",
            "makes_a_difference_why",
            "tackles_inequalities",
            "tackles_inequalities_why",
            "good_use_of_resources",
            "good_use_of_resources_why",
            "enough_evidence",
            "enough_evidence_why",
            "updated_at",
        ),
        on_erasure=Keep("The list of topics rests on it; its writer goes by a pseudonym."),
        keep=Forever("The list of topics rests on it."),
    )

    objects = ScoreSheetQuerySet.as_manager()

    class Meta:
        ordering = ["topic__name", "scorer_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["scorer", "topic"], name="score_sheet_once_per_topic"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{field}__isnull": True, f"{field}_why": ""})
                    | (Q(**{f"{field}__lte": HIGHEST}) & ~Q(**{f"{field}_why": ""})),
                    name=f"sheet_{field}_has_a_reason",
                )
                for field, _label in CRITERIA
            ),
        ]

    def __str__(self) -> str:
        return f"Scores for {self.topic}"

    def get_absolute_url(self) -> str:
        year = self.scorer.year
        if year.is_closed:
            return f"{reverse('sites:topic-results', args=[year.year])}#{self.topic.slug}"
        return reverse("sites:topic-year-score", args=[year.year, self.topic.slug])

    def clean(self) -> None:
        problems = {}
        for field, _label in CRITERIA:
            score, why = getattr(self, field), getattr(self, f"{field}_why")
            if score is not None and not why:
                problems[f"{field}_why"] = f"Give a reason for the {score} out of {HIGHEST}."
            elif score is None and why:
                problems[field] = "Choose a score for this reason, or clear the reason."
        if problems:
            raise ValidationError(problems)

    @property
    def is_complete(self) -> bool:
        return all(getattr(self, field) is not None for field, _label in CRITERIA)


class Spread(NamedTuple):
    """How the scores of several people on one criterion lie."""

    scores: list[int]  # sorted

    @property
    def words(self) -> str:
        """ "Middle 4, from 2 to 5": the median and the range."""
        if not self.scores:
            return "No scores"
        middle = f"{median(self.scores):g}"
        low, high = self.scores[0], self.scores[-1]
        return f"All gave {low}" if low == high else f"Middle {middle}, from {low} to {high}"

    @property
    def mean(self) -> float | None:
        return sum(self.scores) / len(self.scores) if self.scores else None


def spread_of(sheets: Iterable[ScoreSheet], criterion: str) -> Spread:
    """The scores on one criterion."""
    return Spread(sorted(score for sheet in sheets if (score := getattr(sheet, criterion)) is not None))


def low_on_evidence(scores: Iterable[int]) -> int:
    """How many people say that there is too little evidence."""
    return sum(score <= THIN_SCORE for score in scores)


def is_thin(scores: Iterable[int]) -> bool:
    """Whether so many people say so that the evidence counts as thin (rule 3)."""
    return low_on_evidence(scores) >= THIN_PEOPLE
