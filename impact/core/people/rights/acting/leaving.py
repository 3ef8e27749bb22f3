"""Someone leaves: what they look after, giving it to others, and closing the account once nothing is left without anyone."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.models import ApiToken
from impact.core.access.permissions import Actor, require
from impact.core.basics.dates import day
from impact.core.people.accounts import administrators, is_only_administrator, shut_account, withdraw_all_tokens
from impact.core.people.models import Person, User
from impact.core.people.rights.acting.duties import SORTS, Held, held_by, may_take
from impact.core.people.rights.acting.services import end_all, hold


@dataclass(frozen=True)
class Ends:
    """Something that ends with the account, or that its owner should finish first."""

    label: str
    detail: str = ""
    href: str = ""


# What else someone looks after. An app adds its own.
ENDS: list[Callable[[Person], list[Ends]]] = []
# What an app ends when an account is closed. In the transaction.
CLOSING: list[Callable[[Actor, Person], None]] = []


def tokens_and_devices(person: Person) -> list[Ends]:
    """Tokens for programs, and where someone is signed in."""
    tokens = ApiToken.objects.filter(user=person.user_id, expiry__gt=timezone.now()).order_by("expiry")
    found = [Ends(f"API token: {token}", f"works until {day(token.expiry)}") for token in tokens]
    devices = UserSession.objects.filter(user=person.user_id).count()
    return found + ([Ends("Signed-in devices", f"{devices}, signed out when the account closes")] if devices else [])


ENDS.append(tokens_and_devices)


def what_ends(person: Person) -> list[Ends]:
    """All that ends with the account, or that its owner should finish first."""
    return [line for find in ENDS for line in find(person)] if person.user_id else []


def orphans(person: Person) -> list[Held]:
    """The duties that would be left without anyone."""
    return [held for _sort, found in held_by(person) for held in found if held.is_needed]


@transaction.atomic
def give(*, by: Actor, person: Person, helper: Person, duties: Collection[str]) -> int:
    """Give duties of someone who leaves to a colleague for good; how many. All or nothing."""
    require(by, "core.close_account")
    hold(person, helper)
    known = {held.value: held for _sort, found in held_by(person) for held in found}
    if not duties:
        raise ValidationError({"duties": "Choose what to give away."})
    for value in dict.fromkeys(duties):
        if value not in known:
            raise ValidationError({"duties": "Part of this was given away in the meantime. Check the list."})
        held, sort = known[value], SORTS[known[value].sort]
        if sort.give is None:
            raise ValidationError({"duties": f"{held.label}: {sort.why}"})
        if not may_take(person, helper, held):
            raise ValidationError({"helper": f"{helper.name} cannot take this on: {held.label}. Choose someone else."})
        sort.give(by, person, helper, held)
    audit.record(by, "person.duties_given", person, number=len(set(duties)))
    return len(set(duties))


@transaction.atomic
def close_account(*, by: Actor, person: Person, reason: str = "") -> None:
    """Close the account of someone who leaves. The record of the person stays, and what they did.

    Refused while a duty would be left without anyone, unless ``reason`` says why it has to be so: that is kept with the
    group, where it is read.
    """
    require(by, "core.close_account")
    person = Person.objects.select_for_update(of=("self",)).select_related("user").get(pk=person.pk)
    account = person.user_id or 0
    user = User.objects.select_for_update().filter(pk=account, is_active=True).first()
    if user is None:
        raise ValidationError("They have no account that is open.")
    if user.pk == by.pk:
        raise PermissionDenied("You cannot close your own account. Ask a colleague.")
    if administrators().filter(user=user).exists():
        require(by, "core.manage_roles")
        if is_only_administrator(user.pk):
            raise ValidationError("They are the only administrator. Make someone else an administrator first.")
    left = orphans(person)
    if left and not reason.strip():
        first = "; ".join(held.label for held in left[:3])
        raise ValidationError({"reason": f"Give this away first, or say why it is left without anyone: {first}."})
    for held in left:
        if (keep := SORTS[held.sort].explain) is not None:
            keep(by, held, reason.strip())
    end_all(by, person)
    for close in CLOSING:
        close(by, person)
    withdraw_all_tokens(by=by, user=user)
    shut_account(by=by, user=user)
    audit.record(by, "person.account_closed", person, left_without_anyone=len(left))
