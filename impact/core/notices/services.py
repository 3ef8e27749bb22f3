"""Telling people, and what they do with what they were told."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.jobs import outbox
from impact.core.jobs.catalogue import Urgency, event_of
from impact.core.notices.choices import choices_by_person, failed_addresses, has_account, owed_to, timing_for
from impact.core.notices.mail import letters, times
from impact.core.notices.models import Notice, NoticeChoices, Owed, Timing, ToldHow
from impact.core.people.models import Person

BATCH = 500  # people told by one statement
TRIES = 3
KEPT_FOR = timedelta(days=365)


@transaction.atomic
def tell(
    *,
    event: str,
    people: Iterable[Person],
    title: str,
    words: str,
    path: str,
    key: str,
    about: Model | None = None,
    is_emailed: bool = True,
) -> int:
    """Tell each of these people of one thing, once; the number of people who had not been told.

    ``event`` names its row in the catalogue (impact/core/jobs/catalogue/catalogue.toml). Called inside the service that
    makes the news, so both are kept or neither is. ``key`` names the thing, for example "proposed:12": a person who was
    told of it is not told again. ``words`` must be fit for the person's own mailbox:
    no names of others and no private reasons. ``path`` is an address on this site. ``about`` is what stands
    there: an email that waited goes only to those who may still see it.

    Each hears of it as they chose: by email at once (written in this transaction), with their next daily or weekly
    email, on the site only, or not at all. Who has neither an account nor an email address is listed for the engagement
    lead to phone or write to. ``is_emailed`` False: an email of another kind tells of it already, so people with an
    account find it on the site and no one else is told.
    """
    row = event_of(event)
    thing: dict[str, Any] = {"event": event, "kind": row.kind, "title": title, "words": words, "path": path, "key": key}
    thing |= {"made_at": clock.now(), "about": f"{about._meta.label}:{about.pk}" if about is not None else ""}
    Notice(**thing).full_clean(exclude=["person"], validate_unique=False, validate_constraints=False)
    ids = list(dict.fromkeys(person.pk for person in people))
    return sum(_tell(ids[start : start + BATCH], thing, is_emailed) for start in range(0, len(ids), BATCH))


def _tell(ids: list[int], thing: dict[str, Any], is_emailed: bool) -> int:
    kept = Person.objects.filter(pk__in=ids, erasures__isnull=True).select_related("user")
    people = {person.pk: person for person in kept}
    chosen = defaultdict(NoticeChoices, choices_by_person(ids))
    event, failed, now = event_of(thing["event"]), failed_addresses(people.values()), timezone.now()
    timings = {pk: timing_for(chosen[pk], event) for pk in people}

    def rows() -> list[Notice]:
        told = set(Notice.objects.filter(key=thing["key"], person_id__in=ids).values_list("person_id", flat=True))
        return [
            Notice(
                person=people[pk],
                owed=owed_to(people[pk], timings[pk], failed) if is_emailed else "",
                snoozed_until=times.shown_from(timings[pk], now),
                **thing,
            )
            for pk in ids
            if pk in people
            and pk not in told
            and timings[pk] != Timing.NONE
            and (is_emailed or has_account(people[pk]))
        ]

    made = _insert(rows)
    soon = [row for row in made if timings[row.person_id] == Timing.AT_ONCE]
    can_wait = event.urgency != Urgency.NOW
    waits = {row.pk: times.quiet_until(chosen[row.person_id], clock.now()) if can_wait else None for row in soon}
    at_once = [row for row in soon if row.owed == Owed.EMAIL]
    if at_once:
        emails = [letters.letter(row.person, row, waits[row.pk]) for row in at_once]
        outbox.send_all_later(emails)
        for row, email in zip(at_once, emails, strict=True):
            row.letter, row.emailed_at = email, clock.now()
        Notice.objects.bulk_update(at_once, ["letter", "emailed_at"])
    for follow in letters.BESIDE:
        follow([letters.Told(row.person, notice=row, due_at=waits[row.pk]) for row in soon])
    return len(made)


def _insert(rows: Any) -> list[Notice]:
    """Insert what ``rows`` gives. When another transaction told some of the people meanwhile, it is asked again, so that
    no one gets a second email."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return Notice.objects.bulk_create(rows())
        except IntegrityError:
            if not left:
                raise
    return []


