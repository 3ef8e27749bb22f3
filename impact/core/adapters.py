"""How allauth fits this platform: accounts are by invitation, mail goes through the outbox, words are plain."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from impact.core import outbox
from impact.core.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed; every account starts from an invitation."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account has been switched off. Ask the person who invited you.",
        "email_password_mismatch": "The email address or the password is not right. Check both and try again.",
        "enter_current_password": "Type the password you use now.",
        "incorrect_code": "That code is not right. Check the newest message and type it again.",
        "incorrect_password": "That password is not right. Try again.",
        "invalid_password_reset": "This link has expired or was already used. Ask for a new one.",
        "rate_limited": "That was a lot of tries in a short time. Wait a few minutes, then try again.",
        "too_many_login_attempts": "That was a lot of tries. Wait five minutes, or ask for a code by email.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render allauth's message and leave it in the outbox."""
        message = self.render_mail(template_prefix, email, context)
        outbox.send_later(to=email, subject=message.subject, body=str(message.body))


class MFAAdapter(DefaultMFAAdapter):
    """Two-step verification in plain words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code is not right. Codes change every 30 seconds: type the one that shows now.",
        "cannot_delete_authenticator": "Your role needs two-step verification, so one way must stay.",
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner says otherwise."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "My passkey" if number == 0 else f"My passkey {number + 1}"
