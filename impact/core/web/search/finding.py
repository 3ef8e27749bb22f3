"""Finding what someone may see. Who may see a thing is part of each question to the database and is never asked later."""

import base64
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from impact.core.basics.vocabulary import Nation
from impact.core.web.search import words
from impact.core.web.search.models import SearchEntry
from impact.core.web.search.registry import KINDS, Searchable, scopes_of
from impact.core.web.search.words import Question

MOST = 200  # of one kind that are ranked; beyond that, readers are asked to narrow the search
PAGE = 20
SUGGESTED = 8
LITTLE = 3  # results; where there are fewer, Welsh words are also looked for by their other first letters
WINDOW = 4000  # characters of a long text that are looked at together
AROUND = 110  # characters of a text on each side of what was found


@dataclass(frozen=True)
class Asked:
    """What is looked for, and the filters. ``after`` and ``before`` are the first and last day."""

    q: str
    kind: str = ""
    nation: str = ""
    after: date | None = None
    before: date | None = None


@dataclass(frozen=True)
class Found:
    """One thing that was found, ready to show."""

    kind: str
    key: str
    label: str
    title: SafeString
    excerpt: SafeString
    place: str
    day: date | None
    url: str


@dataclass(frozen=True)
class KindCount:
    """How many of a kind there are, as far as they are counted."""

    kind: str
    label: str
    number: int
    is_more: bool


@dataclass(frozen=True)
class Results:
    """One page of what was found."""

    rows: list[Found]
    counts: list[KindCount]
    total: int
    is_more: bool  # more of a kind than are counted
    next: str  # the cursor of the next page
    instead: str = ""  # what was looked for because nothing has the words that were typed
    welsh: tuple[str, ...] = ()  # words that were looked for as well, because little has the words that were typed
    is_empty_question: bool = False


Rank = tuple[int, int, int]
Row = tuple[Rank, str, str, int]  # rank, kind, key, entry


def find(user: Any, asked: Asked, *, cursor: str = "", size: int = PAGE) -> Results:
    """One page of what ``user`` may see and looks for: whole title, then words in the title, then in the text; the
    newest first. Where little has the words, also Welsh mutations of them; where nothing has, near misses."""
    question = words.ask(asked.q)
    if question.is_empty:
        return Results([], [], 0, False, "", is_empty_question=not words.is_enough(asked.q))
    reader = _Reader(user)
    by_kind = _look(reader, asked, question)
    instead = ""
    exact = sum(map(len, by_kind.values()))
    welsh: tuple[str, ...] = ()
    if exact < LITTLE:
        question, by_kind, welsh = _look_as_welsh(reader, asked, question, by_kind)
    if not any(by_kind.values()):
        question, by_kind = _look_instead(reader, asked, question)
    if not exact:
        instead = _said(question, by_kind)
    counts = [
        KindCount(kind, KINDS[kind].many, min(len(rows), MOST), len(rows) > MOST)
        for kind, rows in by_kind.items()
        if rows
    ]
    chosen = [row for kind, rows in by_kind.items() if asked.kind in ("", kind) for row in rows[:MOST]]
    chosen.sort()
    start = _after(chosen, cursor)
    page = chosen[start : start + size]
    more = start + size < len(chosen)
    return Results(
        rows=_shown(reader, question, page),
        counts=counts,
        total=len(chosen),
        is_more=any(count.is_more for count in counts if asked.kind in ("", count.kind)),
        next=_cursor(page[-1]) if more and page else "",
        instead=instead,
        welsh=welsh,
    )


def suggest(user: Any, text: str) -> list[Found]:
    """Titles that begin as typed, of things that ``user`` may see."""
    question = words.ask(text)
    if question.is_empty or len(text.strip()) < 2:
        return []
    reader = _Reader(user)
    rows = _matching(question, reader.marks_of_all(), in_title=True, is_prefix=True)
    rows = rows.filter(reader.any_seen(kind for kind in reader.kinds if kind.title != "''"))
    found = list(rows.values_list("id", "kind", "key", "day", "title")[: SUGGESTED * 4])
    ranked = sorted(_ranked(question, row) for row in found)
    shown = _shown(reader, question, ranked)
    unique: dict[tuple[str, str], Found] = {}
    for row in shown:
        unique.setdefault((row.kind, str(row.title)), row)
    return list(unique.values())[:SUGGESTED]


