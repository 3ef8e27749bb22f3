"""Records as they are stored, for administrators. Read-only: every write goes through a service."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from impact.core.models import AuditEvent, Consent, Invitation, Job, OutboxEmail, Person, RoleGrant, User


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists and shows; adds, changes and deletes nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def register(
    model: type[models.Model], *columns: str, search: tuple[str, ...] = (), hide: tuple[str, ...] = ()
) -> None:
    """Show a model in the admin pages with these columns; ``hide`` keeps fields off its page."""
    options = {"list_display": columns, "search_fields": search, "exclude": hide}
    admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), options))


register(User, "email", "is_active", "last_login", search=("email",), hide=("password",))
register(Person, "name", "email", "nation", search=("name", "email"))
register(RoleGrant, "user", "role", "granted_at", "revoked_at", search=("user__email",))
register(
    Invitation, "email", "role", "created_at", "expires_at", "accepted_at", search=("email",), hide=("token_hash",)
)
register(Consent, "person", "purpose", "is_given", "given_on", "expires_on", search=("person__name",))
register(AuditEvent, "at", "type", "actor_id", "object_type", "object_id", search=("type", "object_id"))
register(Job, "kind", "state", "attempt", "created_at", "finished_at", "error", search=("kind",))
register(OutboxEmail, "subject", "created_at", "attempts", "sent_at", "error", hide=("body", "calendar"))
