"""What Easy Read is written of: a chapter of some report, with the words that it says in ordinary English."""

from abc import ABC, abstractmethod
from typing import Any

from coproduction.charter.reading.models import hash_words
from impact.core.access import audit
from impact.core.access.permissions import Actor
from reports.formats.easy_read.counting import NONE_YET, Counted, counted
from reports.formats.easy_read.models import EasyReadSection, EasyReadWords
from reports.writing.models import ReportSection


class Chapter(ABC):
    """A chapter that can be put in Easy Read. ``permission`` on ``report`` is what its writers need."""

    permission: str
    report: Any
    title: str

    @property
    @abstractmethod
    def body(self) -> str:
        """Its words now."""

    @property
    def mark(self) -> str:
        """A hash of its title and words now."""
        return hash_words(self.title, self.body)

    @abstractmethod
    def lock(self) -> None:
        """Lock it, so that two first saves come one after the other."""

    @abstractmethod
    def rows(self) -> Any:
        """The one row of its Easy Read, or none, with what its address needs."""

    @abstractmethod
    def new(self) -> EasyReadWords:
        """The first Easy Read of it, not saved yet."""

    @abstractmethod
    def record(self, by: Actor, event: str) -> None:
        """Put an event in the history: ``written``, ``sent`` or ``reviewed``."""

    def counted(self) -> Counted:
        """What members of the group answered about it on the platform. Members only read the annual report in this way."""
        return NONE_YET


class SectionChapter(Chapter):
    """A section of an annual report."""

    permission = "reports.edit_report"

    def __init__(self, section: ReportSection) -> None:
        self.section, self.report, self.title = section, section.report, section.get_key_display()

    @property
    def body(self) -> str:
        return ReportSection.objects.values_list("body", flat=True).get(pk=self.section.pk)

    def lock(self) -> None:
        ReportSection.objects.select_for_update().get(pk=self.section.pk)

    def rows(self) -> Any:
        return EasyReadSection.objects.select_related("section__report").filter(section=self.section)

    def new(self) -> EasyReadWords:
        return EasyReadSection(section=self.section)

    def record(self, by: Actor, event: str) -> None:
        if event == "reviewed":
            audit.record(by, "report.easy_read_reviewed", self.report, section=self.title)
        elif event == "sent":
            audit.record(by, "section.easy_read_sent", self.section)
        else:
            audit.record(by, "section.easy_read_written", self.section)

    def counted(self) -> Counted:
        return counted(self.report).get(self.section.pk, NONE_YET)


def chapter_of(about: ReportSection | Chapter) -> Chapter:
    """A section, or any other chapter, as what Easy Read is written of."""
    return about if isinstance(about, Chapter) else SectionChapter(about)