# --- Who looks -----------------------------------------------------------------------------------
class _Reader:
    """What one person may see, for one search: putting it together for every kind takes longer than most questions."""

    def __init__(self, user: Any) -> None:
        self.user = user
        is_signed_in = bool(getattr(user, "is_authenticated", False))
        # The kinds that there is something of for them: visitors find what is published.
        self.kinds = [kind for kind in KINDS.values() if is_signed_in or kind.is_public]
        self._things: dict[str, QuerySet] = {}
        self._scopes: dict[str, list[int] | None] = {}

    def things(self, kind: Searchable) -> QuerySet:
        """The things of a kind that they may see."""
        if kind.kind not in self._things:
            self._things[kind.kind] = kind.visible_to(self.user)
        return self._things[kind.kind]

    def scopes_of(self, nation: str = "") -> list[int] | None:
        """The groups of a nation that are worth looking in; None for all."""
        if nation not in self._scopes:
            self._scopes[nation] = scopes_of(self.user, nation)
        return self._scopes[nation]

    def seen(self, kind: Searchable, nation: str = "") -> Exists:
        """Whether an entry's thing is one that they may see, and of the nation that is asked for."""
        things = self.things(kind)
        if nation:
            things = things.filter(**{f"{kind.nation}__in": [nation, Nation.UK.value]})
        pk = kind.model_class._meta.pk
        return Exists(things.filter(pk=Cast(OuterRef("key"), pk.__class__(primary_key=False))))

    def any_seen(self, kinds: Iterable[Searchable]) -> Q:
        """The entries of all things of these kinds that they may see."""
        seen = Q(pk__in=[])
        for kind in kinds:
            seen |= Q(kind=kind.kind) & Q(self.seen(kind))
        return seen

    @cached_property
    def all_seen(self) -> Q:
        """The entries of all things that they may see."""
        return self.any_seen(self.kinds)

    def marks_of_all(self) -> list[str]:
        """A mark that every entry has which they may see: of one of their groups, or of a kind that belongs to none."""
        scopes = self.scopes_of()
        if scopes is None:
            return []
        return words.any_mark([kind.kind for kind in self.kinds if kind.scope == "NULL"], scopes)


# --- Looking -------------------------------------------------------------------------------------
def _look(reader: _Reader, asked: Asked, question: Question) -> dict[str, list[Row]]:
    """The newest entries of each kind that have all the words, ranked; one more than are counted, if there are more."""
    scopes = reader.scopes_of(asked.nation)
    found = {}
    for kind in reader.kinds:
        if (asked.nation and not kind.nation) or ((asked.after or asked.before) and kind.day == "NULL"):
            continue
        is_scoped = kind.scope != "NULL" and scopes is not None
        if is_scoped and not scopes:
            continue
        groups = scopes if is_scoped else None
        rows = _newest(kind, reader, asked, question, groups)
        if len(rows) > MOST and kind.title != "''":  # titles come first, however old
            rows = list(
                {
                    row[0]: row for row in [*_newest(kind, reader, asked, question, groups, in_title=True), *rows]
                }.values()
            )
        found[kind.kind] = sorted(_ranked(question, row) for row in rows)
    return found


def _newest(
    kind: Searchable,
    reader: _Reader,
    asked: Asked,
    question: Question,
    groups: list[int] | None,
    *,
    in_title: bool = False,
) -> list[tuple[int, str, str, date | None, str]]:
    rows = _matching(question, words.marks_of(kind.kind, groups), in_title=in_title).filter(
        reader.seen(kind, asked.nation), kind=kind.kind
    )
    if asked.after:
        rows = rows.filter(day__gte=asked.after)
    if asked.before:
        rows = rows.filter(day__lte=asked.before)
    return list(rows.values_list("id", "kind", "key", "day", "title")[: MOST + 1])


