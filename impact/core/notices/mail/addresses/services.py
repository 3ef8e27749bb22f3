"""Correcting an address at which email does not arrive."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import save_changes
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.jobs import failures
from impact.core.jobs.catalogue import catalogue
from impact.core.jobs.models import FailedAddress, OutboxEmail
from impact.core.notices.choices import address_of
from impact.core.notices.models import Notice
from impact.core.people.models import Person, User
from impact.core.people.services import follow_address


@dataclass(frozen=True)
class Corrected:
    """How many emails go to the right address now, and how many do not follow, as only the old mailbox may open them."""

    sent: int
    sealed: int
    left: int = 0  # which could be for someone else who has, or had, the old address


def people_at(*failed: FailedAddress) -> QuerySet[Person]:
    """Whose records hold one of these addresses that failed."""
    at_one = Q(*(same_mailbox("email", row.address) for row in failed), _connector=Q.OR) if failed else Q(pk__in=[])
    return Person.objects.filter(at_one, erasures__isnull=True).order_by("pk")


@transaction.atomic
def correct(*, by: Actor, failed: FailedAddress, email: str, person: int | None = None) -> Corrected:
    """Put the right address in place of one that failed, and send on what waits there for the person.

    ``person``: whose it is, where several have the failed one. Of what waits only notices can be told apart then, so nothing
    else follows. A private link or code never does: the mailbox that it was written to proves who opens it, and a
    colleague’s word does not.

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
    found = list(people_at(failed).select_for_update(of=("self",)))
    if not found:
        raise ValidationError("No person’s record holds this address now. Correct it where it was entered.")
    chosen = [one for one in found if person in (one.pk, None)]
    if len(chosen) != 1:
        raise ValidationError("Several people have this address. Choose whose new address this is.")
    save_changes(chosen[0], {"email": email}, expected=None)
    waiting = OutboxEmail.objects.unsent().filter(same_mailbox("to", failed.address)).exclude(body="")
    moved = waiting.filter(pk__in=_letters_to(chosen[0])).update(to=email)
    if len(found) > 1:
        audit.record(by, "person.changed", chosen[0], fields=["email"])
        newest = waiting.order_by("-pk").values_list("pk", flat=True).first() or 0
        audit.record(by, "email.address_settled", failed, others=len(found) - 1, newest_email=newest)
        failures.try_now(email)
        follow_address(by=by, person=chosen[0], before=failed.address)
        return Corrected(moved, 0, waiting.count())
    left = 0
    if newest_shared := _newest_shared(failed):
        shared = waiting.filter(pk__lte=newest_shared)
        # Notices of others who had it: each is told in the next day’s email, at the address that they have now.
        Notice.objects.filter(letter__in=shared.values("pk")).update(letter=None, emailed_at=None)
        left = shared.delete()[1].get(OutboxEmail._meta.label, 0)
    sealed = waiting.filter(event__in=[event.name for event in catalogue().values() if event.is_sealed])
    number = sealed.delete()[1].get(OutboxEmail._meta.label, 0)
    audit.record(by, "person.changed", chosen[0], fields=["email"], links_dropped=number)
    waiting.update(to=email)
    follow_address(by=by, person=chosen[0], before=failed.address)
    failures.settled(by, failed)
    return Corrected(failures.try_now(email), number, left)


def _letters_to(person: Person) -> QuerySet[Any, Any]:
    """The emails that tell a person of their notices."""
    return Notice.objects.filter(person=person, letter__isnull=False).values("letter")


def _newest_shared(failed: FailedAddress) -> int:
    """The newest email to an address from when more than one record had it, as far as corrections tell; 0: none."""
    events = AuditEvent.objects.about(failed).filter(type="email.address_settled")
    return next((int(event.facts["newest_email"]) for event in events if event.facts.get("others")), 0)


@transaction.atomic
def mine_works(*, by: User, person: Person) -> int:
    """Say that one's own address works again; what waits for it is tried now."""
    if person.user_id != by.pk:
        raise PermissionDenied("This address is someone else’s.")
    failed = FailedAddress.objects.open().filter(address=mailbox_key(address_of(person))).first()
    if failed is None:
        raise ValidationError("Email to this address arrives, as far as we know.")
    return failures.settled(by, failed)
