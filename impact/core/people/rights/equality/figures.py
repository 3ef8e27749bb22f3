"""Figures of equality answers that can be published once, for good: pure, plain answers in, plain values for JSON out.

People are counted in strata that do not overlap, and each stratum is made safe by itself. Whatever a page or file adds up
is added up from what is published, so no filter, total or format tells more than the published tables do. What one stratum
withholds counts once more in "the rest" of all of them together, where that leads back to no stratum.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impact.core.basics.suppression import SMALL_GROUP, SMALLEST_SHOWN, Suppressed, suppress
from impact.core.people.rights.equality.questions import UK, all_questions, counts_as, label_of, questions

Cells = dict[str, int | None]
SPREAD = SMALLEST_SHOWN - 1  # what a withheld number may be at most, when it is withheld because it is small
AFRESH = 10  # so many more or fewer people are asked before a table that was wholly withheld is looked at again
POOLED = 3  # so many strata at least withhold a number before it counts in the rest


@dataclass(frozen=True)
class Asked:
    """A stratum: how many people were asked, and what those answered who did."""

    people: int
    answers: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class _Hidden:
    """What a reader who knows every rule can say of one withheld number."""

    count: int
    least: int
    most: int


def nation_of(key: str) -> str:
    """The nation in the key of a stratum, as "local_network:wales" has one; that of the common questions else."""
    return key.partition(":")[2] or UK


def publish(strata: Mapping[str, Asked], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What may be published of a round of answers. ``before``: what was published last of the same groups.

    Shape: asked, answered (at least; None: no number is shown), people {key: asked},
    strata {key: {question: {choice: number or None}}}, rest {question: {choice: number or None}}. Numbers are rounded to 5 by ``suppress``; None is withheld.
    """
    earlier = before or {}
    found: dict[str, dict[str, Cells]] = {}
    hidden: dict[tuple[str, str], list[_Hidden]] = {}
    for key, one in strata.items():
        found[key] = {}
        for question in questions(nation_of(key)):
            given = Counter(row[question.key] for row in one.answers if question.key in row)
            counts = {choice: given[choice] for choice, _words in question.choices}
            was = earlier.get("strata", {}).get(key, {}).get(question.key)
            cells = _cells(counts, one.people, was, earlier.get("people", {}).get(key, 0))
            found[key][question.key] = cells
            for choice, cell in cells.items():
                if cell is None:
                    bounds = _Hidden(counts[choice], _least_hidden(cells), _most_hidden(cells, one.people))
                    hidden.setdefault((question.key, counts_as(question.key, choice)), []).append(bounds)
    rest: dict[str, Cells] = {}
    for (question_key, choice), parts in hidden.items():
        was = earlier.get("rest", {}).get(question_key, {})
        rest.setdefault(question_key, {})[choice] = _pooled(parts, {choice: was[choice]} if choice in was else None)
    return {
        "asked": sum(one.people for one in strata.values()),
        "answered": _answered(found, rest),
        "people": {key: one.people for key, one in strata.items()},
        "strata": found,
        "rest": rest,
    }


def _low(shown: int) -> int:
    """The least that a shown number can stand for."""
    return max(SMALLEST_SHOWN, shown - 2) if shown else 0


def _least_hidden(cells: Cells) -> int:
    """The least that a withheld number of a table can be: in a small table an empty answer is withheld as well."""
    return 1 if sum(cell or 0 for cell in cells.values()) >= SMALL_GROUP else 0


def _most_hidden(cells: Cells, asked: int) -> int:
    return asked if all(cell is None for cell in cells.values()) else SPREAD


def _least(cells: Cells) -> int:
    """How many people a table must be of, as a reader can tell."""
    return sum(_least_hidden(cells) if cell is None else _low(cell) for cell in cells.values())


def _cells(counts: Mapping[str, int], asked: int, was: Cells | None, were_asked: int) -> Cells:
    """One question's answers in one stratum. All are withheld where no one answered; where those shown leave so few of the
    people asked that a withheld number could be told from them; and where all were withheld before and about as many were
    asked, so that no one person can be what brought a table into view."""
    nothing: Cells = dict.fromkeys(counts)
    told = was is not None and any(cell is not None for cell in was.values())
    if was is not None and not told and abs(asked - were_asked) < AFRESH:
        return nothing
    cells = suppress(counts, Suppressed(dict(was), None) if was and told else None).cells
    if not any(counts.values()) or (None in cells.values() and asked < _least(cells) + SPREAD):
        return nothing
    return cells


def _pooled(parts: Sequence[_Hidden], was: Cells | None) -> int | None:
    """What several strata withhold of one answer, together: None unless each part may still be anything that is small."""
    if len(parts) < POOLED:
        return None
    count = {"": sum(part.count for part in parts)}
    shown = suppress(count, Suppressed({"": next(iter(was.values()))}, None) if was else None).cells[""]
    if not shown:
        return None
    least, most = sum(part.least for part in parts), sum(part.most for part in parts)
    is_open = all(
        _low(shown) <= part.least + most - part.most and shown + 2 >= SPREAD + least - part.least for part in parts
    )
    return shown if is_open else None


def _answered(found: Mapping[str, Mapping[str, Cells]], rest: Mapping[str, Cells]) -> int | None:
    """At least how many answered: the most that the numbers shown of one question come to. Nothing that they do not tell.

    The true number, even rounded, would narrow down what the tables withhold; so would withholding it at times.
    """
    shown: Counter[str] = Counter()
    for table in [*found.values(), rest]:
        for question, cells in table.items():
            shown[question] += sum(cell or 0 for cell in cells.values())
    return max(shown.values(), default=0) or None


# --- Reading what is published ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """One answer as people read it. ``value`` None: withheld. ``is_part``: more people gave it, in groups that withhold it."""

    key: str
    label: str
    value: int | None
    is_part: bool


@dataclass(frozen=True)
class Table:
    """One question's answers."""

    key: str
    label: str
    rows: tuple[Row, ...]

    @property
    def is_withheld(self) -> bool:
        """Whether nothing of it can be shown."""
        return all(row.value is None for row in self.rows)


def tables(published: Mapping[str, Any], *, kind: str = "", nation: str = "") -> list[Table]:
    """What is published, added up over the strata of a kind and nation; over all of them, and the rest, without either."""
    keys = [key for key in published["strata"] if _matches(key, kind, nation)]
    is_common = len({nation_of(key) for key in keys}) > 1
    rest = {} if kind or nation else published["rest"]
    found = []
    for question, labels in all_questions().items():
        asked = [published["strata"][key][question] for key in keys if question in published["strata"][key]]
        if asked:
            rows = _rows(question, labels, asked, rest.get(question, {}), is_common=is_common)
            found.append(Table(question, label_of(question), tuple(rows)))
    return found


def _matches(key: str, kind: str, nation: str) -> bool:
    of_kind, _colon, of_nation = key.partition(":")
    return kind in ("", of_kind) and nation in ("", of_nation)


def _rows(
    question: str, labels: Mapping[str, str], asked: Iterable[Cells], rest: Cells, *, is_common: bool
) -> list[Row]:
    shown: Counter[str] = Counter()
    known, hidden = set(), set()
    for cells in asked:
        for choice, cell in cells.items():
            key = counts_as(question, choice) if is_common else choice
            shown[key] += cell or 0
            known.add(key)
            if cell is None:
                hidden.add(key)
    rows = []
    for key, label in labels.items():
        if key in known:
            more = rest.get(key)
            value = shown[key] + (more or 0)
            is_part = key in hidden and more is None
            rows.append(Row(key, label, None if is_part and not value else value, is_part))
    return rows
