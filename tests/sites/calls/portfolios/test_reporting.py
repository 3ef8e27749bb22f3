"""The report of a round: the same numbers as a page, an Excel file and a PDF; and a fairness note that hides small numbers."""

import io
import re
from decimal import Decimal

import openpyxl
import pikepdf
import pytest
from django.core.files.storage import default_storage
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.core.jobs import queue
from impact.core.people.models import User
from sites.calls.portfolios.characteristics import Candidate, Group, Value
from sites.calls.portfolios.models import RoundReport
from sites.calls.portfolios.reporting import services
from sites.calls.portfolios.reporting.contents import round_contents, rows_of
from sites.calls.portfolios.reporting.fairness import fairness
from tests.pages import html_of
from tests.sites.calls.applications.build import open_round
from tests.sites.calls.portfolios.build import released, weighed_round

pytestmark = pytest.mark.django_db


def candidate(key: int, *traits: str) -> Candidate:
    return Candidate(key, f"R{key}", f"Group {key}", "", 50.0, Decimal(0), frozenset(traits))


NATIONS = Group(
    "nation",
    "Nation",
    False,
    (Value("nation:wales", "Wales", "Nation: Wales"), Value("nation:england", "England", "Nation: England")),
)
NEEDS = Group("needs", "Needs", True, (Value("needs:older", "Older people", "Needs: Older people"),))


def test_rates_come_from_rounded_counts_and_small_ones_are_withheld():
    rows = [candidate(n, "nation:wales" if n < 12 else "nation:england", "needs:older") for n in range(40)]
    (nation, _needs) = fairness(rows, {*range(3), *range(20, 30)}, [NATIONS, NEEDS])
    found = {rate.label: (rate.applied, rate.chosen, rate.percent) for rate in nation.rows}
    assert found == {"Wales": (10, None, None), "England": (30, 10, 33)}
    assert nation.is_withheld


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=60))
def test_no_small_number_is_ever_in_a_fairness_note(rows):
    candidates = [
        candidate(n, "nation:wales" if is_welsh else "nation:england", *(["needs:older"] if is_older else []))
        for n, (is_welsh, is_older, _is_chosen) in enumerate(rows)
    ]
    chosen = {n for n, row in enumerate(rows) if row[2]}
    for part in fairness(candidates, chosen, [NATIONS, NEEDS]):
        for rate in part.rows:
            assert rate.applied is None or rate.applied % 5 == 0
            assert rate.chosen is None or rate.chosen % 5 == 0
            assert rate.percent is None or (rate.applied and rate.chosen is not None and 0 <= rate.percent <= 100)


def xlsx_rows(response) -> list[tuple]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return list(book.active.iter_rows(min_row=2, values_only=True))


def built(staff: User, round) -> str:
    """The text of the PDF, as one line."""
    report, job = services.request_report(by=staff, round=round)
    queue.run(job.pk)
    report.refresh_from_db()
    assert report.is_ready, job.error
    import subprocess

    with default_storage.open(report.file.name) as file:
        data = file.read()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang) == "en-GB"  # tagged
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True
    ).stdout.decode()
    return re.sub(r"\s+", " ", text)


def test_the_page_the_excel_file_and_the_pdf_say_the_same(staff, sign_in):
    round, rows = weighed_round(staff, 6)
    released(staff, rows)
    client = sign_in(staff)
    contents = round_contents(round)
    page = html_of(client.get(f"/rounds/{round.slug}/report/"))
    sheet = xlsx_rows(client.get(f"/rounds/{round.slug}/report/?format=xlsx"))
    text = built(staff, round)
    plain = re.sub(r"<[^>]+>", " ", page)
    for each in contents["counts"]:
        assert re.search(rf"{re.escape(each['label'])}\s+{each['number']}\b", plain.replace("&#x27;", "'")), each
        assert re.search(rf"{re.escape(each['label'])} {each['number']}\b", text), each
        assert ("Counts", each["label"], each["number"], None, None, None) in sheet
    for each in contents["targets"]:
        assert re.search(rf"{re.escape(each['words'])}\s+{each['shown']}\s+{each['verdict']}", plain), each
        assert f"{each['words']} {each['shown']} {each['verdict']}" in text
    for each in contents["outcomes"]:
        assert any(row[:3] == ("Decisions", each["label"], each["count"]) for row in sheet)
        assert re.search(rf"{each['label']}\s+{each['count']}", plain)
    assert len(sheet) == len(rows_of(contents))
    assert {row[5] for row in sheet if row[0] == "Chosen"} == {"For the mix."} and "For the mix." in text
    for part in contents["fairness"]:
        for rate in part["rows"]:
            shown = ["withheld" if rate[name] is None else str(rate[name]) for name in ("applied", "chosen")]
            assert re.search(rf"{re.escape(rate['label'])}\s+{shown[0]}\s+{shown[1]}", plain.replace("&#x27;", "'"))
            assert f"{rate['label']} {shown[0]} {shown[1]}" in text or "withheld" in text
    for place in (page, text, str(sheet)):
        assert "carers@harbour.example" not in place  # no contact data


def test_the_same_report_is_built_once_and_handed_out_to_leadership_alone(staff, leader, sign_in):
    round, rows = weighed_round(staff, 3)
    released(staff, rows)
    client = sign_in(leader)
    client.post(f"/rounds/{round.slug}/report/build/")
    client.post(f"/rounds/{round.slug}/report/build/")
    report = RoundReport.objects.get()
    assert "Waiting to start" in html_of(client.get(f"/rounds/{round.slug}/report/"))
    queue.run(report.job_id)
    response = client.get(f"/rounds/{round.slug}/report/1/file/")
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    page = html_of(client.get(f"/rounds/{round.slug}/report/"))
    assert "Download report 1" in page and "Something has changed since" not in page


def test_a_round_without_applications_has_nothing_to_report(staff, sign_in):
    round = open_round()
    page = html_of(sign_in(staff).post(f"/rounds/{round.slug}/report/build/", follow=True))
    assert "There is nothing to report yet." in page
