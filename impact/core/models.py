"""People, access, audit and the plumbing that every app leans on."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils import timezone

from impact.core.permissions import GLOBAL_ROLES, Role
from impact.core.vocabulary import Format, Nation


class UserManager(BaseUserManager["User"]):
    """Makes accounts; e-mail is the only name."""

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """Make an account that signs in with ``email``; without a password only a code or passkey works."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        """Make the first administrator from a terminal (``manage.py createsuperuser``)."""
        user = self.create_user(email, password, **fields)
        RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR)
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=email.strip().lower())


class User(AbstractBaseUser):
    """An account. What it may do comes from role grants and memberships, never from flags on this row."""

    email = models.EmailField("e-mail address", unique=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"

    class Meta:
        ordering = ["email"]
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case")]

    def __str__(self) -> str:
        return self.email

    @property
    def global_roles(self) -> frozenset[str]:
        """The global roles in force now. Read once a request; a removed grant counts on the next request."""
        if not hasattr(self, "_global_roles"):
            self._global_roles = frozenset(
                RoleGrant.objects.in_force().filter(user_id=self.pk).values_list("role", flat=True)
            )
        return self._global_roles

    def forget_roles(self) -> None:
        """Drop the roles remembered on this instance, after a grant changed within one request."""
        self.__dict__.pop("_global_roles", None)

    @property
    def is_staff(self) -> bool:
        """Django's name for "may open the admin pages"."""
        return self.is_active and Role.ADMINISTRATOR in self.global_roles

    is_superuser = False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's own permissions, which only the admin pages ask about: administrators read, nobody writes.

        Everything else asks ``impact.core.permissions.has_perm``, whose names these must not be taken for.
        """
        return self.is_staff and perm.split(".")[1].startswith("view_")

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @property
    def display_name(self) -> str:
        person = getattr(self, "person", None)
        return person.name if person else self.email


class PersonQuerySet(models.QuerySet["Person"]):
    def search(self, q: str) -> "PersonQuerySet":
        """People whose name or e-mail contains ``q``."""
        return self.filter(Q(name__icontains=q) | Q(email__icontains=q)) if q else self


class Person(models.Model):
    """Somebody we work with, with or without an account."""

    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    nation = models.CharField(max_length=20, choices=Nation, blank=True)
    preferred_format = models.CharField(max_length=20, choices=Format, default=Format.STANDARD)
    preferred_language = models.CharField(max_length=10, choices=[("en", "English"), ("cy", "Welsh")], default="en")
    access_arrangements = models.CharField(
        max_length=400, blank=True, help_text="What this person needs in order to take part, in their own words."
    )
    needs_recorded_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who wrote down what this person needs. Empty: their own words.",
    )
    needs_recorded_on = models.DateField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["name"], name="person_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def needs(self) -> list[str]:
        """What a coordinator must think of before sending a pack or booking a room; empty when nothing special."""
        found = []
        if self.preferred_format != Format.STANDARD:
            found.append(self.get_preferred_format_display())
        if self.preferred_language != "en":
            found.append(self.get_preferred_language_display())
        if self.access_arrangements:
            found.append(self.access_arrangements)
        return found


class NeedsProposal(models.Model):
    """Needs that somebody suggests to a person with an account, who uses the suggestion or leaves it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="needs_proposals")
    preferred_format = models.CharField(max_length=20, choices=Format)
    preferred_language = models.CharField(max_length=10, choices=[("en", "English"), ("cy", "Welsh")])
    access_arrangements = models.CharField(max_length=400, blank=True)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "proposed_by"],
                condition=Q(answered_at__isnull=True),
                name="one_open_needs_proposal_each",
            )
        ]

    def __str__(self) -> str:
        return f"Suggestion for {self.person}"


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self) -> "RoleGrantQuerySet":
        return self.filter(revoked_at__isnull=True)


