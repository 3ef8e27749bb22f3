"""Yearly reflections: opened by the engagement lead, answered by members, tied to no one.

That someone answered is theirs alone to know: nothing here writes it to the audit log, nor who wrote it down for them.
"""

import random
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse

from coproduction.group.members import DECIDING_ROLES, deciding_members, resolve_member, say_day
from coproduction.reflections.figures import SCALE, Area
from coproduction.reflections.models import Reflection, ReflectionAnswer, ReflectionLink
from coproduction.reflections.pseudonyms import hash_token, key_of, pseudonyms_of, seal
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.jobs import outbox
from impact.core.notices.choices import address_of
from impact.core.people.models import Person
from networks.groups.models import Group, Membership

LONGEST = 2000  # characters about one area
SUBJECT = "A few private questions from IMPACT"  # it lights up on a locked phone, so it says no more


@dataclass(frozen=True)
class Answers:
    """What one person says: a point from 1 to 5 and words for each area, where they wish."""

    scales: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


# --- The engagement lead -------------------------------------------------------------------------
def _members(group: Group) -> list[Person]:
    rows = deciding_members(group).select_related("person__user")
    return list({row.person_id: row.person for row in rows}.values())


@transaction.atomic
def open_reflection(
    *, by: Actor, group: Group, closes_on: date, is_illustrative: bool = False, send: bool = True
) -> Reflection:
    """Open this year's reflection of a group, and send every member a private link by email."""
    require(by, "coproduction.open_reflection", group)
    today = clock.today()
    members = _members(group)
    if not members:
        raise ValidationError("This group has no members to ask. Add members first.")
    reflection = Reflection(
        group=group,
        year=today.year,
        opened_on=today,
        closes_on=closes_on,
        opened_by_id=by.pk,
        asked=len(members),
        is_illustrative=is_illustrative,
    )
    reflection.full_clean()
    reflection.save()
    if send:
        _send(reflection, members)
    audit.record(by, "reflection.opened", reflection, closes_on=closes_on.isoformat())
    return reflection


@transaction.atomic
def change_closing(*, by: Actor, reflection: Reflection, closes_on: date, expected: int | None = None) -> Reflection:
    """Change the last day for answers, while there is time. What has closed stays closed: figures have been shown."""
    require(by, "coproduction.open_reflection", reflection)
    _refuse_closed(Reflection.objects.select_for_update(of=("self",)).get(pk=reflection.pk))
    if closes_on < clock.today():
        raise ValidationError({"closes_on": "Choose today or a later day."})
    if save_changes(reflection, {"closes_on": closes_on}, expected=expected):
        audit.record(by, "reflection.closing_changed", reflection, closes_on=closes_on.isoformat())
    return reflection


@transaction.atomic
def send_links(*, by: Actor, reflection: Reflection, person: Person | None = None) -> int:
    """Send new private links: to one member who asks for it, or to all as a reminder; how many emails went out.

    No one knows who has answered, so a reminder goes to everyone. Links sent before go on working.
    """
    require(by, "coproduction.open_reflection", reflection)
    _refuse_closed(reflection)
    members = [one for one in _members(reflection.group) if person is None or one.pk == person.pk]
    if not members:
        raise ValidationError({"person": "Choose someone who is a member of the group today."})
    sent = _send(reflection, members)
    if person is not None and not sent:
        raise ValidationError({"person": "We have no email address for this member. Write the answers down for them."})
    audit.record(by, "reflection.links_sent", reflection)
    return sent


def _send(reflection: Reflection, people: Iterable[Person]) -> int:
    """Send each person a link of their own. Links are made in any order, so that their place says nothing."""
    rows = [(person, address_of(person)) for person in people]
    rows = [(person, email) for person, email in rows if email]
    random.SystemRandom().shuffle(rows)
    for person, email in rows:
        token = secrets.token_urlsafe(32)
        ReflectionLink.objects.create(
            reflection=reflection, token_hash=hash_token(token), sealed=seal(token, key_of(reflection, person))
        )
        address = settings.SITE_URL + reverse("coproduction:reflection-link", args=[token])
        context = {"reflection": reflection, "address": address, "site_url": settings.SITE_URL}
        body = render_to_string("emails/reflection_link.txt", context).strip() + "\n"
        outbox.send_later(event="reflection-link", to=email, subject=SUBJECT, body=body)
    return len(rows)


