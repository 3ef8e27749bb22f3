"""What a round asks: sections of typed questions, in numbered versions that never change once applicants saw them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from sites.calls.rounds.models import Round


class Kind(models.TextChoices):
    """The kinds of answer that a question can ask for."""

    SHORT = "short", "A short answer"
    LONG = "long", "A long answer"
    NUMBER = "number", "A number"
    MONEY = "money", "An amount of money"
    DATE = "date", "A date"
    ONE_OF = "one_of", "One of a list"
    SEVERAL_OF = "several_of", "Several of a list"
    YES_NO = "yes_no", "Yes or no"
    FILE = "file", "A file"
    PLACE = "place", "A place"


class Fact(models.TextChoices):
    """What the answer to a question says about an application, where the mix is chosen by it (rule 7).

    A question with a fact has the fact's kind and choices (``facts.py``); staff may word it and its help.
    """

    ORGANISATION_NAME = "organisation_name", "Name of the organisation"
    ORGANISATION_KIND = "organisation_kind", "Type of organisation"
    ORGANISATION_SIZE = "organisation_size", "Size of the organisation"
    NATION = "nation", "Nation"
    REGION = "region", "Region of England"
    PLACE = "place", "Place"
    AREA = "area", "Urban or rural"
    NEEDS = "needs", "Population and its needs"
    IS_FIRST_TIME = "is_first_time", "First time in a project like this"
    IS_USER_LED = "is_user_led", "Led by people who draw on care, or by carers"
    IS_UNDER_PRESSURE = "is_under_pressure", "A service under pressure"
    TOPIC = "topic", "Topic"
    DELIVERY_MODEL = "delivery_model", "Delivery model"
    MONEY = "money", "Money asked for"


class QuestionSetQuerySet(models.QuerySet["QuestionSet"]):
    def visible_to(self, user: Any) -> "QuestionSetQuerySet":
        """Those who run or read rounds see all versions; others the published ones of announced rounds."""
        if has_perm(user, "sites.view_rounds"):
            return self
        return self.published().filter(round__is_announced=True)

    def published(self) -> "QuestionSetQuerySet":
        """Versions that applicants may have seen."""
        return self.filter(published_at__isnull=False)

    def in_preparation(self) -> "QuestionSetQuerySet":
        """Versions that staff are still working on: at most one a round."""
        return self.filter(published_at__isnull=True)


class QuestionSet(models.Model):
    """All that a round asks, in one version. A published version is never changed: the next one says what changed."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="question_sets")
    number = models.PositiveIntegerField()
    published_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it is being prepared.")
    what_changed = models.TextField(blank=True, help_text="For applicants who began on an earlier version. Markdown.")
    version = models.PositiveIntegerField(default=1)
    known_problems: (
        tuple[str, ...] | list[str]
    ) = ()  # what did not fit together before a change, which need not mend it

    privacy = NotPersonal("The questions of a round.")

    objects = QuestionSetQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="question_set_number_once_per_round"),
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(published_at__isnull=True),
                name="one_question_set_in_preparation",
                violation_error_message="A new version of these questions is already being prepared.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round}, questions {self.number}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    def get_absolute_url(self) -> str:
        name = "version" if self.is_published else "builder"
        args = [self.round.slug, self.number] if self.is_published else [self.round.slug]
        return reverse(f"sites:round-questions-{name}", args=args)

    def questions(self) -> list["Question"]:
        """Every question in the order in which it is asked, with its section; one query, remembered."""
        if not hasattr(self, "_questions"):
            self._questions = list(
                Question.objects.filter(section__question_set=self)
                .select_related("section")
                .order_by("section__order", "section_id", "order", "pk")
            )
            for question in self._questions:
                question.section.question_set = self  # spares a query each
        return self._questions


class Section(models.Model):
    """Questions that are asked together. An eligibility section comes before an application is begun."""

    question_set = models.ForeignKey(QuestionSet, on_delete=models.CASCADE, related_name="sections")
    order = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=120)
    intro = models.TextField(blank=True, help_text="Markdown.")
    is_eligibility = models.BooleanField(
        default=False, help_text="Asked before an application is begun: who can apply at all."
    )
    version = models.PositiveIntegerField(default=1, db_default=1)

    privacy = NotPersonal("Questions that are asked together.")

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.title

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class Question(models.Model):
    """One question: what is asked, what kind of answer it takes, and when it is asked at all."""

    LONGEST_ANSWER = 5_000  # words, whatever the limit of the question

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="questions")
    order = models.PositiveIntegerField(default=0)
    key = models.CharField(
        max_length=50,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", "Use lower-case letters, digits and underscores.")],
        help_text="The same in each version, so that answers keep their question.",
    )
    kind = models.CharField(max_length=12, choices=Kind)
    fact = models.CharField(max_length=20, choices=Fact, blank=True)
    label = models.CharField(max_length=300)
    help_text = models.TextField(blank=True, help_text="What a good answer says. Markdown.")
    is_required = models.BooleanField(default=True)
    word_limit = models.PositiveIntegerField(null=True, blank=True)
    least = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    most = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    choices = models.JSONField(default=list, blank=True, help_text="The list to choose from, as texts.")
    only_if_key = models.CharField(max_length=50, blank=True, help_text="Ask only if this earlier question …")
    only_if_values = models.JSONField(default=list, blank=True, help_text="… was answered with one of these.")
    must_be = models.CharField(
        max_length=3, blank=True, choices=[("yes", "Yes"), ("no", "No")], help_text="The answer that lets them apply."
    )
    names_applicant = models.BooleanField(
        default=False, help_text="Withheld from assessors where the round is assessed without names."
    )
    version = models.PositiveIntegerField(default=1, db_default=1)

    privacy = NotPersonal("A question of a round.")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(least__isnull=True) | Q(most__isnull=True) | Q(most__gte=models.F("least")),
                name="question_least_below_most",
                violation_error_message="The largest number allowed is below the smallest.",
            ),
            models.CheckConstraint(
                condition=Q(must_be="") | Q(kind=Kind.YES_NO),
                name="only_yes_or_no_decides_eligibility",
                violation_error_message="Only a yes or no question can decide who may apply.",
            ),
            models.UniqueConstraint(fields=["section", "fact"], condition=~Q(fact=""), name="fact_once_per_section"),
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if self.kind in {Kind.ONE_OF, Kind.SEVERAL_OF} and not self.fact and len(self.choices) < 2:
            raise ValidationError({"choices": "Give at least two choices."})
        if len(set(self.choices)) != len(self.choices):
            raise ValidationError({"choices": "Two choices are the same."})
        if self.word_limit and self.kind not in {Kind.SHORT, Kind.LONG}:
            raise ValidationError({"word_limit": "Only a short or long answer has a word limit."})
        if bool(self.only_if_key) != bool(self.only_if_values):
            raise ValidationError({"only_if_key": "Choose both the earlier question and its answers, or neither."})

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()
