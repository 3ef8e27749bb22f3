"""Match the people in an attendance report to members, by email and name. Pure.

Where more than one answer is possible no one is chosen: a person has to say, and ``candidates`` are offered first.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Perspective
from networks.log.attendance.reading.names import mask_email, name_key
from networks.log.attendance.reading.people import Joined

EMAIL, NAME, NOBODY, CALLER, WAITING = "email", "name", "nobody", "caller", "waiting"
SEVERAL, SHARED, NAMESAKE = "several", "shared", "namesake"
ASKS = {SEVERAL, SHARED, NAMESAKE}


@dataclass(frozen=True)
class Member:
    """Someone who belonged to the group on the day."""

    pk: int
    name: str
    email: str
    perspective: str = ""
    joined: date | None = None


@dataclass(frozen=True)
class Match:
    """What was found out about one person in the report; ``member`` None: no one, or more than one could be meant."""

    how: str
    member: int | None = None
    candidates: tuple[int, ...] = ()


def tell_apart(members: Sequence[Member]) -> dict[int, str]:
    """What distinguishes members who share a name, by id: perspective, then when they joined, then their address."""
    facts = {
        m.pk: [
            str(Perspective(m.perspective).label)
            if m.perspective in Perspective.values
            else "perspective not recorded",
            f"joined {day(m.joined)}" if m.joined else "",
            mask_email(m.email) or "no email address",
            f"record {m.pk}",
        ]
        for m in members
    }
    return distinguish([(m.pk, m.name, facts[m.pk]) for m in members])


def distinguish(people: Sequence[tuple[int, str, Sequence[str]]]) -> dict[int, str]:
    """For those of one name the least of their facts that tells them apart. ``people``: id, name and facts, in order."""
    told: dict[int, str] = {}
    times = Counter(name_key(name) for _pk, name, _facts in people)
    for key in (key for key, n in times.items() if n > 1):
        same = {pk: facts for pk, name, facts in people if name_key(name) == key}
        hints: dict[int, list[str]] = {pk: [] for pk in same}
        for facts in zip(*same.values(), strict=True):
            if len({tuple(hint) for hint in hints.values()}) == len(same):
                break
            if len(set(facts)) > 1:
                for hint, fact in zip(hints.values(), facts, strict=True):
                    hint += [fact] if fact else []
        told |= {pk: ", ".join(hint) for pk, hint in hints.items()}
    return told


def match_people(people: Sequence[Joined], members: Sequence[Member]) -> list[Match]:
    """Match each person to at most one member, and each member to at most one person."""
    found = [_by_email(person, people, members) for person in people]
    taken: set[int | None] = {match.member for match in found if match and match.member}
    matches = [match or _by_name(person, members, taken) for person, match in zip(people, found, strict=True)]
    # Two people who were kept apart are not both the same member: which of them is it, or is it one on two devices?
    times = Counter(match.member for match in matches if match.member)
    return [
        Match(NAMESAKE, candidates=(match.member,)) if match.member and times[match.member] > 1 else match
        for match in matches
    ]


def _by_email(person: Joined, people: Sequence[Joined], members: Sequence[Member]) -> Match | None:
    """By the address, unless the name speaks against it. None: the name has to decide."""
    if person.is_waiting_only:
        return Match(WAITING)
    if person.is_caller:
        return Match(CALLER)
    same = [m for m in members if m.email and m.email.casefold() in person.emails]
    if not same:
        return None
    agreeing = [m for m in same if name_key(m.name) in person.names]
    if len(agreeing) == 1:
        return Match(EMAIL, agreeing[0].pk)
    if len(agreeing) > 1:
        return Match(SEVERAL, candidates=_pks(agreeing))
    others = [p for p in people if p is not person and set(p.emails) & set(person.emails)]
    named = [m for m in members if name_key(m.name) in person.names]
    if named:  # the address is one member's and the name another's
        return None if others else Match(SHARED, candidates=_pks([*named, *same]))
    if others or len(same) > 1:
        return Match(SHARED, candidates=_pks(same))
    return Match(EMAIL, same[0].pk)


def _by_name(person: Joined, members: Sequence[Member], taken: set[int | None]) -> Match:
    same = [m for m in members if name_key(m.name) in person.names]
    if not same:
        return Match(NOBODY)
    if len(same) > 1:
        return Match(SEVERAL, candidates=_pks(same))
    return Match(NAME, same[0].pk) if same[0].pk not in taken else Match(NAMESAKE, candidates=_pks(same))


def _pks(members: Sequence[Member]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(m.pk for m in members))
