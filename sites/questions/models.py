"""The queue of Ask IMPACT: questions from organisations and people in a role, from asked to answered and shared."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, Part, Personal
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import User
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceItem
from sites.registry.models import Site
from sites.topics.models import Topic

ANSWER_WITHIN = timedelta(days=28)  # unless another day is agreed with who asked
CONTACT_KEPT = timedelta(days=90)  # after the answer was shared, or the question declined


class QuestionQuerySet(models.QuerySet["AskedQuestion"]):
    def visible_to(self, user: Any) -> "QuestionQuerySet":
        """Every question for national readers; for others those of the Ask IMPACT sites where they work."""
        if has_perm(user, "sites.view_all"):
            return self
        return self.filter(site__in=Site.objects.worked_at_by(user).values("pk"))

    def search(self, q: str) -> "QuestionQuerySet":
        """Questions in whose words, answer or asker ``q`` stands."""
        if not q:
            return self
        wanted = Q(words__icontains=q) | Q(answer__icontains=q) | Q(asker_role__icontains=q)
        return self.filter(wanted | Q(asker__name__icontains=q))

    def waiting(self) -> "QuestionQuerySet":
        """Those whose asker still waits: neither shared nor declined."""
        return self.filter(state__in=AskedQuestion.WAITING)

    def overdue(self, on: date) -> "QuestionQuerySet":
        """Waiting, and promised for a day before ``on``."""
        return self.waiting().filter(due_on__lt=on)

    def with_old_contacts(self, on: date) -> "QuestionQuerySet":
        """Those with a contact that is kept no longer on a day."""
        before = on - CONTACT_KEPT
        return self.exclude(contact_email="").filter(Q(shared_on__lt=before) | Q(declined_on__lt=before))


class AskedQuestion(models.Model):
    """One question, who asked it, and what became of it."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        ANSWERING = "answering", "Being answered"
        ANSWERED = "answered", "Answered"
        SHARED = "shared", "Shared with asker"
        DECLINED = "declined", "Not for us"

    WAITING = (State.RECEIVED, State.ANSWERING, State.ANSWERED)

    words = models.CharField("question", max_length=400)
    background = models.TextField(max_length=2000, blank=True, help_text="Why they ask. Without names of people.")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="questions", help_text="Of Ask IMPACT."
    )
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="questions")
    nation = models.CharField(max_length=20, choices=Nation, blank=True)
    asker = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asker_role = models.CharField(max_length=120, blank=True, help_text="In words, without a name.")
    contact_email = models.EmailField(blank=True, help_text="Where the answer goes. Seen by national staff only.")
    received_on = models.DateField(default=clock.today)
    due_on = models.DateField()
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.TextField(max_length=8000, blank=True, help_text="Markdown. Kept when it is reopened.")
    evidence = models.ManyToManyField(EvidenceItem, blank=True, related_name="questions")
    answered_on = models.DateField(null=True, blank=True)
    shared_on = models.DateField(null=True, blank=True)
    shared_how = models.CharField(max_length=200, blank=True)
    declined_on = models.DateField(null=True, blank=True)
    declined_reason = models.CharField(max_length=400, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Questions to Ask IMPACT",
        by_address=("contact_email",),
        recorders=("recorded_by", "assignee"),
        shown=(
            "words",
            "background",
            "received_on",
            "state",
            "answer",
            "answered_on",
            "shared_on",
            "shared_how",
            "declined_on",
            "declined_reason",
        ),
        withheld={
            "contact_email": "The address that this is about.",
            "asker_role": "Staff’s note of the role in which you asked.",
        },
        on_erasure=Blank(("contact_email", "asker_role")),
        keep=Forever("The address goes 90 days after the answer; the question and its answer are knowledge."),
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["received_on", "pk"]
        indexes = [models.Index(fields=["state", "due_on"], name="question_state_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(asker__isnull=False) | ~Q(asker_role=""),
                name="question_has_an_asker",
                violation_error_message="Choose the organisation that asks, or give the role of the person.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("received_on")),
                name="question_due_after_received",
                violation_error_message="The answer is due before the question came in. Enter a later date.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "shared"]) | (~Q(answer="") & Q(answered_on__isnull=False)),
                name="answered_question_has_an_answer",
                violation_error_message="Write the answer.",
            ),
            models.CheckConstraint(
                condition=Q(state="shared", shared_on__isnull=False) | (~Q(state="shared") & Q(shared_on__isnull=True)),
                name="shared_question_has_a_day",
                violation_error_message="Enter the day on which the answer was shared.",
            ),
            models.CheckConstraint(
                condition=(Q(state="declined", declined_on__isnull=False) & ~Q(declined_reason=""))
                | (~Q(state="declined") & Q(declined_on__isnull=True)),
                name="declined_question_has_a_reason",
                violation_error_message="Say why it is not for us.",
            ),
            models.CheckConstraint(
                condition=(Q(answered_on__isnull=True) | Q(answered_on__gte=F("received_on")))
                & (Q(declined_on__isnull=True) | Q(declined_on__gte=F("received_on"))),
                name="question_settled_after_received",
                violation_error_message="That day is before the question came in.",
            ),
            models.CheckConstraint(
                condition=Q(shared_on__isnull=True) | Q(shared_on__gte=F("answered_on")),
                name="question_shared_after_answered",
                violation_error_message="That day is before the answer was written.",
            ),
        ]

    def __str__(self) -> str:
        return self.words

    def get_absolute_url(self) -> str:
        return reverse("sites:question-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user) if self.site else frozenset()

    @property
    def asked_by(self) -> str:
        """ "Harbour Council (commissioner)": the organisation, the role, or both."""
        if self.asker is None:
            return self.asker_role
        return f"{self.asker} ({self.asker_role})" if self.asker_role else str(self.asker)

    @property
    def is_waiting(self) -> bool:
        return self.state in self.WAITING

    @property
    def settled_on(self) -> date | None:
        """The day on which the asker stopped waiting."""
        return self.shared_on or self.declined_on

    @property
    def age_days(self) -> int:
        """Days from the day it came in to the day it was shared or declined, or to today."""
        return max(0, ((self.settled_on or clock.today()) - self.received_on).days)

    @property
    def days_overdue(self) -> int:
        """Days since the answer was due, while the asker waits; 0 when it is not overdue."""
        return max(0, (clock.today() - self.due_on).days) if self.is_waiting else 0
