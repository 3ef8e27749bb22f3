"""Optimistic locking: the first save wins, and the second is reported as a conflict and loses nothing."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone


def tidy(text: str) -> str:
    """Text as it is kept: no space around it, one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def mark(*values: Any) -> str:
    """Hash some values, to tell later whether they changed. Line ends and outer space do not count.

    A page that two people may have open carries a mark of each entry that it showed, so that one who changed nothing
    there overwrites nothing, and two who changed the same entry see both texts.
    """
    parts = ["1" if value is True else tidy(str(value or "")) for value in values]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


class Conflict(ValidationError):
    """Someone saved this row in the meantime. 409 on the API; both texts side by side on a page."""

    def __init__(self, current: models.Model) -> None:
        super().__init__(
            "Someone else saved this while you were writing. Your text is kept below; compare, then save again.",
            code="conflict",
        )
        self.current: Any = current


def save_changes(
    obj: models.Model, changes: Mapping[str, Any], *, expected: int | None, exclude: Iterable[str] = ()
) -> list[str]:
    """Set ``changes`` on ``obj``, validate, and UPDATE only if its version is still ``expected``.

    Returns the names of the fields that really changed (empty: nothing was written). Raises Conflict, with the
    row as it is now, when the version moved on; ValidationError from ``full_clean``. ``expected`` None: the
    version read with ``obj``.
    """
    changed = sorted(name for name, value in changes.items() if getattr(obj, name) != value)
    seen = obj.version if expected is None else expected  # type: ignore[attr-defined]
    for name in changed:
        setattr(obj, name, changes[name])
    obj.full_clean(exclude=list(exclude))
    model = type(obj)
    if not changed:
        current = model._default_manager.get(pk=obj.pk)
        if current.version != seen:  # type: ignore[attr-defined]
            raise Conflict(current)
        return []
    values = {name: getattr(obj, name) for name in changed}
    if hasattr(obj, "updated_at"):
        values["updated_at"] = timezone.now()
    updated = model._default_manager.filter(pk=obj.pk, version=seen).update(version=seen + 1, **values)
    if not updated:
        raise Conflict(model._default_manager.get(pk=obj.pk))
    obj.version = seen + 1  # type: ignore[attr-defined]
    return changed


def reject_unknown(changes: Iterable[str], allowed: frozenset[str]) -> None:
    """A programming error, not a person's: status and the like have functions of their own."""
    if unknown := set(changes) - allowed:
        raise TypeError(f"Not changed here: {', '.join(sorted(unknown))}")
