"""Secrets that have to be known again in full, encrypted with a key made from SECRET_KEY, which is not in the database.

A copy of the database opens nothing. Keys in SECRET_KEY_FALLBACKS still open what they sealed. A daily job seals all of it
again with the current key, and seals second steps from before anything was sealed.
"""

import base64
import secrets
from collections.abc import Callable

import structlog
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.db.models import Model

log = structlog.get_logger(__name__)
SECOND_STEPS = "core.second-steps"
SEALED = "sealed:"  # what is sealed begins so; neither a TOTP secret nor a recovery seed does


class Unreadable(Exception):
    """A secret that was sealed with a SECRET_KEY which the platform no longer has."""


class Box:
    """Seals the secrets of one purpose. Another purpose has another key, so that none opens what is another's."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose

    def _fernets(self) -> list[Fernet]:
        return [Fernet(self._key_from(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]

    def _key_from(self, key: str) -> bytes:
        made = HKDF(algorithm=SHA256(), length=32, salt=None, info=self.purpose.encode()).derive(key.encode())
        return base64.urlsafe_b64encode(made)

    def seal(self, secret: str) -> str:
        """A secret as the database holds it."""
        return self._fernets()[0].encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The secret again. Raises Unreadable when SECRET_KEY was replaced without keeping the old one as a fallback."""
        try:
            return MultiFernet(self._fernets()).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None

    def is_newest(self, sealed: str) -> bool:
        """Whether the key in use sealed it."""
        try:
            self._fernets()[0].decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: str) -> str:
        """The same secret, sealed by the key in use. Raises Unreadable."""
        return sealed if self.is_newest(sealed) else self.seal(self.unseal(sealed))


_steps = Box(SECOND_STEPS)
# Other secrets that the same job seals again, each with how many it changed. What keeps them adds its own.
OTHERS: list[Callable[[], int]] = []


def seal_rows(box: Box, model: type[Model], *names: str) -> int:
    """Seal columns of rows again where an earlier key sealed them; how many rows were changed. What no key opens stays."""
    changed = 0
    for pk in model._default_manager.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is None:
                continue
            before = {name: getattr(row, name) for name in names}
            try:
                after = {name: box.reseal(kept) if kept else kept for name, kept in before.items()}
            except Unreadable:
                log.error("secret_unreadable", kind=model._meta.label, row=str(pk))
                continue
            if after != before:
                model._default_manager.filter(pk=pk).update(**after)
                changed += 1
    return changed


def seal_step(secret: str) -> str:
    """The secret of a second step as the database holds it."""
    return SEALED + _steps.seal(secret)


def unseal_step(kept: str) -> str:
    """The secret of a second step. One that cannot be read becomes a random one, so that no code fits it: never an empty
    one, whose codes anyone could work out."""
    if not kept.startswith(SEALED):
        return kept  # from before anything was sealed, until the day's job has seen it
    try:
        return _steps.unseal(kept.removeprefix(SEALED))
    except Unreadable:
        log.error("second_step_unreadable")
        return base64.b32encode(secrets.token_bytes(20)).decode()


def _reseal(kept: str) -> str:
    return SEALED + _steps.reseal(kept.removeprefix(SEALED)) if kept.startswith(SEALED) else seal_step(kept)


@transaction.atomic
def seal_second_steps() -> int:
    """Seal what is not sealed yet, and what an earlier key sealed; how many were changed. One that no key opens stays."""
    changed = 0
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    for row in Authenticator.objects.select_for_update().filter(type__in=kinds).order_by("pk"):
        data = dict(row.data)
        try:
            for name in ("secret", "seed"):
                if name in data:
                    data[name] = _reseal(data[name])
            if data.get("migrated_codes") is not None:
                data["migrated_codes"] = [_reseal(code) for code in data["migrated_codes"]]
        except Unreadable:
            log.error("second_step_unreadable", authenticator=row.pk)
            continue
        if data != row.data:
            row.data = data
            row.save(update_fields=["data"])
            changed += 1
    return changed
