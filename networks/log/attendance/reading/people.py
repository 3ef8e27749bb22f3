"""Which rows of an attendance report are one person. Pure.

No one may be lost: two rows are put together only where nothing speaks against it, and what was put together wrongly can be
taken apart (``Joined.parts``). Kept apart are different names on one address, the same name without an address at the same
time or in a list of totals, and the same name under different addresses or telephone numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from networks.log.attendance.reading.names import Named, name_key
from networks.log.attendance.reading.times import Span, together

# A dropped connection lingers for a while after the same person has come back.
LINGER = timedelta(minutes=2)
MINUTES_LIMIT = 9_999  # of nonsense, which is asked about
PARTS_LIMIT = 20  # beyond that many rows, someone who was put together is taken apart by name and address alone


@dataclass(frozen=True)
class Stay:
    """One row of the list."""

    row: int
    named: Named
    emails: tuple[str, ...]
    seconds: int | None
    span: Span | None
    is_waiting: bool

    @cached_property
    def identities(self) -> frozenset[str]:
        """Addresses and telephone number."""
        return frozenset({*self.emails, *([self.named.number] if self.named.number else [])})

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that it goes by, for comparing; none for someone who rang in and gave no name."""
        if self.named.is_caller:
            return frozenset()
        return frozenset(key for key in (self.key, name_key(self.named.also)) if key)

    @cached_property
    def key(self) -> str:
        return name_key(self.named.name) or self.named.name


@dataclass
class Joined:
    """One person in a report, over all their rows."""

    stays: list[Stay] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)  # names as they stand in the list, without those of renamed people

    @classmethod
    def of(cls, *stays: Stay) -> "Joined":
        person = cls()
        for stay in stays:
            person.add(stay)
        return person

    def add(self, stay: Stay) -> None:
        self.stays.append(stay)
        self.names |= stay.names
        self.keys.add(stay.key)

    @property
    def name(self) -> str:
        named = [stay.named for stay in self.stays]
        return next((n.name for n in named if not n.is_caller), named[0].name)

    @property
    def also(self) -> str:
        """The other name of someone who was renamed."""
        others = (
            other
            for stay in self.stays
            if not stay.named.is_caller
            for other in (stay.named.also, stay.named.name)
            if name_key(other) != name_key(self.name)
        )
        return next((other for other in others if other), "")

    @property
    def emails(self) -> list[str]:
        return list(dict.fromkeys(email for stay in self.stays for email in stay.emails))

    @property
    def email(self) -> str:
        return next(iter(self.emails), "")

    @property
    def is_caller(self) -> bool:
        return all(stay.named.is_caller for stay in self.stays)

    @property
    def is_waiting_only(self) -> bool:
        return all(stay.is_waiting for stay in self.stays)

    @property
    def rows(self) -> list[int]:
        return sorted(stay.row for stay in self.stays)

    @property
    def spans(self) -> list[Span]:
        """When they were in the meeting itself; empty unless every row says so."""
        found = [stay.span for stay in self.stays if not stay.is_waiting]
        return sorted(span for span in found if span) if all(found) else []

    @property
    def seconds(self) -> int:
        """How long they were in the meeting itself. Time in the waiting room does not count.

        Lengths add up to too much where joins overlap; the time from first join to last leave is too much where there
        were breaks. The smaller of the two is neither.
        """
        inside = [stay for stay in self.stays if not stay.is_waiting]
        stated = [stay.seconds for stay in inside if stay.seconds is not None]
        bounds = [sum(stated)] if len(stated) == len(inside) else []
        if len(self.spans) == len(inside):
            bounds.append(together(self.spans))
        if bounds:
            return min(bounds)
        return sum(stay.seconds or together([stay.span] if stay.span else []) for stay in inside)

    @property
    def minutes(self) -> int:
        """Whole minutes; someone who was there for seconds was there for one."""
        return min(MINUTES_LIMIT, max(1, (self.seconds + 30) // 60)) if self.seconds else 0

    @property
    def parts(self) -> list["Joined"]:
        """The rows that were put together, each by itself; of very many rows those that look the same stay together."""
        if len(self.stays) <= PARTS_LIMIT:
            return [Joined.of(stay) for stay in self.stays]
        alike: dict[tuple[str, tuple[str, ...]], Joined] = {}
        for stay in self.stays:
            alike.setdefault((stay.named.name, stay.emails), Joined()).add(stay)
        return list(alike.values())


def people_of(stays: Sequence[Stay], *, is_total: bool) -> list[Joined]:
    """The people in a report, in its order. ``is_total``: each row stands for everything that one person did."""
    people: list[Joined] = []
    by_identity: dict[str, list[Joined]] = {}
    by_name: dict[str, list[Joined]] = {}
    for stay in sorted(stays, key=lambda s: not s.identities):  # those with an address first
        person = _known_by_identity(stay, by_identity, is_total) or _known_by_name(stay, by_name, is_total)
        if person is None:
            person = Joined()
            people.append(person)
        person.add(stay)
        for key in stay.identities:
            _note(by_identity, key, person)
        for key in stay.names:
            _note(by_name, key, person)
    for person in people:
        person.stays.sort(key=lambda stay: stay.row)
    return sorted(people, key=lambda person: person.rows[0])


def _note(known: dict[str, list[Joined]], key: str, person: Joined) -> None:
    if not any(person is other for other in known.setdefault(key, [])):
        known[key].append(person)


def _known_by_identity(stay: Stay, by_identity: dict[str, list[Joined]], is_total: bool) -> Joined | None:
    """Who has the same address or number and the same name, or no name."""
    for key in sorted(stay.identities):
        for person in by_identity.get(key, []):
            is_same = not stay.names or not person.names or bool(stay.names & person.names)
            if is_same and not (is_total and _has_same_name(stay, person)):
                return person
    return None


def _known_by_name(stay: Stay, by_name: dict[str, list[Joined]], is_total: bool) -> Joined | None:
    """Who goes by the same name, for a row without an address, where that can be only one and was not there meanwhile."""
    if stay.identities:
        return None
    found: list[Joined] = []
    for key in stay.names:
        # What stands in brackets may be an organisation: the same one twice does not make one person.
        found += [p for p in by_name.get(key, []) if key == stay.key or key in p.keys]
    if len({id(person) for person in found}) != 1:
        return None
    person = found[0]
    if _has_same_name(stay, person) and (is_total or _overlap(stay, person)):
        return None
    return person


def _has_same_name(stay: Stay, person: Joined) -> bool:
    """Whether a row of this person has the very same name, not only one of two names of someone who was renamed."""
    return stay.key in person.keys


def _overlap(stay: Stay, person: Joined) -> bool:
    """Whether both were in the meeting at one time, for longer than a dropped connection lingers."""
    spans = [other.span for other in person.stays if not other.is_waiting]
    if stay.is_waiting or stay.span is None:
        return False
    start, stop = stay.span
    return any(min(stop, span[1]) - max(start, span[0]) > LINGER for span in spans if span)
