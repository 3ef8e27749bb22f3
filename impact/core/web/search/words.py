"""Words as they are typed and as they are looked up: without accents, in their usual forms, and near misses."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection
from rapidfuzz.distance import DamerauLevenshtein

from impact.core.web.search.following import KIND_MARK, SCOPE_MARK

LONGEST = 200  # characters of a question
MOST_WORDS = 12
SHORTEST_GUESS = 4  # letters of a word that may be a slip
FEW = 6  # words that a slip may have meant
AT_ONCE = 12  # near words that are looked for together
NEAR = 100  # words of the index that are near to one; the reader may see no entry of most
LOOKED_AT = 20_000  # terms that one slip is compared with
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "from",
        "had",
        "has",
        "have",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "so",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "we",
        "were",
        "what",
        "when",
        "which",
        "who",
        "will",
        "with",
        "y",
        "yr",
    ]
)


def fold(text: str) -> str:
    """Without capitals and accents: "Cŵn" is found as "cwn"."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if not unicodedata.combining(c)).lower()


def split(text: str) -> list[str]:
    """The words of a text, folded, as both databases part it."""
    return [word for word in re.findall(r"[^\W_]+", fold(text)) if all(_is_known(c) for c in word)]


def _is_known(character: str) -> bool:
    """Whether both databases take it for part of a word: they know fewer characters than we do."""
    return ord(character) < 0x10000 and unicodedata.ucd_3_2_0.category(character)[0] in "LN"


