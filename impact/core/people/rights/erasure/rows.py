"""Which rows are about a person, and what happens to each kind: read from what the models declare (basics.privacy).

The page that shows what will go and the erasure itself ask the same functions, so one cannot differ from the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from impact.core.basics import clock
from impact.core.basics.privacy import (
    PSEUDONYM,
    REMOVED,
    After,
    Blank,
    ByService,
    Delete,
    Keep,
    Personal,
    declared,
    end_of,
)
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.people.models import Person, User
from impact.core.people.rights.erasure.models import LegalHold
from impact.core.people.rights.requests.models import months_after

Model = type[models.Model]


@dataclass(frozen=True)
class Subject:
    """One person, with the addresses by which rows are theirs."""

    person: Person
    name: str
    addresses: frozenset[str]
    shared: frozenset[str]  # with someone else here: a row by such an address is theirs only if it names them

    @cached_property
    def accounts(self) -> list[int]:
        return self.person.accounts


def subject_of(person: Person) -> Subject:
    """A person with their addresses: on their record, and those that their account has proved to be theirs.

    Anyone can type a stranger's address into their account: until its mailbox has answered, it says nothing.
    """
    proved = EmailAddress.objects.filter(verified=True)
    found = {person.email}
    own = person.accounts
    found |= set(User.objects.filter(pk__in=own).values_list("email", flat=True))
    found |= set(proved.filter(user__in=own).values_list("email", flat=True))
    addresses = frozenset(mailbox_key(address) for address in found if address)
    others = set(Person.objects.exclude(pk=person.pk).filter(at("email", addresses)).values_list("email", flat=True))
    accounts = User.objects.exclude(pk__in=own)
    others |= set(accounts.filter(email__in=addresses).values_list("email", flat=True))
    proved_by_others = proved.exclude(user__in=own).filter(email__in=addresses)
    others |= set(proved_by_others.values_list("email", flat=True))
    return Subject(person, person.name, addresses, frozenset(mailbox_key(address) for address in others))


def personal_models() -> Iterator[tuple[Model, Personal]]:
    """Every model that holds rows about people; those that point at another come before it, so that they can go first."""
    said = {model: found for model in apps.get_models() if isinstance(found := declared(model), Personal)}
    left = sorted(said, key=lambda model: model._meta.label)
    while left:
        targets = {
            field.related_model
            for model in left
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model is not model
        }
        ready = [model for model in left if model not in targets] or left[:1]  # two that point at each other: either
        yield from ((model, said[model]) for model in ready)
        left = [model for model in left if model not in ready]


def _about(model: Model, path: str, subject: Subject) -> Q:
    """The rows that one lookup in ``of`` makes the subject's."""
    if path == "actor_id" or (path == "pk" and model is User):
        return Q(**{f"{path}__in": subject.accounts})
    if path == "pk":
        return Q(pk=subject.person.pk)
    leads_to_account = end_of(model, path).related_model is User
    return Q(**{f"{path}__in": subject.accounts if leads_to_account else [subject.person.pk]})


def rows_of(model: Model, said: Personal, subject: Subject) -> QuerySet[Any]:
    """The rows of a model that are about a person."""
    wanted = Q(pk__in=[])
    for path in said.of:
        wanted |= _about(model, path, subject)
    for path in said.by_address:
        wanted |= _by_address(model, said, path, subject)
    rows = model._base_manager.filter(wanted)
    return rows.distinct() if any("__" in path for path in (*said.of, *said.by_address)) else rows


def at(path: str, addresses: Iterable[str]) -> Q:
    """The rows with one of some addresses, in capitals or not: files and staff write them as they come."""
    found = Q(pk__in=[])
    for address in sorted(addresses):
        found |= same_mailbox(path, address)
    return found


def at_held(path: str) -> Q:
    """The rows with an address of someone on whom there is a legal hold: better kept too long than lost."""
    found = Q(pk__in=[])
    for hold in LegalHold.objects.in_force().select_related("person__user"):
        found |= at(path, subject_of(hold.person).addresses)
    return found


def _by_address(model: Model, said: Personal, path: str, subject: Subject) -> Q:
    own = {address for address in subject.addresses if address not in subject.shared}
    found = at(path, own)
    if subject.shared:
        named = Q(pk__in=[])
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField) and not field.choices:
                named |= Q(**{f"{field.name}__icontains": subject.name})
        found |= at(path, subject.shared) & named
    # Rows that point at someone are that person's, whatever address stands in them.
    for lookup in said.of:
        found &= Q(**{f"{lookup}__isnull": True})
    return found


# --- How long rows are kept ----------------------------------------------------------------------
def cutoff(kept: After, on: date) -> date:
    """Rows whose date is before this are over on ``on``."""
    return months_after(on, -12 * kept.years) - timedelta(days=kept.days)


def over(model: Model, kept: After, on: date) -> Q:
    """The rows that have been kept long enough on a day."""
    since: Any = cutoff(kept, on)
    if isinstance(end_of(model, kept.since), models.DateTimeField):
        since = timezone.make_aware(datetime.combine(since, time.min))
    return Q(**{f"{kept.since}__lt": since})


