"""Inviting members, their answers to the invitation, and what they say themselves."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from coproduction.group.members import deciding_members, resolve_member, say_day
from coproduction.group.models import SupportLink, require_told
from coproduction.involvements.models import Involvement
from coproduction.involvements.services import locked
from coproduction.involvements.taking_part.models import Participation, may_quote
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, tidy
from impact.core.notices.services import tell
from impact.core.people.models import Person


def _require_waiting(involvement: Involvement) -> None:
    if involvement.outcome != Involvement.Outcome.WAITING:
        raise StateConflict("This is settled: what changed is recorded. Read it on its page.", "settled")


@transaction.atomic
def invite_members(*, by: Actor, involvement: Involvement, people: Iterable[Person]) -> Involvement:
    """Ask members of the group to take part, and tell each of them. Those who were asked before are left alone."""
    require(by, "coproduction.edit_involvement", involvement)
    involvement = locked(involvement)
    _require_waiting(involvement)
    wanted = {person.pk: person for person in people}
    if not wanted:
        raise ValidationError({"people": "Choose at least one member."})
    if deciding_members(involvement.group).filter(person__in=wanted).values("person").distinct().count() < len(wanted):
        raise ValidationError({"people": "Only today’s members of the group can be invited. Choose from the list."})
    known = set(involvement.participations.values_list("person_id", flat=True))
    new = [person for pk, person in sorted(wanted.items()) if pk not in known]
    for person in new:
        Participation.objects.create(involvement=involvement, person=person, invited_on=clock.today())
    if new:
        audit.record(by, "involvement.invited", involvement, members=len(new))
        tell(
            people=new,
            event="involvement-invited",
            title=f"Would you like to take part? {involvement.title}"[:200],
            words=_invitation(involvement),
            path=involvement.get_absolute_url(),
            about=involvement,
            key=f"involvement-invited:{involvement.pk}",
        )
        _tell_supporters(involvement, new)
    return involvement


def _tell_supporters(involvement: Involvement, invited: list[Person]) -> None:
    """Tell those who write for an invited member, with the way to the page for that member's yes or no."""
    links = SupportLink.objects.in_force().filter(group=involvement.group, member__in=invited)
    for link in links.select_related("supporter"):
        tell(
            people=[link.supporter],
            event="involvement-invited-supporter",
            title=f"A member whom you support is invited: {involvement.title}"[:200],
            words=f"{_invitation(involvement)}\nAsk the member. You can write down their yes or no, if they want that.",
            path=reverse("coproduction:involvement-reply-for", args=[involvement.pk, link.member_id]),
            key=f"involvement-invited:{involvement.pk}:for:{link.member_id}",
        )


def _invitation(involvement: Involvement) -> str:
    """What an invitation says: what for, by when, how much time, paid or not."""
    lines = [f"{involvement.asker} asks for your views.", involvement.asked[:1000]]
    if involvement.purpose:
        lines.append(f"What it is for: {involvement.purpose}")
    if involvement.wanted_by:
        lines.append(f"By when: {say_day(involvement.wanted_by)}.")
    if involvement.time_needed:
        lines.append(f"Time: {involvement.time_needed}")
    if involvement.payment:
        lines.append(f"Payment: {involvement.get_payment_display()}.")
    return "\n".join([*lines, "You can say yes or no on the page."])


@transaction.atomic
def answer_invitation(
    *, by: Actor, involvement: Involvement, accepts: bool, person: Person | None = None, told: str = ""
) -> Participation:
    """Say yes or no to taking part: members for themselves, or someone whom they told."""
    require(by, "coproduction.take_part", involvement)
    involvement = locked(involvement)
    _require_waiting(involvement)
    person = resolve_member(by, involvement.group, person, clock.today())
    told = require_told(by, person, told)
    row = Participation.objects.select_for_update().filter(involvement=involvement, person=person).first()
    if row is None:
        raise StateConflict("There is no invitation to answer. Ask the engagement lead.", "not_invited")
    if told and row.state != Participation.State.INVITED and not row.told:
        raise StateConflict(f"{person} has answered already. Only {person} can change that answer.", "own_answer")
    row.state = Participation.State.ACCEPTED if accepts else Participation.State.DECLINED
    row.answered_on, row.told, row.recorded_by_id = clock.today(), told, by.pk
    row.version += 1
    row.full_clean()
    row.save(update_fields=["state", "answered_on", "told", "recorded_by", "version"])
    audit.record(by, "participation.accepted" if accepts else "participation.declined", row)
    return row


