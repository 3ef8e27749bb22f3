"""Webhooks: addresses that are told of what happens here, and what became of each message to them."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now, StrIndex
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import After, Delete, Forever, Part, Personal
from impact.core.people.models import User

TEST = "webhook.test"  # what “Send a test” sends


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, user: Any) -> "WebhookQuerySet":
        """All for those who look after background work; others see their own."""
        if has_perm(user, "core.view_jobs"):
            return self
        return self.filter(owner_id=user.pk) if getattr(user, "is_authenticated", False) else self.none()


class Webhook(models.Model):
    """An address of one account that gets a signed message when something happens that its owner may see."""

    class Off(models.TextChoices):
        OWNER = "owner", "Switched off by hand"
        FAILING = "failing", "Messages could not be delivered for days"
        GONE = "gone", "The receiver said that it takes no more messages"
        NO_ACCESS = "no_access", "Its owner can no longer use webhooks"
        NO_SECRET = "no_secret", "Its secret cannot be read any more"

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=500, help_text="Where messages go: an https address of a public server.")
    events = models.JSONField(default=list, help_text="Names of events, from the list in impact/events.py.")
    is_active = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=10, choices=Off, blank=True)
    on_since = models.DateTimeField(default=timezone.now, help_text="Nothing from before this is sent.")
    failures = models.PositiveIntegerField(default=0, help_text="Messages given up since the last one that arrived.")
    secret = models.CharField(max_length=300, help_text="Encrypted (impact.core.jobs.webhooks.sealing).")
    old_secret = models.CharField(max_length=300, blank=True, help_text="Encrypted. Signs as well, for a time.")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Webhooks",
        of=("owner",),
        shown=("name", "address", "events", "is_active", "created_at"),
        withheld={"secret": "What messages are signed with.", "old_secret": "As the secret."},
        on_erasure=Delete(),
        keep=Forever("It belongs to the account, and goes with it."),
    )

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Exact(StrIndex("address", Value("https://")), 1), name="webhook_address_is_https"
            ),
            models.CheckConstraint(
                condition=Q(is_active=True, off_reason="") | (Q(is_active=False) & ~Q(off_reason="")),
                name="webhook_that_is_off_says_why",
            ),
            models.CheckConstraint(
                condition=Q(old_secret="", old_secret_until__isnull=True)
                | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
                name="old_secret_of_webhook_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("core:webhook", args=[self.pk])

    def address_for(self, user: Any) -> str:
        """The address for its owner; for others only the server, because the rest can hold a password of the receiver."""
        if self.owner_id == user.pk:
            return self.address
        return f"https://{urlsplit(self.address).netloc}/…"

    @property
    def old_secret_ends(self) -> datetime | None:
        """Until when messages are signed with the old secret too, by the clock of what happened."""
        return clock.shown(self.old_secret_until) if self.old_secret_until else None

    @property
    def has_old_secret(self) -> bool:
        """Whether messages are still signed with the secret before this one as well."""
        return self.old_secret_until is not None and self.old_secret_until > timezone.now()


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def visible_to(self, user: Any) -> "WebhookDeliveryQuerySet":
        """Those of the webhooks that ``user`` may see."""
        return self.filter(webhook__in=Webhook.objects.visible_to(user).order_by())

    def failed(self) -> "WebhookDeliveryQuerySet":
        """What can be sent again together: every message that failed, but for tests."""
        return self.filter(state=WebhookDelivery.State.FAILED).exclude(event=TEST)

    def due(self) -> "WebhookDeliveryQuerySet":
        """What a worker may send now. Leases end by the database's clock, which all workers share."""
        is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
        return self.filter(is_free, state=WebhookDelivery.State.WAITING, due_at__lte=timezone.now())


class WebhookDelivery(models.Model):
    """One message to one webhook, written in the transaction of what it tells of. Sent at least once, with one id."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        WITHHELD = "withheld", "Not sent"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, unique=True, help_text="webhook-id: the same at every attempt.")
    key = models.CharField(max_length=120, help_text="What makes it one, however often it is written down.")
    event = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it failed or was not sent.")
    payload = models.TextField(blank=True, help_text="The message as it was last sent.")
    attempts = models.PositiveIntegerField(default=0, help_text="The fencing token: it only ever grows.")
    tries = models.PositiveIntegerField(default=0, help_text="Attempts since it was made or sent again.")
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Messages to your webhooks",
        of=("webhook__owner",),
        shown=("event", "happened_at", "state", "payload", "ended_at"),
        withheld={
            "message_id": "For your program.",
            "key": "Numbers of rows.",
            "object_id": "The number of a row.",
            "reason": "For those who run your program.",
        },
        on_erasure=Delete(),
        keep=After(since="made_at", days=30, why="A message can be sent again for a month."),
    )

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="webhook_delivery_due"),
            models.Index(fields=["made_at"], name="webhook_delivery_made"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "key"], name="one_delivery_of_an_event"),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | (~Q(state="waiting") & Q(ended_at__isnull=False, lease_until__isnull=True)),
                name="ended_delivery_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} ({self.get_state_display()})"

    def get_absolute_url(self) -> str:
        return reverse("core:webhook-delivery", args=[self.pk])

    @property
    def next_at(self) -> datetime:
        """When it is tried next, by the clock of what happened."""
        return clock.shown(self.due_at)

    @property
    def is_test(self) -> bool:
        return self.event == TEST


class WebhookAttempt(models.Model):
    """One request of one delivery, and how it was answered."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tried")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The status. Empty: there was no answer.")
    error = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True, max_length=1000, help_text="The first 1,000 characters.")
    milliseconds = models.PositiveIntegerField(default=0)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Attempts to reach your webhooks",
        of=("delivery__webhook__owner",),
        shown=("at", "code", "answer", "milliseconds"),
        withheld={"error": "For those who run your program."},
        on_erasure=Delete(),
        keep=After(since="at", days=30, why="It shows for a month why a message did not arrive."),
    )

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="one_row_for_an_attempt")]

    def __str__(self) -> str:
        return f"{self.number}: {self.code or self.error}"
