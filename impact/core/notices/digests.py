"""Daily and weekly emails: each person's in a transaction of its own, so that a worker that dies tells no one twice."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from impact.core.basics import clock
from impact.core.jobs import outbox
from impact.core.notices import letters
from impact.core.notices.choices import address_of, choices_of, owed_to
from impact.core.notices.models import BY_EMAIL, Notice, Owed, Timing
from impact.core.people.models import Person

MORNING = time(8)  # when these emails leave; no one's phone rings at midnight


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def last_monday(on: date) -> date:
    """The Monday on or before a day. The weekly email goes then; when no worker ran, on the next day that one did."""
    return on - timedelta(days=on.weekday())


def send_digests(on: date, *, after_each: Callable[[int], None] = lambda sent: None) -> int:
    """Write the emails that are due on a day, one for each person who has something to hear; how many.

    Safe to start again at any point: a person's email and the mark on what it told are written together.
    """
    waiting = Notice.objects.filter(made_at__lt=_start_of(on)).waiting(Owed.EMAIL).order_by()
    sent = 0
    for pk in sorted(set(waiting.values_list("person_id", flat=True))):
        sent += send_digest(pk, on)
        after_each(sent)
    return sent


@transaction.atomic
def send_digest(pk: int, on: date) -> bool:
    """Write one person's email of a day, unless there is nothing for them to hear."""
    person = Person.objects.select_related("user").get(pk=pk)
    choices = choices_of(person)
    rows = Notice.objects.filter(person=person, made_at__lt=_start_of(on)).waiting(Owed.EMAIL)
    week = _start_of(last_monday(on))
    due: list[Notice] = []
    for notice in rows.select_for_update(of=("self",)).order_by("made_at", "pk"):
        timing = choices.timing_of(notice.kind)
        if timing not in BY_EMAIL or not address_of(person):  # such as one whose account was closed since
            Notice.objects.filter(pk=notice.pk).update(owed=owed_to(person, timing))
        elif timing != Timing.WEEKLY or notice.made_at < week:
            due.append(notice)
    if not due:
        return False
    mine = Notice.objects.filter(pk__in=[notice.pk for notice in due], emailed_at__isnull=True)
    if mine.update(emailed_at=clock.now()) != len(due):
        raise RuntimeError("Another worker is sending these notices.")  # rolls back; the job is tried again
    leaves_at = timezone.make_aware(datetime.combine(on, MORNING))
    outbox.send_all_later([letters.digest(person, due, leaves_at)])
    return True
