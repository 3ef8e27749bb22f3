"""An attacker who knows every rule and reads every published number cannot tell what is withheld, nor who brought it in.

Small worlds are gone through whole: all that could have been answered is published, and worlds that look alike are put
together. A withheld number is safe where the worlds that look alike differ in it.
"""

import itertools
from collections import defaultdict

import pytest

from impact.core.basics.suppression import suppress
from impact.core.people.rights.equality import figures
from impact.core.people.rights.equality.figures import Asked, publish, tables
from impact.core.people.rights.equality.questions import Question, all_questions, questions

pytestmark = pytest.mark.sqlite_only
CHOICES = ("a", "b", "c")


@pytest.fixture
def ask(monkeypatch):
    """One question with so many choices in place of all."""

    def only(number: int) -> tuple[str, ...]:
        asked = (Question("q", "Q", tuple((choice, choice) for choice in CHOICES[:number])),)
        monkeypatch.setattr(figures, "questions", lambda nation="uk": asked)
        monkeypatch.setattr(figures, "counts_as", lambda _question, choice: choice)
        monkeypatch.setattr(figures, "all_questions", lambda: {"q": {choice: choice for choice in CHOICES[:number]}})
        monkeypatch.setattr(figures, "label_of", lambda key: key)
        return CHOICES[:number]

    return only


def counted(rows, asked, before=None):
    """What is published where ``rows`` are the true numbers of each stratum."""
    strata = {
        f"kind{n}:": Asked(
            people, [{"q": choice} for choice, times in zip(CHOICES, row, strict=False) for _ in range(times)]
        )
        for n, (row, people) in enumerate(zip(rows, asked, strict=True))
    }
    return publish(strata, before)


def seen(published) -> str:
    """All that any page, file, filter or edition can show of it."""
    filters = [{}, *({"kind": f"kind{n}"} for n in range(len(published["strata"]))), {"nation": "uk"}]
    return repr([published, *(tables(published, **one) for one in filters)])


def leaks(number: int, asked: tuple[int, ...], top: int) -> int:
    """How many withheld numbers a reader can tell: for sure, or for sure once they know that it is not 0 (theirs is in it)."""
    each = [[row for row in itertools.product(range(top + 1), repeat=number) if sum(row) <= people] for people in asked]
    alike = defaultdict(list)
    for rows in itertools.product(*each):
        published = counted(rows, asked)
        alike[seen(published)].append((rows, published["strata"]))
    found = 0
    for worlds in alike.values():
        for n, choice in itertools.product(range(len(asked)), range(number)):
            if worlds[0][1][f"kind{n}:"]["q"][CHOICES[choice]] is None:
                could_be = {rows[n][choice] for rows, _strata in worlds}
                found += len(could_be) < 2 or len(could_be - {0}) == 1
    return found


@pytest.mark.parametrize(
    ("number", "asked", "top"),
    [(2, (24,), 24), (3, (14,), 14), (2, (12, 12), 8), (1, (10,) * 4, 7)],
    ids=["large", "small", "two strata", "four strata and the rest"],
)
def test_no_withheld_number_can_be_told_from_all_that_is_published(ask, number, asked, top):
    ask(number)
    assert leaks(number, asked, top) == 0


def test_the_attacker_finds_what_each_rule_is_there_for(ask, monkeypatch):
    ask(2)
    with monkeypatch.context() as without:
        without.setattr(figures, "_cells", lambda counts, asked, was, were_asked: suppress(counts).cells)
        assert leaks(2, (24,), 24), "the people asked leave no room"
    ask(1)
    with monkeypatch.context() as without:
        without.setattr(
            figures, "_pooled", lambda parts, was: suppress({"": sum(part.count for part in parts)}).cells[""]
        )
        assert leaks(1, (10,) * 4, 7), "the rest leads back"


@pytest.mark.parametrize(("number", "people"), [(2, 12), (2, 40), (3, 20)])
def test_what_one_person_who_joins_answers_cannot_be_told_from_the_year_before(ask, number, people):
    """The attacker knows that all others answered as they did, and that one person came."""
    ask(number)
    assert could_have_joined_as(number, people) == number + 1
    assert could_have_joined_as(number, people, told=lambda _first: None) < number + 1, "the year before counts"


def could_have_joined_as(number: int, people: int, told=lambda first: first) -> int:
    """How many answers of the one who came an attacker cannot rule out, at the least."""
    answers = defaultdict(set)
    for row in itertools.product(range(people + 1), repeat=number):
        if sum(row) > people:
            continue
        first = counted([row], (people,))
        for joined in range(-1, number):  # -1: they left the question out
            after = tuple(times + (n == joined) for n, times in enumerate(row))
            answers[seen(first) + seen(counted([after], (people + 1,), told(first)))].add(joined)
    return min(len(could_be) for could_be in answers.values())


def test_totals_and_filters_are_added_up_from_what_is_published(ask):
    ask(2)
    published = counted([(30, 2), (22, 3), (41, 4), (12, 30)], (40, 40, 60, 60))
    (whole,) = tables(published)
    shown = {row.key: (row.value, row.is_part) for row in whole.rows}
    parts = [cells["q"] for cells in published["strata"].values()]
    assert [cells["b"] for cells in parts] == [None, None, None, 30] and published["rest"]["q"]["b"] == 10
    assert shown == {"a": (sum(cells["a"] for cells in parts), False), "b": (40, False)}
    (one,) = tables(published, kind="kind0")
    assert [(row.value, row.is_part) for row in one.rows] == [(30, False), (None, True)]
    assert published["answered"] == sum(row.value for row in whole.rows), "and how many answered is no other number"


def test_questions_are_those_of_the_nation_with_welsh_and_easy_words_and_all_can_be_declined():
    for nation in ("uk", "england", "wales", "scotland", "northern_ireland"):
        for words in ("", "easy", "cy"):
            asked = questions(nation, words=words)
            assert all(one.choices[-1][0] == "prefer_not" and one.label for one in asked)
    keys = {nation: {one.key for one in questions(nation)} for nation in ("uk", "england", "wales", "northern_ireland")}
    assert keys["northern_ireland"] - keys["england"] == {"community"} and keys["wales"] - keys["england"] == {
        "language"
    }
    assert keys["uk"] == {"age", "sex", "gender", "ethnicity", "disability", "religion", "orientation"}
    assert questions("wales", words="cy")[0].label == "Ym mha grŵp oedran ydych chi?"
    assert questions("england", words="cy") == questions("england"), "Welsh is offered where it is asked for: in Wales"
    assert questions("uk", words="cy") == tuple(one for one in questions("wales", words="cy") if one.key in keys["uk"])
    assert "african" in dict(next(one for one in questions("scotland") if one.key == "ethnicity").choices)
    assert set(all_questions()) >= keys["wales"] | keys["northern_ireland"]
