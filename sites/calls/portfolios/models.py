"""Choosing a mix: targets, portfolios being weighed, decisions with their reasons, and what each award became."""

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.jobs.models import Job
from impact.core.people.models import User
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round
from sites.registry.models import Site


class Mix(models.Model):
    """What a round's mix is to look like: how many, within what money. Locked before any score is seen."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="mix")
    most = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="The most applications to choose."
    )
    money = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    lock_reason = models.TextField(
        blank=True, default="", db_default="", help_text="Why it was locked only after an assessment was submitted."
    )
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What a round’s choice is to look like.", recorders=("locked_by",))

    class Meta:
        verbose_name_plural = "mixes"

    def __str__(self) -> str:
        return f"Mix of {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("sites:mix", args=[self.round.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def is_locked(self) -> bool:
        """Whether its targets stand, and scores may be seen beside them."""
        return self.locked_at is not None


class TargetQuerySet(models.QuerySet["Target"]):
    def visible_to(self, user: Any) -> "TargetQuerySet":
        """Staff and leadership see the targets of every round; no one else any."""
        return self if has_perm(user, "sites.view_portfolios") else self.none()


class Target(models.Model):
    """At least or at most so many chosen applications with one characteristic, for example two from Wales."""

    class Bound(models.TextChoices):
        AT_LEAST = "at_least", "At least"
        AT_MOST = "at_most", "At most"

    mix = models.ForeignKey(Mix, on_delete=models.CASCADE, related_name="targets")
    characteristic = models.CharField(max_length=20, help_text="A name in characteristics.py.")
    value = models.CharField(max_length=80, help_text="Which value of it.")
    bound = models.CharField(max_length=10, choices=Bound, default=Bound.AT_LEAST)
    number = models.PositiveIntegerField()

    privacy = NotPersonal("A number to aim at.")

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mix", "characteristic", "value", "bound"],
                name="target_once_per_value",
                violation_error_message="There is a target for this already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_bound_display()} {self.number}: {self.characteristic} {self.value}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def trait(self) -> str:
        """What it counts, as characteristics.py writes it."""
        return f"{self.characteristic}:{self.value}"


class PortfolioQuerySet(models.QuerySet["Portfolio"]):
    def visible_to(self, user: Any) -> "PortfolioQuerySet":
        """Staff and leadership see every portfolio; no one else any."""
        return self if has_perm(user, "sites.view_portfolios") else self.none()


class Portfolio(models.Model):
    """A set of applications being weighed as a mix, saved under a name."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="portfolios")
    name = models.CharField(max_length=120)
    note = models.TextField(blank=True, help_text="Markdown.")
    applications = models.ManyToManyField(Application, related_name="portfolios", blank=True)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_suggested = models.BooleanField(default=False, help_text="Began as a suggestion of the optimiser.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    privacy = NotPersonal("Applications weighed together.", recorders=("made_by",))

    objects = PortfolioQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "name"],
                name="portfolio_name_once_per_round",
                violation_error_message="This round has a portfolio of that name.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:portfolio", args=[self.round.slug, self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: Any) -> "DecisionQuerySet":
        """Staff and leadership see every decision, held or told; no one else any."""
        return self if has_perm(user, "sites.view_portfolios") else self.none()


class Decision(models.Model):
    """What was decided about one application, by a person, with the reason. Held until the round's release."""

    class Outcome(models.TextChoices):
        CHOSEN = "chosen", "Chosen"
        RESERVE = "reserve", "On the reserve list"
        NOT_CHOSEN = "not_chosen", "Not chosen"

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="decision")
    outcome = models.CharField(max_length=12, choices=Outcome)
    reserve_place = models.PositiveIntegerField(null=True, blank=True, help_text="1 is asked first.")
    reason = models.TextField(help_text="Why, for the record. Staff and leadership read it.")
    feedback = models.TextField(blank=True, help_text="What the letter tells the applicant. Markdown.")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField()
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the applicant was first told. Empty: the decision is held."
    )
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal(
        "What was decided about an organisation’s application; emptied with it.",
        recorders=("decided_by",),
        may_name_people=True,
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="reserve") | Q(reserve_place__isnull=True), name="only_reserves_have_a_place"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="decision_has_a_reason",
                violation_error_message="Say why. The reason is kept with the decision.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_outcome_display()}"

    def get_absolute_url(self) -> str:
        return reverse("sites:decision", args=[self.application.round.slug, self.application.reference])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def is_held(self) -> bool:
        """Whether the applicant does not know of it yet."""
        return self.told_at is None


