"""Devices that show messages from us, and the messages that wait for them."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.models import Notice
from impact.core.people.models import User

KEPT_FOR = timedelta(days=90)  # a device on which its owner has not been signed in for so long
TRIED_FOR = timedelta(days=1)  # after that it is old news


class PushDeviceQuerySet(models.QuerySet["PushDevice"]):
    def visible_to(self, user: Any) -> "PushDeviceQuerySet":
        """People see their own devices, and no one else does."""
        return self.filter(owner_id=user.pk) if getattr(user, "is_authenticated", False) else self.none()


class PushDevice(models.Model):
    """One browser on one device in which one person switched messages on."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_devices")
    name = models.CharField(max_length=80, help_text="Browser and system, for example “Firefox on Windows”.")
    endpoint_hash = models.CharField(max_length=64, unique=True, help_text="One browser belongs to one account.")
    subscription = models.TextField(help_text="Its address and keys, encrypted. Never shown, sent or logged.")
    made_for = models.CharField(max_length=16, help_text="A mark of the platform’s key when it was switched on.")
    session = models.CharField(max_length=64, help_text="A hash of the session; when that is ended, so is this.")
    added_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now, help_text="When its owner was last signed in on it.")
    version = models.PositiveIntegerField(default=1, help_text="Grows when it is switched on again.")

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Devices that show you messages",
        of=("owner",),
        shown=("name", "added_at", "used_at"),
        withheld={
            "endpoint_hash": "Who knows the address of a device could send to it.",
            "subscription": "Who knows the address of a device could send to it.",
            "made_for": "Part of the platform’s own key.",
            "session": "What keeps you signed in.",
        },
        on_erasure=Delete(),
        keep=After(
            since="used_at", why="You have stopped using the platform on it.", days=KEPT_FOR.days, by="core.tidy_push"
        ),
    )

    objects = PushDeviceQuerySet.as_manager()

    class Meta:
        ordering = ["-used_at", "-pk"]
        indexes = [models.Index(fields=["session"], name="push_device_session")]

    def __str__(self) -> str:
        return self.name


def _a_day_on() -> datetime:
    return timezone.now() + TRIED_FOR


class PushMessageQuerySet(models.QuerySet["PushMessage"]):
    def due(self) -> "PushMessageQuerySet":
        """What a worker may send now. Leases end by the database's clock, which all workers share."""
        is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
        return self.filter(is_free, due_at__lte=timezone.now())


class PushMessage(models.Model):
    """Something to show on one device, written with the notice or the daily email that it is about.

    It holds no words: they are from the catalogue, when it leaves. The row goes once it has been sent.
    """

    device = models.ForeignKey(PushDevice, on_delete=models.CASCADE, related_name="messages")
    notice = models.ForeignKey(Notice, null=True, on_delete=models.CASCADE, related_name="+")
    letter = models.ForeignKey(OutboxEmail, null=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    give_up_at = models.DateTimeField(default=_a_day_on)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0, help_text="The fencing token: it only ever grows.")

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Messages on their way to your devices",
        of=("device__owner",),
        shown=("made_at", "due_at"),
        withheld={"letter": "The email itself is listed under Emails."},
        on_erasure=Delete(),
        keep=After(since="give_up_at", why="After a day it is old news.", days=1, by="core.tidy_push"),
    )

    objects = PushMessageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_at"], name="push_message_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(notice__isnull=False, letter__isnull=True) | Q(notice__isnull=True, letter__isnull=False),
                name="push_message_is_about_one_thing",
            ),
            models.UniqueConstraint(fields=["device", "notice"], name="one_push_per_device_and_notice"),
            models.UniqueConstraint(fields=["device", "letter"], name="one_push_per_device_and_letter"),
        ]

    def __str__(self) -> str:
        return f"For {self.device}"
