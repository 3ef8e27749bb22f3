"""People invited to join a group, who do not belong to it until they say yes."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import models
from django.db.models import Q

from impact.core.basics import clock
from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.basics.vocabulary import Perspective
from impact.core.people.models import User
from networks.groups.models import Group, Membership

OPEN_FOR = timedelta(days=30)


def _a_month_on() -> datetime:
    return clock.now() + OPEN_FOR


class JoinInvitationQuerySet(models.QuerySet["JoinInvitation"]):
    def visible_to(self, user: Any) -> "JoinInvitationQuerySet":
        """The reader's own, by an address that their account has verified."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(email__in=EmailAddress.objects.filter(user_id=user.pk, verified=True).values("email"))

    def unanswered(self) -> "JoinInvitationQuerySet":
        """Neither answered nor withdrawn; it may have expired, and can be sent again."""
        return self.filter(answer="", withdrawn_at__isnull=True)

    def open(self) -> "JoinInvitationQuerySet":
        """Those that can be answered now."""
        return self.unanswered().filter(expires_at__gt=clock.now())


class JoinInvitation(models.Model):
    """One address asked to join one group. Whether we know it already makes no difference to anything here."""

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="join_invitations")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="What a join link signs.")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Membership.Role, default=Membership.Role.MEMBER)
    perspective = models.CharField(max_length=20, choices=Perspective, blank=True)
    perspective_note = models.CharField(max_length=120, blank=True, help_text="In the person's own words.")
    starts_on = models.DateField(default=clock.today)
    is_illustrative = models.BooleanField(default=False)
    invited_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(default=_a_month_on)
    answer = models.CharField(max_length=3, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    membership = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    privacy = Personal(
        part=Part.GROUPS,
        heading="Invitations to join a group",
        of=("membership__person",),
        by_address=("email",),
        recorders=("invited_by",),
        shown=(
            "group",
            "name",
            "email",
            "role",
            "perspective",
            "perspective_note",
            "starts_on",
            "sent_at",
            "expires_at",
            "answer",
            "answered_at",
            "withdrawn_at",
        ),
        on_erasure=Delete(),
        keep=After(since="expires_at", why="Its link opens nothing any more.", years=1),
    )

    objects = JoinInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "email", "name"],
                condition=Q(answer="", withdrawn_at__isnull=True),
                name="one_unanswered_invitation_to_join",
            ),
            models.CheckConstraint(
                condition=Q(answer="") | Q(answered_at__isnull=False), name="answered_join_invitation_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} asked to join {self.group}"

    @property
    def is_open(self) -> bool:
        return not self.answer and self.withdrawn_at is None and self.expires_at > clock.now()
