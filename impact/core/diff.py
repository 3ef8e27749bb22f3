"""What changed between two texts, word by word. Pure: text in, pieces out."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# Space, a word (with what joins its parts), or one sign: a full stop is not part of the word before it.
_TOKEN = re.compile(r"\s+|\w+(?:['’-]\w+)*|[^\w\s]")
SAME, ADDED, REMOVED = "same", "added", "removed"
# Beyond this many words difflib's rule for frequent words keeps a comparison quick; below, every word counts.
EXACT_UP_TO = 600


@dataclass(frozen=True)
class Piece:
    """A run of words that stayed, came or went."""

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
    old, new = (_TOKEN.findall(text) for text in (before, after))
    matcher = SequenceMatcher(str.isspace, old, new, autojunk=max(len(old), len(new)) > EXACT_UP_TO)
    pieces: list[Piece] = []
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation == "equal":
            pieces.append(Piece(SAME, "".join(old[a:b])))
            continue
        if b > a:
            pieces.append(Piece(REMOVED, "".join(old[a:b])))
        if d > c:
            pieces.append(Piece(ADDED, "".join(new[c:d])))
    return _joined(pieces)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Melt a lone space between two changes into them: "old one → new one" reads better than word by word."""
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
