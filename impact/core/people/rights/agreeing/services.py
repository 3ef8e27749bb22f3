"""Taking an answer back, what that does, and reminders to ask again ("ask, then ask again")."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.notices.choices import address_of, has_account
from impact.core.notices.services import tell
from impact.core.people import consents
from impact.core.people.models import Consent, Person
from impact.core.people.services import record_consent

Purpose = Consent.Purpose
# What follows for each purpose, for everyone.
FOLLOWS = {
    Purpose.QUOTES: "We will not use your words in papers or reports from now on. Reports already published stay as they are.",
    Purpose.CONTACT: "We will stop emailing and calling you between meetings. You will still hear about meetings, your "
    "own claims and your data.",
    Purpose.PHOTOS: "We will take no more photographs of you. Our reports hold no photographs.",
    Purpose.ANSWERED: "Other members will no longer see that you have answered.",
    Purpose.STRENGTHS: "Other members will no longer see your strengths.",
}


def effects_of(person: Person, purpose: Purpose) -> list[str]:
    """What taking back a yes will do, in sentences, for the page before it and the message after it."""
    return [FOLLOWS[purpose], *(line for find in consents.EFFECTS for line in find(person, purpose))]


@transaction.atomic
def withdraw_consent(*, by: Actor, person: Person, purpose: Purpose) -> Consent:
    """Take a yes back; what follows from it happens in the same transaction. The yes itself stays on record."""
    Person.objects.select_for_update().get(pk=person.pk)  # two taps at once are one answer
    standing = consents.live(purpose).filter(person=person).first()
    if standing is None:
        raise ValidationError("There is no yes to take back. Nothing has changed.")
    return record_consent(
        by=by, person=person, purpose=purpose, wording=standing.wording, is_given=False, given_on=clock.today()
    )


def remind(on: date) -> int:
    """Tell people whose yes ends within a month, and the coordinators of their groups, to ask again; once each."""
    told = 0
    for purpose in Purpose:
        soon = consents.live(purpose, on).filter(expires_on__lte=on + consents.SOON).select_related("person__user")
        rows = list(soon.order_by("expires_on", "pk"))
        askers: dict[int, list[tuple[Person, str]]] = {}
        for find in consents.ASKED_BY:
            for pk, found in find([row.person_id for row in rows]).items():
                askers.setdefault(pk, []).extend(found)
        for row in rows:
            told += _remind_of(row, askers.get(row.person_id, []))
    return told


@transaction.atomic
def _remind_of(row: Consent, askers: list[tuple[Person, str]]) -> int:
    key, until = f"consent:{row.pk}:ask_again", day(row.expires_on)
    told = 0
    if has_account(row.person) or address_of(row.person):
        place = f"Ask for a link at {settings.SITE_URL}{reverse('core:data-find')}: it comes to this address."
        told += tell(
            people=[row.person],
            event="consent-ends",
            title="May we ask you again?",
            words=f"Something you agreed to ends on {until}. Read the question again, and say yes or no."
            + ("" if has_account(row.person) else f" {place}"),
            path=reverse("core:my-consents" if has_account(row.person) else "core:data-find"),
            key=key,
        )
    for coordinator, path in askers:
        told += tell(
            people=[coordinator],
            event="consent-ends-recorder",
            title="Ask a member again about a consent",
            words=f"What a member agreed to ends on {until}. The group’s page shows whose answer and which.",
            path=path,
            key=f"{key}:{row.person_id}",
        )
    if told:
        audit.record(SYSTEM, "consent.reminded", row.person, told=told)
    return told
