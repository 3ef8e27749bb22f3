"""Acting for someone else: cover of duties while they are away, and supporters whom they named. One model for both."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from impact.core.access.models import RoleGrant
from impact.core.access.permissions import LENDABLE, Role, has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, NotPersonal, Part, Personal


class Sort(models.TextChoices):
    """What can be handed to someone. An app says who holds each (impact.core.people.rights.acting.duties)."""

    ROLE = "role", "A role"  # ``key``: which
    COORDINATE = "coordinate", "Coordinating a group"  # ``object_id``: which
    ACTION = "action", "An action"
    SECTION = "section", "A section of a report"
    # What a supporter may do, in the words of the person who chose it.
    PAPERS = "papers", "Read my groups’ papers and my notices"
    WORDS = "words", "Write down what I say: my suggestions, answers and contributions"
    CLAIMS = "claims", "Manage my claims, and see what I was paid"
    DATA = "data", "See what is held about me, and download it for me"


SCOPES = (Sort.PAPERS, Sort.WORDS, Sort.CLAIMS, Sort.DATA)


def running(prefix: str = "", on: date | None = None) -> Q:
    """Agreed, and running on a day (today by default): a filter for rows of ``ActingFor``, or for rows from which
    ``prefix`` leads to them."""
    day = on or clock.today()
    return Q(
        (f"{prefix}is_accepted", True),
        (f"{prefix}ended_at__isnull", True),
        (f"{prefix}starts_on__lte", day),
        (f"{prefix}ends_on__gte", day),
    )


def works_nationally(account: Any) -> Q:
    """Whether an account (a reference to it, or its id) could hold a role for a colleague: it does such work itself, and
    does not approve. Approving and writing stay apart."""
    grants = RoleGrant.objects.in_force().filter(user=account)
    return Q(Exists(grants.filter(role__in=LENDABLE))) & ~Q(Exists(grants.filter(role=Role.LEADERSHIP)))


class ActingForQuerySet(models.QuerySet["ActingFor"]):
    def visible_to(self, user: Any) -> "ActingForQuerySet":
        """For the two people whom it is about; cover for who may arrange it, and supporters of people without an account
        for who may write them down."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        seen = Q(person__user_id=user.pk) | Q(helper__user_id=user.pk)
        if has_perm(user, "core.arrange_cover"):
            seen |= Q(kind=ActingFor.Kind.COVER)
        if has_perm(user, "core.record_supporter"):
            seen |= Q(kind=ActingFor.Kind.SUPPORT, person__user__isnull=True)
        return self.filter(seen)

    def open(self, on: date | None = None) -> "ActingForQuerySet":
        """Asked for or agreed, and not over."""
        rows = self.exclude(is_accepted=False)
        return rows.filter(ended_at__isnull=True, ends_on__gte=on or clock.today())

    def of(self, person: Any) -> "ActingForQuerySet":
        """All in which a person acts or is acted for."""
        return self.filter(Q(person=person) | Q(helper=person))

    def in_force(self, on: date | None = None) -> "ActingForQuerySet":
        """Agreed, and running on a day (today by default)."""
        return self.filter(running(on=on))

    def just_over(self, user: Any) -> "ActingForQuerySet":
        """Those in which an account acted for someone until a moment ago: it was ended today, or yesterday was the last."""
        since = clock.now() - timedelta(days=1)
        ended = Q(ended_at__gte=since) | Q(ended_at__isnull=True, ends_on=clock.today() - timedelta(days=1))
        return self.filter(ended, is_accepted=True, helper__user_id=user.pk, helper__user__isnull=False)

    def by(self, user: Any) -> "ActingForQuerySet":
        """Those in force today in which this account acts for someone."""
        return self.in_force().filter(helper__user_id=user.pk, helper__user__isnull=False)


