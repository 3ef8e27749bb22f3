"""Global roles of accounts, and the audit log."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from impact.core.access.permissions import GLOBAL_ROLES
from impact.core.basics.privacy import Forever, Keep, Part, Personal


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
        indexes = [models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.type} {self.object_type} {self.object_id}"

    @property
    def label(self) -> str:
        """ "meeting.logged" → "Meeting logged"."""
        return self.type.replace(".", " ").replace("_", " ").capitalize()