@transaction.atomic
def say_words(
    *,
    by: Actor,
    involvement: Involvement,
    words: str,
    person: Person | None = None,
    told: str = "",
    expected: int | None = None,
) -> Participation:
    """Keep what a member says about what was asked, in their own words. Members need no invitation to say something.

    ``expected``: the version being changed, 0 where there was none; None does not ask.
    """
    require(by, "coproduction.take_part", involvement)
    involvement = locked(involvement)
    _require_waiting(involvement)
    person = resolve_member(by, involvement.group, person, clock.today())
    told = require_told(by, person, told)
    words = tidy(words)
    if not words:
        raise ValidationError({"words": "Write what you think, in your own words."})
    row = Participation.objects.select_for_update().filter(involvement=involvement, person=person).first()
    if row is not None and told and row.words and not row.told:
        raise StateConflict(f"{person} has written already. Only {person} can change these words.", "own_answer")
    if expected is not None and row is not None and expected != row.version:
        raise Conflict(row)
    if row is None:
        row = Participation(involvement=involvement, person=person, version=0)
    row.state = Participation.State.ACCEPTED
    row.answered_on = row.answered_on or clock.today()
    row.words, row.words_on, row.took_part, row.is_quoted = words, clock.today(), True, False
    row.told, row.recorded_by_id = told, by.pk
    row.version += 1
    row.full_clean()
    row.save()
    audit.record(by, "participation.said", row)
    return row


@transaction.atomic
def record_took_part(*, by: Actor, involvement: Involvement, people: Iterable[Person]) -> Involvement:
    """Record which of those who were invited took part. Those who said something in their own words always did."""
    require(by, "coproduction.edit_involvement", involvement)
    involvement = locked(involvement)
    came = {person.pk for person in people}
    rows = list(involvement.participations.select_for_update())
    if came - {row.person_id for row in rows}:
        raise ValidationError({"people": "Invite these members first, then record that they took part."})
    changed = 0
    for row in rows:
        took_part = row.person_id in came or bool(row.words)
        if row.took_part != took_part:
            row.took_part, row.version = took_part, row.version + 1
            row.save(update_fields=["took_part", "version"])
            changed += 1
    if changed:
        audit.record(by, "involvement.took_part", involvement, members=len(came))
    return involvement


# --- For everyone to read ------------------------------------------------------------------------
@transaction.atomic
def publish_summary(
    *,
    by: Actor,
    involvement: Involvement,
    public_summary: str,
    quoted: Iterable[Participation] = (),
    expected: int | None = None,
) -> Involvement:
    """Approve a summary for everyone to read, with the words of members who agreed to be quoted.

    A quote has no name. It is shown as long as the member's consent counts: once it is withdrawn or over, it is gone.
    """
    require(by, "coproduction.edit_involvement", involvement)
    involvement = locked(involvement, expected)
    if involvement.outcome == Involvement.Outcome.WAITING:
        raise StateConflict("Record what changed first. Then the summary can be published.", "waiting")
    if not public_summary.strip():
        raise ValidationError({"public_summary": "Write the summary that everyone will read."})
    rows = {row.pk: row for row in quoted}
    agreed = may_quote({row.person_id for row in rows.values()})
    if any(row.involvement_id != involvement.pk or not row.words for row in rows.values()):
        raise ValidationError({"quoted": "Choose from what members said about this."})
    if any(row.person_id not in agreed for row in rows.values()):
        raise ValidationError(
            {"quoted": "One of these members has not agreed to be quoted. Ask them, or leave it out."}
        )
    involvement.public_summary = public_summary.strip()
    involvement.public_on = clock.today()
    involvement.version += 1
    involvement.full_clean()
    involvement.save(update_fields=["public_summary", "public_on", "version"])
    Participation.objects.filter(involvement=involvement).exclude(pk__in=rows).update(is_quoted=False)
    Participation.objects.filter(pk__in=rows).update(is_quoted=True)
    audit.record(by, "involvement.published", involvement, quotes=len(rows))
    return involvement


@transaction.atomic
def withdraw_summary(*, by: Actor, involvement: Involvement, expected: int | None = None) -> Involvement:
    """Take a summary off the public page. Its words stay for the next time."""
    require(by, "coproduction.edit_involvement", involvement)
    involvement = locked(involvement, expected)
    if involvement.public_on is None:
        raise StateConflict("This summary is not public.", "not_public")
    involvement.public_on = None
    involvement.version += 1
    involvement.save(update_fields=["public_on", "version"])
    audit.record(by, "involvement.unpublished", involvement)
    return involvement
