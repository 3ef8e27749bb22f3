"""Each figure opens the rows that it was counted from: those of the snapshot, with what became of them since."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from networks.log.models import Attendance, Contribution
from reports.editions.models import Edition
from reports.editions.services import take_snapshot
from reports.figures.catalogue import INDICATORS, by_name
from reports.figures.gather import gather_figures
from reports.figures.pages.lines import reading_of
from reports.figures.pages.tracing import Traced, trace
from reports.figures.rows import ids
from reports.figures.rows.keeping import gather_rows
from reports.figures.rows.models import KeptRows
from reports.figures.rows.sources import BY_NAME, COUNTED_FROM, UNTRACED
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def report():
    return factories.AnnualReportFactory(year=2022)


@pytest.fixture
def meeting():
    return factories.LoggedMeetingFactory(group=factories.GroupFactory(nation="wales"))


def edition(report, by) -> Edition:
    return factories.EditionFactory(report=report, snapshot=take_snapshot(by=by, report=report))


def traced(user, name: str, made: Edition) -> Traced:
    found = trace(user, by_name(name), reading_of(user, made.report, made.number))
    assert found is not None
    return found


def came(meeting, people: int, perspective: str = "carer") -> None:
    for _n in range(people):
        person = factories.PersonFactory()
        Attendance.objects.create(meeting=meeting, person=person, perspective=perspective, status="present")


# --- What is kept --------------------------------------------------------------------------------
def test_every_figure_says_what_it_is_counted_from():
    assert set(COUNTED_FROM) | UNTRACED == {one.name for one in INDICATORS}
    assert {source for source, _states in COUNTED_FROM.values()} == set(BY_NAME)


@given(st.sets(st.integers(1, 2**60), min_size=1, max_size=40))
def test_whole_numbers_come_back_as_they_were_kept(keys):
    joined = ",".join(map(str, keys))
    assert list(ids.unpack(ids.pack(joined))) == sorted(keys) == ids.read(joined)


@given(st.sets(st.uuids(), min_size=1, max_size=40))
def test_uuids_come_back_as_they_were_kept_however_the_database_writes_them(keys):
    for joined in (",".join(key.hex for key in keys), ",".join(map(str, keys))):
        assert list(ids.unpack(ids.pack(joined))) == sorted(keys) == ids.read(joined)


def test_the_rows_of_a_figure_are_as_many_as_it_says(report):
    """Awkward rows: removed, of another year, of a group elsewhere, done after the year, in a log not finished."""
    group = factories.GroupFactory(nation="wales", meetings_planned=4)
    held = factories.LoggedMeetingFactory(group=group, number=1)
    late = factories.LoggedMeetingFactory(group=group, number=2, starts_at=factories.at(2023, 1, 5))
    factories.MeetingFactory(group=group, number=3, starts_at=factories.at(2022, 9, 1))  # no log: a missing return
    for one in (held, late):
        factories.ContributionFactory(meeting=one, kind="barrier")
        factories.ActionFactory(group=group, meeting=one, due_on="2022-12-01")
    factories.ContributionFactory(meeting=held, removed_at=factories.at(2022, 8, 1))
    factories.ActionFactory(group=group, meeting=held, status="done", closed_on="2023-01-02", due_on="2023-02-01")
    factories.SiteFactory(nations=["england"])
    factories.InvolvementFactory(
        said="Yes", said_on="2022-07-01", changed="It", changed_on="2023-01-02", outcome="changed"
    )
    figures, rows = gather_figures(2022), gather_rows(2022)
    for name in (
        *("sites", "meetings-held", "returns-missing", "returns-by-network", "contributions", "barriers", "enablers"),
        *("actions", "actions-open", "actions-overdue", "actions-done", "involvements", "involvements-waiting"),
    ):
        source, counts = COUNTED_FROM[name]
        kept = sum(row.number for row in rows if row.source == source and (not counts or counts(tuple(row.state))))
        assert kept == by_name(name).value(figures), name


def test_rows_are_gathered_with_one_query_for_each_kind_however_many_there_are(meeting):
    factories.ContributionFactory(meeting=meeting)
    with CaptureQueriesContext(connection) as few:
        gather_rows(2022)
    factories.ContributionFactory.create_batch(20, meeting=meeting)
    with CaptureQueriesContext(connection) as many:
        gather_rows(2022)
    assert len(many) == len(few) == len(BY_NAME) + 2  # how many rounds each network has is asked first


def test_other_rows_make_another_snapshot_even_where_the_figures_are_the_same(report, meeting, staff):
    theme = factories.ThemeFactory()
    first = factories.ContributionFactory(meeting=meeting, theme=theme)
    one = take_snapshot(by=staff, report=report)
    assert take_snapshot(by=staff, report=report) == one
    first.delete()
    factories.ContributionFactory(meeting=meeting, theme=theme)
    other = take_snapshot(by=staff, report=report)
    assert other != one and other.data["figures"] == one.data["figures"]


def test_no_names_and_no_numbers_of_people_stand_in_the_snapshot(report, meeting, staff):
    came(meeting, 17)
    factories.ContributionFactory(meeting=meeting, words="Words of one person")
    snapshot = take_snapshot(by=staff, report=report)
    assert "attendance" not in snapshot.data["rows"] and "positions" not in snapshot.data["rows"]
    assert "Words of" not in str(list(snapshot.rows.values_list("state", flat=True)))


def test_the_database_refuses_to_change_or_delete_kept_rows(report, meeting, staff):
    take_snapshot(by=staff, report=report)
    for change in (lambda: KeptRows.objects.update(number=9), lambda: KeptRows.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# --- What a reader opens -------------------------------------------------------------------------
def test_rows_are_those_of_the_snapshot_and_say_what_became_of_them(report, meeting, staff):
    theme = factories.ThemeFactory(name="Time")
    words = {}
    for name in ("stays", "is recoded", "is taken off the log", "is deleted"):
        words[name] = factories.ContributionFactory(meeting=meeting, kind="enabler", theme=theme, words=f"It {name}")
    made = edition(report, staff)
    Contribution.objects.filter(pk=words["is recoded"].pk).update(kind="barrier")
    Contribution.objects.filter(pk=words["is taken off the log"].pk).update(removed_at=factories.at(2022, 9, 1))
    words["is deleted"].delete()
    factories.ContributionFactory(meeting=meeting, kind="enabler", words="It came later")
    found = traced(staff, "enablers", made)
    assert (found.total, found.hidden, found.changed) == (4, 0, 3)
    since = {row.label: row.since for row in found.rows}
    assert since["It stays"] == ""
    assert since["It is recoded"].startswith("Now counted as: Barrier")
    assert "Wales, Time" in since["It is recoded"]
    assert sorted(row.since for row in found.rows if "no longer there" in row.label) == [
        "Deleted since",
        "Removed since",
    ]
    assert "It came later" not in since and all("Enabler" in row.counted_as for row in found.rows)


def test_who_may_not_see_a_row_sees_only_how_many_there_are(report, meeting, staff, outsider):
    factories.ContributionFactory(meeting=meeting, words="Said in Wales")
    elsewhere = factories.LoggedMeetingFactory(group=factories.GroupFactory(nation="england"))
    factories.ContributionFactory(meeting=elsewhere, words="Said in England")
    factories.MembershipFactory(group=elsewhere.group, person=outsider.person)
    made = edition(report, staff)
    report.status, report.approved_edition, report.approved_on = "published", made, "2023-01-16"
    report.save()
    found = traced(outsider, "contributions", made)
    assert [row.label for row in found.rows] == ["Said in England"]
    assert (found.total, found.hidden) == (2, 1)


def test_how_many_came_is_told_only_to_those_who_see_all_of_them(report, meeting, staff, leader, outsider):
    came(meeting, 17)
    elsewhere = factories.LoggedMeetingFactory(group=factories.GroupFactory(nation="england"))
    came(elsewhere, 6)
    factories.MembershipFactory(group=elsewhere.group, person=outsider.person, role="coordinator")
    made = edition(report, staff)
    assert traced(staff, "attendance-by-perspective", made).total == 23
    report.status, report.approved_edition, report.approved_on = "published", made, "2023-01-16"
    report.save()
    for reader, seen in ((leader, 0), (outsider, 6)):
        found = traced(reader, "attendance-by-perspective", made)
        assert len(found.rows) == seen and found.total is found.hidden is None


def test_a_person_who_is_gone_is_not_told_of_as_a_row(report, meeting, staff):
    came(meeting, 6)
    made = edition(report, staff)
    Attendance.objects.first().delete()
    found = traced(staff, "attendance-by-perspective", made)
    assert len(found.rows) == 5 and found.total is None


def test_an_edition_from_before_rows_were_kept_says_so(report, staff):
    made = factories.EditionFactory(report=report)
    assert trace(staff, by_name("sites"), reading_of(staff, report, made.number)) is None


def test_a_long_list_is_shown_page_by_page_with_the_same_number_of_queries(report, meeting, staff):
    factories.ContributionFactory.create_batch(3, meeting=meeting)
    few_rows = edition(report, staff)
    with CaptureQueriesContext(connection) as few:
        traced(staff, "contributions", few_rows)
    factories.ContributionFactory.create_batch(60, meeting=meeting)
    many_rows = edition(report, staff)
    with CaptureQueriesContext(connection) as many:
        found = traced(staff, "contributions", many_rows)
    assert (len(found.rows), found.total, found.page.paginator.num_pages) == (50, 63, 2)
    assert len(many) == len(few)


def test_a_key_that_is_no_number_is_read_as_a_uuid():
    key = uuid.UUID(int=12345678901234567890123456789012)
    assert ids.read(key.hex) == [key]
