"""Who is to assess which application: a rule over plain rows, the same answer each time for the same rows.

In this order: an assessor with lived experience on as many applications as can have one, as many places filled as can
be, and loads as even as they can then be. No one is given an application that they are barred from (tied to its
organisation, or a conflict declared), nor more than the most that they take. What was assigned before stays.

Each place is filled along a shortest chain of moves ("A takes this one, B takes one of A's") that ends with the
reachable assessor who has least to do. That is the successive-shortest-path method for flows whose costs grow with
each assessor's load, so no other choice has more places filled or a smaller sum of squared loads. Among equals the
rule spreads each nation's applications over assessors, mixes assessors' nations, and mixes who assesses with whom.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

NONE_IN_ROUND = "No assessor with lived experience takes part in this round."
ALL_BARRED = "Every assessor with lived experience is tied to the organisation or declared a conflict."
ALL_FULL = "Every assessor with lived experience who could take it has as many as they take."
NO_PLACE = "Its places are taken by assessors without lived experience."


@dataclass(frozen=True)
class Assessor:
    """Someone who may be given applications: ``barred`` are those that they must not get."""

    key: int
    has_lived_experience: bool = False
    nation: str = ""
    most: int = 20
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """An application that needs assessors."""

    key: int
    nation: str = ""


@dataclass
class Assigned:
    """What the rule found: new pairs of (application, assessor), and what it could not do."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    loads: dict[int, int] = field(default_factory=dict)  # with what was assigned before
    short: dict[int, int] = field(default_factory=dict)  # application → places left empty
    without_lived_experience: dict[int, str] = field(default_factory=dict)  # application → why


class _Work:
    """The places filled so far, and the search for the next."""

    def __init__(
        self, applications: Sequence[Wanted], assessors: Sequence[Assessor], before: Mapping[int, frozenset[int]]
    ) -> None:
        self.assessors = {a.key: a for a in assessors}
        self.place = {a.key: n for n, a in enumerate(assessors)}
        self.nation = {w.key: w.nation for w in applications}
        self.fixed = {w.key: set(before.get(w.key, ())) for w in applications}
        self.chosen: dict[int, set[int]] = {w.key: set() for w in applications}
        self.holds: dict[int, set[int]] = {a.key: set() for a in assessors}  # what the rule gave
        self.loads = Counter({a.key: 0 for a in assessors})
        self.in_nation: Counter[tuple[int, str]] = Counter()
        self.together: Counter[frozenset[int]] = Counter()
        for key, members in before.items():
            for member in members & self.assessors.keys():
                self.loads[member] += 1
                self.in_nation[member, self.nation.get(key, "")] += 1

    def members(self, application: int) -> set[int]:
        return self.fixed[application] | self.chosen[application]

    def is_lived(self, assessor: int) -> bool:
        return assessor in self.assessors and self.assessors[assessor].has_lived_experience

    def lived(self, application: int) -> int:
        """How many assessors with lived experience an application has."""
        return sum(self.is_lived(member) for member in self.members(application))

    def may_take(self, assessor: Assessor, application: int) -> bool:
        return application not in assessor.barred and assessor.key not in self.members(application)

    def cover_gained(self, application: int, new: int, old: int | None = None) -> int:
        """1 if an application gets its first assessor with lived experience, -1 if it loses its only one, else 0."""
        had = self.lived(application)
        has = had + self.is_lived(new) - (old is not None and self.is_lived(old))
        return (has > 0) - (had > 0)

    def preference(self, assessor: int, application: int) -> tuple[int, ...]:
        """Smaller is better, among assessors with equal loads."""
        others = self.members(application)
        same_nation = sum(
            self.assessors[o].nation == self.assessors[assessor].nation for o in others if o in self.assessors
        )
        met = sum(self.together[frozenset((assessor, other))] for other in others)
        return (self.in_nation[assessor, self.nation[application]], same_nation, met, self.place[assessor])

    def has_room(self, assessor: int) -> bool:
        return self.loads[assessor] < self.assessors[assessor].most

    def put(self, application: int, assessor: int) -> None:
        for other in self.members(application):
            self.together[frozenset((assessor, other))] += 1
        self.chosen[application].add(assessor)
        self.holds[assessor].add(application)
        self.loads[assessor] += 1
        self.in_nation[assessor, self.nation[application]] += 1

    def take(self, application: int, assessor: int) -> None:
        self.chosen[application].discard(assessor)
        self.holds[assessor].discard(application)
        self.loads[assessor] -= 1
        self.in_nation[assessor, self.nation[application]] -= 1
        for other in self.members(application):
            self.together[frozenset((assessor, other))] -= 1

    def fill(self, application: int, among: Sequence[Assessor], gain: int = 0) -> bool:
        """Fill one place of an application with one of ``among``, moving others along if need be, so that ``gain`` more
        applications have an assessor with lived experience. Whether it was."""
        first = [a.key for a in among if self.may_take(a, application)]
        free = [a.key for a in among if self.has_room(a.key)]
        if not first or not free:
            return False
        least = min(self.loads[key] for key in free)
        direct = [key for key in first if self.has_room(key) and self.loads[key] == least]
        if direct:  # no chain ends with someone who has less to do
            self.put(application, min(direct, key=lambda key: self.preference(key, application)))
            return True
        return self.fill_by_moves(application, first, least, gain)

    def fill_by_moves(self, application: int, first: list[int], least: int, gain: int) -> bool:
        """Fill a place of an application along a chain of moves. What one application loses of lived experience on the
        way, another must gain, and ``gain`` more in all. ``least``: the load to stop at."""
        # Who was reached, with how many more applications covered by then → the one before, and what they gave up.
        came: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = {
            (key, self.cover_gained(application, key)): None
            for key in sorted(first, key=lambda key: self.preference(key, application))
        }
        queue = deque(came)
        best: tuple[int, int] | None = None
        while queue:
            now, gained = queue.popleft()
            if gained >= gain and self.has_room(now) and (best is None or self.loads[now] < self.loads[best[0]]):
                best = (now, gained)
                if self.loads[now] == least:
                    break
            for held in sorted(self.holds[now]):
                for key, other in self.assessors.items():
                    reached = (key, gained + self.cover_gained(held, key, now))
                    if reached not in came and -1 <= reached[1] <= 1 and self.may_take(other, held):
                        came[reached] = ((now, gained), held)
                        queue.append(reached)
        if best is None:
            return False
        step = best
        while (link := came[step]) is not None:  # from the end, so that each place is free before it is taken
            before, held = link
            self.take(held, before[0])
            self.put(held, step[0])
            step = before
        self.put(application, step[0])
        return True


