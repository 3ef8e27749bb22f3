"""Joining two records of one person: what both have, why it cannot be done, and doing it in one step."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.jobs import outbox
from impact.core.notices.choices import address_of
from impact.core.people import consents, lookup
from impact.core.people.accounts import administrators
from impact.core.people.models import Consent, Invitation, Person
from impact.core.people.needs import NEEDS
from impact.core.people.rights.erasure.models import Erasure, LegalHold
from impact.core.people.rights.merging import rules
from impact.core.people.rights.merging.models import MergedRecord
from impact.core.people.services import NEW_ADDRESS

# What a record says of its person. Where the two differ, staff choose.
SAID = ("name", "email", "nation", *NEEDS)
MOST_NEEDS = Person._meta.get_field("access_arrangements").max_length or 0


def in_order(person: Person, other: Person) -> tuple[Person, Person]:
    """Which of two records stays, and which goes: the one with an account in use stays, else the first one given."""

    def rank(record: Person) -> int:
        return 0 if record.user is None else 2 if record.user.is_active else 1

    return (other, person) if rank(other) > rank(person) else (person, other)


def differences(kept: Person, other: Person) -> dict[str, list[str]]:
    """What the two records say differently, where staff have to choose: field → both values, and what is needed together.

    What only one of them says is kept. The address of someone with an account is theirs to change.
    """
    found = {}
    for name in SAID:
        ours, theirs = getattr(kept, name), getattr(other, name)
        both = f"{ours}; {theirs}"
        is_theirs_to_say = name == "email" and kept.user_id is not None and ours
        if ours and theirs and ours != theirs and not is_theirs_to_say:
            has_room = name == "access_arrangements" and len(both) <= MOST_NEEDS
            found[name] = [both, ours, theirs] if has_room else [ours, theirs]
    return found


def plan_of(kept: Person, other: Person) -> rules.Plan:
    """All that would happen, and each reason against it."""
    found = rules.plan(kept, other)
    found.refusals[:0] = _refusals(kept, other)
    return found


def mark_of(kept: Person, other: Person, plan: rules.Plan) -> str:
    """A mark of what a page showed, so that nothing else is joined than what was looked at."""
    shown = (kept.pk, kept.version, other.pk, other.version, plan.lines, plan.refusals)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]


def _refusals(kept: Person, other: Person) -> list[str]:
    both = [kept.pk, other.pk]
    found = []
    if Erasure.objects.filter(person__in=both).exists():
        found.append("What we held about one of them is deleted. There is nothing left to join.")
    if LegalHold.objects.in_force().filter(person__in=both).exists():
        found.append(
            "There is a legal hold on one of them. It has to be lifted first, because joining deletes a record."
        )
    if kept.user and other.user and other.user.is_active:
        found.append(
            f"Both have an account: {kept.user.email} and {other.user.email}. Ask the person which one they use, and close "
            "the other under “They are leaving” on its page."
        )
    return found


@transaction.atomic
def merge_people(*, by: Actor, kept: Person, other: Person, seen: str, says: Mapping[str, Any] | None = None) -> Person:
    """Make two records of one person one. All that points at ``other`` points at ``kept`` from then on; ``other`` goes.

    ``seen``: ``mark_of`` what was looked at. ``says``: for each of ``differences`` which of the two values is right.
    All or nothing, and it cannot be undone.
    """
    require(by, "core.merge_people")
    rows = Person.objects.select_for_update(of=("self",)).select_related("user").order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=[kept.pk, other.pk])}
    if len(found) < 2:
        raise ValidationError("These are not two records any more. Look at the list of people again.")
    kept, other = found[kept.pk], found[other.pk]
    if (kept, other) != in_order(kept, other):
        raise ValidationError("The record with the account that is in use is the one that stays. Look again.")
    _require_for_accounts(by, kept, other)
    plan = plan_of(kept, other)
    if plan.refusals:
        raise ValidationError(plan.refusals)
    if seen != mark_of(kept, other, plan):
        raise ValidationError(
            "Something about the two changed since you opened this page. Look at it again, then join."
        )
    addresses = {kept.email, other.email} - {""}
    changes = _what_is_right(kept, other, says or {})
    record = MergedRecord.objects.create(
        old_id=other.pk, old_added=other.created_at, person=kept, by_id=by.pk, at=clock.now()
    )
    try:
        with transaction.atomic():
            _move(kept, other, plan, record)
    except IntegrityError:
        raise ValidationError("Both records hold something of which there can be one. Ask an administrator.") from None
    _take_over(kept, changes)
    left = addresses - {kept.email}
    _end_invitations(by, kept, left)
    _follow_answers(by, kept)
    audit.record(by, "person.merged_away", Person(pk=record.old_id), into_id=kept.pk)
    audit.record(by, "person.merged", kept, fields=sorted(changes), from_id=record.old_id)
    _tell(kept, addresses | ({kept.email, address_of(kept)} - {""}))
    if left:  # links that went there end
        for follow in NEW_ADDRESS:
            follow(kept)
    return kept


def _require_for_accounts(by: Actor, kept: Person, other: Person) -> None:
    """No one joins a record with their own, which would give them what the other had; administrators as for erasing."""
    accounts = [person.user_id for person in (kept, other) if person.user_id]
    if by.pk in accounts:
        raise PermissionDenied("You cannot join another record with your own. Ask a colleague.")
    if administrators().filter(user_id__in=accounts).exists():
        require(by, "core.manage_roles")


def _what_is_right(kept: Person, other: Person, says: Mapping[str, Any]) -> dict[str, Any]:
    """What the record says from now on: what was chosen where they differ, and what only the other one says."""
    choices = differences(kept, other)
    changes: dict[str, Any] = {}
    for name in SAID:
        ours, theirs = getattr(kept, name), getattr(other, name)
        if name in choices:
            if says.get(name) not in choices[name]:
                raise ValidationError({name: "Choose which of the two is right."})
            changes[name] = says[name]
        elif theirs and not ours:
            changes[name] = theirs
    changes = {name: value for name, value in changes.items() if value != getattr(kept, name)}
    if any(name in NEEDS for name in changes):
        changes |= {"needs_recorded_by_id": other.needs_recorded_by_id, "needs_recorded_on": other.needs_recorded_on}
    return changes


def _move(kept: Person, other: Person, plan: rules.Plan, record: MergedRecord) -> None:
    """Join the rows that meet, point the others at the record that stays, and let the other one go."""
    for joins, (ours, theirs) in plan.joined:
        joins.settle(ours, theirs)
    for model, column in rules.links():
        rows = model._base_manager.filter(**{column.name: other.pk})
        if model._meta.label in rules.NOT_MOVED:
            rows.delete()
        else:
            rows.update(**{column.attname: kept.pk})
    if other.user_id:  # a closed one; and the record that stays has one too (``in_order``)
        MergedRecord.objects.filter(pk=record.pk).update(account_id=other.user_id)
    _total, gone = Person.objects.filter(pk=other.pk).delete()
    if set(gone) != {Person._meta.label}:
        raise RuntimeError(f"Deleted with a record that was joined: {gone}")  # nothing may go unseen


def _take_over(kept: Person, changes: dict[str, Any]) -> None:
    kept.refresh_from_db()
    for name, value in changes.items():
        setattr(kept, name, value)
    kept.version += 1
    kept.full_clean()
    kept.save(update_fields=[*changes, "version"])


def _end_invitations(by: Actor, kept: Person, left: set[str]) -> None:
    """Keep at most one invitation to make an account: a second one would make a second account. None stays that went to an
    address in ``left``, because anyone who reads that mailbox could use it."""
    waiting = Invitation.objects.select_for_update().filter(
        person=kept, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    to_others = Q(*(same_mailbox("email", email) for email in left), _connector=Q.OR) if left else Q(pk__in=[])
    newest = waiting.exclude(to_others).order_by("-created_at", "-pk").first()
    stays = newest.pk if newest and kept.user_id is None else 0
    for invitation in waiting.exclude(pk=stays):
        Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=clock.now())
        audit.record(by, "invitation.withdrawn", invitation)


def _follow_answers(by: Actor, kept: Person) -> None:
    """A no that is now the newest answer counts for what the other record said yes to."""
    for purpose in Consent.Purpose:
        newest = Consent.objects.filter(person=kept, purpose=purpose).first()
        if newest and not newest.is_given:
            for follow in consents.AFTERWARDS:
                follow(newest, by)


def _tell(kept: Person, addresses: set[str]) -> None:
    """Tell the person at each address that we had, the one they sign in with included, so that anyone whose record was
    joined by mistake can say so."""
    for email in sorted({mailbox_key(address) for address in addresses}):
        outbox.send_later(
            event="record-merged",
            to=email,
            subject="Your record with IMPACT",
            body=render_to_string("emails/record_merged.txt", {"name": kept.name, "site_url": settings.SITE_URL}),
        )


def where_now(pk: int) -> int | None:
    """The number of the record that an earlier one became part of."""
    return MergedRecord.objects.filter(old_id=pk).values_list("person_id", flat=True).first()


def could_be_one_with(person: Person, q: str) -> list[tuple[Person, str]]:
    """Records that staff may mean, each in one line. Nothing is joined by a likeness: families share an address."""
    found = Person.objects.search(q.strip()) if q.strip() else lookup.could_be("", person.name)
    rows = found.exclude(pk=person.pk).exclude(erasures__isnull=False).select_related("user").order_by("name", "pk")
    return [(row, lookup.who(row)) for row in rows[: lookup.FEW]]