# --- Answers -------------------------------------------------------------------------------------
def _refuse_closed(reflection: Reflection) -> None:
    if reflection.is_closed:
        raise StateConflict(f"This closed on {say_day(reflection.closes_on)}. Nothing can change any more.", "closed")


def link_of(token: str) -> ReflectionLink | None:
    """The link behind a token, found by its hash; None for one that we never made."""
    return ReflectionLink.objects.select_related("reflection__group").filter(token_hash=hash_token(token)).first()


@transaction.atomic
def answer_reflection(*, by: Actor, reflection: Reflection, answers: Answers, person: Person | None = None) -> None:
    """Keep a member's answers in place of earlier ones: their own, or written down for ``person`` by someone they told.

    What the member entered themselves stays as it is: then what someone else writes down is not kept, and the one who
    wrote it is not told, because that would say that the member has answered.
    """
    speaker = resolve_member(by, reflection.group, person, clock.today())
    is_own = speaker.user_id is not None and speaker.user_id == by.pk
    _keep(reflection, key_of(reflection, speaker), answers, is_own=is_own)


@transaction.atomic
def answer_by_link(*, by: Actor, token: str, answers: Answers) -> None:
    """Keep the answers of the person to whom a link was sent. ``by`` is SYSTEM: who holds a link needs no account."""
    require(by, "coproduction.answer_by_link")
    link = link_of(token)
    if link is None:
        raise ValidationError("This link does not work. Open it again from your email.")
    _keep(link.reflection, seal(token, link.sealed), answers, is_own=True)


def _keep(reflection: Reflection, key: str, answers: Answers, *, is_own: bool) -> None:
    reflection = Reflection.objects.select_for_update(of=("self",)).get(pk=reflection.pk)  # answers take turns
    _refuse_closed(reflection)
    scales = {area: point for area, point in answers.scales.items() if point}
    words = {area: text.strip() for area, text in answers.words.items() if text.strip()}
    if {*scales, *words} - set(Area.values) or set(scales.values()) - set(SCALE):
        raise ValidationError("Choose one of the answers, or leave the question out.")
    for area, text in words.items():
        if len(text) > LONGEST:
            raise ValidationError({f"{area}_words": f"Write at most {LONGEST:,} characters."})
    if not scales and not words:
        raise ValidationError("Answer at least one question, then save.")
    names = pseudonyms_of(key)
    earlier = ReflectionAnswer.objects.filter(pseudonym__in=names.values())
    if not is_own and earlier.filter(is_own=True).exists():
        return
    earlier.delete()  # and new rows, so that their place does not say who changed something
    parts: dict[str, object] = {ReflectionAnswer.SCALES: scales, **{area: {"words": words[area]} for area in words}}
    ReflectionAnswer.objects.bulk_create(
        ReflectionAnswer(reflection=reflection, part=part, pseudonym=names[part], is_own=is_own, answer=answer)
        for part, answer in parts.items()
    )


def earlier_answers(key: str) -> Answers | None:
    """What the person behind a key has said so far, for that person alone; None before they answered."""
    names = pseudonyms_of(key)
    found = {row.part: row.answer for row in ReflectionAnswer.objects.filter(pseudonym__in=names.values())}
    if ReflectionAnswer.SCALES not in found:
        return None
    scales = found.pop(ReflectionAnswer.SCALES)
    return Answers(scales, {area: answer["words"] for area, answer in found.items()})


def would_answer_twice(kept: Person, other: Person) -> list[str]:
    """Why two records cannot be joined while a reflection is open: answers are kept under a name worked out from the record,
    which no one can look up, so those of the record that goes would not be found again, and the person could answer once more.

    Whether anyone has answered is not asked: the reason would tell.
    """
    asked = Membership.objects.filter(person=other, role__in=DECIDING_ROLES).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("opened_on")), group=OuterRef("group")
    )
    rows = Reflection.objects.open_on(clock.today()).filter(Exists(asked)).select_related("group")
    return [
        f"The yearly reflection of the {row.group} is open until {say_day(row.closes_on)}, and no one may answer it twice. "
        "Join the records after that day, or keep the other one."
        for row in rows.order_by("pk")
    ]
