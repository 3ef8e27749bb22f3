"""Secrets of webhooks, and signing with them as Standard Webhooks has it (standardwebhooks.com).

A secret has to be known in full to sign, so it cannot be hashed. It is encrypted with a key made from SECRET_KEY, which is
not in the database: a copy of the database signs nothing.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.crypto import get_random_string

PREFIX = "whsec_"


class Unreadable(Exception):
    """A secret that was sealed with a SECRET_KEY which the platform no longer has."""


def new_secret() -> str:
    """A secret for one webhook: 32 random bytes as receivers' libraries take them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_message_id() -> str:
    """An id for a message. It holds no full stop, because full stops separate the parts of what is signed."""
    return f"msg_{get_random_string(27)}"


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key_from(key)) for key in keys])


def _key_from(key: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"core.webhooks").derive(key.encode())
    return base64.urlsafe_b64encode(made)


def seal(secret: str) -> str:
    """A secret as the database holds it."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again. Raises Unreadable when SECRET_KEY was replaced without keeping the old one as a fallback."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature of a message: version, comma, HMAC-SHA256 of id, time and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
