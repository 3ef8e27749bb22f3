"""Finding people. The one place that answers "who is this address?".

A person is found by an address that their account has verified, or is chosen from a list that shows who each record
belongs to. The contact address on a record finds no one by itself: anyone may have written it, and families share one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from impact.core.access.permissions import Actor, require
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.people.models import Person
from impact.core.people.services import add_person

FEW = 12


@dataclass(frozen=True)
class Place:
    """Where someone belongs or works, on the page about them."""

    name: str
    href: str
    role: str
    when: str
    is_current: bool


# Heading → what an app knows of it, for a person and a reader. Apps add theirs when they start.
PLACES: dict[str, Callable[[Person, Any], list[Place]]] = {}


def person_signing_in_with(email: str) -> Person | None:
    """The person whose account has verified this address and may sign in with it."""
    email = mailbox_key(email)
    if not email:
        return None
    proved = EmailAddress.objects.filter(email=email, verified=True, user__is_active=True)
    return Person.objects.filter(user__in=proved.values("user_id")).select_related("user").first()


def could_be(email: str, name: str = "") -> QuerySet[Person]:
    """Possible matches for this address or name, to choose from. Never use one without asking."""
    email, name = mailbox_key(email), " ".join(name.split())
    wanted = Q(pk__in=[])
    if email:
        proved = EmailAddress.objects.filter(email=email, verified=True)
        wanted |= same_mailbox("email", email) | Q(user__in=proved.values("user_id"))
    if name:
        wanted |= Q(name__iexact=name)
    return Person.objects.filter(wanted).select_related("user").order_by("name", "pk")


def who(person: Person) -> str:
    """A record in one line, so that no one is taken for a namesake: how they sign in, and where they are."""
    account = f"signs in with {person.user.email}" if person.user else "no account"
    contact = f"contact address {person.email}" if person.email and not person.user else ""
    return ", ".join(part for part in (person.name, account, contact, person.get_nation_display()) if part)


def find_unambiguous(email: str, name: str = "") -> Person | None:
    """The person who signs in with this address, unless a different name was typed with it."""
    person = person_signing_in_with(email)
    if person and name.strip() and person.name.casefold() != " ".join(name.split()).casefold():
        return None
    return person


def find_or_add(
    *, by: Actor, email: str, name: str = "", chosen: Person | None = None, is_new: bool = False, nation: str = ""
) -> Person:
    """The person staff mean: the one they chose, the one who signs in with the address, or a new record.

    Refused while other records could be meant: then ``chosen`` or ``is_new`` has to say which.
    """
    require(by, "core.view_people")
    if chosen is not None:
        return chosen
    if not is_new:
        if person := find_unambiguous(email, name):
            return person
        if others := could_be(email, name)[:FEW]:
            known = "; ".join(who(person) for person in others)
            raise ValidationError(f"Choose which person you mean. We already have: {known}.", code="which_person")
    if not name.strip():
        raise ValidationError({"name": "We do not know this address yet. Enter the name too."})
    return add_person(by=by, name=name, email=email, nation=nation)
