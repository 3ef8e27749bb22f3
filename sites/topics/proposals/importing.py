"""The results of the national survey from a file: counts by nation and topic, checked row by row, added all or none."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.web.files.tables import cell_text, read_table
from sites.topics.models import FIRST_YEAR, LAST_YEAR
from sites.topics.proposals.models import Proposal, ProposalNation, SurveyCount
from sites.topics.proposals.services import check_year

MOST_PEOPLE = 10_000_000
LONGEST = 160  # characters of a topic
TOPIC, NATION, PEOPLE = ("topic", "proposal", "title"), ("nation", "country"), ("people", "count", "number", "answers")
NATIONS = {word: nation for nation in Nation for word in (nation.value, str(nation.label).casefold())}
NATIONS |= {"uk": Nation.UK, "united kingdom": Nation.UK, "ni": Nation.NORTHERN_IRELAND}
HEADINGS = (
    "Give the columns headings, in the first row: “Topic”, “Nation” and “People”, or “Topic” and one for each nation."
)


class CountRow(NamedTuple):
    """One count of the file and what it would do. ``problem`` says why it cannot be added, if so."""

    line: int
    title: str
    nation: str  # "" where the file has none that we know
    people: int | None
    before: int | None  # what is recorded now
    is_new: bool  # whether its topic becomes a proposal
    problem: str = ""

    @property
    def place(self) -> str:
        return str(Nation(self.nation).label) if self.nation else "–"

    @property
    def outcome(self) -> str:
        """What it would do, in words."""
        if self.problem:
            return "Needs attention"
        if self.before is None:
            return "New proposal" if self.is_new else "New count"
        return "No change" if self.before == self.people else f"Changes {self.before:,}"


class Checked(NamedTuple):
    """A file as it was understood: its counts, and the headings of columns that are left out."""

    rows: list[CountRow]
    unknown: list[str]

    @property
    def problems(self) -> list[str]:
        """Each row that cannot be added, with its reason."""
        return [f"Row {row.line}, {row.title[:60] or 'no topic'}: {row.problem}" for row in self.rows if row.problem]


def _columns(heading: list[Any]) -> tuple[dict[int, str], list[str]]:
    """Which column is which: topic, nation, people, or a nation's own column. And the headings that we do not know."""
    found: dict[int, str] = {}
    unknown = []
    for place, cell in enumerate(heading):
        word = cell_text(cell).casefold()
        names = {"topic": TOPIC, "nation": NATION, "people": PEOPLE}
        ours = next((name for name, words in names.items() if word in words), None) or NATIONS.get(word, "")
        if ours and ours not in found.values():
            found[place] = str(ours.value if isinstance(ours, Nation) else ours)
        elif word:
            unknown.append(cell_text(cell)[:60])
    return found, unknown


def _cells(table: list[tuple[int, list[Any]]], columns: dict[int, str]) -> Iterator[tuple[int, Any, str, Any]]:
    """(row, topic, nation in the file's words, count): one for each row of a long table, several of a wide one."""
    where = {name: place for place, name in columns.items()}

    def cell(cells: list[Any], name: str) -> Any:
        return cells[where[name]] if name in where and where[name] < len(cells) else ""

    for line, cells in table:
        if "nation" in where:
            yield line, cell(cells, "topic"), cell_text(cell(cells, "nation")), cell(cells, "people")
            continue
        own = [(nation, cell(cells, nation)) for nation in Nation.values if nation in where]
        filled = [(nation, count) for nation, count in own if cell_text(count)]
        if not filled:
            yield line, cell(cells, "topic"), own[0][0], ""
        for nation, count in filled:
            yield line, cell(cells, "topic"), nation, count


def _number(cell: Any) -> int:
    """A count from a cell. Raises ValueError in words."""
    text = cell_text(cell)
    if not text:
        raise ValueError("There is no number. Enter 0 if no one chose it.")
    if text.startswith("="):
        raise ValueError(f"“{text[:30]}” is a formula. Enter the number itself.")
    plain = text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else text
    if isinstance(cell, bool) or not re.fullmatch(r"[0-9]{1,12}", plain):
        raise ValueError(f"“{text[:30]}” is not a whole number. Enter how many people chose it, such as 120.")
    if int(plain) > MOST_PEOPLE:
        raise ValueError(f"“{text[:30]}” is more people than a nation can have asked. Check the number.")
    return int(plain)


