"""Words of people that the annual report prints: asked for, approved word for word, withdrawn at any time."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.group.models import SaidByMember
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Forever, Keep, Part, Personal
from impact.core.people import consents
from impact.core.people.models import Consent, Person, User
from networks.groups.models import Group
from networks.log.models import Contribution
from reports.writing.models import AnnualReport

if TYPE_CHECKING:
    from reports.editions.models import Edition

MAX_WORDS = 600


class QuoteQuerySet(models.QuerySet["Quote"]):
    def visible_to(self, user: Any) -> "QuoteQuerySet":
        """For those who write the report, who do not learn whose words they are; and for those who may answer."""
        if has_perm(user, "reports.edit_report"):
            return self
        return self.answerable_by(user)

    def answerable_by(self, user: Any) -> "QuoteQuerySet":
        """One's own, and for a coordinator those that members of their groups said there."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        groups = Group.objects.permitted(user, "networks.view_speakers")
        return self.filter(Q(person__user_id=user.pk) | Q(contribution__meeting__group__in=groups))

    def withdrawn(self) -> "QuoteQuerySet":
        """Words that were approved and then taken back: shown no longer, wherever they stand."""
        return self.filter(state=Quote.State.WITHDRAWN)

    def printable(self) -> "QuoteQuerySet":
        """What a snapshot may hold today: approved by the one whom the log still names as its speaker, kept in the log, and
        with a consent to be quoted that counts today."""
        return self.filter(
            state=Quote.State.APPROVED,
            contribution__removed_at__isnull=True,
            contribution__speaker=F("person"),
            person__in=consents.live(Consent.Purpose.QUOTES).values("person"),
        )


class Quote(models.Model):
    """Exact words, from something that was said, for the report of one year. Printed only while they are approved."""

    class State(models.TextChoices):
        OFFERED = "offered", "Waiting for the speaker"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Not to be used"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LEFT_OUT = "left_out", "Left out by the writers"

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="quotes")
    contribution = models.ForeignKey(Contribution, on_delete=models.PROTECT, related_name="quotes")
    person = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="quotes",
        help_text="Who was asked. Only they and the group's coordinators see this.",
    )
    words = models.TextField(max_length=MAX_WORDS)
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    offered_on = models.DateField(default=clock.today)
    offered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.WORDS,
        heading="Words of yours for a report",
        of=("person",),
        recorders=("offered_by",),
        shown=("report__year", "words", "state", "offered_on", "answered_on"),
        on_erasure=Keep(
            "Printed editions hold these words without a name. Erasing takes the consent back first, so that no later one prints them."
        ),
        keep=Forever("It says which editions hold the words."),
    )

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["report", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "contribution"],
                name="words_offered_once_per_report",
                violation_error_message="These words have been asked for already. Open them from the list.",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="quote_has_words"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "declined", "withdrawn"]) | Q(answered_on__isnull=False),
                name="answered_quote_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"Quote {self.pk} for {self.report}"

    def get_absolute_url(self) -> str:
        return reverse("reports:quote-words", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.contribution.roles_of(user)

    def is_public(self) -> bool:
        """Whether an edition that everyone may read holds these words."""
        approved = self.report.approved_edition
        if self.report.status != AnnualReport.Status.PUBLISHED or approved is None:
            return False
        return self.holdings.filter(snapshot=approved.snapshot_id).exists()

    def editions(self) -> "models.QuerySet[Edition]":
        """The editions that hold these words, oldest first."""
        editions: Any = self.report.editions
        return editions.filter(snapshot__holdings__quote=self).order_by("number")


class QuoteAnswer(SaidByMember):
    """What a speaker said to exact words, and on whose word it was written down. Never changed (a trigger refuses it)."""

    class Answer(models.TextChoices):
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Not to be used"
        WITHDRAWN = "withdrawn", "Withdrawn"

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="answers")
    answer = models.CharField(max_length=10, choices=Answer)
    words = models.TextField(max_length=MAX_WORDS, help_text="The exact words that the speaker saw.")
    answered_at = models.DateTimeField(default=clock.now)

    privacy = Personal(
        part=Part.WORDS,
        heading="What you answered about those words",
        of=("quote__person",),
        recorders=("recorded_by",),
        shown=("quote__report__year", "answer", "words", "answered_at", "told"),
        on_erasure=Keep("It is the proof of what was asked and answered, and cannot be changed."),
        keep=Forever("It is the proof of what was asked and answered."),
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_answer_display()}: {self.quote}"

    @property
    def person(self) -> Person | None:
        """Whose answer it is."""
        return self.quote.person
