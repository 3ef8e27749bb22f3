"""Paid involvement: time that a member is offered pay for, expenses, and how each went from offer to payment."""

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse

from coproduction.claims.money import MOST, in_pounds, pay_for
from coproduction.group.members import DECIDING_ROLES
from coproduction.group.models import SaidByMember, SupportLink
from coproduction.involvements.models import Involvement
from impact.core.access.permissions import LentRole, Role, has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import After, Blank, Forever, Keep, NotPersonal, Part, Personal
from impact.core.people.models import Person, User
from networks.groups.models import Group, GroupKind, Membership
from networks.meetings.models import Meeting
from sites.registry.models import Site


class SharedPay(models.Model):
    """A member lets their supporter see their pay and claims, and write claims down for them, until they stop it."""

    link = models.ForeignKey(SupportLink, on_delete=models.CASCADE, related_name="shared_pay")
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    told = models.CharField(max_length=12, blank=True, db_default="", default="")

    privacy = Personal(
        part=Part.PAY,
        heading="Pay shown to a supporter",
        of=("link__member", "link__supporter"),
        recorders=("recorded_by",),
        shown=("link__group__name", "started_at", "ended_at", "told"),
        on_erasure=Keep("It says who could see what when; both go by a pseudonym once erased."),
        keep=Forever("It says who could see what when."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link"], condition=Q(ended_at__isnull=True), name="pay_shared_once_per_link"
            )
        ]

    def __str__(self) -> str:
        return f"Pay shared: {self.link}"


def shared_with(user: Any) -> models.QuerySet[SupportLink]:
    """The links of a supporter whose members let them see pay and claims today."""
    open_ones = SharedPay.objects.filter(link=OuterRef("pk"), ended_at__isnull=True)
    return SupportLink.objects.in_force().filter(
        Exists(open_ones), supporter__user_id=user.pk, supporter__user__isnull=False
    )


def may_claim(user: Any) -> bool:
    """Whether someone has to do with pay: for themselves as a member of an advisory group, now or earlier, for a member
    who shares it with them, or as the engagement lead."""
    if has_perm(user, "coproduction.manage_claims"):
        return True
    own = Membership.objects.filter(group__kind=GroupKind.ADVISORY_GROUP, role__in=DECIDING_ROLES)
    return own.filter(person__user_id=user.pk).exists() or shared_with(user).exists()


class PaymentBatch(models.Model):
    """Claims that finance paid together: when, and under which reference. It can be undone, and stays on record."""

    paid_on = models.DateField()
    reference = models.CharField(max_length=80, help_text="Finance’s own reference for the payment.")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_reason = models.CharField(max_length=400, blank=True)

    privacy = NotPersonal("Claims that were paid together.", recorders=("made_by", "undone_by"))

    class Meta:
        ordering = ["-paid_on", "-pk"]
        verbose_name_plural = "payment batches"
        constraints = [
            models.UniqueConstraint(
                Lower("reference"),
                condition=Q(undone_at__isnull=True),
                name="payment_reference_once",
                violation_error_message="A payment with this reference is recorded already. Enter another reference.",
            )
        ]

    def __str__(self) -> str:
        return f"Payment of {self.paid_on:%-d %B %Y}"