def _matching(question: Question, marks: list[str], *, in_title: bool = False, is_prefix: bool = False) -> QuerySet:
    """Entries with the words, the newest first, before it is asked who may see them."""
    if connection.vendor == "postgresql":
        asked = words.tsquery(question, marks, in_title=in_title, is_prefix=is_prefix)
        rows = SearchEntry.objects.extra(where=["core_searchentry.words @@ %s::tsquery"], params=[asked])
        return rows.order_by("-id")
    table = "core_search_titles" if in_title else "core_search_words"
    return SearchEntry.objects.extra(  # noqa: S610  of our own constants; the words are a parameter
        tables=[table],
        where=[f"+{table}.rowid = core_searchentry.id", f"{table} MATCH %s"],  # "+": looked up by the words first
        params=[words.match(question, marks, is_prefix=is_prefix)],
        order_by=[f"-{table}.rowid"],
    )


def _look_as_welsh(
    reader: _Reader, asked: Asked, question: Question, by_kind: dict[str, list[Row]]
) -> tuple[Question, dict[str, list[Row]], tuple[str, ...]]:
    """What the words find by other first letters, as Welsh has them, after what they find as they are; and these words."""
    wide, added = words.as_welsh(question, _nearest_of(reader))
    found = _look(reader, asked, wide) if added else {}
    exact = {row[3] for rows in by_kind.values() for row in rows}
    more = {kind: [row for row in rows if row[3] not in exact] for kind, rows in found.items()}
    if not any(more.values()):
        return question, by_kind, ()
    last = 3 if exact else 0
    return (
        wide,
        {
            kind: [*by_kind.get(kind, []), *(((row[0][0] + last, *row[0][1:]), *row[1:]) for row in rows)]
            for kind, rows in more.items()
        },
        added,
    )


def _look_instead(reader: _Reader, asked: Asked, question: Question) -> tuple[Question, dict[str, list[Row]]]:
    """What near misses of the words find, and which words of the index those are that find something."""
    wide = words.guess(question, _nearest_of(reader))
    if wide == question:
        return question, {}
    return wide, _look(reader, asked, wide)


def _nearest_of(reader: _Reader) -> Callable[[list[str]], list[str]]:
    """Return what picks the first few of some words that are in entries which the reader may see. Picked from all
    entries, they would tell of words that the reader may not see, as these would take a place. A few at a time are looked
    for, because of a million entries many thousands have one of a hundred words."""
    seen, marks = reader.all_seen, reader.marks_of_all()

    def first_seen(near: list[str]) -> list[str]:
        found: list[str] = []
        for first in range(0, len(near), words.AT_ONCE):
            left = near[first : first + words.AT_ONCE]
            while left:
                rows = _matching(Question((), (tuple(left),)), marks).filter(seen)
                texts = rows.values_list("title", "body")[:SUGGESTED]
                there = {word[:60] for title, body in texts for word in words.split(f"{title} {body}")}
                if not (hits := there.intersection(left)):
                    break
                found = sorted({*found, *hits}, key=near.index)[: words.FEW]
                last = near.index(found[-1]) if len(found) == words.FEW else len(near)
                left = [word for word in left if word not in hits and near.index(word) < last]
            if len(found) == words.FEW:
                break
        return found

    return first_seen


def _said(question: Question, by_kind: dict[str, list[Row]]) -> str:
    """What was meant, in the words of the first thing that was found: a word that the reader may not see is no guess."""
    rows = sorted(row for rows in by_kind.values() for row in rows)
    if not rows:
        return ""
    entry = SearchEntry.objects.get(pk=rows[0][3])
    there = set(words.split(f"{entry.title} {entry.body}"))
    return " ".join(
        next((word for word in [words.own(question, group), *group] if word in there), group[0])
        for group in question.groups
    )


def _ranked(question: Question, row: tuple[int, str, str, date | None, str]) -> Row:
    """Where an entry stands: its whole title, words in its title, words in its text; then the newest."""
    entry, kind, key, day, title = row
    named = words.split(title) if title else []
    there = set(named)
    if named and tuple(dict.fromkeys(named)) == question.typed:
        tier = 0
    elif named and all(not there.isdisjoint(group) for group in question.groups):
        tier = 1
    else:
        tier = 2
    return (tier, -day.toordinal() if day else 0, -entry), kind, key, entry


def _cursor(row: Row) -> str:
    return base64.urlsafe_b64encode(json.dumps(row[0]).encode()).decode().rstrip("=")