# --- Reading them --------------------------------------------------------------------------------
@transaction.atomic
def mark_read(*, by: Actor, notice: Notice) -> bool:
    """Note that a person has read a notice of theirs; False when they had before."""
    rows = Notice.objects.visible_to(by).filter(pk=notice.pk)
    return bool(rows.unread().update(read_at=timezone.now(), snoozed_until=None))


@transaction.atomic
def mark_unread(*, by: Actor, notice: Notice) -> bool:
    """Put a notice back among the unread ones of its person."""
    return bool(Notice.objects.visible_to(by).filter(pk=notice.pk, read_at__isnull=False).update(read_at=None))


@transaction.atomic
def snooze(*, by: Actor, notice: Notice, until: str) -> datetime:
    """Put a notice off: the bell is silent about it until then. Its email, if one waits, still comes."""
    moment = times.put_off(until, timezone.now())
    if not Notice.objects.visible_to(by).filter(pk=notice.pk).unread().update(snoozed_until=moment):
        raise ValidationError("You have read this notice, so there is nothing to put off.")
    return moment


@transaction.atomic
def wake(*, by: Actor, notice: Notice) -> bool:
    """Bring a notice back that was put off."""
    return bool(Notice.objects.visible_to(by).filter(pk=notice.pk).snoozed().update(snoozed_until=None))


@transaction.atomic
def mark_all_read(*, by: Actor) -> tuple[int, datetime]:
    """Mark all notices of a person as read, but for those that they put off: how many, and the moment, which
    ``undo_all_read`` takes."""
    moment = timezone.now()
    return Notice.objects.visible_to(by).shown().update(read_at=moment), moment


@transaction.atomic
def undo_all_read(*, by: Actor, moment: datetime) -> int:
    """Put back those that were marked as read together at ``moment``."""
    return Notice.objects.visible_to(by).filter(read_at=moment).update(read_at=None)


def unread_count(user: Any) -> int:
    """How many notices of theirs a person has not read. The account of a session knows (AccountBackend)."""
    known: int | None = getattr(user, "unread_notices", None)
    return known if known is not None else Notice.objects.visible_to(user).shown().count()


# --- Telling in person ---------------------------------------------------------------------------
@transaction.atomic
def record_told(*, by: Actor, person: Person, notices: Iterable[int], how: str) -> int:
    """Record that someone was told in person of these notices (ids); the number that were still waiting."""
    require(by, "core.tell_in_person")
    if how not in ToldHow.values:
        raise ValidationError({"how": "Choose how you told them."})
    rows = Notice.objects.filter(person=person, pk__in=list(notices)).waiting(Owed.IN_PERSON)
    number = rows.update(told_at=clock.now(), told_how=how, told_by_id=by.pk)
    if not number:
        raise ValidationError("These have been marked as done already. Reload the page to see what is left.")
    audit.record(by, "notices.told", person, number=number, how=ToldHow(how).label)
    return number


@transaction.atomic
def undo_told(*, by: Actor, notice: Notice) -> None:
    """Put a notice back on the list of those to tell in person, after a mistake."""
    require(by, "core.tell_in_person")
    rows = Notice.objects.filter(pk=notice.pk, owed=Owed.IN_PERSON, told_at__isnull=False)
    if not rows.update(told_at=None, told_how="", told_by=None):
        raise ValidationError("This is on the list already.")
    audit.record(by, "notices.told_undone", notice.person)


def tidy() -> int:
    """Delete notices that are older than a year, but of no one on whom there is a legal hold; how many."""
    held = Person.objects.filter(legal_holds__isnull=False, legal_holds__lifted_at__isnull=True).values("pk")
    return Notice.objects.filter(made_at__lt=clock.now() - KEPT_FOR).exclude(person__in=held).delete()[0]