def assign(
    applications: Iterable[Wanted],
    assessors: Iterable[Assessor],
    *,
    each: int,
    before: Mapping[int, frozenset[int]] | None = None,
) -> Assigned:
    """Give each application ``each`` assessors. ``before``: application → assessors that it has, who stay.

    An assessor in ``before`` who is not among ``assessors`` has a place, and counts as without lived experience.
    """
    wanted = _mixed(applications)
    people = sorted(assessors, key=lambda a: a.key)
    before = before or {}
    work = _Work(wanted, people, before)
    with_lived = [a for a in people if a.has_lived_experience]
    for w in wanted:
        if not work.lived(w.key) and len(work.members(w.key)) < each:
            work.fill(w.key, with_lived, gain=1)
    for number in range(1, each + 1):
        for w in wanted:
            if len(work.members(w.key)) < number:
                work.fill(w.key, people)
    found = Assigned(loads=dict(work.loads))
    for w in wanted:
        found.pairs += [(w.key, key) for key in sorted(work.chosen[w.key])]
        if (missing := each - len(work.members(w.key))) > 0:
            found.short[w.key] = missing
        if not work.lived(w.key):
            found.without_lived_experience[w.key] = _why(work, w.key, with_lived, before, each)
    return found


def _mixed(applications: Iterable[Wanted]) -> list[Wanted]:
    """The first of each nation, then the second of each, and so on, so that no nation falls to a few assessors."""
    seen: Counter[str] = Counter()
    turns = []
    for w in sorted(applications, key=lambda w: w.key):
        turns.append((seen[w.nation], w.nation, w))
        seen[w.nation] += 1
    return [w for _turn, _nation, w in sorted(turns, key=lambda turn: turn[:2])]


def _why(
    work: _Work, application: int, with_lived: list[Assessor], before: Mapping[int, frozenset[int]], each: int
) -> str:
    """Why an application has no assessor with lived experience."""
    if not with_lived:
        return NONE_IN_ROUND
    if all(application in a.barred for a in with_lived):
        return ALL_BARRED
    return NO_PLACE if len(before.get(application, ())) >= each else ALL_FULL
