"""How people hear from us: chosen by the person, by someone whom they asked, or by the link in an email."""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, has_perm
from impact.core.basics import clock
from impact.core.basics.versions import reject_unknown, save_changes
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.jobs.catalogue import Event, catalogue, event_of
from impact.core.jobs.models import FailedAddress
from impact.core.notices.models import BY_EMAIL, ON_SITE, Notice, NoticeChoices, NoticeKind, Owed, Quiet, Timing
from impact.core.people import consents
from impact.core.people.models import Consent, Person

KINDS = frozenset(NoticeKind.values)
QUIET_FIELDS = ("quiet", "quiet_from", "quiet_until")


def by_kind() -> list[dict[str, Any]]:
    """What people choose about: each kind, with the events that it decides."""
    events = [event for event in catalogue().values() if event.is_optional]
    return [{"kind": kind, "events": [event for event in events if event.kind == kind]} for kind in NoticeKind]


def always_sent() -> list[Event]:
    """What cannot be switched off, in the order of the catalogue."""
    return [event for event in catalogue().values() if not event.is_optional]


def choices_of(person: Person) -> NoticeChoices:
    """What a person chose; the defaults, not saved, for one who has not."""
    row = NoticeChoices.objects.filter(person=person).first() or NoticeChoices(person=person)
    row.said_no_to_contact = person.pk in consents.declined(Consent.Purpose.CONTACT, [person.pk])
    return row


def choices_by_person(people: Iterable[int]) -> dict[int, NoticeChoices]:
    """The choices of those among these people (ids) who have made some, or said no to contact between meetings."""
    ids = list(people)
    found = {row.person_id: row for row in NoticeChoices.objects.filter(person_id__in=ids)}
    for pk in consents.declined(Consent.Purpose.CONTACT, ids):
        found.setdefault(pk, NoticeChoices(person_id=pk)).said_no_to_contact = True
    return found


def has_account(person: Person) -> bool:
    """Whether a person can read notices on the site."""
    return person.user is not None and person.user.is_active


def address_of(person: Person) -> str:
    """Where a person's email goes: the address they sign in with, else the one that they gave."""
    return person.user.email if person.user is not None and person.user.is_active else person.email


def timing_for(row: NoticeChoices, event: Event) -> Timing:
    """How someone hears of an event: as they chose for its kind, or at once where it cannot be switched off. Someone
    who said no to contact between meetings finds on the site all that is not about a meeting or their own affairs."""
    timing = row.timing_of(event.kind) if event.is_optional else Timing.AT_ONCE
    return ON_SITE.get(timing, timing) if row.said_no_to_contact and event.is_between_meetings else timing


def timing_of(row: NoticeChoices, notice: Notice) -> Timing:
    """How someone hears of a notice."""
    return timing_for(row, event_of(notice.event)) if notice.event else row.timing_of(notice.kind)


def failed_addresses(people: Iterable[Person]) -> set[str]:
    """Which addresses of these people take no email."""
    return FailedAddress.objects.among(address_of(person) for person in people)


def owed_to(person: Person, timing: str, failed: Collection[str]) -> str:
    """How a notice has to reach a person beside the site. Who can read neither site nor email is told in person.

    ``failed``: addresses that take no email.
    """
    if timing == Timing.NONE:
        return ""
    address = address_of(person)
    if timing in BY_EMAIL and address and mailbox_key(address) not in failed:
        return Owed.EMAIL
    return "" if has_account(person) else Owed.IN_PERSON


def wants_email(person: Person | None, event: str) -> bool:
    """Whether someone wants an email that is not a notice, such as the one about actions."""
    return person is None or timing_for(choices_of(person), event_of(event)) in BY_EMAIL


@transaction.atomic
def choose(*, by: Actor, person: Person, expected: int | None = None, **timings: Any) -> NoticeChoices:
    """Keep how a person hears from us: chosen by themselves, or by the engagement lead whom they asked."""
    is_own = person.user_id is not None and person.user_id == by.pk
    if not is_own and not has_perm(by, "core.set_notices"):
        raise PermissionDenied("People choose for themselves how they hear from us. Ask the engagement lead.")
    return choose_for(by=by, person=person, expected=expected, **timings)


@transaction.atomic
def choose_for(*, by: Actor, person: Person, expected: int | None = None, **timings: Any) -> NoticeChoices:
    """Keep choices about notices, for a service that has asked for a permission of its own.

    What still waited to be emailed follows the new choice.
    """
    reject_unknown(timings, KINDS | set(QUIET_FIELDS))
    NoticeChoices.objects.get_or_create(person=person)
    row = NoticeChoices.objects.select_for_update().get(person=person)
    if timings.get("quiet", row.quiet) != Quiet.OWN:
        timings |= {"quiet_from": None, "quiet_until": None}
    is_own = by.pk is None or (person.user_id is not None and person.user_id == by.pk)
    changed = save_changes(row, timings, expected=expected)
    if changed:
        row.recorded_by_id, row.recorded_on = (None, None) if is_own else (by.pk, clock.today())
        row.save(update_fields=["recorded_by", "recorded_on"])
        _follow(person, row)
        audit.record(by, "notices.chosen", person, fields=changed, for_them=not is_own)
    return row


def _follow(person: Person, row: NoticeChoices) -> None:
    """Let notices that still wait to be emailed go the way that the person has chosen now."""
    failed = failed_addresses([person])
    for notice in Notice.objects.filter(person=person).waiting(Owed.EMAIL):
        owed = owed_to(person, timing_of(row, notice), failed)
        if owed != Owed.EMAIL:
            Notice.objects.filter(pk=notice.pk).update(owed=owed)


def follow_consent(consent: Consent, by: Actor) -> None:
    """Let what still waits to be emailed follow a new answer about contact between meetings."""
    if consent.purpose == Consent.Purpose.CONTACT:
        _follow(consent.person, choices_of(consent.person))


# --- The link in each email ----------------------------------------------------------------------
def _signer() -> Signer:
    return Signer(sep=".", salt="core.notices")


def stop_url(person: Person, kinds: Iterable[str]) -> str:
    """Where one POST stops the emails of these kinds to one person (RFC 8058)."""
    said = ",".join([str(person.pk), *(kind for kind in NoticeKind.values if kind in set(kinds))])
    return settings.SITE_URL + reverse("core:notices-stop", args=[_signer().sign(said)])


def behind(token: str) -> tuple[Person, list[NoticeKind]] | None:
    """The person behind a link to stop emails, and the kinds that it stops; None when it was not made by us.

    A link of an email from before links named kinds stops them all.
    """
    try:
        pk, *kinds = _signer().unsign(token).split(",")
        person = Person.objects.select_related("user").filter(pk=int(pk)).first()
        return (person, [NoticeKind(kind) for kind in kinds or NoticeKind.values]) if person else None
    except (BadSignature, ValueError):
        return None


@transaction.atomic
def stop_emails(*, by: Actor = SYSTEM, person: Person, kinds: Iterable[str]) -> NoticeChoices:
    """Email this person no more notices of these kinds. They stay on the site; someone without an account is told in
    person."""
    row = choices_of(person)
    emailed: dict[str, Any] = {kind: Timing.SITE for kind in kinds if row.timing_of(kind) in BY_EMAIL}
    return choose_for(by=by, person=person, **emailed)
