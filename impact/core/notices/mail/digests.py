"""Daily and weekly emails: each person's in a transaction of its own, so that a worker that dies tells no one twice."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction

from impact.core.basics import clock
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.jobs import outbox
from impact.core.notices.choices import address_of, choices_of, failed_addresses, owed_to, timing_of
from impact.core.notices.mail import letters, times
from impact.core.notices.mail.waiting import may_see
from impact.core.notices.models import BY_EMAIL, Notice, NoticeChoices, Owed, Timing
from impact.core.people.models import Person


def last_monday(on: date) -> date:
    """The Monday on or before a day. The weekly email goes then; when no worker ran, on the next day that one did."""
    return on - timedelta(days=on.weekday())


def send_digests(on: date, *, after_each: Callable[[int], None] = lambda sent: None) -> int:
    """Write the emails that are due on a day, one for each person who has something to hear; how many.

    Safe to start again at any point: a person's email and the mark on what it told are written together. What is read
    or undone before the email leaves is taken out of it (impact.core.notices.mail.waiting).
    """
    waiting = Notice.objects.filter(made_at__lt=times.at(on)).waiting(Owed.EMAIL).order_by()
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
    failed = failed_addresses([person])
    rows = Notice.objects.filter(person=person, made_at__lt=times.at(on)).waiting(Owed.EMAIL)
    week = times.at(last_monday(on))
    due: list[Notice] = []
    for notice in rows.select_for_update(of=("self",)).order_by("made_at", "pk"):
        timing = timing_of(choices, notice)
        address = address_of(person)
        if timing not in BY_EMAIL or not address or mailbox_key(address) in failed:  # such as an account closed since
            Notice.objects.filter(pk=notice.pk).update(owed=owed_to(person, timing, failed))
        elif not may_see(person, notice):
            Notice.objects.filter(pk=notice.pk).update(owed="")
        elif timing != Timing.WEEKLY or notice.made_at < week:
            due.append(notice)
    if not due:
        return False
    mine = Notice.objects.filter(pk__in=[notice.pk for notice in due], emailed_at__isnull=True)
    if mine.update(emailed_at=clock.now()) != len(due):
        raise RuntimeError("Another worker is sending these notices.")  # rolls back; the job is tried again
    email = letters.digest(person, due, leaves_at(choices, on))
    outbox.send_all_later([email])
    Notice.objects.filter(pk__in=[notice.pk for notice in due]).update(letter=email)
    for tell in letters.BESIDE:
        tell([letters.Told(person, letter=email, due_at=email.due_at)])
    return True


def leaves_at(choices: NoticeChoices, on: date) -> datetime:
    """When a day's email leaves: in the morning, and not before the quiet hours of its reader end."""
    morning = times.at(on, times.MORNING)
    return times.quiet_until(choices, morning) or morning
