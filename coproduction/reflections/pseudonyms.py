"""Whose answers are whose, worked out with the key for pseudonyms and kept nowhere (docs/decisions)."""

import hashlib

from django.conf import settings
from django.utils.crypto import salted_hmac

from coproduction.reflections.models import Reflection, ReflectionAnswer
from impact.core.people.models import Person


def _keyed(salt: str, value: str) -> str:
    key = settings.PSEUDONYM_KEY  # not SECRET_KEY, so that a new one leaves answers where their members find them
    return salted_hmac(f"coproduction.reflections.{salt}", value, secret=key, algorithm="sha256").hexdigest()


def key_of(reflection: Reflection, person: Person) -> str:
    """The key to one person's answers in one year; another year's is another."""
    return _keyed("person", f"{reflection.pk}:{person.pk}")


def pseudonyms_of(key: str) -> dict[str, str]:
    """Under which name each part of the answers behind a key is kept. One does not lead to another."""
    return {part: _keyed("part", f"{key}:{part}") for part in ReflectionAnswer.PARTS}


def hash_token(token: str) -> str:
    """What is kept of a link: enough to recognise it."""
    return hashlib.sha256(token.encode()).hexdigest()


def seal(token: str, key: str) -> str:
    """A key that only the token and the service's secret together give back; ``seal`` again does so."""
    pad = bytes.fromhex(_keyed("link", token))
    return bytes(a ^ b for a, b in zip(bytes.fromhex(key), pad, strict=True)).hex()
