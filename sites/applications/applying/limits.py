"""How often strangers may ask for links or try them, counted by address on the internet and by mailbox, without third parties."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest

# A library or an office has one address, so the limits of one are wide. A mailbox gets few messages, whoever asks.
LIMITS = {
    "mail": "30/10m/ip",
    "mailbox": "4/h/key",
    "guess": "20/10m/ip",
    "invite": "20/h/key",
    "copy": "20/h/key",
}


def is_within(request: HttpRequest, action: str, key: str = "", *, only_look: bool = False) -> bool:
    """Whether a limit still allows this; counts it unless ``only_look``."""
    used = ratelimit.consume(
        request,
        app="sites.applying",
        action=action,
        config=LIMITS,
        key=key.strip().lower() or None,
        limit_get=True,
        dry_run=only_look,
    )
    return used is not None
