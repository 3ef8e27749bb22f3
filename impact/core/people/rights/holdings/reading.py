"""All that is held about one person, read as each model declares it. The page, the archive and the API show what stands here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db.models import Field, Model, Q
from django.utils import timezone
from django.utils.text import slugify

from impact.core.access import audit
from impact.core.basics.dates import day, when
from impact.core.basics.privacy import Part, Personal, declared, end_of
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.jobs import queue
from impact.core.people.models import Person, User

NAMES = ("name", "title", "label", "reference", "email")  # what a row that is pointed at is called, in this order
LABELS = {
    "meeting__title": "Meeting",
    "meeting__starts_at": "Date of the meeting",
    "material__title": "Paper",
    "round__version__charter__title": "Charter",
    "round__version__number": "Version",
    "version__charter__title": "Charter",
    "version__number": "Version",
    "round__version__correction": "Correction",
    "version__correction": "Correction",
    "suggestion__section__title": "Section",
    "section__title": "Section",
    "section__key": "Chapter",
    "waypoint__title": "Waypoint",
    "involvement__title": "What it was about",
    "application__reference": "Application",
    "assignment__application__reference": "Application",
    "assessment__assignment__application__reference": "Application",
    "email_address__email": "Address",
    "membership__group__name": "Group",
    "link__group__name": "Group",
    "role__site__name": "Site",
    "role__kind": "Post",
    "claim__what": "Claim",
    "claim__on": "Date of the claim",
    "report__year": "Report",
    "reading__report__year": "Report",
    "quote__report__year": "Report",
    "year__year": "Year",
    "told": "How you told us",
    "told_how": "How you told us",
    "is_given": "Agreed",
    "wording": "The words you were asked in",
    "pence": "Amount",
    "rate_pence": "Rate for an hour",
    "on": "Date",
    "ip": "Network address",
    "user_agent": "Browser",
    "access_needs": "What you needed",
    "access_arrangements": "What you need in order to take part",
    "fields": "What changed",
}


# Codes that have words of their own, by the column that holds them.
IN_WORDS: dict[str, Callable[[Any], str]] = {
    "core.auditevent.type": audit.label_of,
    "core.auditevent.fields": lambda names: as_text([audit.in_words(name) for name in names or []]),
    "core.job.kind": lambda kind: queue.LABELS.get(kind, kind),
}


@dataclass(frozen=True)
class Subject:
    """Whose data is looked for: a person we know, with their account and the mailboxes that are theirs alone; or a mailbox."""

    person: Person | None
    user: User | None
    addresses: frozenset[str]
    shared: frozenset[str] = frozenset()  # mailboxes that belong to other people too: nothing is found by them

    @cached_property
    def accounts(self) -> list[int]:
        """The account, and closed ones of records that were joined to the person's."""
        return self.person.accounts if self.person else [self.user.pk] if self.user else []

    @property
    def name(self) -> str:
        return self.person.name if self.person else ", ".join(sorted(self.addresses))


def subject_of(person: Person) -> Subject:
    """A person with what says that a row is theirs.

    With an account its verified addresses count; the contact address on the record does so only for people without one,
    because others may have written it.
    """
    user, own = person.user, person.accounts
    if user:
        rows = list(EmailAddress.objects.filter(user__in=own).values_list("email", "verified"))
        found = {email for email, is_verified in rows if is_verified} | ({user.email} if not rows else set())
    else:
        found = {person.email}
    mine = {mailbox_key(email) for email in found} - {""}
    others: set[str] = set()
    for email in mine:
        accounts = User.objects.filter(same_mailbox("email", email))
        is_known_elsewhere = (
            Person.objects.filter(same_mailbox("email", email)).exclude(pk=person.pk).exists()
            or accounts.exclude(pk__in=own).exists()
        )
        others |= {email} if is_known_elsewhere else set()
    return Subject(person, user, frozenset(mine - others), frozenset(others))


def subject_of_mailbox(email: str) -> Subject:
    """A mailbox of someone we have no record of, such as an applicant or someone who asked for news."""
    return Subject(None, None, frozenset({mailbox_key(email)}))


@dataclass(frozen=True)
class Column:
    """One column of a table: its lookup, what people call it, and how a value reads."""

    path: str
    label: str
    field: "Field[Any, Any]"

    def text(self, value: Any) -> str:
        """A value as people read it."""
        choices = dict(self.field.flatchoices) if getattr(self.field, "choices", None) else {}
        if isinstance(value, str) and value in choices:
            return str(choices[value])
        if isinstance(value, int) and self.path.endswith("pence"):
            return f"£{Decimal(value) / 100:.2f}"
        if self.path.endswith("__correction") and not value:
            return ""  # the text as it was agreed
        words = IN_WORDS.get(f"{self.field.model._meta.label_lower}.{self.path}")
        return words(value) if words else as_text(value)


