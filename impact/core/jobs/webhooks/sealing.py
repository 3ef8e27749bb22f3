"""Secrets of webhooks, and signing with them as Standard Webhooks has it (standardwebhooks.com).

A secret has to be known in full to sign, so it cannot be hashed. It is encrypted with a key made from SECRET_KEY, which is
not in the database: a copy of the database signs nothing.
"""

import base64
import hashlib
import hmac
import secrets
from functools import partial

from django.db.models import Model
from django.utils.crypto import get_random_string

from impact.core.people.signing_in.sealing import OTHERS, Box, Unreadable, seal_rows

__all__ = ["Unreadable", "new_message_id", "new_secret", "seal", "seal_daily", "sign", "unseal"]
PREFIX = "whsec_"
_box = Box("core.webhooks")


def new_secret() -> str:
    """A secret for one webhook: 32 random bytes as receivers' libraries take them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_message_id() -> str:
    """An id for a message. It holds no full stop, because full stops separate the parts of what is signed."""
    return f"msg_{get_random_string(27)}"


def seal(secret: str) -> str:
    """A secret as the database holds it."""
    return _box.seal(secret)


def unseal(sealed: str) -> str:
    """The secret again. Raises Unreadable when SECRET_KEY was replaced without keeping the old one as a fallback."""
    return _box.unseal(sealed)


def seal_daily(model: type[Model], *names: str) -> None:
    """Have the day's job seal these columns again after SECRET_KEY was replaced."""
    OTHERS.append(partial(seal_rows, _box, model, *names))


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature of a message: version, comma, HMAC-SHA256 of id, time and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
