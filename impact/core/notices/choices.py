"""How people hear from us: chosen by the person, by someone whom they asked, or by the link in an email."""

from collections.abc import Iterable
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
from impact.core.notices.models import BY_EMAIL, Notice, NoticeChoices, NoticeKind, Owed, Timing
from impact.core.people.models import Person

KINDS = frozenset(NoticeKind.values)


def choices_of(person: Person) -> NoticeChoices:
    """What a person chose; the defaults, not saved, for one who has not."""
    return NoticeChoices.objects.filter(person=person).first() or NoticeChoices(person=person)


def choices_by_person(people: Iterable[int]) -> dict[int, NoticeChoices]:
    """The choices of those among these people (ids) who have made some."""
    return {row.person_id: row for row in NoticeChoices.objects.filter(person_id__in=list(people))}


def has_account(person: Person) -> bool:
    """Whether a person can read notices on the site."""
    return person.user is not None and person.user.is_active


def address_of(person: Person) -> str:
    """Where a person's email goes: the address they sign in with, else the one that they gave."""
    return person.user.email if person.user is not None and person.user.is_active else person.email


def owed_to(person: Person, timing: str) -> str:
    """How a notice has to reach a person beside the site. Who can read neither site nor email is told in person."""
    if timing == Timing.NONE:
        return ""
    if timing in BY_EMAIL and address_of(person):
        return Owed.EMAIL
    return "" if has_account(person) else Owed.IN_PERSON


@transaction.atomic
def choose(*, by: Actor, person: Person, expected: int | None = None, **timings: str) -> NoticeChoices:
    """Keep how a person hears from us: chosen by themselves, or by the engagement lead whom they asked."""
    is_own = person.user_id is not None and person.user_id == by.pk
    if not is_own and not has_perm(by, "core.set_notices"):
        raise PermissionDenied("People choose for themselves how they hear from us. Ask the engagement lead.")
    return choose_for(by=by, person=person, expected=expected, **timings)


@transaction.atomic
def choose_for(*, by: Actor, person: Person, expected: int | None = None, **timings: str) -> NoticeChoices:
    """Keep choices about notices, for a service that has asked for a permission of its own.

    What still waited to be emailed follows the new choice.
    """
    reject_unknown(timings, KINDS)
    NoticeChoices.objects.get_or_create(person=person)
    row = NoticeChoices.objects.select_for_update().get(person=person)
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
    for kind in NoticeKind.values:
        owed = owed_to(person, row.timing_of(kind))
        waiting = Notice.objects.filter(person=person, kind=kind).waiting(Owed.EMAIL)
        if owed != Owed.EMAIL:
            waiting.update(owed=owed)


# --- The link in each email ----------------------------------------------------------------------
def _signer() -> Signer:
    return Signer(sep=".", salt="core.notices")


def stop_url(person: Person) -> str:
    """Where one POST stops the emails of one person (RFC 8058)."""
    return settings.SITE_URL + reverse("core:notices-stop", args=[_signer().sign(str(person.pk))])


def person_of(token: str) -> Person | None:
    """The person behind a link to stop emails; None when it was not made by us."""
    try:
        pk = int(_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return Person.objects.select_related("user").filter(pk=pk).first()


@transaction.atomic
def stop_emails(*, by: Actor = SYSTEM, person: Person) -> NoticeChoices:
    """Email this person no more notices. They stay on the site; someone without an account is told in person."""
    row = choices_of(person)
    emailed: dict[str, Any] = {kind: Timing.SITE for kind in NoticeKind.values if row.timing_of(kind) in BY_EMAIL}
    return choose_for(by=by, person=person, **emailed)