def as_text(value: Any) -> str:
    """Any value in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return when(timezone.localtime(value))
    if isinstance(value, date):
        return day(value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {as_text(inner)}" for key, inner in value.items() if inner not in ("", None, []))
    if isinstance(value, list):
        return "; ".join(as_text(inner) for inner in value)
    return str(value)


@dataclass(frozen=True)
class Held:
    """What one model holds about the subject: a heading, its columns, how many rows, and raw values in their order."""

    part: Part
    heading: str
    columns: list[Column]
    total: int
    rows: list[tuple[Any, ...]]  # all, or the first few where no more were asked for
    files: list[tuple[str, str]] = field(default_factory=list)  # name in the storage, name for people
    withheld: tuple[tuple[str, str], ...] = ()

    @property
    def slug(self) -> str:
        return slugify(self.heading)

    def texts(self) -> list[list[tuple[str, str]]]:
        """Each row as pairs of label and text, without what is empty."""
        found = []
        for row in self.rows:
            pairs = [(column.label, column.text(value)) for column, value in zip(self.columns, row, strict=True)]
            found.append([(label, text) for label, text in pairs if text])
        return found


@cache
def personal_models() -> tuple[tuple[type[Model], Personal], ...]:
    """Every model with rows about people, in the order of the page."""
    parts = list(Part)
    found = [(model, said) for model in apps.get_models() if isinstance(said := declared(model), Personal)]
    return tuple(sorted(found, key=lambda pair: parts.index(pair[1].part)))


@cache
def columns_of(model: type[Model]) -> tuple[Column, ...]:
    """The columns of a model's table. One that points at a row shows its name."""
    found = []
    said = declared(model)
    for path in said.shown if isinstance(said, Personal) else ():
        end = end_of(model, path)
        shown = path
        if end.related_model is not None:
            names = {f.name for f in end.related_model._meta.get_fields()}
            shown = f"{path}__{next(name for name in NAMES if name in names)}"
            end = end_of(model, shown)
        label = LABELS.get(path) or path.rsplit("__", 1)[-1].replace("_", " ").removeprefix("is ").capitalize()
        found.append(Column(shown, label, end))
    return tuple(found)


def mine(model: type[Model], said: Personal, subject: Subject) -> Q | None:
    """Which rows of a model are about the subject; None where none can be."""
    wanted = Q(pk__in=[])
    can_be = False
    for path in said.of:
        end = end_of(model, path)
        target = model if path == "pk" else end.related_model
        keys = ([subject.person.pk] if subject.person else []) if target is Person else subject.accounts
        if keys:
            wanted, can_be = wanted | Q(**{f"{path}__in": keys}), True
    no_one_else = Q()  # an address says whose a row is only where nothing better does
    for path in said.by_address and said.of:
        no_one_else &= Q(**{f"{path}__isnull": True})
    for path in said.by_address:
        for email in sorted(subject.addresses):
            wanted, can_be = wanted | (no_one_else & same_mailbox(path, email)), True
    return wanted if can_be else None


def held_about(subject: Subject, *, with_files: bool = False, limit: int | None = None) -> Iterator[Held]:
    """What is held about the subject, a table for each model that holds anything. ``limit``: rows of each that are read."""
    for model, said in personal_models():
        wanted = mine(model, said, subject)
        if wanted is None:
            continue
        columns = columns_of(model)
        rows = model._base_manager.filter(wanted).order_by("pk")  # with what lists leave out, such as drafts
        total = rows.count()
        if not total:
            continue
        values = list(rows.values_list("pk", *(column.path for column in columns))[:limit])
        files: list[tuple[str, str]] = []
        for stored, name in said.files if with_files else ():
            pairs = rows.exclude(**{stored: ""}).values_list(stored, name)
            files += [(str(place), str(called)) for place, called in pairs]
        yield Held(
            said.part,
            said.heading,
            list(columns),
            total,
            [row[1:] for row in values],
            files,
            tuple(said.withheld.items()),
        )


def is_held(subject: Subject) -> bool:
    """Whether anything at all is held. Every model is asked, so that the time says nothing."""
    found = [
        model._base_manager.filter(wanted).exists()
        for model, said in personal_models()
        if said.heading not in TRACES and (wanted := mine(model, said, subject)) is not None
    ]
    return any(found)


# What only says that someone asked us: it does not make a mailbox one that we know.
TRACES = frozenset({"Links to this page", "Downloads of this page", "Emails"})


def recorded_by(subject: Subject) -> list[tuple[str, int]]:
    """What the subject wrote down or did in the records of others and of the work: how many rows of which kind.

    Not those about themselves, which are told in full.
    """
    found = []
    for model in apps.get_models():
        if model in (Person, User):
            continue
        said = declared(model)
        if not said.recorders:
            continue
        theirs = Q(pk__in=[])
        for path in said.recorders:
            is_account = end_of(model, path).related_model is User
            who = subject.accounts if is_account else [subject.person.pk] if subject.person else []
            theirs |= Q(**{f"{path}__in": who})
        rows = model._default_manager.filter(theirs)
        about = mine(model, said, subject) if isinstance(said, Personal) else None
        number = (rows.exclude(about) if about is not None else rows).count()
        if number:
            found.append((str(model._meta.verbose_name_plural).capitalize(), number))
    return sorted(found)
