"""What members were asked, what they said, and what changed."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from coproduction.group.members import groups_seen_by
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from networks.groups.models import Group
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceItem
from sites.registry.models import Site


class Workstream(models.TextChoices):
    """The lines of the centre's work that ask members to shape something, other than a site."""

    NETWORKS = "networks", "Networks"
    DEMONSTRATORS = "demonstrators", "Demonstrators"
    FACILITATORS = "facilitators", "Facilitators"
    ASK_IMPACT = "ask_impact", "Ask IMPACT"
    ASSEMBLIES = "assemblies", "Assemblies"
    EVIDENCE = "evidence", "Evidence"
    COMMUNICATIONS = "communications", "Communications"
    COPRODUCTION = "coproduction", "Co-production"
    LEADERSHIP = "leadership", "Leadership and governance"


def answer_owed_since(on: date) -> date:
    """The day before which members must have responded for an answer to be overdue on a day."""
    return on - timedelta(days=settings.INVOLVEMENT_ANSWER_DAYS)


class InvolvementQuerySet(models.QuerySet["Involvement"]):
    def visible_to(self, user: Any) -> "InvolvementQuerySet":
        return self.filter(group__in=groups_seen_by(user))

    def search(self, q: str) -> "InvolvementQuerySet":
        if not q:
            return self
        return self.filter(
            Q(title__icontains=q) | Q(asked__icontains=q) | Q(said__icontains=q) | Q(changed__icontains=q)
        )

    def with_asker(self) -> "InvolvementQuerySet":
        """With the site or organisation that asked, for lists that say who it was."""
        return self.select_related("group", "site", "organisation")

    def overdue(self, on: date | None = None) -> "InvolvementQuerySet":
        """Members responded longer ago than an answer may take, and the team has not said what changed."""
        return self.awaiting_change().filter(said_on__lt=answer_owed_since(on or clock.today()))

    def public(self) -> "InvolvementQuerySet":
        """Those whose summary the engagement lead has approved for everyone to read."""
        return self.settled().filter(public_on__isnull=False)

    def in_year(self, year: int) -> "InvolvementQuerySet":
        """What a year's figures count: asked, or settled, in that year."""
        return self.filter(Q(asked_on__year=year) | Q(changed_on__year=year))

    def awaiting_response(self) -> "InvolvementQuerySet":
        """Asked, and the members' answer is not recorded yet."""
        return self.filter(outcome=Involvement.Outcome.WAITING, said_on__isnull=True)

    def awaiting_change(self) -> "InvolvementQuerySet":
        """The members have responded; the team that asked has not said what changed."""
        return self.filter(outcome=Involvement.Outcome.WAITING, said_on__isnull=False)

    def settled(self) -> "InvolvementQuerySet":
        return self.exclude(outcome=Involvement.Outcome.WAITING)


NO_SITE, NO_WORKSTREAM, NO_BODY = Q(site__isnull=True), Q(workstream=""), Q(organisation__isnull=True)
ASKED_BY_ONE = (
    (NO_SITE & NO_WORKSTREAM & NO_BODY & ~Q(asked_by=""))
    | (~NO_SITE & NO_WORKSTREAM & NO_BODY)
    | (NO_SITE & ~NO_WORKSTREAM & NO_BODY)
    | (NO_SITE & NO_WORKSTREAM & ~NO_BODY)
)


