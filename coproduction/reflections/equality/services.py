"""Equality monitoring: opened by the national team, answered by private link, closed with figures that stay.

Nothing here writes to the audit log who was sent what, who answered, or how many did (docs/decisions).
"""

import hmac
import random
import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.template.loader import render_to_string
from django.urls import reverse

from coproduction.group.members import say_day
from coproduction.reflections.equality.models import EqualityInvitation, EqualityLink, EqualityReply, EqualityRound
from coproduction.reflections.equality.strata import people_asked, put_in_strata
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.jobs import outbox
from impact.core.notices.choices import address_of, failed_addresses
from impact.core.people.rights.equality.figures import Asked, nation_of, publish, tables
from impact.core.people.rights.equality.questions import WELSH_IN, checked
from networks.groups.models import GroupKind

SUBJECT = "A few private questions from IMPACT"  # it lights up on a locked phone, so it says no more


def _keyed(purpose: str, token: str) -> str:
    """What a token becomes for one purpose. A token is as long as a key, so it is the key: no secret of ours is in it,
    and what it becomes for one purpose does not lead to what it becomes for another."""
    return hmac.new(token.encode(), f"coproduction.equality.{purpose}".encode(), "sha256").hexdigest()


# --- The national team ----------------------------------------------------------------------------
@transaction.atomic
def open_round(
    *, by: Actor, kinds: Collection[str], closes_on: date, is_illustrative: bool = False, send: bool = True
) -> EqualityRound:
    """Open this year's round for the members of some kinds of group, and send each a private link by email."""
    require(by, "coproduction.manage_equality")
    if not kinds or set(kinds) - set(GroupKind.values):
        raise ValidationError({"kinds": "Choose the kinds of group whose members are asked."})
    strata = put_in_strata(people_asked(kinds))
    today = clock.today()
    one = EqualityRound(
        year=today.year,
        kinds=[kind for kind in GroupKind.values if kind in kinds],
        opened_on=today,
        closes_on=closes_on,
        opened_by_id=by.pk,
        strata=dict(Counter(strata.values())),
        is_illustrative=is_illustrative,
    )
    one.full_clean(exclude=["figures"])
    one.save()
    rows = [EqualityInvitation(round=one, person_id=person, stratum=key) for person, key in strata.items()]
    random.SystemRandom().shuffle(rows)
    EqualityInvitation.objects.bulk_create(rows)
    if send:
        _send(one, is_reminder=False)
    audit.record(by, "equality_round.opened", one, closes_on=closes_on.isoformat())
    return one


@transaction.atomic
def change_closing(*, by: Actor, round: EqualityRound, closes_on: date, expected: int | None = None) -> EqualityRound:
    """Change the last day for answers, while there is time."""
    require(by, "coproduction.manage_equality", round)
    _locked(round)
    if closes_on < clock.today():
        raise ValidationError({"closes_on": "Choose today or a later day."})
    if save_changes(round, {"closes_on": closes_on}, expected=expected):
        audit.record(by, "equality_round.closing_changed", round, closes_on=closes_on.isoformat())
    return round


@transaction.atomic
def remind(*, by: Actor, round: EqualityRound) -> None:
    """Write to everyone who was asked and has an address: a new link to those who have not answered, thanks to the others.

    Everyone gets an email of the same name, so that no list of emails tells who has answered; nor is it counted.
    """
    require(by, "coproduction.manage_equality", round)
    _send(_locked(round), is_reminder=True)
    audit.record(by, "equality_round.reminded", round)


@transaction.atomic
def make_letters(*, by: Actor, round: EqualityRound) -> list[dict[str, Any]]:
    """A letter with a private link for each person whom no email reaches: name, address of the link and languages, to be
    printed. ``is_welsh``: Welsh first and English after it; ``has_welsh``: the questions can be answered in Welsh.

    Someone who has answered gets one too, whose link opens nothing, so that no pile of letters tells who has.
    """
    require(by, "coproduction.manage_equality", round)
    _locked(round)
    found: list[dict[str, Any]] = [
        {
            "name": row.person.name,
            "address": _address(row),
            "has_welsh": nation_of(row.stratum) in WELSH_IN,
            "is_welsh": _in_welsh(row),
        }
        for row, email in _with_emails(round)
        if not email
    ]
    audit.record(by, "equality_round.letters_made", round)
    return sorted(found, key=lambda letter: letter["name"])