class ActingFor(models.Model):
    """One person acts for another from a day to a day. Nothing counts before the one who acts has agreed."""

    class Kind(models.TextChoices):
        COVER = "cover", "Cover"
        SUPPORT = "support", "Supporter"

    class Told(models.TextChoices):
        """How someone without an account named their supporter to the colleague who wrote it down."""

        IN_PERSON = "in_person", "Face to face"
        PHONE = "phone", "By phone or video"
        WRITTEN = "written", "In writing: a letter, an email or a form"

    kind = models.CharField(max_length=10, choices=Kind)
    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="acted_for")
    helper = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="acts_for")
    starts_on = models.DateField(default=clock.today)
    ends_on = models.DateField(help_text="The last day.")
    note = models.CharField(max_length=500, blank=True)
    address = models.EmailField(blank=True, help_text="Where a supporter was asked. Their name shows once they agree.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(default=clock.now)
    told = models.CharField(max_length=10, choices=Told, blank=True, help_text="Empty: the person asked here.")
    is_accepted = models.BooleanField(null=True, blank=True, help_text="Empty: not answered yet.")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True, help_text="Why it was declined.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    privacy = Personal(
        part=Part.GROUPS,
        heading="Who acts for you, and for whom you act",
        of=("person", "helper"),
        recorders=("asked_by", "ended_by"),
        shown=("kind", "starts_on", "ends_on", "note", "asked_at", "told", "is_accepted", "answer", "ended_at"),
        withheld={"answered_at": "When the other one answered.", "address": "An address of the supporter."},
        on_erasure=Blank(("note", "answer", "address")),
        keep=Forever("It says who could act for whom when; both go by a pseudonym once erased."),
    )

    objects = ActingForQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name_plural = "people acting for others"
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("helper")),
                name="acting_for_someone_else",
                violation_error_message="Choose someone else: no one acts for themselves.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="acting_ends_after_it_starts",
                violation_error_message="The last day is before the first day. Choose a later one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.helper} for {self.person}"

    def get_absolute_url(self) -> str:
        return reverse("core:acting-detail", args=[self.pk])

    @property
    def state(self) -> tuple[str, str]:
        """Where it stands today, and the tone in which that is shown."""
        today = clock.today()
        if self.ended_at is not None:
            return "Ended early", "grey"
        if self.is_accepted is False:
            return "Declined", "red"
        if self.ends_on < today:
            return "Over", "grey"
        if self.is_accepted is None:
            return "Waiting for an answer", "yellow"
        return ("Begins later", "blue") if self.starts_on > today else ("Running", "green")

    @property
    def helper_label(self) -> str:
        """The one who acts. A supporter goes by the address that the person typed until they agree: no one learns from an
        address whose it is."""
        is_known = self.is_accepted or not self.address
        return self.helper.name if is_known else self.address

    @property
    def is_open(self) -> bool:
        return self.ended_at is None and self.is_accepted is not False and self.ends_on >= clock.today()


class DutyQuerySet(models.QuerySet["Duty"]):
    def in_force(self) -> "DutyQuerySet":
        """Those of today."""
        return self.filter(running("acting__"))

    def lent_to(self, user_id: Any) -> "DutyQuerySet":
        """What an account may do for others today."""
        return self.in_force().filter(acting__helper__user_id=user_id)

    def helpers(self, sort: Sort, objects: Iterable[int]) -> "list[tuple[Any, int, int]]":
        """Who covers these today: (the one who covers, for whom, which object), to be told what the other is told."""
        rows = self.in_force().filter(sort=sort, object_id__in=list(objects), acting__helper__user__is_active=True)
        rows = rows.select_related("acting__helper__user").order_by("pk")
        return [(row.acting.helper, row.acting.person_id, row.object_id) for row in rows]

    def roles_lent(self) -> "DutyQuerySet":
        """Roles that their giver still holds: a lent role is never more than that, and cannot be lent on. Who took it must
        still do such work themselves, and not approve."""
        grants = RoleGrant.objects.in_force()
        held = grants.filter(user=OuterRef("acting__person__user"), role=OuterRef("key"), user__is_active=True)
        is_fit = works_nationally(OuterRef("acting__helper__user"))
        return self.filter(is_fit, Exists(held), sort=Sort.ROLE, key__in=LENDABLE)


class Duty(models.Model):
    """One thing that is handed over, or one thing that a supporter may do."""

    acting = models.ForeignKey(ActingFor, on_delete=models.CASCADE, related_name="duties")
    sort = models.CharField(max_length=12, choices=Sort)
    key = models.CharField(max_length=30, blank=True, help_text="Which role.")
    object_id = models.PositiveBigIntegerField(default=0, help_text="Which group, action or section.")

    privacy = NotPersonal("What one person does for another; for whom stands in the row it belongs to.")

    objects = DutyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "duties"
        constraints = [
            models.UniqueConstraint(fields=["acting", "sort", "key", "object_id"], name="duty_once_each"),
            models.CheckConstraint(condition=Q(sort__in=Sort.values), name="duty_sort_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.get_sort_display())


def acts_for_someone(user: Any) -> bool:
    """Whether to look for what an account may do for others. The account of a session knows that there is nothing."""
    return getattr(user, "acting_now", None) != 0


def holders(roles: Any) -> Q:
    """The accounts that hold one of these roles today, for themselves or for a colleague: a filter of accounts."""
    own = RoleGrant.objects.in_force().filter(role__in=roles).values("user")
    lent = Duty.objects.in_force().roles_lent().filter(key__in=roles)
    return Q(pk__in=own) | Q(pk__in=lent.values("acting__helper__user"))
