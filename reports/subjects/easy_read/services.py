"""Easy Read of a report about a network, a site or a quarter: what it is written of, and what an edition of it holds.

It is written, sent and reviewed by the services of the annual report's Easy Read. Its chapters hold figures, so it is
written for the words and figures of an edition: the newest one.
"""

from typing import Any

from coproduction.charter.reading.models import hash_words
from impact.core.access import audit
from impact.core.access.permissions import Actor
from reports.formats.easy_read.chapters import Chapter
from reports.formats.easy_read.models import EasyReadWords
from reports.formats.easy_read.services import Said, frozen_contents
from reports.subjects.easy_read.models import SubjectEasyRead
from reports.subjects.models import SubjectEdition, SubjectReport
from reports.subjects.printing import document

NOT_NEEDED = {"method"}  # how the report was made: the same in every report


class SubjectChapter(Chapter):
    """A chapter of the newest edition of a report."""

    permission = "reports.write_subject_report"

    def __init__(self, report: SubjectReport, said: document.ChapterWords) -> None:
        self.report, self.title, self.said = report, said.title, said

    @property
    def body(self) -> str:
        return self.said.text

    def lock(self) -> None:
        SubjectReport.objects.select_for_update(of=("self",)).get(pk=self.report.pk)
        newest = newest_edition(self.report)  # one may have been built since the page was opened
        found = {one.key: one for one in chapters_of(newest)} if newest else {}
        self.said = found.get(self.said.key, self.said)

    def rows(self) -> Any:
        rows = SubjectEasyRead.objects.select_related("report__site")
        return rows.filter(report=self.report, key=self.said.key)

    def new(self) -> EasyReadWords:
        return SubjectEasyRead(report=self.report, key=self.said.key)

    def record(self, by: Actor, event: str) -> None:
        if event == "reviewed":
            audit.record(by, "subject_report.easy_read_reviewed", self.report, section=self.title)
        elif event == "sent":
            audit.record(by, "subject_report.easy_read_sent", self.report, section=self.title)
        else:
            audit.record(by, "subject_report.easy_read_written", self.report, section=self.title)


def newest_edition(report: SubjectReport) -> SubjectEdition | None:
    """The edition whose words are put in Easy Read."""
    return report.editions.order_by("-number").first()


def chapters_of(edition: SubjectEdition) -> list[document.ChapterWords]:
    """The chapters of an edition that can be put in Easy Read."""
    return [one for one in document.chapter_words(edition.data) if one.key not in NOT_NEEDED]


def is_out_of_date(easy: SubjectEasyRead, said: document.ChapterWords) -> bool:
    """Whether the newest edition says something else in this chapter."""
    return easy.words_hash != hash_words(said.title, said.text)


def contents_for(edition: SubjectEdition) -> dict[str, Any]:
    """Everything that the Easy Read of an edition says, as plain JSON values."""
    said = [Said(one.key, one.title, hash_words(one.title, one.text), True) for one in chapters_of(edition)]
    return frozen_contents(said, {easy.key: easy for easy in edition.report.easy_read.all()})