def owed(model: Model, said: Personal, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the rows that the law asks for until their time is over, so that an erasure leaves them until then."""
    if not (isinstance(said.keep, After) and said.keep.is_owed):
        return rows.none()
    return rows.filter(**{f"{said.keep.since}__isnull": False}).exclude(over(model, said.keep, clock.today()))


# --- What is done with them ----------------------------------------------------------------------
def empty_value(field: Any) -> Any:
    """What a column holds once it is emptied."""
    if field.null:
        return None
    return field.get_default() if field.has_default() else "" if field.empty_strings_allowed else field.get_default()


def changes_of(model: Model, action: Blank) -> dict[str, Any]:
    """The values that emptied rows of a model get."""
    values = {name: empty_value(model._meta.get_field(name)) for name in action.fields}
    values |= {name: _words(model, name, REMOVED) for name in action.removed}
    return values | {name: _words(model, name, PSEUDONYM) for name in action.renamed}


def _words(model: Model, name: str, words: str) -> Any:
    """Words instead of others; for a column that holds no words, its empty value."""
    field: Any = model._meta.get_field(name)
    is_free = isinstance(field, models.CharField | models.TextField) and not field.choices
    return words[: field.max_length or None] if is_free else empty_value(field)


def not_emptied(model: Model, action: Blank) -> Q:
    """Rows in which something is left to empty."""
    left = Q(pk__in=[])
    for name, value in changes_of(model, action).items():
        field: Any = model._meta.get_field(name)
        if field.null:
            there = Q(**{f"{name}__isnull": False})
            left |= there & ~Q(**{name: ""}) if field.empty_strings_allowed and not field.is_relation else there
        elif name in action.fields:
            left |= ~Q(**{name: value})
        else:  # words that the row cannot be without; an empty one stays empty
            left |= ~Q(**{name: value}) & (~Q(**{name: ""}) if field.empty_strings_allowed else Q())
    return left


def files_in(rows: QuerySet[Any]) -> set[tuple[Model, str, str]]:
    """The files that rows name: model, column and name."""
    found: set[tuple[Model, str, str]] = set()
    for field in rows.model._meta.concrete_fields:
        if isinstance(field, models.FileField):
            names = rows.exclude(**{field.name: ""}).exclude(**{f"{field.name}__isnull": True})
            found |= {(rows.model, field.name, name) for name in names.values_list(field.name, flat=True)}
    return found


# --- What will happen ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """What happens to one kind of row."""

    part: str
    heading: str
    what: str  # deleted, emptied, stays
    number: int
    why: str = ""

    @property
    def tone(self) -> str:
        return {"Deleted": "red", "Emptied": "yellow"}.get(self.what, "grey")


def plan(subject: Subject) -> list[Line]:
    """What erasing a person does to each kind of row that they have, in the order of the parts of "My data"."""
    lines = []
    for model, said in personal_models():
        rows = rows_of(model, said, subject)
        waiting = owed(model, said, rows)
        if number := waiting.count():
            why = said.keep.why
            lines.append(Line(said.part.value, said.heading, "Stays for now", number, f"{why} Deleted after that."))
        rows = rows.exclude(pk__in=waiting.values("pk")) if number else rows
        lines += _line(model, said, rows)
    order = {part.value: at for at, part in enumerate(type(said.part))} if lines else {}
    return sorted(lines, key=lambda line: (order[line.part], line.heading, line.what))


def _line(model: Model, said: Personal, rows: QuerySet[Any]) -> list[Line]:
    action = said.on_erasure
    if isinstance(action, Delete):
        what, why = "Deleted", ""
    elif isinstance(action, Blank):
        what, why = "Emptied", _emptied(model, action)
    else:
        what = "Stays"
        why = action.why if isinstance(action, Keep | ByService) else ""
    number = rows.count()
    return [Line(said.part.value, said.heading, what, number, why)] if number else []


# Columns whose own names say too little on the page.
EMPTIED = {
    "access arrangements": "what they need in order to take part",
    "access needs": "what they needed",
    "asker role": "the asker’s role",
    "contact email": "email address",
    "email": "email address",
    "end reason": "why it ended",
    "extension reason": "why it took longer",
    "has lived experience": "whether they have lived experience",
    "has practice experience": "whether they have practice experience",
    "handover": "handover note",
    "identity how": "how we knew that it was they who asked",
    "lifted reason": "why it was lifted",
    "may quote": "whether they may be quoted",
    "needs recorded by": "who recorded what they need",
    "needs recorded on": "when that was recorded",
    "owner person": "whose it is",
    "perspective note": "note on their perspective",
    "preferred format": "how they read papers",
    "preferred language": "language",
    "receipt name": "receipt",
    "receipt type": "receipt",
    "receipt size": "receipt",
    "receipt sha256": "receipt",
    "returned because": "why it was sent back",
    "speaker": "who said it",
    "what": "what it was for",
}


def _emptied(model: Model, action: Blank) -> str:
    """Which columns are emptied, in the words of the page."""
    names = []
    for name in (*action.fields, *action.removed):
        try:
            field = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        except FieldDoesNotExist:
            continue
        if (label := EMPTIED.get(field, field)) not in names:
            names.append(label)
    renamed = ["the name becomes a pseudonym"] if action.renamed else []
    emptied = [f"what goes: {', '.join(names)}"] if names else []
    text = "; ".join([*emptied, *renamed])
    return f"{text[:1].upper()}{text[1:]}."