class BadCursor(ValueError):
    """A cursor that we did not give."""


def _after(rows: list[Row], cursor: str) -> int:
    """The place of the first row after a cursor."""
    if not cursor:
        return 0
    try:
        rank = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        tier, day, entry = (int(part) for part in rank)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadCursor("Follow the link to the next page as it is.") from error
    return sum(row[0] <= (tier, day, entry) for row in rows)


# --- Showing -------------------------------------------------------------------------------------
def _shown(reader: _Reader, question: Question, page: Iterable[Row]) -> list[Found]:
    """The things of a page with their words marked, read again from what the reader may see."""
    page = list(page)
    texts = SearchEntry.objects.in_bulk([row[3] for row in page])
    things: dict[tuple[str, str], Any] = {}
    for name in {row[1] for row in page}:
        kind = KINDS[name]
        pk = kind.model_class._meta.pk
        wanted = {str(row[2]): pk.to_python(row[2]) for row in page if row[1] == name}
        rows = reader.things(kind).filter(pk__in=list(wanted.values())).select_related(*kind.related)
        by_pk = {thing.pk: thing for thing in rows}
        things |= {(name, key): by_pk[value] for key, value in wanted.items() if value in by_pk}
    return [
        _found(KINDS[name], things[name, key], texts[entry], question)
        for _rank, name, key, entry in page
        if (name, key) in things and entry in texts
    ]


def _found(kind: Searchable, thing: Any, entry: SearchEntry, question: Question) -> Found:
    excerpt, title = excerpt_of(entry.body, question), entry.title
    if not title:
        title, excerpt = excerpt, ""
    return Found(
        kind=kind.kind,
        key=str(thing.pk),
        label=kind.one,
        title=marked(title, question),
        excerpt=marked(excerpt, question),
        place=kind.place(thing) if kind.place is not str else "",
        day=entry.day,
        url=kind.url(thing),
    )


_ITEM = re.compile(r"^\s*(?:[-+*]|\d+\.)\s+", re.MULTILINE)
_MARKUP = re.compile(r"\{\{.*?\}\}|\]\([^)\s]*\)|[*_#>`\[\]|]+", re.DOTALL)
_DOTS = re.compile(r"(?:\s*·)+\s*")  # between the parts of a text, some of them empty
_WORD = re.compile(r"[^\W_]+")


def _near(text: str, question: Question) -> tuple[str, bool]:
    """The part of a long text round the first of the words, and whether it begins later than the text: a paper can
    have 200,000 characters, and marks are looked for in few of them."""
    for start in range(0, len(text), WINDOW):
        if not question.words.isdisjoint(words.split(text[start : start + WINDOW + 2 * AROUND])):
            begin = max(0, start - 2 * AROUND)
            return text[begin : start + WINDOW + 4 * AROUND], begin > 0
    return text[: 2 * WINDOW], False


def excerpt_of(text: str, question: Question) -> str:
    """The part of a text in which the words stand, without Markdown's signs; its beginning if they stand in none."""
    text, is_later = _near(text, question)
    plain = _DOTS.sub(" · ", " ".join(_MARKUP.sub(" ", _ITEM.sub(" · ", text)).split())).strip(" ·")
    at = next((m.start() for m in _WORD.finditer(plain) if words.fold(m.group()) in question.words), 0)
    start = max(0, at - AROUND)
    end = min(len(plain), at + 2 * AROUND)
    is_later = is_later or start > 0
    if start:
        start = plain.find(" ", start, at) + 1 or start
    if end < len(plain):
        end = plain.rfind(" ", at, end) if plain.rfind(" ", at, end) > at else end
    return f"{'… ' if is_later else ''}{plain[start:end]}{' …' if end < len(plain) else ''}"


def marked(text: str, question: Question) -> SafeString:
    """A text with the words that were looked for in <mark>. Everything is escaped."""
    parts, last = [], 0
    for m in _WORD.finditer(text):
        if set(words.split(m.group())) & question.words:
            parts.append(format_html("{}<mark>{}</mark>", text[last : m.start()], m.group()))
            last = m.end()
    return format_html("{}{}", format_html_join("", "{}", ((part,) for part in parts)), text[last:])
