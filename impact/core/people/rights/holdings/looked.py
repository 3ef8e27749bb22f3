"""Who looked at sensitive parts of a person's record, and when."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.people.models import Person
from impact.core.people.rights.holdings.reading import Subject
from impact.core.people.rights.merging.models import MergedRecord


@dataclass(frozen=True)
class Together:
    """Rows that show what several people need, such as the page of a group, and the days on which one of them was there."""

    object_type: str
    object_id: str
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class Looked:
    """One reader on one day."""

    on: date
    who: str
    what: str


# For a person: where they are shown together with others. Apps add theirs when they start.
TOGETHER: list[Callable[[Person], Iterable[Together]]] = []
# Of some accounts, those that act for the platform and so are named. Apps add theirs when they start.
NAMED: list[Callable[[Collection[int]], set[int]]] = []
# For a person: where they change what is theirs in an app, as label and address. Apps add theirs when they start.
CHANGES: list[Callable[[Person], list[tuple[str, str]]]] = []
WHAT = {
    "person": "Your record",
    "needs": "What you need",
    "consents": "What you agreed to",
    "member": "Your page in the group",
    "group_people": "The group’s people",
    "members_exported": "The list of members, as a file",
    "pay": "Your pay and claims",
    "support": "The support you asked for",
    "my_data": "All that is held about you, to answer your request",
}
FEW = 500


def looked_at(subject: Subject) -> list[Looked]:
    """Each reader once a day for each thing read, the newest first. One's own reading does not count."""
    if subject.person is None:
        return []
    accounts = subject.accounts
    about = Q(object_type="core.person", object_id__in=[str(pk) for pk in subject.person.record_ids])
    about |= Q(object_type="core.user", object_id__in=[str(pk) for pk in accounts])
    places = [place for find in TOGETHER for place in find(subject.person)]
    for place in places:
        about |= Q(object_type=place.object_type, object_id=place.object_id)
    events = AuditEvent.objects.filter(about, type__startswith=AuditEvent.READ, actor_id__isnull=False)
    events = events.exclude(actor_id__in=accounts)
    rows = list(events.order_by("-pk").values_list("at", "actor_id", "type", "object_type", "object_id")[: FEW * 4])
    names = _names({row[1] for row in rows if row[1]})
    spans: dict[tuple[str, str], list[Together]] = {}
    for place in places:
        spans.setdefault((place.object_type, place.object_id), []).append(place)
    found: dict[Looked, None] = {}
    for at, actor, kind, object_type, object_id in rows:
        on = timezone.localtime(at).date()
        there = spans.get((object_type, object_id))
        if there is not None and not any(_was_there(place, on) for place in there):
            continue
        what = kind.removeprefix(AuditEvent.READ)
        found[
            Looked(on, names.get(actor or 0, "Another member"), WHAT.get(what, what.replace("_", " ").capitalize()))
        ] = None
    return list(found)[:FEW]


def _was_there(place: Together, on: date) -> bool:
    return (place.starts_on is None or place.starts_on <= on) and (place.ends_on is None or on <= place.ends_on)


def _names(accounts: set[int]) -> dict[int, str]:
    """The names of those who read as part of their work. Other members stay unnamed."""
    named = set(RoleGrant.objects.filter(user_id__in=accounts).values_list("user_id", flat=True))
    for find in NAMED:
        named |= find(accounts)
    earlier = MergedRecord.objects.filter(account_id__in=named).values_list("account_id", "person__name")
    return dict(earlier) | dict(Person.objects.filter(user_id__in=named).values_list("user_id", "name"))
