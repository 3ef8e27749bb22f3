"""Adapt allauth: accounts are by invitation, mail goes through the outbox, texts are in plain English."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from impact.core.access import audit
from impact.core.jobs import outbox
from impact.core.people import accounts
from impact.core.people.models import User
from impact.core.people.signing_in import sealing

# Messages that someone asked for a moment ago, to get in; all others say that an account changed.
TO_GET_IN = frozenset(
    {
        "account_already_exists",
        "email_confirmation",
        "email_confirmation_signup",
        "login_code",
        "password_reset",
        "password_reset_key",
        "unknown_account",
    }
)


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed; every account starts from an invitation."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account has been switched off. Ask the person who invited you.",
        "email_password_mismatch": "The email address or password is incorrect. Check both and try again.",
        "enter_current_password": "Enter your current password.",
        "incorrect_code": "That code is incorrect. Check the latest message and enter it again.",
        "incorrect_password": "That password is incorrect. Try again.",
        "invalid_password_reset": "This link has expired or was already used. Ask for a new one.",
        "rate_limited": "Too many attempts. Wait a few minutes, then try again.",
        "too_many_login_attempts": "Too many attempts. Wait five minutes, or ask for a code by email.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render allauth's message and leave it in the outbox."""
        message = self.render_mail(template_prefix, email, {**context, "email": email, "site_url": settings.SITE_URL})
        event = "sign-in" if template_prefix.rsplit("/", 1)[-1] in TO_GET_IN else "account-changed"
        outbox.send_later(event=event, to=email, subject=message.subject, body=str(message.body))

    # Links in email begin with SITE_URL. allauth would take host and port from the request, which a stranger writes.
    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _dash, token = key.partition("-")
        return f"{settings.SITE_URL}{reverse('account_reset_password_from_key', args=[uid, token])}"

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return f"{settings.SITE_URL}{reverse('account_confirm_email', args=[emailconfirmation.key])}"

    @transaction.atomic
    def set_password(self, user: User, password: str) -> None:
        """Save a new password, and end what the old one opened: other sessions (Django does) and API tokens."""
        super().set_password(user, password)
        accounts.withdraw_all_tokens(by=user, user=user)

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Let a new address sign in, and tell the addresses that could before."""
        is_new = not email_address.verified
        told = _confirmed(email_address.user_id)
        is_done = super().confirm_email(request, email_address)
        if is_done and is_new and told:
            user = email_address.user
            for old in sorted(told):
                self._notify("account/email/email_added", user, {"added_email": email_address.email}, old)
            audit.record(user, "account.email_added", user)
        return is_done

    @transaction.atomic
    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell every confirmed address of an account that something protecting it changed, and keep that it did.

        The address that is being left is told too, so that no one can take an account over quietly.
        """
        context = context or {}
        told = _confirmed(user.pk) | {address for address in (email, context.get("deleted_email")) if address}
        for address in sorted(told or {user.email}):
            self._notify(template_prefix, user, context, address)
        audit.record(user, f"account.{template_prefix.rsplit('/', 1)[-1]}", user)

    def _notify(self, template_prefix: str, user: User, context: dict[str, Any], email: str) -> None:
        super().send_notification_mail(template_prefix, user, context, email)


def _confirmed(user_id: int) -> set[str]:
    """The addresses that may sign in to an account."""
    return set(EmailAddress.objects.filter(user_id=user_id, verified=True).values_list("email", flat=True))


class MFAAdapter(DefaultMFAAdapter):
    """Two-step verification in plain words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code is incorrect. Codes change every 30 seconds: enter the one showing now.",
        "cannot_delete_authenticator": "Your role needs two-step verification, so you must keep at least one method.",
    }

    def encrypt(self, text: str) -> str:
        """The secret of a second step as the database holds it."""
        return sealing.seal_step(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return sealing.unseal_step(encrypted_text)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner says otherwise."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "My passkey" if number == 0 else f"My passkey {number + 1}"
