"""For whom an account acts just now. ``require`` notes it, and the record of changes says it."""

from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction


class Over(PermissionDenied):
    """What allowed it has just ended."""


OVER = (
    "You no longer act for this person: it ended a moment ago. Nothing was saved. Copy what you wrote before you leave."
)


def depth() -> int:
    """How many transactions stand around what runs now, one inside another."""
    connection = transaction.get_connection()
    return len(connection.savepoint_ids) + connection.in_atomic_block


def note(by: Any, person: int | None, acting: int | None = None) -> None:
    """Note for whom (a person's id; None: for themselves) an account does what now follows in this transaction.

    ``acting``: the row that allows it. It is locked until the end of the transaction: someone who ends it at the same
    moment waits for what is being saved, and what comes after the end is refused.
    """
    now = depth()
    if not now:
        return  # a page asks what it may show; the service that follows asks again, in its transaction
    if acting is not None:
        rows = apps.get_model("core", "ActingFor").objects
        if not rows.in_force().select_for_update().filter(pk=acting).exists():
            raise Over(OVER)
    before = by.__dict__.get("_acting", [])
    if person is None and not before:
        return
    notes = [(level, whom) for level, whom in before if level < now]
    if not before:
        transaction.on_commit(lambda: by.__dict__.pop("_acting", None))  # the next service begins without it
    by.__dict__["_acting"] = [*notes, (now, person)]


def acting_for(by: Any) -> int | None:
    """For whom an account acts in the service that runs now: a person's id, or None."""
    now = depth()
    notes = [whom for level, whom in getattr(by, "__dict__", {}).get("_acting", []) if level <= now]
    return notes[-1] if notes else None
