"""Who supports whom in a group, and what it means to write something down for a member."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from impact.core.access.acting.models import ActingFor
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Forever, Keep, Part, Personal
from impact.core.people.models import Person, User
from networks.groups.models import Group


class Told(models.TextChoices):
    """On whose word, and how, something was written down for a member."""

    IN_PERSON = "in_person", "They said so, face to face"
    PHONE = "phone", "They said so by phone or video"
    WRITTEN = "written", "They wrote it: a letter, an email or a form"
    MEETING = "meeting", "They said so in a meeting"
    PROXY = "proxy", "They asked me to decide for them"


class SaidByMember(models.Model):
    """Words of a member: their own, or written down by someone else, who is named with how the member told them."""

    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    told = models.CharField(
        max_length=12, choices=Told, blank=True, db_default="", default="", help_text="Empty: the member wrote it."
    )

    class Meta:
        abstract = True

    @property
    def written_down_by(self) -> str:
        """Who wrote it down for the member; empty when the member did. Asks for ``person`` and ``recorded_by``."""
        person: Person = self.person  # type: ignore[attr-defined]
        by = self.recorded_by
        return "" if by is None or by.pk == person.user_id else by.display_name


def require_told(by: Any, person: Person, told: str) -> str:
    """How the member told the one who writes; empty for the member themselves, and asked for from anyone else."""
    if person.user_id is not None and person.user_id == by.pk:
        return ""
    if told not in Told.values:
        raise ValidationError({"told": "Choose how the member told you."})
    return told


class SupportLinkQuerySet(models.QuerySet["SupportLink"]):
    def visible_to(self, user: Any) -> "SupportLinkQuerySet":
        """For the two people whom it is about, and for who looks after members."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        if has_perm(user, "coproduction.edit_members"):
            return self
        seen = self.filter(group__in=Group.objects.visible_to(user))
        return seen.filter(Q(member__user_id=user.pk) | Q(supporter__user_id=user.pk))

    def in_force(self, on: date | None = None) -> "SupportLinkQuerySet":
        """Links in force on a day (today by default)."""
        day = on or clock.today()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)

    def who_take_positions(self) -> "SupportLinkQuerySet":
        """Those whose supporter may also write down whether the member agrees: that is asked of members group by group,
        and never part of what a supporter does everywhere."""
        return self.filter(acting__isnull=True)

    def one_each(self) -> "SupportLinkQuerySet":
        """Each pair once in a group, for lists: without what a supporter does everywhere, where they were named for the
        group as well. Ending support in the group ends both."""
        same = {name: OuterRef(name) for name in ("group", "member", "supporter")}
        return self.exclude(
            Exists(SupportLink.objects.in_force().filter(acting__isnull=True, **same)), acting__isnull=False
        )


class SupportLink(models.Model):
    """A member has asked a supporter to write things down for them in a group. Either can end it at any time."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="support_links")
    member = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="supported_by")
    supporter = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="supports")
    starts_on = models.DateField(default=clock.today)
    ends_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    acting = models.ForeignKey(
        ActingFor,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="links",
        help_text="Where it comes from a supporter whom the member named for everything. Empty: for this group alone.",
    )

    privacy = Personal(
        part=Part.GROUPS,
        heading="Supporters",
        of=("member", "supporter"),
        recorders=("recorded_by",),
        shown=("group", "starts_on", "ends_on"),
        on_erasure=Keep("It says who could write things down for whom when; both go by a pseudonym once erased."),
        keep=Forever("It says who could write things down for whom when."),
    )

    objects = SupportLinkQuerySet.as_manager()

    class Meta:
        ordering = ["member__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "member", "supporter"],
                condition=Q(ends_on__isnull=True),
                name="supporter_once_per_member",
                violation_error_message="This person supports the member already.",
            ),
            models.CheckConstraint(
                condition=~Q(member=F("supporter")),
                name="supporter_is_someone_else",
                violation_error_message="Choose someone else: people do not support themselves.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="support_ends_after_it_starts",
                violation_error_message="The end date is before the start date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supporter} for {self.member}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)
