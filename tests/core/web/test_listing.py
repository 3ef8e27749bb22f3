"""Lists as files: CSV and Excel with the same rows, real dates and numbers, and nothing that runs."""

import io
import tempfile
import time
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.test import RequestFactory
from openpyxl.utils.escape import unescape

from impact.core.web.listing import file_response, list_file, wants_file, write_xlsx
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.database

HOSTILE = ["=1+1", "+44 20", "-x", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\")", "http://example.org", "_x0041_", "a\x07b", "007"]  # fmt: skip


def workbook(response) -> openpyxl.Workbook:
    content = io.BytesIO(b"".join(response))
    for close in response._resource_closers:  # close() itself would also close the test's database connection
        close()
    return openpyxl.load_workbook(content)


def rows_of(response) -> list[tuple]:
    return list(workbook(response).active.iter_rows(values_only=True))


def test_excel_holds_real_dates_numbers_and_yes_or_no():
    row = (date(2023, 1, 16), datetime(2022, 7, 1, 13, 0, tzinfo=UTC), 3, 2.5, Decimal("1.25"), True, None, "")
    columns = {f"c{n}": lambda r, n=n: r[n] for n in range(len(row))}
    sheet = workbook(file_response("xlsx", "things", columns, [row])).active
    values = [cell.value for cell in sheet[2]]
    assert values == [datetime(2023, 1, 16), datetime(2022, 7, 1, 14, 0), 3, 2.5, 1.25, True, None, None]  # UK time
    assert sheet["A2"].is_date and sheet["A2"].number_format == "d mmm yyyy"


@pytest.mark.parametrize("text", HOSTILE)
def test_excel_takes_text_as_text_whatever_it_looks_like(text):
    sheet = workbook(file_response("xlsx", "things", {"Words": lambda r: r}, [text])).active
    cell = sheet["A2"]
    assert cell.data_type == "s" and cell.hyperlink is None
    assert unescape(cell.value) == text  # Excel writes control characters as _x0007_


def test_the_heading_row_is_bold_and_stays_in_sight():
    sheet = workbook(file_response("xlsx", "things", {"Name": lambda r: r}, ["x"])).active
    assert sheet["A1"].font.bold and sheet.freeze_panes == "A2"


def test_an_empty_list_is_a_file_with_its_headings():
    assert rows_of(file_response("xlsx", "things", {"Name": str}, [])) == [("Name",)]


@pytest.mark.parametrize("name", ["[a]:b*?/\\", "x" * 60, "''", ""])
def test_any_name_makes_a_sheet(name):
    assert 0 < len(workbook(file_response("xlsx", name, {"A": str}, ["1"])).sheetnames[0]) <= 31


def test_text_longer_than_a_cell_is_cut_and_not_lost_altogether():
    ((_heading,), (text,)) = rows_of(file_response("xlsx", "things", {"A": str}, ["x" * 40_000]))
    assert text == "x" * 32_767


def test_what_no_excel_date_can_hold_and_what_is_no_number_stay_as_text():
    _head, row = rows_of(
        file_response("xlsx", "things", {"A": lambda r: date(1850, 1, 1), "B": lambda r: float("nan")}, ["x"])
    )
    assert row == ("1850-01-01", "nan")


def test_more_rows_than_a_sheet_takes_go_on_the_next(monkeypatch):
    monkeypatch.setattr("impact.core.web.listing.SHEET_ROWS", 3)
    book = workbook(file_response("xlsx", "things", {"A": int}, range(7)))
    assert book.sheetnames == ["Things", "Things 2", "Things 3"]
    assert [[r[0] for r in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book] == [
        [0, 1, 2],
        [3, 4, 5],
        [6],
    ]


def test_ten_thousand_rows_take_little_memory_and_seconds():
    rows = ([f"text {r} {n}" if n % 2 else r for n in range(10)] for r in range(10_000))
    started = time.monotonic()
    with tempfile.TemporaryFile() as file:
        tracemalloc.start()
        write_xlsx(file, "things", [f"c{n}" for n in range(10)], rows)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 20 * 1024 * 1024
    assert time.monotonic() - started < 60


def test_the_query_says_which_file(rf: RequestFactory):
    assert not wants_file(rf.get("/x/")) and not wants_file(rf.get("/x/?format=exe"))
    csv = list_file(rf.get("/x/?format=csv"), "things", {"A": str}, ["=1"])
    assert csv["Content-Disposition"] == 'attachment; filename="things.csv"' and b"'=1" in b"".join(csv)
    xlsx = list_file(rf.get("/x/?format=xlsx"), "things", {"A": str}, ["=1"])
    assert xlsx["Content-Disposition"] == 'attachment; filename="things.xlsx"'
    assert xlsx["X-Content-Type-Options"] == "nosniff" and xlsx["Cache-Control"] == "private, no-store"
    assert rows_of(xlsx) == [("A",), ("=1",)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/people/",
        "/sites/",
        "/organisations/",
        "/topics/",
        "/evidence/",
        "/evidence-gaps/",
        "/rounds/",
        "/networks/",
        "/meetings/",
        "/actions/",
        "/reports/",
        "/co-production/involvements/",
        "/co-production/suggestions/",
    ],
)
def test_every_list_page_links_to_both_files_and_gives_the_same_rows(path, sign_in):
    factories.OrganisationFactory()
    factories.RoundFactory()
    factories.EvidenceItemFactory()
    factories.EvidenceGapFactory()
    factories.InvolvementFactory()
    factories.AnnualReportFactory(year=2022)
    factories.ActionFactory(meeting=factories.LoggedMeetingFactory())
    client = sign_in(factories.UserFactory(roles=["staff", "engagement_lead"]))
    page = client.get(path)
    if page.status_code == 404:
        pytest.fail(f"no page {path}")
    html = html_of(page)
    if "suggestions" not in path:  # an empty list
        assert "format=csv" in html and "format=xlsx" in html
    text = b"".join(client.get(path, {"format": "csv"})).decode("utf-8-sig")
    rows = rows_of(client.get(path, {"format": "xlsx"}))
    assert len(rows) == text.count("\r\n")
    assert list(rows[0]) == text.split("\r\n")[0].split(",")
