"""Records as they are stored, for administrators. Read-only (impact.core.access.admin.site): every write goes through a service."""

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from impact.core.access import audit
from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.people.models import Consent, Invitation, Person, User


class AuditEventAdmin(admin.ModelAdmin):
    """Changes, without those that only some may know of (restricted notes)."""

    list_display = ("at", "type", "actor_id", "for_person_id", "object_type", "object_id")
    search_fields = ("type", "object_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return audit.visible_to(request.user, super().get_queryset(request))


def register(
    model: type[models.Model], *columns: str, search: tuple[str, ...] = (), hide: tuple[str, ...] = ()
) -> None:
    """Show a model in the admin pages with these columns; ``hide`` keeps fields off its page."""
    options = {"list_display": columns, "search_fields": search, "exclude": hide}
    admin.site.register(model, type(f"{model.__name__}Admin", (admin.ModelAdmin,), options))


register(User, "email", "is_active", "last_login", search=("email",), hide=("password",))
register(Person, "name", "email", "nation", search=("name", "email"))
register(RoleGrant, "user", "role", "granted_at", "revoked_at", search=("user__email",))
register(
    Invitation, "email", "role", "created_at", "expires_at", "accepted_at", search=("email",), hide=("token_hash",)
)
register(Consent, "person", "purpose", "is_given", "given_on", "expires_on", search=("person__name",))
admin.site.register(AuditEvent, AuditEventAdmin)
register(Job, "kind", "state", "attempt", "created_at", "finished_at", "error", search=("kind",))
register(OutboxEmail, "subject", "created_at", "attempts", "sent_at", "error", hide=("body", "calendar"))