def _locked(round: EqualityRound) -> EqualityRound:
    """The round, locked: what concerns its links and answers takes turns. Raises StateConflict once it has closed."""
    row = EqualityRound.objects.select_for_update(of=("self",)).get(pk=round.pk)
    if not row.is_open:
        raise StateConflict(f"This closed on {say_day(row.closes_on)}. Nothing can change any more.", "closed")
    return row


def _with_emails(round: EqualityRound) -> list[tuple[EqualityInvitation, str]]:
    """The people asked and where email reaches them ("": it does not), in mixed order: in that of the table those who
    answered could stand last."""
    rows = list(round.invitations.select_related("person__user"))
    failed = failed_addresses(row.person for row in rows)
    random.SystemRandom().shuffle(rows)
    emails = [address_of(row.person) for row in rows]
    return [(row, "" if email.lower() in failed else email) for row, email in zip(rows, emails, strict=True)]


def new_token(row: EqualityInvitation) -> str:
    """A new private link for someone who was asked. It opens nothing where the person has answered by another."""
    token = secrets.token_urlsafe(32)
    if not row.is_used:
        EqualityLink.objects.create(invitation=row, token_hash=_keyed("link", token))
    return token


def _address(row: EqualityInvitation) -> str:
    return str(settings.SITE_URL + reverse("coproduction:equality-answer", args=[new_token(row)]))


def _in_welsh(row: EqualityInvitation) -> bool:
    """Whether someone is written to in Welsh first: they read Welsh, and the questions they are asked are in Welsh too."""
    return row.person.preferred_language == "cy" and nation_of(row.stratum) in WELSH_IN


def _send(round: EqualityRound, *, is_reminder: bool) -> None:
    emails = []
    for row, email in _with_emails(round):
        if email:
            address = _address(row)
            context = {
                "round": round,
                "address": "" if row.is_used else address,
                "is_reminder": is_reminder,
                "is_welsh": _in_welsh(row),
            }
            body = render_to_string("emails/equality_link.txt", context).strip() + "\n"
            emails.append(outbox.prepare(event="equality-link", to=email, subject=SUBJECT, body=body))
    outbox.send_all_later(emails)


# --- Answers -------------------------------------------------------------------------------------
def link_of(token: str) -> EqualityLink | None:
    """The link behind a token, found by its hash; None for one that we never made, or that no longer counts."""
    rows = EqualityLink.objects.select_related("invitation__round")
    return rows.filter(token_hash=_keyed("link", token)).first()


@transaction.atomic
def answer(*, by: Actor, token: str, answers: Mapping[str, str]) -> None:
    """Keep the answers of the person who holds a link, in place of their earlier ones. ``by`` is SYSTEM.

    The first answer by one link ends the person's other links. Taking part with no answer at all is an answer too.
    """
    require(by, "coproduction.answer_by_link")
    link = link_of(token)
    if link is None:
        raise ValidationError("This link does not work. Open it again from your email or letter.")
    one = _locked(link.invitation.round)
    link = link_of(token)  # again, under the lock: another link of the same person may have been used meanwhile
    if link is None:
        raise ValidationError("You have answered by another link. Use that one to change your answers.")
    stratum = link.invitation.stratum
    given = checked(answers, nation_of(stratum))
    _mark_used(one, link)
    row = EqualityReply(round=one, stratum=stratum, pseudonym=_keyed("answer", token), answers=given)
    _write_mixed(one, stratum, row)


