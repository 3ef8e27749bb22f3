"""The key with which push services know the platform (VAPID, RFC 8292), and what is encrypted for one device (RFC 8291)."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core import checks
from py_vapid import Vapid02

from impact.core.jobs.webhooks import sealing

PASS_SECONDS = 12 * 3600  # how long a push service may accept our signature; the standard allows a day
SIZE = 512  # bytes of every message before it is encrypted, so that its length says nothing


class Unusable(Exception):
    """What a browser sent is not the address of a device, or can no longer be read."""


@dataclass(frozen=True)
class Subscription:
    """How to reach one device: its address at a push service, and its two keys."""

    endpoint: str
    p256dh: str
    auth: str


def is_on() -> bool:
    """Whether this platform sends to devices at all."""
    return bool(settings.PUSH_KEY)


def new_key() -> str:
    """A private key, as the environment takes it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _text(number.to_bytes(32, "big"))


def public_key() -> str:
    """What browsers ask for, so that only we can send to the device."""
    return _text(_signer().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def mark() -> str:
    """A short mark of the key. Devices that were switched on for another key get no messages."""
    return public_key()[-16:]


def _signer() -> Any:
    if len(_bytes(settings.PUSH_KEY)) != 32:
        raise ValueError("IMPACT_PUSH_KEY is not a key.")
    return Vapid02.from_raw(settings.PUSH_KEY.encode())


def hash_of(text: str) -> str:
    """What the database knows an address or a session by."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(subscription: Subscription) -> str:
    """The address and keys of a device as the database holds them."""
    return sealing.seal(json.dumps([subscription.endpoint, subscription.p256dh, subscription.auth]))


def unseal(sealed: str) -> Subscription:
    """The address and keys again. Raises Unusable when SECRET_KEY was replaced without keeping the old one."""
    try:
        return Subscription(*json.loads(sealing.unseal(sealed)))
    except sealing.Unreadable:
        raise Unusable from None


def check(subscription: Subscription) -> None:
    """Raises Unusable for keys that no browser makes."""
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(subscription.p256dh))
        is_good = bool(point) and len(_bytes(subscription.auth)) == 16
    except (ValueError, UnicodeError):
        is_good = False
    if not is_good:
        raise Unusable


def encrypt(subscription: Subscription, said: dict[str, str]) -> bytes:
    """A message that only the device can read, not the push service on the way. All are of one length."""
    words = json.dumps(said).encode().ljust(SIZE)
    once = ec.generate_private_key(ec.SECP256R1())
    to = {"dh": _bytes(subscription.p256dh), "auth_secret": _bytes(subscription.auth)}
    made: bytes = http_ece.encrypt(words, private_key=once, version="aes128gcm", **to)
    return made


def signature(endpoint: str) -> dict[str, str]:
    """The header by which the push service knows that a message is from us."""
    parts = urlsplit(endpoint)
    contact = settings.PUSH_CONTACT or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    claims = {
        "sub": f"mailto:{contact}",
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + PASS_SECONDS,
    }
    signed: dict[str, str] = _signer().sign(claims)
    return signed


@checks.register
def key_can_be_read(**kwargs: Any) -> list[checks.CheckMessage]:
    """A wrong key is found when the platform starts, not when the first message waits."""
    if not settings.PUSH_KEY:
        return []
    try:
        public_key()
    except Exception:  # noqa: BLE001  the libraries raise whatever they meet
        hint = "Make one with: manage.py push_key. Or leave it empty to send nothing to devices."
        return [checks.Error("IMPACT_PUSH_KEY is not a key.", hint=hint, id="core.E001")]
    return []


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
