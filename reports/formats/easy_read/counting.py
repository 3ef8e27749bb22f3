"""How many members of the group answered about each chapter's Easy Read, and the line that is printed under it.

Answers count as long as the sentences and pictures are those that the member saw. Asked through the relations of the
report, because the answers' own package comes after this one.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from impact.core.basics.suppression import SMALLEST_SHOWN, suppress
from reports.writing.models import AnnualReport


@dataclass(frozen=True)
class Counted:
    """What members answered about the words as they are now; ``waiting``: how many still want an answer from the writers."""

    clear: int = 0
    not_clear: int = 0
    waiting: int = 0

    @property
    def reviewers(self) -> int:
        """How many members said whether it is clear."""
        return self.clear + self.not_clear

    @property
    def members(self) -> str:
        """The reviewers as they are printed: never so exactly that one person's part in it shows. Empty: none."""
        if not self.reviewers:
            return ""
        shown = suppress({"all": self.reviewers}).cells["all"]
        return f"about {shown} members of the group" if shown else f"fewer than {SMALLEST_SHOWN} members of the group"

    def shown(self, *, is_exact: bool) -> dict[str, Any]:
        """The two figures for a page: as they are for the engagement lead, suppressed for other writers (None: withheld)."""
        cells: dict[str, int | None] = {"clear": self.clear, "not_clear": self.not_clear}
        if not is_exact:
            cells = suppress({"clear": self.clear, "not_clear": self.not_clear}).cells
        return {**cells, "is_exact": is_exact, "is_any": bool(self.reviewers), "waiting": self.waiting}


NONE_YET = Counted()


def counted(report: AnnualReport) -> dict[int, Counted]:
    """What members answered, by the id of the section. Someone who read it twice counts once."""
    rows = report.sections.filter(easy_read__isnull=False).select_related("easy_read")
    now = {section.pk: section.easy_read.text_hash for section in rows}
    said: dict[int, dict[int, bool]] = defaultdict(dict)
    waiting: dict[int, int] = defaultdict(int)
    names = ("person", "text_hash", "is_clear", "words", "status")
    answers = report.sections.filter(easy_answers__isnull=False).order_by("easy_answers__pk")
    for pk, person, text_hash, is_clear, words, status in answers.values_list(
        "pk", *(f"easy_answers__{name}" for name in names)
    ):
        if text_hash == now.get(pk):
            said[pk][person] = is_clear
        if status == "waiting" and (words or not is_clear):
            waiting[pk] += 1
    return {
        pk: Counted(sum(said[pk].values()), sum(not one for one in said[pk].values()), waiting[pk])
        for pk in {*now, *waiting}
    }


def reviewed_line(count: Counted, note: str) -> str:
    """Who reviewed a chapter: the members who answered here, and those who reviewed it elsewhere (``note``)."""
    return " and ".join(part for part in (count.members, note) if part)
