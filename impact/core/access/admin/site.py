"""The admin pages: records as they are stored, for administrators. Read-only, whatever an app registers."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from impact.core.access import audit

SECRET = {"mfa.authenticator", "core.apitoken"}  # what they hold signs people in
SENSITIVE = {"core.person", "core.consent"}  # each look at these is put on record
NO_USE = {"auth.group"}  # who may do what comes from the policy table


class ReadOnly:
    """Lists and shows; adds, changes and deletes nothing, because a write here would pass services and audit by."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        self._record_reading(request, request.user)
        return response

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().changeform_view(request, object_id, *args, **kwargs)  # type: ignore[misc]
        if response.status_code == 200 and (row := self.get_object(request, object_id)):  # type: ignore[attr-defined]
            self._record_reading(request, row)
        return response

    def _record_reading(self, request: HttpRequest, row: Any) -> None:
        meta = self.opts  # type: ignore[attr-defined]
        if meta.label_lower in SENSITIVE:
            audit.record_reading(request.user, f"{meta.model_name}_in_admin", row)


class ReadOnlySite(AdminSite):
    """Every model that is registered becomes read-only; secrets are left out."""

    site_header = "IMPACT administration"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        base = admin_class or ModelAdmin
        for model in models:
            if model._meta.label_lower not in SECRET | NO_USE:
                super().register(model, type(base.__name__, (ReadOnly, base), {}), **options)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Redirect to the one password page, which revokes tokens and notifies the account's addresses."""
        return redirect("account_change_password")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Redirect to the one sign-out page, which also clears what the browser stored."""
        return redirect("account_logout")
