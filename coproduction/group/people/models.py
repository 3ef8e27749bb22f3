"""Members of a group with a charter: their terms of office, and the strengths that they want to bring."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse

from coproduction.group.members import DECIDING_ROLES
from coproduction.group.models import SaidByMember, SupportLink
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Delete, Forever, Keep, Part, Personal
from impact.core.people.models import Consent, Person, User
from networks.groups.models import Group, Membership

SOON = timedelta(days=60)


def memberships_for(user: Any) -> models.QuerySet[Membership]:
    """The memberships whose own page a user may open: their own, those of members they support, all for who writes for
    members. Only of groups with a charter that the user may see."""
    if not getattr(user, "is_authenticated", False):
        return Membership.objects.none()
    rows = Membership.objects.filter(group__charter__isnull=False, role__in=DECIDING_ROLES)
    if has_perm(user, "coproduction.record_for_member"):
        return rows
    links = SupportLink.objects.in_force().filter(
        supporter__user_id=user.pk, group=OuterRef("group"), member=OuterRef("person")
    )
    seen = rows.current().filter(group__in=Group.objects.visible_to(user))
    return seen.filter(Q(person__user_id=user.pk) | Exists(links))


class TermQuerySet(models.QuerySet["Term"]):
    def visible_to(self, user: Any) -> "TermQuerySet":
        """Terms are for the group and for those who know its members."""
        rows = self.filter(membership__group__charter__isnull=False)
        if has_perm(user, "coproduction.record_for_member") or has_perm(user, "networks.view_people"):
            return rows
        return rows.filter(membership__group__in=Group.objects.permitted(user, "coproduction.view_names"))

    def in_force(self, on: date | None = None) -> "TermQuerySet":
        day = on or clock.today()
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def running_out(self, on: date | None = None) -> "TermQuerySet":
        """The last term of each member of today that ends soon or has ended, the first to end first."""
        day = on or clock.today()
        later = Term.objects.filter(membership=OuterRef("membership"), starts_on__gt=OuterRef("starts_on"))
        rows = self.filter(~Exists(later), membership__in=Membership.objects.current(day), ends_on__lte=day + SOON)
        # A membership that already has a last day by then is no question any more.
        settled = Q(membership__ends_on__isnull=False, membership__ends_on__lte=F("ends_on"))
        return rows.exclude(settled).order_by("ends_on", "pk")


class Term(models.Model):
    """A term of office of a member: from when to when they were appointed. A reappointment is a term of its own."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="terms")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day.")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.GROUPS,
        heading="Terms of office",
        of=("membership__person",),
        recorders=("recorded_by",),
        shown=("membership__group__name", "starts_on", "ends_on"),
        on_erasure=Keep("Who was appointed for how long is the group’s record; the member goes by a pseudonym."),
        keep=Forever("Who was appointed for how long is the group’s record."),
    )

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "starts_on"],
                name="term_starts_once",
                violation_error_message="A term of this member starts on that day already.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="term_ends_after_it_starts",
                violation_error_message="The last day is before the first day. Choose a later one.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership}, {self.starts_on} to {self.ends_on}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:member-detail", args=[self.membership_id])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.membership.group.roles_of(user)


class StrengthsQuerySet(models.QuerySet["Strengths"]):
    def visible_to(self, user: Any) -> "StrengthsQuerySet":
        """The member's own, those of members they support, and all for who writes for members. Fellow members see them
        only while the member has said yes to that."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        rows = self.filter(group__charter__isnull=False)
        if has_perm(user, "coproduction.record_for_member"):
            return rows
        belongs = Membership.objects.current().filter(group=OuterRef("group"), role__in=DECIDING_ROLES)
        links = SupportLink.objects.in_force().filter(
            supporter__user_id=user.pk, group=OuterRef("group"), member=OuterRef("person")
        )
        today = clock.today()
        newest = Consent.objects.filter(person=OuterRef("person"), purpose=Consent.Purpose.STRENGTHS)
        agreed = Consent.objects.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gt=today),
            pk=OuterRef("newest"),
            is_given=True,
        )
        named: Any = rows.annotate(newest=Subquery(newest.order_by("-given_on", "-pk").values("pk")[:1]))
        found: StrengthsQuerySet = named.filter(
            Q(person__user_id=user.pk)
            | Q(Exists(links), group__in=Group.objects.visible_to(user))
            | Q(
                Exists(agreed),
                Exists(belongs.filter(person__user_id=user.pk)),
                Exists(belongs.filter(person=OuterRef("person"))),
            )
        )
        return found


class Strengths(SaidByMember):
    """What a member wants to bring to a group, in their own words."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="strengths")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="strengths")
    words = models.TextField(max_length=2000, blank=True, help_text="In the member's own words.")
    written_on = models.DateField(default=clock.today)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.GROUPS,
        heading="What you want to bring",
        of=("person",),
        recorders=("recorded_by",),
        shown=("group", "words", "written_on", "told"),
        on_erasure=Delete(),
        keep=Forever("Until you leave it out or are erased."),
    )

    objects = StrengthsQuerySet.as_manager()

    class Meta:
        ordering = ["person__name", "pk"]
        verbose_name_plural = "strengths"
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="strengths_once_per_member")]

    def __str__(self) -> str:
        return f"What {self.person} brings to {self.group}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)
