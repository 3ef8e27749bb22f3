"""Telling people, and what they do with what they were told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.jobs import outbox
from impact.core.notices import letters
from impact.core.notices.choices import choices_by_person, has_account, owed_to
from impact.core.notices.models import Notice, NoticeChoices, Owed, Timing, ToldHow
from impact.core.people.models import Person

BATCH = 500  # people told by one statement
TRIES = 3
KEPT_FOR = timedelta(days=365)


@transaction.atomic
def tell(
    *, people: Iterable[Person], kind: str, title: str, words: str, path: str, key: str, is_emailed: bool = True
) -> int:
    """Tell each of these people of one thing, once; the number of people who had not been told.

    Called inside the service that makes the news, so both are kept or neither is. ``key`` names the thing, for example
    "proposed:12": a person who was told of it is not told again. ``words`` must be fit for the person's own mailbox:
    no names of others and no private reasons. ``path`` is an address on this site.

    Each hears of it as they chose: by email at once (written in this transaction), with their next daily or weekly
    email, on the site only, or not at all. Who has neither an account nor an email address is listed for the engagement
    lead to phone or write to. ``is_emailed`` False: an email of another kind tells of it already, so people with an
    account find it on the site and no one else is told.
    """
    thing = {"kind": kind, "title": title, "words": words, "path": path, "key": key, "made_at": clock.now()}
    Notice(**thing).full_clean(exclude=["person"], validate_unique=False, validate_constraints=False)
    ids = list(dict.fromkeys(person.pk for person in people))
    return sum(_tell(ids[start : start + BATCH], thing, is_emailed) for start in range(0, len(ids), BATCH))


def _tell(ids: list[int], thing: dict[str, Any], is_emailed: bool) -> int:
    people = {person.pk: person for person in Person.objects.filter(pk__in=ids).select_related("user")}
    chosen = choices_by_person(ids)
    timings = {pk: chosen.get(pk, NoticeChoices()).timing_of(thing["kind"]) for pk in people}

    def rows() -> list[Notice]:
        told = set(Notice.objects.filter(key=thing["key"], person_id__in=ids).values_list("person_id", flat=True))
        return [
            Notice(person=people[pk], owed=owed_to(people[pk], timings[pk]) if is_emailed else "", **thing)
            for pk in ids
            if pk in people
            and pk not in told
            and timings[pk] != Timing.NONE
            and (is_emailed or has_account(people[pk]))
        ]

    made = _insert(rows)
    at_once = [row for row in made if row.owed == Owed.EMAIL and timings[row.person_id] == Timing.AT_ONCE]
    if at_once:
        outbox.send_all_later([letters.letter(row.person, row) for row in at_once])
        Notice.objects.filter(pk__in=[row.pk for row in at_once]).update(emailed_at=clock.now())
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
    return bool(rows.unread().update(read_at=timezone.now()))


@transaction.atomic
def mark_unread(*, by: Actor, notice: Notice) -> bool:
    """Put a notice back among the unread ones of its person."""
    return bool(Notice.objects.visible_to(by).filter(pk=notice.pk, read_at__isnull=False).update(read_at=None))


@transaction.atomic
def mark_all_read(*, by: Actor) -> tuple[int, datetime]:
    """Mark all notices of a person as read: how many, and the moment, which ``undo_all_read`` takes."""
    moment = timezone.now()
    return Notice.objects.visible_to(by).unread().update(read_at=moment), moment


@transaction.atomic
def undo_all_read(*, by: Actor, moment: datetime) -> int:
    """Put back those that were marked as read together at ``moment``."""
    return Notice.objects.visible_to(by).filter(read_at=moment).update(read_at=None)


def unread_count(user: Any) -> int:
    """How many notices of theirs a person has not read. The account of a session knows (AccountBackend)."""
    known: int | None = getattr(user, "unread_notices", None)
    return known if known is not None else Notice.objects.visible_to(user).unread().count()


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
