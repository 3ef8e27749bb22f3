"""Spreadsheets that were brought in: one that can be undone, one with mistakes; and an address at which email does not arrive."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from impact.core.basics import clock
from impact.core.jobs import failures, outbox
from impact.core.jobs.models import FailedAddress, OutboxEmail
from impact.core.people.models import Person, User
from impact.core.web.imports import services, undo
from impact.core.web.imports.models import SheetImport
from impact.core.web.imports.shapes import IMPORTERS

GOOD, WRONG = "new-contacts.csv", "contacts-with-mistakes.csv"
MISTYPED = "linden.umber@voices.exmaple"  # one of the good file’s addresses


@transaction.atomic
def build(accounts: dict[str, User]) -> None:
    """Bring both in and have the address fail, where that is missing."""
    if SheetImport.objects.exists():
        return
    by, people = accounts["staff"], IMPORTERS["people"]
    sheets = {}
    for name in (GOOD, WRONG):
        data = (Path(__file__).parent / "data" / name).read_bytes()
        sheets[name] = services.keep_preview(by=by, importer=people, name=name, data=data)
    saved = services.save_preview(by=by, sheet=sheets[GOOD])
    made = [int(thing.key) for thing in saved.things.all()]
    Person.objects.filter(pk__in=made).update(is_illustrative=True)
    undo.mark_again(saved)
    _fail(MISTYPED)


def _fail(address: str) -> None:
    """An email to an address came back, and the next waits for staff."""
    event = "papers-sent"
    first = outbox.prepare(event=event, to=address, subject="Papers for the next meeting", body="Read them here.")
    first.sent_at = timezone.now()
    first.save()
    failures.came_back(first, failures.Refusal(status="5.1.1", is_final=True))
    FailedAddress.objects.filter(address=address).update(first_at=clock.now(), last_at=clock.now())
    second = outbox.prepare(
        event=event, to=address, subject="More papers for the next meeting", body="One was missing."
    )
    second.save()
    OutboxEmail.objects.filter(pk=second.pk).update(attempts=1, error=failures.HELD, give_up_at=timezone.now())