LIVE = ("offered", "taken_up", "claimed", "returned", "approved", "paid")  # states of what cannot be there twice
WITH_AMOUNT = ("claimed", "returned", "approved", "paid")


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: Any) -> "ClaimQuerySet":
        """A member's own, those of a member who shares them with their supporter, and all for the engagement lead."""
        if has_perm(user, "coproduction.manage_claims"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        shared = shared_with(user).filter(group=OuterRef("group"), member=OuterRef("person"))
        return self.filter(Q(person__user_id=user.pk) | Exists(shared))

    def search(self, q: str) -> "ClaimQuerySet":
        if not q:
            return self
        return self.filter(Q(what__icontains=q) | Q(person__name__icontains=q) | Q(reference__icontains=q))

    def in_states(self, *states: str) -> "ClaimQuerySet":
        return self.filter(state__in=states)

    def to_pay(self) -> "ClaimQuerySet":
        """Approved, and not paid yet: what finance is sent."""
        return self.filter(state=Claim.State.APPROVED).order_by("person__name", "on", "pk")


class Claim(SaidByMember):
    """One thing that a member is paid for: time from an offer, or one expense (rule 14: taking part costs no one money)."""

    class Kind(models.TextChoices):
        TIME = "time", "Time"
        TRAVEL = "travel", "Travel"
        CARE = "care", "Care while they took part"
        DATA = "data", "Phone or internet"
        OTHER = "other", "Another expense"

    class State(models.TextChoices):
        OFFERED = "offered", "Offered"
        TAKEN_UP = "taken_up", "Taken up"
        DECLINED = "declined", "Declined"
        CLAIMED = "claimed", "Claimed"
        RETURNED = "returned", "Sent back"
        APPROVED = "approved", "Approved"
        PAID = "paid", "Paid"
        WITHDRAWN = "withdrawn", "Withdrawn"

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="claims")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    what = models.CharField(max_length=160, help_text="What it is for, such as “Reading the draft report”.")
    on = models.DateField(help_text="The day of the work or of the expense.")
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.SET_NULL, related_name="claims")
    involvement = models.ForeignKey(
        Involvement, null=True, blank=True, on_delete=models.SET_NULL, related_name="claims"
    )
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.SET_NULL, related_name="claims")
    hours_offered = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.25")), MaxValueValidator(100)],
    )
    rate_pence = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST)], help_text="For an hour."
    )
    hours_taken = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    is_unpaid = models.BooleanField(default=False, db_default=False, help_text="The member takes part without pay.")
    pence = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MOST)], help_text="What is claimed."
    )
    reference = models.CharField(max_length=80, blank=True, help_text="The number on a receipt or ticket.")
    receipt = models.FileField(max_length=200, blank=True, db_default="", help_text="The receipt itself.")
    receipt_name = models.CharField(max_length=160, blank=True, default="", db_default="")
    receipt_type = models.CharField(max_length=80, blank=True, default="", db_default="")
    receipt_size = models.PositiveIntegerField(default=0, db_default=0, help_text="Bytes.")
    receipt_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    returned_because = models.CharField(max_length=400, blank=True)
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    batch = models.ForeignKey(PaymentBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="claims")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.PAY,
        heading="Pay and expenses",
        of=("person",),
        recorders=("recorded_by", "approved_by"),
        shown=(
            "group",
            "kind",
            "state",
            "what",
            "on",
            "hours_offered",
            "rate_pence",
            "hours_taken",
            "is_unpaid",
            "pence",
            "reference",
            "returned_because",
            "told",
        ),
        withheld={"receipt_type": "What kind of file the receipt is.", "receipt_name": "The receipt’s file name."},
        files=(("receipt", "receipt_name"),),
        on_erasure=Blank(
            (
                "receipt",
                "receipt_name",
                "receipt_type",
                "receipt_size",
                "receipt_sha256",
                "reference",
                "returned_because",
            ),
            removed=("what",),
        ),
        keep=After(
            since="batch__paid_on", why="Finance has to show its payments for six years.", years=6, is_owed=True
        ),
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["state", "on"], name="claim_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=(
                    ~Q(kind="time") & Q(hours_offered__isnull=True, rate_pence__isnull=True, hours_taken__isnull=True)
                )
                | Q(kind="time", hours_offered__isnull=False, rate_pence__isnull=False),
                name="only_time_has_hours_and_a_rate",
                violation_error_message="Give hours and a rate for time, and for nothing else.",
            ),
            models.CheckConstraint(
                condition=Q(kind="time") | ~Q(state__in=["offered", "taken_up", "declined"]),
                name="only_time_is_offered",
                violation_error_message="Only time is offered. Claim an expense instead.",
            ),
            models.CheckConstraint(
                condition=Q(hours_taken__isnull=True) | Q(hours_taken__gt=0, hours_taken__lte=F("hours_offered")),
                name="hours_taken_up_are_within_the_offer",
                violation_error_message="Choose no more hours than were offered.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="time") | ~Q(state__in=["taken_up", *WITH_AMOUNT]) | Q(hours_taken__isnull=False),
                name="time_taken_up_has_hours",
                violation_error_message="Say how many of the hours are taken up.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=WITH_AMOUNT) | Q(pence__gt=0, is_unpaid=False),
                name="claim_has_an_amount",
                violation_error_message="Enter the amount.",
            ),
            models.CheckConstraint(
                condition=Q(state="paid", batch__isnull=False) | (~Q(state="paid") & Q(batch__isnull=True)),
                name="paid_claim_has_a_payment",
                violation_error_message="A claim is paid by recording the payment.",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(returned_because=""),
                name="returned_claim_says_why",
                violation_error_message="Say why, so that the member knows what to change.",
            ),
            models.UniqueConstraint(
                fields=["person", "meeting"],
                condition=Q(kind="time", meeting__isnull=False, state__in=LIVE),
                name="time_offered_once_per_meeting",
                violation_error_message="This member has been offered pay for this meeting already.",
            ),
            models.UniqueConstraint(
                "person",
                "on",
                Lower("what"),
                condition=Q(kind="time", state__in=LIVE),
                name="time_offered_once",
                violation_error_message="This member has been offered pay for the same thing on the same day already.",
            ),
            models.UniqueConstraint(
                "person",
                "kind",
                "on",
                "pence",
                Lower("what"),
                condition=~Q(kind="time") & Q(state__in=LIVE),
                name="expense_claimed_once",
                violation_error_message="This has been claimed already: the same kind of expense, on the same day, for the "
                "same amount. If it is another one, say so in “What it was for”, such as “Bus home”.",
            ),
            models.UniqueConstraint(
                "person",
                Lower("reference"),
                condition=~Q(reference="") & Q(state__in=LIVE),
                name="receipt_claimed_once",
                violation_error_message="A receipt with this number has been claimed already. Check the number.",
            ),
            models.UniqueConstraint(
                fields=["receipt_sha256"],
                condition=~Q(receipt_sha256="") & Q(state__in=LIVE),
                name="receipt_file_claimed_once",
                violation_error_message="This receipt is with a claim already. Choose the receipt of this expense.",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def get_absolute_url(self) -> str:
        return reverse("coproduction:claim-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        """MEMBER for the member and for a supporter with whom they share it. Others of the group have no part in it."""
        if not user.pk:
            return frozenset()
        if self.person.user_id == user.pk:
            return frozenset({Role.MEMBER})
        link = shared_with(user).filter(group=self.group_id, member=self.person_id).first()
        if link is None:
            return frozenset()
        return frozenset({LentRole(Role.MEMBER, person=self.person_id, acting=link.acting_id or 0)})

    @property
    def is_time(self) -> bool:
        return self.kind == self.Kind.TIME

    @property
    def hours_offered_words(self) -> str:
        return "" if self.hours_offered is None else f"{self.hours_offered.normalize():f}"

    @property
    def hours_taken_words(self) -> str:
        return "" if self.hours_taken is None else f"{self.hours_taken.normalize():f}"

    @property
    def full_pence(self) -> int | None:
        """What the hours taken up come to at the rate; None for an expense."""
        if self.hours_taken is None or self.rate_pence is None:
            return None
        return pay_for(self.hours_taken, self.rate_pence)

    @property
    def amount(self) -> str:
        """What is claimed, in pounds; nothing before it is."""
        return in_pounds(self.pence) if self.state in WITH_AMOUNT else ""

    @property
    def rate(self) -> str:
        return in_pounds(self.rate_pence)

    @property
    def full_amount(self) -> str:
        return in_pounds(self.full_pence)

    @property
    def can_be_claimed(self) -> bool:
        """Whether the pay for its hours can be claimed today."""
        return self.state == self.State.TAKEN_UP and not self.is_unpaid and self.on <= clock.today()

    @property
    def next_step(self) -> str:
        """What the member can do about it now; nothing when they can only wait."""
        if self.can_be_claimed:
            return "Claim the pay"
        steps: dict[str, str] = {self.State.OFFERED: "Answer the offer", self.State.RETURNED: "Put it right"}
        return steps.get(self.state, "")

    @property
    def stands(self) -> str:
        """Where it stands, in the words of lists."""
        if self.state == self.State.TAKEN_UP and self.is_unpaid:
            return "Taken up without pay"
        return str(self.get_state_display())


class ClaimStep(models.Model):
    """One step of a claim, kept for ever: who took it, when, and for a step back the reason. No amounts."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=10, choices=Claim.State)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    told = models.CharField(max_length=12, blank=True, help_text="How the member told the one who wrote it down.")
    words = models.CharField(max_length=400, blank=True)

    privacy = Personal(
        part=Part.PAY,
        heading="Steps of your claims",
        of=("claim__person",),
        recorders=("by",),
        shown=("claim__what", "claim__on", "state", "at", "told", "words"),
        on_erasure=Blank(removed=("words",)),
        keep=After(
            since="claim__batch__paid_on", why="Finance has to show its payments for six years.", years=6, is_owed=True
        ),
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.claim}: {self.get_state_display()}"
