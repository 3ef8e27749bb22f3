"""Correcting an address at which email does not arrive."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import save_changes
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.jobs import failures
from impact.core.jobs.models import FailedAddress, OutboxEmail
from impact.core.notices.choices import address_of
from impact.core.people.models import Person, User
from impact.core.people.services import follow_address


@transaction.atomic
def correct(*, by: Actor, failed: FailedAddress, email: str) -> int:
    """Put the right address in place of one that failed, and send what waits there; how many emails that is.

    Only for people without an account: the address of an account gets the codes that open it, so its owner alone
    changes it.
    """
    require(by, "core.edit_person")
    email = mailbox_key(email)
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from None
    if email == failed.address:
        raise ValidationError({"email": "This is the address that failed. Enter the right one."})
    if User.objects.filter(email=failed.address, is_active=True).exists():
        raise ValidationError(
            "Someone signs in with this address, so only they can change it: under “Email address” in their account. "
            "Phone them."
        )
    people = Person.objects.select_for_update(of=("self",)).filter(
        same_mailbox("email", failed.address), erasures__isnull=True
    )
    found = list(people)
    if not found:
        raise ValidationError("No person’s record holds this address now. Correct it where it was entered.")
    for person in found:
        save_changes(person, {"email": email}, expected=None)
        audit.record(by, "person.changed", person, fields=["email"])
        follow_address(by=by, person=person, before=failed.address)
    OutboxEmail.objects.unsent().filter(same_mailbox("to", failed.address)).exclude(body="").update(to=email)
    failures.settled(by, failed)
    return failures.try_now(email)


@transaction.atomic
def mine_works(*, by: User, person: Person) -> int:
    """Say that one's own address works again; what waits for it is tried now."""
    if person.user_id != by.pk:
        raise PermissionDenied("This address is someone else’s.")
    failed = FailedAddress.objects.open().filter(address=mailbox_key(address_of(person))).first()
    if failed is None:
        raise ValidationError("Email to this address arrives, as far as we know.")
    return failures.settled(by, failed)