class RoleGrant(models.Model):
    """A global role held by an account, from a day until it is taken back."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=30, choices=[(r.value, r.label) for r in GLOBAL_ROLES])
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        ordering = ["user", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(revoked_at__isnull=True), name="one_grant_in_force_per_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


def _invitation_token() -> str:
    return secrets.token_urlsafe(32)


def _a_fortnight_on() -> datetime:
    return timezone.now() + timedelta(days=14)


class Invitation(models.Model):
    """A way in for one e-mail address. Only a hash of the link's token is kept."""

    email = models.EmailField()
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=30, choices=[(r.value, r.label) for r in GLOBAL_ROLES], blank=True)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=_a_fortnight_on)
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_per_email",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()


class Consent(models.Model):
    """One answer to one question, kept for ever; the newest answer for a purpose is the one in force (rule 18)."""

    class Purpose(models.TextChoices):
        QUOTES = "quotes", "Quoting my words in reports"
        CONTACT = "contact", "Keeping in touch between meetings"
        PHOTOS = "photos", "Using photographs of me"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose)
    wording = models.TextField(help_text="The exact words that were put to the person.")
    is_given = models.BooleanField()
    given_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True, help_text="When to ask again.")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-given_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gt=F("given_on")),
                name="consent_expires_after_given",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {'yes' if self.is_given else 'no'}"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, obj: models.Model) -> "AuditEventQuerySet":
        """Everything recorded about one row, newest first."""
        return self.changes().filter(object_type=obj._meta.label_lower, object_id=str(obj.pk)).order_by("-pk")

    def changes(self) -> "AuditEventQuerySet":
        """Without readings, which are kept for whoever has to ask and told on no page."""
        return self.exclude(type__startswith=AuditEvent.READ)


class AuditEvent(models.Model):
    """Who did what to which row, when. Append-only (a trigger refuses UPDATE and DELETE).

    It keeps ids and field names, never personal values, and no foreign keys, so it outlives what it tells of.
    """

    READ = "read."  # how the types of readings begin

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor_id = models.BigIntegerField(null=True, help_text="Account id; empty for scheduled work.")
    type = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    fields = models.JSONField(default=list, help_text="Names of the fields that changed.")
    facts = models.JSONField(default=dict, help_text="States and counts; never personal values.")
    request_id = models.CharField(max_length=64, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.type} {self.object_type} {self.object_id}"

    @property
    def label(self) -> str:
        """ "meeting.logged" → "Meeting logged"."""
        return self.type.replace(".", " ").replace("_", " ").capitalize()


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
    """One piece of background work. This row is the truth; Celery only rings the bell."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Done"
        FAILED = "failed", "Failed"

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
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

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
        return self.state in (self.State.SUCCEEDED, self.State.FAILED)


class IdempotencyKey(models.Model):
    """A request already answered, so that sending it again has no second effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key", "method", "path"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _a_week_on() -> datetime:
    return timezone.now() + timedelta(days=7)


class OutboxEmailQuerySet(models.QuerySet["OutboxEmail"]):
    def unsent(self) -> "OutboxEmailQuerySet":
        return self.filter(sent_at__isnull=True)

    def due(self) -> "OutboxEmailQuerySet":
        """What a worker may try to send now."""
        return self.unsent().filter(Q(due_at__lte=Now()) | Q(due_at__lte=timezone.now()), give_up_at__gt=Now())

    def still_tried(self) -> "OutboxEmailQuerySet":
        """What is still tried, now or later."""
        return self.unsent().filter(give_up_at__gt=timezone.now())

    def in_trouble(self) -> "OutboxEmailQuerySet":
        """Emails that could not be sent so far: tried without success, or waiting for more than an hour."""
        return self.unsent().filter(Q(attempts__gt=1) | Q(due_at__lt=timezone.now() - timedelta(hours=1)))


class OutboxEmail(models.Model):
    """An email to be sent at least once, written in the transaction that caused it.

    Its text can hold a link that signs someone in, so it is dropped once it is sent; in a demonstration, whose mail
    goes nowhere, it stays to be read.
    """

    message_id = models.CharField(max_length=120, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    calendar = models.TextField(blank=True, help_text="An iCalendar object that goes with it (RFC 5545).")
    calendar_method = models.CharField(max_length=10, blank=True, help_text="REQUEST or CANCEL.")
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    give_up_at = models.DateTimeField(default=_a_week_on, help_text="After this it waits for staff to send it again.")
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=400, blank=True)

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
