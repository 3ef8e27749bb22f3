"""Telling people."""

from collections.abc import Iterable

from django.db import transaction

from impact.core.basics import clock
from impact.core.notices.models import Notice
from impact.core.people.models import Person


@transaction.atomic
def tell(*, people: Iterable[Person], kind: str, title: str, words: str, path: str, key: str) -> int:
    """Tell each of these people of one thing, once; the number of people who had not been told.

    Called inside the service that makes the news, so both are kept or neither is. ``key`` names the thing, for example
    "proposed:12": a person who was told of it is not told again. ``words`` must be fit for the person's own mailbox:
    no names of others and no private reasons.
    """
    rows = [
        Notice(person=person, kind=kind, title=title, words=words, path=path, key=key, made_at=clock.now())
        for person in people
    ]
    told = set(Notice.objects.filter(key=key, person__in=[row.person for row in rows]).values_list("person", flat=True))
    new = [row for row in rows if row.person.pk not in told]
    for row in new:
        row.full_clean(exclude=["person"], validate_unique=False, validate_constraints=False)
    Notice.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
