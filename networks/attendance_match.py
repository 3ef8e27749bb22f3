"""Who of the people in an attendance report is which member: by e-mail, then by name. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from networks.attendance_files import Joined
from networks.attendance_names import name_key

EMAIL, NAME, SEVERAL, NOBODY, CALLER, WAITING = "email", "name", "several", "nobody", "caller", "waiting"


@dataclass(frozen=True)
class Member:
    """Somebody who belonged to the group on the day."""

    pk: int
    name: str
    email: str
    perspective: str = ""


@dataclass(frozen=True)
class Match:
    """What was found out about one person in the report; ``member`` None: nobody, or more than one could be meant."""

    how: str
    member: int | None = None


def match_people(people: Sequence[Joined], members: Sequence[Member]) -> list[Match]:
    """Match each person to at most one member. Where more than one could be meant, a person has to choose."""
    found = [_by_email(person, members) for person in people]
    taken = {match.member for match in found if match and match.member}
    for n, person in enumerate(people):
        if found[n] is None:
            found[n] = _by_name(person, members, taken)
    matches = [match for match in found if match]
    # Two people of one name with two addresses are not the same person: which of them is the member?
    for n, match in enumerate(matches):
        rivals = [p for p, other in zip(people, matches, strict=True) if other == match and match.how == NAME]
        if len({p.email for p in rivals if p.email}) > 1:
            found[n] = Match(SEVERAL)
    return [match for match in found if match]


def _by_email(person: Joined, members: Sequence[Member]) -> Match | None:
    if person.is_waiting_only:
        return Match(WAITING)
    if person.is_phone:
        return Match(CALLER)
    same = [m for m in members if m.email and m.email.casefold() in person.emails]
    if len(same) > 1:  # a couple with one address
        same = [m for m in same if name_key(m.name) in _names(person)] or same
    if not same:
        return None
    return Match(EMAIL, same[0].pk) if len(same) == 1 else Match(SEVERAL)


def _by_name(person: Joined, members: Sequence[Member], taken: set[int | None]) -> Match:
    same = [m for m in members if name_key(m.name) in _names(person)]
    if not same:
        return Match(NOBODY)
    free = [m for m in same if m.pk not in taken]
    if len(same) == 1 and free:
        return Match(NAME, same[0].pk)
    return Match(SEVERAL)


def _names(person: Joined) -> set[str]:
    return {key for name in (person.name, person.also) if (key := name_key(name))}