class Involvement(models.Model):
    """One thing that members were asked to shape: what was asked, what they said, what changed (rule 17)."""

    class Payment(models.TextChoices):
        PAID = "paid", "Paid"
        EXPENSES = "expenses", "Expenses only"
        UNPAID = "unpaid", "Not paid"

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CHANGED = "changed", "Changed"
        PARTLY = "partly", "Partly changed"
        NOT_CHANGED = "not_changed", "Not changed"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="involvements")
    title = models.CharField(max_length=160)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="involvements")
    workstream = models.CharField(max_length=20, choices=Workstream, blank=True, default="", db_default="")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="involvements"
    )
    asked_by = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="Who asked, where it is no site or workstream."
    )
    asked = models.TextField(max_length=4000, help_text="What the members were asked to shape.")
    asked_on = models.DateField()
    purpose = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="What the team will use the answer for."
    )
    wanted_by = models.DateField(null=True, blank=True, help_text="When the team needs the answer.")
    time_needed = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="How much time it takes, in plain words."
    )
    payment = models.CharField(max_length=10, choices=Payment, blank=True, default="", db_default="")
    said = models.TextField(blank=True, max_length=4000, help_text="What they said.")
    said_on = models.DateField(null=True, blank=True)
    changed = models.TextField(blank=True, max_length=4000, help_text="What changed, or why nothing did.")
    changed_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)
    evidence = models.ManyToManyField(
        EvidenceItem, blank=True, related_name="involvements", help_text="Items of the library that show the change."
    )
    evidence_link = models.URLField(
        blank=True, default="", db_default="", max_length=400, help_text="A page that shows the change."
    )
    is_good_practice = models.BooleanField(default=False, help_text="Worth telling others about.")
    is_development = models.BooleanField(
        default=False, db_default=False, help_text="An area for development: what we need to do better."
    )
    public_summary = models.TextField(
        blank=True, default="", db_default="", max_length=1000, help_text="For everyone, without names."
    )
    public_on = models.DateField(null=True, blank=True, help_text="Since when everyone can read the summary.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What members were asked to shape.", may_name_people=True)

    objects = InvolvementQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="waiting") | (~Q(changed="") & Q(changed_on__isnull=False)),
                name="settled_involvement_says_what_changed",
                violation_error_message="Say what changed, or why nothing did, and when.",
            ),
            models.CheckConstraint(
                condition=Q(said_on__isnull=True) | Q(said_on__gte=models.F("asked_on")),
                name="involvement_said_after_asked",
                violation_error_message="The answer is dated before the question.",
            ),
            models.CheckConstraint(
                condition=Q(said_on__isnull=True) | ~Q(said=""),
                name="said_involvement_has_words",
                violation_error_message="Write down what the members said.",
            ),
            models.CheckConstraint(
                condition=Q(changed_on__isnull=True) | Q(said_on__isnull=True) | Q(changed_on__gte=models.F("said_on")),
                name="involvement_changed_after_said",
                violation_error_message="The change is dated before the members spoke.",
            ),
            models.CheckConstraint(
                condition=ASKED_BY_ONE,
                name="involvement_asked_by_one",
                violation_error_message="Choose one: a site, a workstream or an organisation. Or write who asked.",
            ),
            models.CheckConstraint(
                condition=Q(wanted_by__isnull=True) | Q(wanted_by__gte=F("asked_on")),
                name="involvement_wanted_after_asked",
                violation_error_message="The answer is wanted before the question was asked.",
            ),
            models.CheckConstraint(
                condition=Q(public_on__isnull=True) | (~Q(public_summary="") & ~Q(outcome="waiting")),
                name="public_involvement_has_a_summary",
                violation_error_message="Write the summary that everyone will read.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:involvement-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    @property
    def asker(self) -> str:
        """Who asked: the site, workstream or organisation, with what was written beside it."""
        known = str(self.site or self.get_workstream_display() or self.organisation or "")
        return f"{known} ({self.asked_by})" if known and self.asked_by else known or self.asked_by

    def is_overdue(self, on: date) -> bool:
        """Whether members have waited for an answer for too long."""
        return self.step == "said" and self.said_on is not None and self.said_on < answer_owed_since(on)

    @property
    def step(self) -> str:
        """How far it is: asked, said, or settled."""
        if self.outcome != self.Outcome.WAITING:
            return "settled"
        return "said" if self.said_on else "asked"

    @property
    def stands(self) -> str:
        """The key of where it stands: asked, said, or the outcome."""
        return self.outcome if self.step == "settled" else self.step

    @property
    def step_label(self) -> str:
        """Where it stands, in the words of the register."""
        if self.step == "settled":
            return str(self.get_outcome_display())
        return "Waiting for a change" if self.step == "said" else "Waiting for members"