class Release(models.Model):
    """The moment at which a round's decisions left the house, all together. It happens once."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="release")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal("When a round’s decisions were sent.", recorders=("by",))

    def __str__(self) -> str:
        return f"Results of {self.round}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class Letter(models.Model):
    """The wording of a round's letter for one outcome, with placeholders in double braces."""

    NOT_ELIGIBLE = "not_eligible"  # found in the eligibility check: no decision, and a letter all the same
    OUTCOMES = [*Decision.Outcome.choices, (NOT_ELIGIBLE, "Not eligible")]

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="letters")
    outcome = models.CharField(max_length=12, choices=OUTCOMES)
    subject = models.CharField(max_length=120)
    body = models.TextField()
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("The wording of a letter, with placeholders.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["round", "outcome"], name="letter_once_per_outcome")]

    def __str__(self) -> str:
        return f"{self.round}: letter for {self.get_outcome_display()}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class SentLetter(models.Model):
    """That a letter about an outcome left for an applicant: once for each outcome. Its words are not kept here."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="sent_letters")
    outcome = models.CharField(max_length=12, choices=Decision.Outcome)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_by_post = models.BooleanField(default=False, help_text="There is no email address, so staff post it.")

    privacy = NotPersonal("That a letter left; its words are not kept.", recorders=("by",))

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "outcome"], name="letter_sent_once_per_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: letter about {self.decision.application}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def visible_to(self, user: Any) -> "EnquiryQuerySet":
        """Staff and leadership, as the decisions that they are about; no one else."""
        return self if has_perm(user, "sites.view_portfolios") else self.none()


class Enquiry(models.Model):
    """A question or an appeal about a decision, and what was answered."""

    class Kind(models.TextChoices):
        QUESTION = "question", "Question"
        APPEAL = "appeal", "Appeal"

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="enquiries")
    kind = models.CharField(max_length=10, choices=Kind)
    received_on = models.DateField()
    text = models.TextField(help_text="Markdown.")
    answered_on = models.DateField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="Markdown.")
    version = models.PositiveIntegerField(default=1)

    objects = EnquiryQuerySet.as_manager()

    privacy = NotPersonal("A question about a decision, deleted with the application.", may_name_people=True)

    class Meta:
        ordering = ["received_on", "pk"]
        verbose_name_plural = "enquiries"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} about {self.decision.application}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class Award(models.Model):
    """An application that became a site. Each does so once."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="award")
    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="award")
    on = models.DateField()
    money = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Pounds awarded.",
    )
    in_kind = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="What is given other than money."
    )

    privacy = NotPersonal("That an application became a site.")

    def __str__(self) -> str:
        return f"{self.application} became {self.site}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class RoundReportQuerySet(models.QuerySet["RoundReport"]):
    def visible_to(self, user: Any) -> "RoundReportQuerySet":
        """Staff and leadership; no one else."""
        return self if has_perm(user, "sites.view_portfolios") else self.none()

    def ready(self) -> "RoundReportQuerySet":
        return self.exclude(file="")


class RoundReport(models.Model):
    """The report of a round as a PDF, built from the state of one moment."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="reports")
    number = models.PositiveIntegerField(help_text="First, second … of the round.")
    contents = models.JSONField(help_text="Everything that it says, frozen.")
    contents_sha256 = models.CharField(max_length=64)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(max_length=200, blank=True, help_text="Empty until it is built.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Bytes.")
    pages = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("A PDF about a round: counts and organisations.", recorders=("asked_by",))

    objects = RoundReportQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="round_report_number_once")]

    def __str__(self) -> str:
        return f"Report {self.number} of {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("sites:round-report", args=[self.round.slug])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def is_ready(self) -> bool:
        return bool(self.file)
