"""Applications to a round: what is being written, what was submitted in each revision, and who may open it."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import After, ByService, Delete, Forever, NotPersonal, Part, Personal
from impact.core.basics.vocabulary import FOUR_NATIONS, Region
from impact.core.people.models import User
from sites.calls.rounds.models import Round, RoundStatement
from sites.calls.rounds.questions.facts import Area, Size
from sites.calls.rounds.questions.models import QuestionSet
from sites.organisations.models import Organisation
from sites.registry.models import DeliveryModel
from sites.topics.models import Topic

# Applications belong to an organisation, so erasing a person leaves them (docs/decisions/0071).
BY_STAFF = ByService(
    "sites.calls.applications.intake.changing.erasing.erase_application",
    "Staff delete an application at its applicant’s request: all but its reference and dates.",
)
UNTIL_ASKED = Forever("Until its applicant asks for it to be deleted; rounds are compared over years.")


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: Any) -> "ApplicationQuerySet":
        """Staff see every application; an assessor those assigned, from when no conflict was declared. No one else.

        In a round without names an assessor reads them through their assignment alone, where names are withheld.
        """
        if has_perm(user, "sites.view_applications"):
            return self
        if not has_perm(user, "sites.assess"):
            return self.none()
        assigned = apps.get_model("sites", "Assignment").objects.open_to(user)
        shown = self.exclude(round__assessment_plan__is_blind=True)
        return shown.filter(pk__in=assigned.values("application_id"))

    def in_the_running(self) -> "ApplicationQuerySet":
        """Submitted and not withdrawn or erased: what is assessed, counted and chosen from."""
        return self.filter(state=Application.State.SUBMITTED)

    def eligible(self) -> "ApplicationQuerySet":
        """In the running, without those that staff found not eligible. One that no one has checked counts as eligible."""
        return self.in_the_running().exclude(eligibility__is_eligible=False)

    def by_state(self) -> dict[str, int]:
        """How many there are in each state, for headings: every state is there, and so are zeros. One query."""
        found = dict(self.order_by().values_list("state").annotate(number=models.Count("pk")))
        return {state: found.get(state, 0) for state in Application.State.values}

    def search(self, q: str) -> "ApplicationQuerySet":
        """Applications whose reference, organisation or place contains ``q``."""
        if not q:
            return self
        return self.filter(Q(reference__icontains=q) | Q(organisation_name__icontains=q) | Q(place__icontains=q))


class Application(models.Model):
    """One answer to a call. The columns say what the newest revision says; ``draft`` is what is being written."""

    class State(models.TextChoices):
        DRAFT = "draft", "Being written"
        SUBMITTED = "submitted", "Submitted"
        WITHDRAWN = "withdrawn", "Withdrawn"
        ERASED = "erased", "Deleted at the applicant's request"

    class Source(models.TextChoices):
        ONLINE = "online", "Online"
        PAPER = "paper", "On paper"
        VIDEO = "video", "As a video"
        PHONE = "phone", "By phone"
        IMPORTED = "imported", "From a file"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="applications")
    reference = models.CharField(max_length=30, unique=True, help_text="What people quote, for example 2023-24-K7QM.")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    source = models.CharField(max_length=10, choices=Source, default=Source.ONLINE)
    entered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    email = models.EmailField(blank=True, help_text="The mailbox that the private link was sent to.")
    contact_name = models.CharField(max_length=120, blank=True)
    question_set = models.ForeignKey(QuestionSet, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(RoundStatement, on_delete=models.PROTECT, related_name="+")
    draft = models.JSONField(default=dict, blank=True, help_text="Answers as they are being written, by question key.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="When the newest revision was submitted.")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True, help_text="When it came, if not online.")
    late_reason = models.CharField(
        max_length=400,
        blank=True,
        default="",
        db_default="",
        help_text="Why staff accepted it after closing. For staff.",
    )
    erasure_asked_on = models.DateField(null=True, blank=True, help_text="When the applicant asked for its deletion.")

    # What the newest revision says, for the mix (rule 7). Empty before the first one.
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="applications"
    )
    organisation_name = models.CharField(max_length=160, blank=True)
    organisation_kind = models.CharField(max_length=20, choices=Organisation.Kind, blank=True)
    organisation_size = models.CharField(max_length=12, choices=Size, blank=True)
    nation = models.CharField(max_length=20, choices=[(n.value, n.label) for n in FOUR_NATIONS], blank=True)
    region = models.CharField(max_length=20, choices=Region, blank=True)
    place = models.CharField(max_length=120, blank=True)
    area = models.CharField(max_length=10, choices=Area, blank=True)
    needs = models.JSONField(default=list, blank=True)
    is_first_time = models.BooleanField(null=True, blank=True)
    is_user_led = models.BooleanField(null=True, blank=True)
    is_under_pressure = models.BooleanField(null=True, blank=True)
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="applications")
    delivery_model = models.CharField(max_length=20, choices=DeliveryModel, blank=True)
    money = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True, help_text="Pounds asked for.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Applications",
        by_address=("email",),
        recorders=("entered_by",),
        shown=(
            "reference",
            "round",
            "state",
            "source",
            "contact_name",
            "email",
            "organisation_name",
            "organisation_kind",
            "organisation_size",
            "nation",
            "region",
            "place",
            "area",
            "needs",
            "late_reason",
            "created_at",
            "submitted_at",
            "withdrawn_at",
        ),
        withheld={"draft": "Open it with your private link."},
        on_erasure=BY_STAFF,
        keep=UNTIL_ASKED,
    )

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        indexes = [
            models.Index(fields=["round", "state", "-submitted_at"], name="application_round_state"),
            models.Index(fields=["organisation_name"], name="application_organisation"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="submitted") | Q(submitted_at__isnull=False), name="submitted_application_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="erased") | Q(email="", contact_name="", organisation_name="", draft={}),
                name="erased_application_is_empty",
            ),
            models.CheckConstraint(
                condition=~Q(state="erased") | Q(erasure_asked_on__isnull=False), name="erased_application_has_a_date"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("sites:application-detail", args=[self.round.slug, self.reference])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def is_over(self) -> bool:
        """Whether its applicant can no longer open it."""
        return self.state in {self.State.WITHDRAWN, self.State.ERASED}

    @property
    def revision(self) -> "Revision | None":
        """The newest revision; None before the first submission."""
        return self.revisions.order_by("-number").first()

    @property
    def is_staffs_to_write(self) -> bool:
        """Whether staff write it for the applicant: it came on paper or the like, or was accepted late."""
        return self.source != self.Source.ONLINE or bool(self.late_reason)


class Revision(models.Model):
    """What was submitted, once and for ever: the answers with the questions and the statement that were answered.

    Rows never change; a trigger refuses it. Deleting is for an applicant's request alone.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    question_set = models.ForeignKey(QuestionSet, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(RoundStatement, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    submitted_at = models.DateTimeField()

    privacy = Personal(
        part=Part.ROUNDS,
        heading="What you submitted",
        by_address=("application__email",),
        shown=("application__reference", "number", "submitted_at", "answers"),
        on_erasure=BY_STAFF,
        keep=UNTIL_ASKED,
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="revision_number_once_per_application")
        ]

    def __str__(self) -> str:
        return f"{self.application}, revision {self.number}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class ApplicationFile(models.Model):
    """A file that answers a question. Kept under the hash of its contents; the newest of a question is its answer."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="files")
    question_key = models.CharField(max_length=50)
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Files of your applications",
        by_address=("application__email",),
        shown=("application__reference", "name", "added_at"),
        withheld={"content_type": "What kind of file it is.", "question_key": "Which question it answers."},
        files=(("file", "name"),),
        on_erasure=BY_STAFF,
        keep=UNTIL_ASKED,
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class Correction(models.Model):
    """Why staff changed what an applicant had submitted, with the revision that came of it."""

    class Why(models.TextChoices):
        ASKED = "asked", "The applicant asked for it"
        ENTRY = "entry", "We made a mistake when entering it"
        LATER = "later", "Something came later, for example a page that was missing"
        OTHER = "other", "Another reason"

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="correction")
    why = models.CharField(max_length=10, choices=Why)
    note = models.CharField(max_length=400, blank=True, help_text="For staff.")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal(
        "Why staff corrected an application, deleted with it.", recorders=("by",), may_name_people=True
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(why="other") | ~Q(note=""),
                name="other_correction_has_a_note",
                violation_error_message="Explain the other reason in the note.",
            )
        ]

    def __str__(self) -> str:
        return f"Correction of {self.revision}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


def hashed(token: str) -> str:
    """What is kept of a private link: enough to recognise it, and useless to someone who reads the database."""
    return hashlib.sha256(token.encode()).hexdigest()


class PrivateLink(models.Model):
    """A way into one application for one mailbox: the applicant's own, or a colleague's who helps. Kept hashed."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="links")
    email = models.EmailField()
    is_helper = models.BooleanField(default=False, help_text="May write, but not submit or withdraw.")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    opened_at = models.DateTimeField(null=True, blank=True, help_text="When it was last opened.")
    ended_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Private links to applications",
        by_address=("email",),
        shown=("application__reference", "is_helper", "created_at", "opened_at", "ended_at"),
        withheld={"email": "The address that this is about."},
        on_erasure=BY_STAFF,
        keep=UNTIL_ASKED,
    )

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"Link to {self.application}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    def is_live(self, at: datetime) -> bool:
        """Whether it still opens the application."""
        return self.ended_at is None or self.ended_at > at


class MailboxLink(models.Model):
    """A way to the list of what one mailbox has in a round, and to another application from it. Kept hashed, for a day."""

    LIVES = timedelta(days=1)

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="mailbox_links")
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Links to what your mailbox has in a round",
        by_address=("email",),
        shown=("round", "created_at"),
        withheld={"email": "The address that this is about."},
        on_erasure=Delete(),
        keep=After(since="created_at", why="The link works for a day.", days=1, by="sites.tidy_applications"),
    )

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"Link to what a mailbox has in {self.round}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    def is_live(self, at: datetime) -> bool:
        """Whether it still opens the list."""
        return at < self.created_at + self.LIVES
