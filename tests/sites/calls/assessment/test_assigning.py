"""The rule that shares applications out: what always holds, and that nothing better exists."""

import random
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from sites.calls.assessment.assigning import ALL_BARRED, ALL_FULL, NO_PLACE, NONE_IN_ROUND, Assessor, Wanted, assign

NATIONS = ["england", "northern_ireland", "scotland", "wales"]


@st.composite
def rounds(draw, applications=8, assessors=5, most=6):
    """Applications, assessors, how many each, and what was assigned before."""
    wanted = [Wanted(n, draw(st.sampled_from(NATIONS))) for n in range(draw(st.integers(1, applications)))]
    people = [
        Assessor(
            100 + n,
            draw(st.booleans()),
            draw(st.sampled_from(NATIONS)),
            draw(st.integers(0, most)),
            frozenset(draw(st.sets(st.sampled_from([w.key for w in wanted]), max_size=3))),
        )
        for n in range(draw(st.integers(0, assessors)))
    ]
    before: dict[int, frozenset[int]] = {}
    if people and draw(st.booleans()):
        for w in wanted[:2]:
            before[w.key] = frozenset(draw(st.sets(st.sampled_from([a.key for a in people]), max_size=2)))
    return wanted, people, draw(st.integers(1, 3)), before


def panels(found, wanted, before):
    """Application → all its assessors."""
    sets = {w.key: set(before.get(w.key, ())) for w in wanted}
    for application, assessor in found.pairs:
        sets[application].add(assessor)
    return sets


@given(rounds())
@settings(max_examples=300, deadline=None)
def test_no_one_gets_what_they_are_barred_from_or_more_than_they_take(case):
    wanted, people, each, before = case
    found = assign(wanted, people, each=each, before=before)
    by_key = {a.key: a for a in people}
    assert len(set(found.pairs)) == len(found.pairs)
    for application, assessor in found.pairs:
        assert application not in by_key[assessor].barred
        assert assessor not in before.get(application, frozenset())
    earlier = {a.key: sum(a.key in members for members in before.values()) for a in people}
    for a in people:
        new = sum(assessor == a.key for _application, assessor in found.pairs)
        assert found.loads[a.key] == earlier[a.key] + new
        assert new == 0 or found.loads[a.key] <= a.most
    for application, members in panels(found, wanted, before).items():
        assert len(members) <= max(each, len(before.get(application, ())))
        assert found.short.get(application, 0) == max(0, each - len(members))


@given(rounds(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_rows_changes_nothing(case, shuffler: random.Random):
    wanted, people, each, before = case
    first = assign(wanted, people, each=each, before=before)
    shuffler.shuffle(wanted)
    shuffler.shuffle(people)
    assert assign(wanted, people, each=each, before=before) == first


def every_way(wanted, people, each, before):
    """Each way to add assessors to each application, as a list of panels."""
    choices = []
    for w in wanted:
        had = before.get(w.key, frozenset())
        free = [a.key for a in people if w.key not in a.barred and a.key not in had]
        places = max(0, each - len(had))
        choices.append([(w.key, set(c)) for n in range(places + 1) for c in combinations(free, n)])
    return product(*choices)


@given(rounds(applications=4, assessors=3, most=3))
@settings(max_examples=150, deadline=None)
def test_no_other_choice_has_more_lived_experience_more_places_filled_or_more_even_loads(case):
    wanted, people, each, before = case
    lived = {a.key for a in people if a.has_lived_experience}

    def worth(added: dict[int, set[int]]) -> tuple[int, int, int] | None:
        loads = {a.key: sum(a.key in members for members in before.values()) for a in people}
        for members in added.values():
            for member in members:
                loads[member] += 1
        new = {m for members in added.values() for m in members}
        if any(loads[a.key] > a.most for a in people if a.key in new):
            return None
        covered = sum(bool(lived & (added[w.key] | before.get(w.key, frozenset()))) for w in wanted)
        return covered, sum(map(len, added.values())), -sum(load**2 for load in loads.values())

    found = assign(wanted, people, each=each, before=before)
    ours: dict[int, set[int]] = {w.key: set() for w in wanted}
    for application, assessor in found.pairs:
        ours[application].add(assessor)
    best = max(w for way in every_way(wanted, people, each, before) if (w := worth(dict(way))) is not None)
    assert worth(ours) == best


def test_lived_experience_moves_to_another_application_where_that_fills_one_more_place():
    """The only one with lived experience fits either application; on the first, one place would stay empty."""
    people = [Assessor(100, most=1), Assessor(101, has_lived_experience=True, most=1), Assessor(102, most=2)]
    found = assign([Wanted(0), Wanted(1)], people, each=2, before={0: frozenset({100})})
    assert set(found.pairs) == {(0, 102), (1, 101), (1, 102)} and not found.short


def test_sixty_applications_are_shared_out_evenly_with_lived_experience_on_each():
    wanted = [Wanted(n, NATIONS[n % 4]) for n in range(60)]
    people = [Assessor(n, n < 3, NATIONS[n % 4], 40) for n in range(5)]
    found = assign(wanted, people, each=2)
    assert set(found.loads.values()) == {24} and not found.short and not found.without_lived_experience
    nations = {w.key: w.nation for w in wanted}
    for person in people:
        of = [sum(nations[x] == nation for x, who in found.pairs if who == person.key) for nation in NATIONS]
        assert max(of) - min(of) <= 2, "each nation's applications are spread over the assessors"


def test_gaps_are_filled_and_what_was_assigned_stays():
    wanted = [Wanted(n) for n in range(4)]
    people = [Assessor(1, True), Assessor(2), Assessor(3)]
    first = assign(wanted, people, each=2)
    before = {w.key: frozenset(a for x, a in first.pairs if x == w.key) for w in wanted}
    assert assign(wanted, people, each=2, before=before).pairs == []
    before[0] = before[0] - {max(before[0])}
    again = assign(wanted, people, each=2, before=before)
    assert len(again.pairs) == 1 and again.pairs[0][0] == 0


def test_it_says_why_an_application_lacks_lived_experience():
    def why(people, **more):
        return assign([Wanted(1)], people, each=1, **more).without_lived_experience.get(1)

    assert why([Assessor(2)]) == NONE_IN_ROUND
    assert why([Assessor(1, True, barred=frozenset({1})), Assessor(2)]) == ALL_BARRED
    assert why([Assessor(1, True, most=0), Assessor(2)]) == ALL_FULL
    assert why([Assessor(1, True), Assessor(2)], before={1: frozenset({2})}) == NO_PLACE
    assert why([Assessor(1, True), Assessor(2)]) is None


def test_a_thousand_applications_are_shared_out_at_once():
    wanted = [Wanted(n, NATIONS[n % 4]) for n in range(1000)]
    people = [Assessor(n, n % 4 == 0, NATIONS[n % 4], 200, frozenset(range(n, 1000, 37))) for n in range(20)]
    found = assign(wanted, people, each=2)
    assert not found.short and not found.without_lived_experience
    loads = sorted(found.loads.values())
    assert sum(loads) == 2000
