"""The two-step rule: staff and leadership can do nothing, by any route, until two-step verification is on."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings

from impact.core.access.permissions import TWO_STEP_ROLES, has_any_role

CODE = "two_step_required"
REFUSAL = (
    "Your role needs two-step verification, and it is off for this account. Sign in and turn it on, then try again."
)
SECOND_STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]  # recovery codes alone are no second step


def lacks_two_step(user: Any) -> bool:
    """Whether ``user`` holds a role that needs two-step verification and has not got it now."""
    return bool(
        settings.TWO_STEP_REQUIRED and has_any_role(user, TWO_STEP_ROLES) and not is_mfa_enabled(user, SECOND_STEPS)
    )