def _mark_used(round: EqualityRound, link: EqualityLink) -> None:
    """Mark an invitation as used, and rewrite all the others of its stratum by the same statement: neither
    their order in the table nor the number of the transaction says which of them was used last."""
    link.invitation.links.exclude(pk=link.pk).delete()
    rows = EqualityInvitation.objects.filter(round=round, stratum=link.invitation.stratum)
    rows.update(is_used=Case(When(pk=link.invitation_id, then=Value(True)), default=F("is_used")))


def _write_mixed(round: EqualityRound, stratum: str, new: EqualityReply) -> None:
    """Rewrite all answers of a stratum, in mixed order, with ``new`` among them in place of its earlier self."""
    earlier = EqualityReply.objects.filter(round=round, stratum=stratum)
    rows = [
        EqualityReply(round=round, stratum=stratum, pseudonym=row.pseudonym, answers=row.answers)
        for row in earlier
        if row.pseudonym != new.pseudonym
    ]
    earlier.delete()
    rows.append(new)
    random.SystemRandom().shuffle(rows)
    EqualityReply.objects.bulk_create(rows)


# --- Closing -------------------------------------------------------------------------------------
def close_due(*, by: Actor, on: date) -> int:
    """Close the rounds whose last day is over; the number of them."""
    rows = EqualityRound.objects.filter(figures__isnull=True, closes_on__lt=on).order_by("year")
    return sum(close_round(by=by, round=row) for row in rows)


@transaction.atomic
def close_round(*, by: Actor, round: EqualityRound) -> bool:
    """Publish the figures of a round whose last day is over, for good, and delete its answers, links and invitations."""
    require(by, "coproduction.close_equality")
    one = EqualityRound.objects.select_for_update(of=("self",)).get(pk=round.pk)
    if one.figures is not None or one.closes_on >= clock.today():
        return False
    strata = {key: Asked(people, _answers(one, key)) for key, people in sorted(one.strata.items())}
    one.figures = publish(strata, _published_before(one))
    one.version += 1
    one.save(update_fields=["figures", "version"])
    one.replies.all().delete()
    one.invitations.all().delete()
    audit.record(by, "equality_round.closed", one)
    return True


def _published_before(round: EqualityRound) -> dict[str, Any]:
    """What was published last of each group of people, in any earlier year. Where a stratum was wholly withheld for years,
    it is counted from the first of them."""
    found: dict[str, Any] = {"people": {}, "strata": {}, "rest": {}}
    for earlier in EqualityRound.objects.closed().filter(year__lt=round.year).order_by("year"):
        figures = earlier.figures or {}
        for key, told in figures["strata"].items():
            shown = {name: cells for name, cells in told.items() if any(cell is not None for cell in cells.values())}
            if shown or key not in found["strata"]:
                found["people"][key] = figures["people"][key]
            found["strata"][key] = {**told, **found["strata"].get(key, {}), **shown}
        for question, cells in figures["rest"].items():
            found["rest"][question] = {**found["rest"].get(question, {}), **cells}
    return found


def _answers(round: EqualityRound, stratum: str) -> list[dict[str, str]]:
    return list(round.replies.filter(stratum=stratum).values_list("answers", flat=True))


# --- Figures -------------------------------------------------------------------------------------
def published_in(year: int) -> dict[str, Any] | None:
    """The figures of a year as the report keeps them; None before its round has closed. Shape: answered, asked,
    is_withheld, questions [key, label, rows [key, label, value, is_part]]."""
    figures = EqualityRound.objects.closed().filter(year=year).values_list("figures", flat=True).first()
    if figures is None:
        return None
    found = [asdict(table) for table in tables(figures)]
    return {
        "answered": figures["answered"],
        "asked": figures["asked"],
        "is_withheld": any(row["value"] is None or row["is_part"] for one in found for row in one["rows"]),
        "questions": [{**one, "rows": list(one["rows"])} for one in found],
    }


def without_email(round: EqualityRound) -> int:
    """How many of those asked no email reaches; they get a letter."""
    return sum(not email for _row, email in _with_emails(round))
