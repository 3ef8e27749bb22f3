"""Global roles of accounts, and the audit log."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from knox.models import AbstractAuthToken

from impact.core.access.permissions import GLOBAL_ROLES
from impact.core.basics.privacy import After, Delete, Forever, Keep, Part, Personal


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self) -> "RoleGrantQuerySet":
        return self.filter(revoked_at__isnull=True)


class RoleGrant(models.Model):
    """A global role held by an account, from a day until it is withdrawn."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=30, choices=[(r.value, r.label) for r in GLOBAL_ROLES])
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="Your roles",
        of=("user",),
        recorders=("granted_by",),
        shown=("role", "granted_at", "revoked_at"),
        on_erasure=Keep("Who held which role when explains what was done; the account goes by a pseudonym."),
        keep=Forever("Who held which role when explains what was done."),
    )

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


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def about(self, obj: models.Model) -> "AuditEventQuerySet":
        """Everything recorded about one row, newest first."""
        return self.changes().filter(object_type=obj._meta.label_lower, object_id=str(obj.pk)).order_by("-pk")

    def changes(self) -> "AuditEventQuerySet":
        """Leave out reads, which are kept for investigations and shown on no page."""
        return self.exclude(type__startswith=AuditEvent.READ)


class AuditEvent(models.Model):
    """Who did what to which row, when. Append-only (a trigger refuses UPDATE and DELETE).

    It keeps ids and field names, never personal values, and no foreign keys, so it outlives what it tells of.
    """

    READ = "read."  # how the types of readings begin

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor_id = models.BigIntegerField(null=True, help_text="Account id; empty for scheduled work.")
    for_person_id = models.BigIntegerField(
        null=True, help_text="For whom it was done: id of a person. Empty: themselves."
    )
    type = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    fields = models.JSONField(default=list, help_text="Names of the fields that changed.")
    facts = models.JSONField(default=dict, help_text="States and counts; never personal values.")
    request_id = models.CharField(max_length=64, blank=True)

    privacy = Personal(
        part=Part.SIGN_IN,
        heading="What you did here",
        of=("actor_id",),
        shown=("at", "type", "fields"),
        withheld={
            "for_person_id": "It can tell of others.",
            "object_type": "It can tell of others.",
            "object_id": "It can tell of others.",
            "facts": "They tell of the row that was changed.",
            "request_id": "For finding a line in the server’s log.",
        },
        on_erasure=Keep("The record of changes is never changed. It holds numbers of accounts and no personal values."),
        keep=Forever("It says who changed what, for as long as what was changed is there."),
    )

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(
                fields=["for_person_id", "-id"], condition=Q(for_person_id__isnull=False), name="audit_for_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_type} {self.object_id}"

    @property
    def label(self) -> str:
        """ "meeting.logged" → "Meeting logged"."""
        return self.type.replace(".", " ").replace("_", " ").capitalize()


class ApiToken(AbstractAuthToken):
    """A key with which a program acts for an account. Only a hash of it is kept.

    Every token reads what its owner may read. It changes only what is in its scopes, and never more than its owner may.
    """

    class Scope(models.TextChoices):
        SITES = "sites", "Sites, topics, evidence, news and rounds"
        NETWORKS = "networks", "Groups, meetings, logs and actions"
        COPRODUCTION = "coproduction", "The charter, involvements and claims"
        REPORTS = "reports", "Reports and their figures"
        ACCOUNT = "account", "Your own details, notices, choices and webhooks"

    privacy = Personal(
        of=("user",),
        part=Part.SIGN_IN,
        heading="Tokens for programs",
        shown=("name", "token_key", "scopes", "created", "expiry", "last_used_on"),
        withheld={"digest": "What the token is checked against."},
        on_erasure=Delete(),
        keep=After(since="expiry", days=30, why="A token that ended opens nothing."),
    )

    name = models.CharField(max_length=60, blank=True, help_text="What it is for, in its owner's words.")
    scopes = models.JSONField(default=list, blank=True, help_text="What it may change. Empty: it only reads.")
    last_used_on = models.DateField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True, help_text="When its owner was told that it ends soon.")

    def __str__(self) -> str:
        return self.name or self.token_key

    @property
    def scope_labels(self) -> list[str]:
        """What it may change, in words."""
        return [str(self.Scope(scope).label) for scope in self.scopes]