def _title(cell: Any) -> str:
    """A topic from a cell. Raises ValueError in words."""
    title = cell_text(cell)
    if not title:
        raise ValueError("There is no topic.")
    if title.startswith(("=", "+", "-", "@")):
        raise ValueError(f"“{title[:30]}” reads as a formula. Enter the topic in words.")
    if isinstance(cell, (int, float, date)):
        raise ValueError(f"“{title[:30]}” is not a topic in words.")
    if len(title) > LONGEST:
        raise ValueError(f"The topic has {len(title)} characters. Shorten it to {LONGEST}.")
    return title


def check_counts(year: int, data: bytes) -> Checked:
    """What importing a file would do, count by count. Raises ValidationError for what is no such file."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError({"year": f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}."})
    table = read_table(data)
    columns, unknown = _columns(table[0][1])
    names = set(columns.values())
    is_long, is_wide = {"topic", "nation", "people"} <= names, "topic" in names and bool(names & set(Nation.values))
    if not is_long and (not is_wide or names & {"nation", "people"}):
        raise ValidationError(HEADINGS)
    if not table[1:]:
        raise ValidationError("The file has headings and no rows below them.")
    survey = Proposal.objects.filter(year=year, source=Proposal.Source.SURVEY).prefetch_related("survey_counts")
    known = {proposal.title.casefold(): proposal for proposal in survey}
    held = {key: proposal.counts for key, proposal in known.items()}
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for line, topic, nation_text, people in _cells(table[1:], columns):
        row = _checked(line, topic, nation_text, people)
        key = row.title.casefold()
        row = row._replace(is_new=key not in known, before=held.get(key, {}).get(row.nation))
        if not row.problem and (first := seen.get((key, row.nation))):
            row = row._replace(problem=f"The same topic and nation as row {first}.")
        seen.setdefault((key, row.nation), line)
        rows.append(row)
    return Checked(rows, unknown)


def _checked(line: int, topic: Any, nation_text: str, people: Any) -> CountRow:
    nation = NATIONS.get(nation_text.casefold())
    row = CountRow(line, cell_text(topic), nation.value if nation else "", None, None, False)
    try:
        row = row._replace(title=_title(topic))
        if nation is None:
            known = ", ".join(str(one.label) for one in Nation)
            raise ValueError(
                f"“{nation_text[:30]}” is not a nation. Use one of: {known}." if nation_text else "There is no nation."
            )
        return row._replace(people=_number(people))
    except ValueError as error:
        return row._replace(problem=str(error))


@transaction.atomic
def import_counts(*, by: Actor, year: int, data: bytes, is_illustrative: bool = False) -> list[SurveyCount]:
    """Record every count of a file, or none, for staff. A topic that is new becomes a proposal of the survey.

    A count that is recorded already is replaced, so a corrected file can be sent again. A refusal names each row that is
    wrong.
    """
    require(by, "sites.edit_topic")
    check_year(year)
    list(Proposal.objects.select_for_update().filter(year=year, source=Proposal.Source.SURVEY))
    checked = check_counts(year, data)
    if checked.problems:
        raise ValidationError(checked.problems)
    survey = Proposal.objects.filter(year=year, source=Proposal.Source.SURVEY)
    known = {proposal.title.casefold(): proposal for proposal in survey}
    counts = []
    for row in checked.rows:
        proposal = known.get(row.title.casefold())
        if proposal is None:
            proposal = Proposal(
                year=year,
                title=row.title,
                source=Proposal.Source.SURVEY,
                proposed_on=clock.today(),
                recorded_by_id=by.pk,
                is_illustrative=is_illustrative,
            )
            proposal.full_clean()
            proposal.save()
            known[row.title.casefold()] = proposal
        ProposalNation.objects.get_or_create(proposal=proposal, nation=row.nation)
        count, _is_new = SurveyCount.objects.update_or_create(
            proposal=proposal, nation=row.nation, defaults={"people": row.people or 0}
        )
        counts.append(count)
    for proposal in {count.proposal for count in counts}:
        audit.record(by, "proposal.counted", proposal, nations=sum(count.proposal == proposal for count in counts))
    return counts


def as_csv(checked: Checked) -> str:
    """The counts of a checked file as a CSV text in our own words, to be added after a look at the preview."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Topic", "Nation", "People"])
    for row in checked.rows:
        writer.writerow([row.title, row.nation, row.people])
    return out.getvalue()