def forms(word: str) -> list[str]:
    """An English word with its usual endings: carer, carers; meeting, meetings, meet; policy, policies."""
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return [word]
    bases = {word}
    for ending in ("s", "es", "ed", "ing"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            base = word[: -len(ending)]
            bases.add(base)
            if ending in ("ed", "ing"):
                bases |= {base + "e", base[:-1] if base[-1] == base[-2] else base}
    if word.endswith("ies") and len(word) > 4:
        bases.add(word[:-3] + "y")
    found = {word}
    for base in bases:
        found |= {base + ending for ending in ("", "s", "ed", "ing")}
        if base.endswith(("s", "x", "z", "ch", "sh")):
            found.add(base + "es")
        if base.endswith("y") and len(base) > 3:
            found |= {base[:-1] + "ies", base[:-1] + "ied"}
        if base.endswith("e"):
            found |= {base[:-1] + "ing", base + "d"}
    return sorted(found)


# How Welsh changes the first letters of a word: "cymuned" is "gymuned", "nghymuned" and "chymuned" after some words.
MUTATIONS = {
    "p": ("b", "mh", "ph"),
    "t": ("d", "nh", "th"),
    "c": ("g", "ngh", "ch"),
    "b": ("f", "m"),
    "d": ("dd", "n"),
    "g": ("", "ng"),
    "m": ("f",),
    "ll": ("l",),
    "rh": ("r",),
}
_ONE_LETTER = ("ch", "dd", "ff", "ng", "ll", "mh", "nh", "ph", "rh", "th")  # written with two
_VOWELS = "aeiouwy"


def _first(word: str) -> str:
    """The first letter of a Welsh word, with all its signs."""
    return next((letter for letter in ("ngh", *_ONE_LETTER) if word.startswith(letter)), word[:1])


def mutations(word: str) -> list[str]:
    """A word as it is if it is Welsh and another word stands before it, or none: by other first letters."""
    if len(word) < SHORTEST_GUESS or not word.isascii() or not word.isalpha():
        return []
    first, radicals = _first(word), [word]
    for radical, mutated in MUTATIONS.items():
        if first in mutated:
            radicals.append(radical + word[len(first) :])
    if first[0] in f"{_VOWELS}lr" and first not in ("ll", "rh"):
        radicals.append(f"g{word}")
    if first == "h" and word[1] in _VOWELS:
        radicals.append(word[1:])
    found = [*radicals[1:]]
    for radical in radicals:
        letter = _first(radical)
        found += [mutated + radical[len(letter) :] for mutated in MUTATIONS.get(letter, ())]
        if letter in _VOWELS:
            found.append(f"h{radical}")
    return [each for each in dict.fromkeys(found) if each != word and len(each) > 2]


@dataclass(frozen=True)
class Question:
    """What someone looks for: each word with the words that count as the same."""

    typed: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not self.groups

    @property
    def words(self) -> frozenset[str]:
        """Every word that counts, to mark it."""
        return frozenset(word for group in self.groups for word in group)


def ask(text: str) -> Question:
    """Read what was typed. Punctuation, quotes and operators mean nothing; words that say little are left out."""
    typed = [word for word in split(text[:LONGEST].replace("\0", " ")) if not word.startswith("zz")]
    typed = list(dict.fromkeys(word[:60] for word in typed))[:MOST_WORDS]
    whole = [word for word in typed if len(word) > 1 or word.isdigit()]  # "carer's" is two words, one of them a letter
    telling = [word for word in whole if word not in STOP_WORDS] or whole
    return Question(tuple(typed), tuple(tuple(forms(word)) for word in telling))


def is_enough(text: str) -> bool:
    """Whether something was typed that could be found, whether or not it is a word."""
    return any(len(word) > 1 or word.isdigit() for word in split(text[:LONGEST]))


def guess(question: Question, seen: Callable[[list[str]], list[str]]) -> Question:
    """The same question with each word also as the words of the index that it may have been meant to be: of the near
    ones those that ``seen`` lets the reader know of."""
    return Question(
        question.typed, tuple(tuple(dict.fromkeys([*g, *seen(nearest(own(question, g)))])) for g in question.groups)
    )


def as_welsh(question: Question, seen: Callable[[list[str]], list[str]]) -> tuple[Question, tuple[str, ...]]:
    """The same question with each word also by other first letters, as Welsh has it, and which words these are: of the
    possible ones those that ``seen`` lets the reader know of."""
    groups: list[tuple[str, ...]] = []
    added: list[str] = []
    for group in question.groups:
        there = seen([word for word in mutations(own(question, group)) if word not in group])
        groups.append((*group, *there))
        added += there
    return Question(question.typed, tuple(groups)), tuple(dict.fromkeys(added))


def own(question: Question, group: tuple[str, ...]) -> str:
    """The word of a group as it was typed."""
    return next((word for word in question.typed if word in group), group[0])


def nearest(word: str) -> list[str]:
    """Words of the index that begin like ``word`` or differ from it by a slip or two, the nearest first."""
    if len(word) < SHORTEST_GUESS:
        return []
    slips = 1 if len(word) < 8 else 2
    near = []
    for term in _terms(word):
        if term.startswith(word):
            near.append((1, len(term), term))
        elif abs(len(term) - len(word)) <= slips:
            distance = DamerauLevenshtein.distance(word, term, score_cutoff=slips)
            if distance <= slips:
                near.append((distance, len(term), term))
    return [term for _distance, _length, term in sorted(near)[:NEAR]]


def _terms(word: str) -> list[str]:
    """Terms with the first or the second letter of a word: a slip seldom changes both."""
    found = []
    with connection.cursor() as cursor:
        for letter in dict.fromkeys(word[:2]):
            cursor.execute(
                "SELECT term FROM core_search_terms WHERE term >= %s AND term < %s LIMIT %s",
                [letter, chr(ord(letter) + 1), LOOKED_AT],
            )
            found += [row[0] for row in cursor.fetchall()]
    return found


# --- What the databases are asked ----------------------------------------------------------------
def match(question: Question, marks: list[str], *, is_prefix: bool = False) -> str:
    """The question for SQLite. Every word is letters and digits alone, so nothing has to be escaped."""
    groups = [f"({' OR '.join(q(word) for word in group)})" for group in question.groups]
    if is_prefix and groups:
        last = question.typed[-1]
        if last in question.groups[-1]:
            groups[-1] = f"({groups[-1][1:-1]} OR {q(last)}*)"
        elif len(last) > 1:  # "carers the" may become "carers theatre"
            groups.append(f"{q(last)}*")
    return " AND ".join([*marks, *groups])


def q(word: str) -> str:
    """A word as both databases take it literally: "and" is a word too."""
    return f'"{word}"'


def tsquery(question: Question, marks: list[str], *, in_title: bool = False, is_prefix: bool = False) -> str:
    """The question for PostgreSQL. Words of titles begin with a T there."""
    begin = "T" if in_title else ""
    groups = ["(" + " | ".join(f"'{begin}{word}'" for word in group) + ")" for group in question.groups]
    if is_prefix and groups:
        last = question.typed[-1]
        if last in question.groups[-1]:
            groups[-1] = f"({groups[-1][1:-1]} | '{begin}{last}':*)"
        elif len(last) > 1:
            groups.append(f"'{begin}{last}':*")
    return " & ".join([*(m.replace('"', "'").replace(" OR ", " | ") for m in marks), *groups])


def marks_of(kind: str, scopes: list[int] | None) -> list[str]:
    """What every entry of a kind has among its words, and one of those of some groups."""
    found = [q(f"{KIND_MARK}{kind}")] if kind else []
    if scopes is not None:
        found.append(f"({' OR '.join(q(f'{SCOPE_MARK}{scope}') for scope in scopes)})")
    return found


def any_mark(kinds: list[str], scopes: list[int]) -> list[str]:
    """What an entry has among its words that is of one of some kinds, or of one of some groups."""
    every = [f"{KIND_MARK}{kind}" for kind in kinds] + [f"{SCOPE_MARK}{scope}" for scope in scopes]
    return [f"({' OR '.join(q(mark) for mark in every)})"]
