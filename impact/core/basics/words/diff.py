"""What changed between two texts, word by word. Pure: text in, pieces out."""

import re
from dataclasses import dataclass
from difflib import Match, SequenceMatcher

# Space, a word (with what joins its parts), or one sign: a full stop is not part of the word before it.
_TOKEN = re.compile(r"\s+|\w+(?:['’-]\w+)*|[^\w\s]")
SAME, ADDED, REMOVED = "same", "added", "removed"
# Beyond this many words difflib's rule for frequent words keeps a comparison quick; below, every word counts.
EXACT_UP_TO = 600
# How many pairs of like words a comparison may look at: about half a second. Texts of few words repeated many times would
# take minutes; they are compared sentence by sentence instead, and what differs there is shown as a whole.
WORK = 2_000_000
WORK_INSIDE = 100_000  # of one changed sentence or line
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]+\s*|[^.!?\n]+")


class TooMuchWork(Exception):
    """The texts cannot be compared this closely in reasonable time."""


class _Matcher(SequenceMatcher):
    """difflib's matcher, with a limit to the pairs it looks at."""

    a: list[str]  # set by difflib, as is b2j: word → its places in the new text
    b2j: dict[str, list[int]]

    def __init__(self, old: list[str], new: list[str], work: int) -> None:
        self.work = work
        super().__init__(str.isspace, old, new, autojunk=max(len(old), len(new)) > EXACT_UP_TO)

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        ahi = len(self.a) if ahi is None else ahi
        self.work -= ahi - alo + sum(len(self.b2j.get(word, ())) for word in self.a[alo:ahi])
        if self.work < 0:
            raise TooMuchWork
        return super().find_longest_match(alo, ahi, blo, bhi)


@dataclass(frozen=True)
class Piece:
    """A run of words that stayed, were added or were removed."""

    kind: str
    text: str


def plain(markdown: str) -> str:
    """The words without Markdown's signs, so that a reader compares words and not asterisks."""
    text = re.sub(r"\r\n?", "\n", markdown)
    text = re.sub(r"^\s{0,3}#{1,6}\s+", "", text, flags=re.M)
    text = re.sub(r"^(\s*)[-*+]\s+", r"\1• ", text, flags=re.M)
    return re.sub(r"(\*\*|__)(.+?)\1", r"\2", text)


def word_diff(before: str, after: str) -> list[Piece]:
    """Pieces that, read without the added ones, are ``before`` and, without the removed ones, ``after``."""
    try:
        return _joined(_compare(_TOKEN.findall(before), _TOKEN.findall(after), WORK))
    except TooMuchWork:
        pass
    try:
        coarse = _compare(_SENTENCE.findall(before), _SENTENCE.findall(after), WORK)
    except TooMuchWork:
        return _pair(before, after)
    return _joined(_closer(coarse))


def _compare(old: list[str], new: list[str], work: int) -> list[Piece]:
    """Runs of parts that stayed, were removed and were added. Raises TooMuchWork."""
    pieces: list[Piece] = []
    for operation, a, b, c, d in _Matcher(old, new, work).get_opcodes():
        if operation == "equal":
            pieces.append(Piece(SAME, "".join(old[a:b])))
        else:
            pieces += _pair("".join(old[a:b]), "".join(new[c:d]))
    return pieces


def _closer(pieces: list[Piece]) -> list[Piece]:
    """Sentences that were replaced, compared word by word where that is little work."""
    closer: list[Piece] = []
    for piece in pieces:
        if piece.kind == ADDED and closer and closer[-1].kind == REMOVED:
            removed = closer.pop().text
            try:
                closer += _compare(_TOKEN.findall(removed), _TOKEN.findall(piece.text), WORK_INSIDE)
            except TooMuchWork:
                closer += _pair(removed, piece.text)
        else:
            closer.append(piece)
    return closer


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Merge a single space between two changes into them: "old one → new one" reads better than word by word."""
    result: list[Piece] = []
    removed = added = ""
    for position, piece in enumerate(pieces):
        if piece.kind == REMOVED:
            removed += piece.text
        elif piece.kind == ADDED:
            added += piece.text
        elif piece.text == " " and (removed or added) and position < len(pieces) - 1:
            removed += " "
            added += " "
        else:
            result += _pair(removed, added)
            removed = added = ""
            result.append(piece)
    return result + _pair(removed, added)


def _pair(removed: str, added: str) -> list[Piece]:
    return [Piece(kind, text) for kind, text in ((REMOVED, removed), (ADDED, added)) if text]
