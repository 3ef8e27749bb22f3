"""Sending the same request twice has one effect."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from impact.core.api.models import IdempotencyKey
from impact.core.people.models import User


class KeyReused(ValidationError):
    """The key came back with a different body: 422 on the API, a form error on a page."""


def once(*, user: User, key: str, method: str, path: str, body: Any, effect: Callable[[], dict]) -> tuple[dict, bool]:
    """Run ``effect`` once for a key and return its answer; later calls return the stored answer.

    The key is stored in the same transaction as the effect, so a crash leaves neither. ``body`` is any JSON-able
    value; the same key with another body raises KeyReused. Returns (answer, is_new). Without a key it just runs.
    """
    if not key:
        with transaction.atomic():
            return effect(), True
    if len(key) > 80:
        raise ValidationError("The idempotency key is longer than 80 characters.")
    body_hash = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=user, key=key, method=method, path=path[:200], body_hash=body_hash)
            row.answer = effect()
            row.save(update_fields=["answer"])
            return row.answer, True
    except IntegrityError:
        stored = IdempotencyKey.objects.filter(user=user, key=key, method=method, path=path[:200]).first()
        if stored is None:
            raise  # the effect itself broke a constraint
        if stored.body_hash != body_hash:
            raise KeyReused("This was already sent with different content. Reload the page and try again.") from None
        return stored.answer, False
