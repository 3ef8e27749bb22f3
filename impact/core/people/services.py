"""Records of people: adding, editing, confirming an address, recording consent."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.jobs import outbox
from impact.core.jobs.models import FailedAddress
from impact.core.people import consents, needs
from impact.core.people.models import Consent, Invitation, Person, User

CONTACT_ADDRESS = "core.contact-address"


@transaction.atomic
def add_person(*, by: Actor, name: str, email: str = "", **details: Any) -> Person:
    """Record someone we work with, for staff and coordinators; no account is made."""
    require(by, "core.add_person")
    person = Person(name=name.strip(), email=mailbox_key(email), **details)
    person.full_clean()
    person.save()
    audit.record(by, "person.added", person)
    return person


@transaction.atomic
def update_person(
    *, by: Actor, person: Person, expected: int | None = None, own_words: bool = False, **changes: Any
) -> Person:
    """Change a person's record: their own, or anybody's for those who look after records.

    A contact address of one's own only changes once its mailbox has confirmed it; a link goes there.
    """
    is_own = person.user_id is not None and person.user_id == by.pk
    if not is_own:
        require(by, "core.edit_person")
        if any(name in changes and changes[name] != getattr(person, name) for name in needs.NEEDS):
            require(by, "core.view_needs")
    before = person.email
    email = mailbox_key(str(changes.get("email", before)))
    if "email" in changes:
        changes["email"] = email
    if is_own and email and email != person.email and not _has_verified(by, email):
        del changes["email"]
        _ask_to_confirm(person, email)
    changed = save_changes(person, needs.marked(by, person, changes, own_words=own_words), expected=expected)
    if changed:
        audit.record(by, "person.changed", person, fields=needs.named(changed))
    if "email" in changed and not is_own:
        follow_address(by=by, person=person, before=before)
    return person


# What else follows when others gave someone a new address, such as sending links again. In the transaction. Apps add theirs.
NEW_ADDRESS: list[Callable[[Person], None]] = []


def follow_address(*, by: Actor, person: Person, before: str) -> None:
    """Tell both mailboxes that others changed where we write to someone, and end the links that the earlier one got. One
    that takes no email is not written to: it would only fail once more.

    For services that have changed the address. A link to what is held dies by itself: it asks for the address each time.
    """
    for invitation in Invitation.objects.select_for_update().filter(
        same_mailbox("email", before), person=person, accepted_at__isnull=True, withdrawn_at__isnull=True
    ):  # anyone who reads the old mailbox could make an account with it
        Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=timezone.now())
        audit.record(by, "invitation.withdrawn", invitation)
    failed = FailedAddress.objects.among([before, person.email])
    for email, is_new in ((before, False), (person.email, True)):
        if email and mailbox_key(email) not in failed:
            outbox.send_later(
                event="address-changed",
                to=email,
                subject="Where IMPACT writes to",
                body=render_to_string("emails/address_changed.txt", {"person": person, "is_new": is_new}),
            )
    for follow in NEW_ADDRESS:
        follow(person)


def _has_verified(by: Actor, email: str) -> bool:
    return EmailAddress.objects.filter(user_id=by.pk, email=email, verified=True).exists()


def _ask_to_confirm(person: Person, email: str) -> None:
    validate_email(email)
    token = signing.dumps({"person": person.pk, "email": email, "instead_of": person.email}, salt=CONTACT_ADDRESS)
    link = settings.SITE_URL + reverse("core:address-confirm", args=[token])
    outbox.send_later(
        event="email-confirm",
        to=email,
        subject="Confirm your email address",
        body=(
            f"Hello,\n\nSomeone asked the IMPACT platform to email them at {email}.\n\n"
            f"If that was you, open this link and confirm it:\n{link}\n\n"
            "The link works for three days. If it was not you, you can ignore this message.\n"
        ),
    )


def confirmed_address(*, by: User, token: str) -> tuple[Person, str] | None:
    """The reader's own record and the address behind a link, while it can still be confirmed."""
    try:
        asked = signing.loads(token, salt=CONTACT_ADDRESS, max_age=timedelta(days=3))
    except signing.BadSignature:
        return None
    person = Person.objects.filter(pk=asked["person"], user_id=by.pk, email=asked["instead_of"]).first()
    return (person, asked["email"]) if person else None


@transaction.atomic
def confirm_address(*, by: User, token: str) -> Person:
    """Write to a person at the address whose mailbox they have just opened."""
    found = confirmed_address(by=by, token=token)
    if found is None:
        raise ValidationError("This link has expired or was already used. Enter the address again.")
    person, email = found
    if save_changes(person, {"email": email}, expected=None):
        audit.record(by, "person.changed", person, fields=["email"])
    return person


@transaction.atomic
def record_consent(
    *,
    by: Actor,
    person: Person,
    purpose: str,
    wording: str,
    is_given: bool,
    given_on: date,
    expires_on: date | None = None,
    told_how: str | None = None,
) -> Consent:
    """Keep an answer to a consent question; the newest one for the purpose is in force."""
    if person.user_id is None or person.user_id != by.pk:
        require(by, "core.edit_person")
    return keep_consent(
        by=by,
        person=person,
        purpose=purpose,
        wording=wording,
        is_given=is_given,
        given_on=given_on,
        expires_on=expires_on,
        told_how=told_how,
    )


@transaction.atomic
def keep_consent(
    *,
    by: Actor,
    person: Person,
    purpose: str,
    wording: str,
    is_given: bool,
    given_on: date,
    expires_on: date | None = None,
    told_how: str | None = None,
) -> Consent:
    """The same for a service that has asked for a permission of its own."""
    if given_on > clock.today():
        raise ValidationError({"given_on": "Date cannot be in the future. Enter the day you asked."})
    if expires_on and expires_on <= given_on:
        raise ValidationError({"expires_on": "Enter a date to ask again that is after this answer."})
    version, is_easy_read = consents.version_of(purpose, wording)
    consent = Consent(
        person=person,
        purpose=purpose,
        wording=wording,
        is_given=is_given,
        given_on=given_on,
        expires_on=expires_on,
        recorded_by_id=by.pk,
        wording_version=version,
        is_easy_read=is_easy_read,
        told_how=None if person.user_id is not None and person.user_id == by.pk else told_how or None,
    )
    consent.full_clean(exclude=["recorded_by"] if by.pk is None else [])  # the platform itself, when someone is erased
    consent.save()
    audit.record(by, "consent.recorded", person, purpose=purpose, given=is_given)
    for follow in consents.AFTERWARDS:
        follow(consent, by)
    return consent


@transaction.atomic
def own_person(*, by: User) -> Person:
    """The record of the account's owner; an account made from a terminal gets its record on first sight."""
    person = Person.objects.filter(user=by).first()
    if person is None:
        person = Person.objects.create(user=by, name=by.email, email=by.email)
        audit.record(by, "person.added", person)
    return person
