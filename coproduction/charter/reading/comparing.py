"""What changed between two versions of a charter, section by section and word by word. Pure: words in, changes out."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from impact.core.basics.words.diff import ADDED, REMOVED, SAME, Piece, plain, word_diff


@dataclass(frozen=True)
class Words:
    """One section as it stands in one version."""

    key: str
    title: str
    body: str


@dataclass(frozen=True)
class Change:
    """One section in both versions. A place counts from 1; None: the section is not in that version."""

    key: str
    title: str  # in the newer text; of a retired section the last one it had
    old_title: str
    old_place: int | None
    new_place: int | None
    is_moved: bool = False
    is_reformatted: bool = False  # the same words in another form: bold, a heading, a list
    pieces: list[Piece] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.old_place is None

    @property
    def is_retired(self) -> bool:
        return self.new_place is None

    @property
    def is_renamed(self) -> bool:
        return not self.is_new and not self.is_retired and self.title != self.old_title

    @property
    def is_reworded(self) -> bool:
        """Whether words of a section that is in both texts differ."""
        in_both = not self.is_new and not self.is_retired
        return in_both and any(piece.kind != SAME for piece in self.pieces)

    @property
    def is_same(self) -> bool:
        """Whether nothing changed but, perhaps, the number in front of the title."""
        return not (
            self.is_new
            or self.is_retired
            or self.is_renamed
            or self.is_moved
            or self.is_reworded
            or self.is_reformatted
        )

    @property
    def marks(self) -> list[str]:
        """What happened to the section, in words that can stand in a list."""
        found = [
            (self.is_new, "New section"),
            (self.is_retired, "Retired"),
            (self.is_renamed, "Renamed"),
            (self.is_moved, "Moved"),
            (self.is_reworded, "Words changed"),
            (self.is_reformatted, "Layout changed"),
        ]
        return [words for is_so, words in found if is_so]

    @property
    def counts(self) -> str:
        """ "12 words added, 3 removed"; empty where no word was."""
        numbers = {
            kind: sum(len(piece.text.split()) for piece in self.pieces if piece.kind == kind)
            for kind in (ADDED, REMOVED)
        }
        told = [(numbers[ADDED], "added"), (numbers[REMOVED], "removed")]
        parts = [(number, what) for number, what in told if number]
        return ", ".join(
            f"{number} word{'' if number == 1 else 's'} {what}" if place == 0 else f"{number} {what}"
            for place, (number, what) in enumerate(parts)
        )


@dataclass(frozen=True)
class Comparison:
    """Every section of both versions, in the order of the newer text; a retired one stands where it was."""

    sections: list[Change]

    @property
    def changes(self) -> list[Change]:
        return [section for section in self.sections if not section.is_same]

    @property
    def same(self) -> list[Change]:
        return [section for section in self.sections if section.is_same]

    @property
    def summary(self) -> str:
        """ "3 sections changed, 1 moved, 1 new"; a section that moved and changed counts in both."""
        rows = self.sections
        told = [
            (sum(row.is_reworded or row.is_reformatted for row in rows), "changed"),
            (sum(row.is_renamed for row in rows), "renamed"),
            (sum(row.is_moved for row in rows), "moved"),
            (sum(row.is_new for row in rows), "new"),
            (sum(row.is_retired for row in rows), "retired"),
        ]
        parts = [(number, what) for number, what in told if number]
        if not parts:
            return "Nothing changed"
        return ", ".join(
            f"{number} section{'' if number == 1 else 's'} {what}" if place == 0 else f"{number} {what}"
            for place, (number, what) in enumerate(parts)
        )


def compare(old: Sequence[Words], new: Sequence[Words]) -> Comparison:
    """Compare two versions, each given as its sections in their order."""
    before = {words.key: (place, words) for place, words in enumerate(old, start=1)}
    after = {words.key: (place, words) for place, words in enumerate(new, start=1)}
    stayed = in_order([before[words.key][0] for words in new if words.key in before])
    sections: list[Change] = []
    for words in new:
        place = after[words.key][0]
        if words.key not in before:
            pieces = [Piece(ADDED, plain(words.body))] if words.body else []
            sections.append(Change(words.key, words.title, "", None, place, pieces=pieces))
            continue
        old_place, earlier = before[words.key]
        was, now = plain(earlier.body), plain(words.body)
        sections.append(
            Change(
                words.key,
                words.title,
                earlier.title,
                old_place,
                place,
                is_moved=old_place not in stayed,
                is_reformatted=was == now and earlier.body != words.body,
                pieces=word_diff(was, now) if was or now else [],
            )
        )
    for words in old:
        if words.key not in after:
            _put_where_it_was(sections, words, before[words.key][0])
    return Comparison(sections)


def _put_where_it_was(sections: list[Change], words: Words, old_place: int) -> None:
    """Put a retired section after the one that stood before it."""
    pieces = [Piece(REMOVED, plain(words.body))] if words.body else []
    retired = Change(words.key, words.title, words.title, old_place, None, pieces=pieces)
    at = next((n for n, row in enumerate(sections, start=1) if row.old_place == old_place - 1), 0)
    sections.insert(at, retired)


def in_order(places: Sequence[int]) -> set[int]:
    """The longest run of places that still rise: the sections that stayed while the others moved around them."""
    ends: list[int] = []  # the smallest last place of a rising run of each length
    ends_at: list[int] = []  # where in ``places`` that run ends
    before: list[int] = []  # for each place, where the one before it in its run is
    for at, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(ends_at[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        ends_at[length : length + 1] = [at]
    return set(_walk_back(places, before, ends_at[-1] if ends_at else -1))


def _walk_back(places: Sequence[int], before: Sequence[int], at: int) -> Iterator[int]:
    while at >= 0:
        yield places[at]
        at = before[at]


def sides(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    """The same pieces for two columns: the older text with what was removed, the newer one with what was added."""
    return {
        "before": [piece for piece in pieces if piece.kind != ADDED],
        "after": [piece for piece in pieces if piece.kind != REMOVED],
    }
