"""API tokens: which of them may do what, when they were last used, and what each request with one is allowed."""

from typing import Any

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework import exceptions, permissions
from rest_framework.authentication import get_authorization_header

from impact.core.access.models import ApiToken
from impact.core.access.two_step import CODE, REFUSAL, lacks_two_step

BEARER = b"bearer"  # as RFC 6750 has it; "Token" is the older name, and both are taken
OUTSIDE_ITS_SCOPE = "token_scope"


def scope_of(view: Any) -> str:
    """The scope that a token needs to change something at an endpoint: the app that the endpoint belongs to."""
    app = type(view).__module__.split(".")[0]
    return app if app in ApiToken.Scope.values else ApiToken.Scope.ACCOUNT.value


class TokenAuthentication(KnoxAuthentication):
    """Let a token act for its owner, within its scopes, while its owner may sign in."""

    def authenticate(self, request: Any) -> Any:
        given = get_authorization_header(request).split()
        if len(given) == 2 and given[0].lower() == BEARER:
            found = self.authenticate_credentials(given[1])
        else:
            found = super().authenticate(request)
        if found is None:
            return None
        _user, token = found
        self._require_scope(request, token)
        _note_use(token)
        return found

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():
            raise exceptions.AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)

    def validate_user(self, auth_token: Any) -> Any:
        user, token = super().validate_user(auth_token)
        if lacks_two_step(user):
            raise exceptions.PermissionDenied(REFUSAL, code=CODE)
        return user, token

    def _require_scope(self, request: Any, token: ApiToken) -> None:
        """Refuse a change that the token was not made for. Reading is in every token."""
        view = (getattr(request, "parser_context", None) or {}).get("view")
        if view is None or request.method in permissions.SAFE_METHODS:
            return
        scope = scope_of(view)
        if scope not in token.scopes:
            words = ApiToken.Scope(scope).label
            raise exceptions.PermissionDenied(
                f"This token cannot change this: it was made without “{words}”. Make one that has it under API tokens.",
                code=OUTSIDE_ITS_SCOPE,
            )


def _note_use(token: ApiToken) -> None:
    """Keep the day on which a token was last used; one write a day."""
    today = timezone.localdate()
    if token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
