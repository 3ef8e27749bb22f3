"""The job table and the outbox: work and emails that outlive the request which asked for them."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils import timezone

from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.basics.words.mailboxes import mailbox_key


class JobQuerySet(models.QuerySet["Job"]):
    def due(self) -> "JobQuerySet":
        """Jobs that a worker may take now: waiting and due, or left behind by a worker that died.

        Leases end by the database's clock, which all workers share: one whose own clock is a day ahead must not hold
        a job that long.
        """
        is_due = Q(due_at__lte=Now()) | Q(due_at__lte=timezone.now())
        return self.filter(
            Q(state=Job.State.QUEUED) & is_due | Q(state=Job.State.RUNNING, lease_until__lt=Now())
        ).order_by("due_at", "pk")


class Job(models.Model):
    """One piece of background work. This row is the source of truth; Celery only notifies workers."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=0, help_text="The fencing token: it only ever grows.")
    attempts_allowed = models.PositiveIntegerField(default=3)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=120, blank=True)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=400, blank=True, help_text="Why it failed, for a person to read.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Work you asked the platform for",
        of=("created_by",),
        shown=("kind", "state", "created_at", "finished_at"),
        withheld={
            "dedupe_key": "Numbers of rows.",
            "payload": "Numbers of rows.",
            "result": "Numbers of rows.",
            "step": "How far the work had come.",
            "error": "For those who run the platform.",
        },
        on_erasure=Delete(),
        keep=After(since="finished_at", why="What was made stays; how it was made is of no use any more.", years=1),
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "due_at"], name="job_state_due")]
        constraints = [
            models.CheckConstraint(condition=Q(progress__lte=100), name="job_progress_is_a_percentage"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False), name="running_job_has_a_lease"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.get_state_display()})"

    @property
    def is_finished(self) -> bool:
        return self.state in (self.State.SUCCEEDED, self.State.FAILED, self.State.CANCELLED)

    @property
    def may_run_again(self) -> bool:
        """Whether it ended without what it was asked for, so that someone can have it tried again."""
        return self.state in (self.State.FAILED, self.State.CANCELLED)


TRIED_FOR = timedelta(days=7)


def _a_week_on() -> datetime:
    return timezone.now() + TRIED_FOR


class OutboxEmailQuerySet(models.QuerySet["OutboxEmail"]):
    def unsent(self) -> "OutboxEmailQuerySet":
        return self.filter(sent_at__isnull=True)

    def due(self) -> "OutboxEmailQuerySet":
        """What a worker may try to send now."""
        return self.unsent().filter(Q(due_at__lte=Now()) | Q(due_at__lte=timezone.now()), give_up_at__gt=Now())

    def retryable(self) -> "OutboxEmailQuerySet":
        """What is still tried, now or later."""
        return self.unsent().filter(give_up_at__gt=timezone.now())

    def stuck(self) -> "OutboxEmailQuerySet":
        """Emails not sent yet: tried without success, given up, or waiting for more than an hour."""
        now = timezone.now()
        is_stuck = Q(attempts__gt=1) | Q(due_at__lt=now - timedelta(hours=1)) | Q(give_up_at__lte=now)
        return self.unsent().filter(is_stuck)


class OutboxEmail(models.Model):
    """An email to be sent at least once, written in the transaction that caused it.

    Its text can hold a link that signs someone in, so it is dropped once it is sent; in a demonstration, whose mail
    goes nowhere, it stays to be read.
    """

    message_id = models.CharField(max_length=120, unique=True)
    event = models.CharField(max_length=60, blank=True, db_default="", help_text="Its row in the catalogue.")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    html = models.TextField(blank=True, db_default="", help_text="The same words in large print.")
    calendar = models.TextField(blank=True, help_text="An iCalendar object that goes with it (RFC 5545).")
    calendar_method = models.CharField(max_length=10, blank=True, help_text="REQUEST or CANCEL.")
    leave_url = models.URLField(
        max_length=300, blank=True, db_default="", help_text="Where one POST takes the reader off a list (RFC 8058)."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    give_up_at = models.DateTimeField(default=_a_week_on, help_text="After this it waits for staff to send it again.")
    sent_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(
        null=True, blank=True, help_text="When a mail server said that it did not arrive."
    )
    error = models.CharField(max_length=400, blank=True)

    privacy = Personal(
        part=Part.SENT,
        heading="Emails",
        by_address=("to",),
        shown=("to", "subject", "created_at", "sent_at", "returned_at"),
        withheld={
            "message_id": "For mail servers.",
            "event": "Which of our emails it is. The subject says so.",
            "body": "Dropped once it is sent. It can hold a link that signs you in.",
            "html": "As the text.",
            "calendar": "As the text.",
            "calendar_method": "For calendars.",
            "leave_url": "A link that works for its holder alone.",
            "error": "What a mail server answered.",
        },
        on_erasure=Delete(),
        keep=After(
            since="sent_at",
            why="Staff can see for a year that an email was sent. Its text is dropped as soon as it is sent.",
            years=1,
        ),
    )

    objects = OutboxEmailQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(sent_at__isnull=True), name="outbox_waiting")]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_given_up(self) -> bool:
        return self.sent_at is None and self.give_up_at <= timezone.now()

    def get_absolute_url(self) -> str:
        return reverse("core:outbox-email", args=[self.pk])


class FailedAddressQuerySet(models.QuerySet["FailedAddress"]):
    def open(self) -> "FailedAddressQuerySet":
        """Those that no one has dealt with since they failed last."""
        return self.filter(settled_at__isnull=True)

    def held(self) -> "FailedAddressQuerySet":
        """Those to which nothing is sent: the mail server says that there is no such mailbox."""
        return self.open().filter(is_held=True)

    def among(self, addresses: Iterable[str]) -> set[str]:
        """Which of these addresses take no email, in lower case."""
        asked = {mailbox_key(address) for address in addresses if address}
        return set(self.held().filter(address__in=asked).values_list("address", flat=True)) if asked else set()


class FailedAddress(models.Model):
    """An email address that a mail server refused, or from which an email came back."""

    address = models.EmailField(unique=True)
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=12, blank=True, help_text="The mail server’s code, for example 5.1.1.")
    failures = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    is_held = models.BooleanField(default=False, help_text="There is no such mailbox, so nothing more is sent there.")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    privacy = Personal(
        part=Part.SENT,
        heading="Addresses of yours at which email did not arrive",
        by_address=("address",),
        recorders=("settled_by",),
        shown=("address", "reason", "failures", "first_at", "last_at", "is_held", "settled_at"),
        withheld={"status": "The same as the reason, in code."},
        on_erasure=Delete(),
        keep=After(since="last_at", why="So that we do not write again to an address that does not work.", years=1),
    )

    objects = FailedAddressQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-pk"]
        verbose_name_plural = "failed addresses"
        constraints = [
            models.CheckConstraint(condition=Q(address=Lower("address")), name="failed_address_is_lower_case")
        ]

    def __str__(self) -> str:
        return self.address
