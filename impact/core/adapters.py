"""How allauth fits this platform: accounts are by invitation, mail goes through the outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from impact.core import outbox


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed; every account starts from an invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render allauth's message and leave it in the outbox."""
        message = self.render_mail(template_prefix, email, context)
        outbox.send_later(to=email, subject=message.subject, body=str(message.body))
