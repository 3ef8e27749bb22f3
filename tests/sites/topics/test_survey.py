"""The results of the survey from a file: each count is checked, all are recorded or none, and what is wrong is named."""

import io
from datetime import date

import pytest
import xlsxwriter
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.core.basics import clock
from impact.core.basics.vocabulary import FOUR_NATIONS
from sites.topics.proposals import importing
from sites.topics.proposals.models import Proposal, SurveyCount
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
LONG = 'Topic,Nation,People\nBreaks,Wales,12\nBreaks,Scotland,"1,204"\nWork,Northern Ireland,0\n'
WIDE = "Topic;England;Northern Ireland;Scotland;Wales;Notes\nBreaks;40;;1204;12;x\nWork;;0;;;\n"


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(date(2023, 1, 16)):
        yield


def xlsx(*rows) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            sheet.write(y, x, cell)
    book.close()
    return out.getvalue()


def recorded() -> dict[tuple[str, str], int]:
    return {(c.proposal.title, c.nation): c.people for c in SurveyCount.objects.select_related("proposal")}


def refusal(staff, data: bytes, year: int = 2024) -> str:
    before = Proposal.objects.count(), recorded()
    with pytest.raises(ValidationError) as caught:
        importing.import_counts(by=staff, year=year, data=data)
    assert (Proposal.objects.count(), recorded()) == before
    return " ".join(caught.value.messages)


def test_a_long_file_and_a_wide_one_and_an_excel_file_are_understood_alike(staff):
    importing.import_counts(by=staff, year=2024, data=LONG.encode())
    expected = {("Breaks", "wales"): 12, ("Breaks", "scotland"): 1204, ("Work", "northern_ireland"): 0}
    assert recorded() == expected
    Proposal.objects.all().delete()
    checked = importing.check_counts(2024, WIDE.encode())
    assert checked.unknown == ["Notes"] and not checked.problems
    importing.import_counts(by=staff, year=2024, data=WIDE.encode())
    assert recorded() == expected | {("Breaks", "england"): 40}
    Proposal.objects.all().delete()
    rows = [["Topic", "Nation", "People"], ["Breaks", "Wales", 12.0], ["Work", "ni", 0]]
    importing.import_counts(by=staff, year=2024, data=xlsx(*rows))
    assert recorded() == {("Breaks", "wales"): 12, ("Work", "northern_ireland"): 0}
    breaks = Proposal.objects.get(title="Breaks")
    assert breaks.source == "survey" and breaks.places == "Wales" and breaks.people == 12


def test_a_file_with_half_bad_rows_records_nothing_and_names_each_of_them(staff):
    rows = ["Topic,Nation,People"]
    for n in range(10):
        rows += [f"Good {n},Wales,{n}", f"Bad {n},Wales,lots"]
    words = refusal(staff, "\n".join(rows).encode())
    for n in range(10):
        assert f"Row {2 * n + 3}, Bad {n}: “lots” is not a whole number." in words
    assert "Good" not in words


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Breaks,Wales,=2+2", "Row 2, Breaks: “=2+2” is a formula. Enter the number itself."),
        ("=HYPERLINK(1),Wales,3", "reads as a formula. Enter the topic in words."),
        ("@breaks,Wales,3", "reads as a formula"),
        ("Breaks,Wales,-3", "“-3” is not a whole number"),
        ("Breaks,Wales,2.5", "“2.5” is not a whole number"),
        ("Breaks,Wales,1e9", "“1e9” is not a whole number"),
        ("Breaks,Wales,", "There is no number. Enter 0 if no one chose it."),
        ("Breaks,Wales,99999999999", "more people than a nation can have asked"),
        ("Breaks,Atlantis,3", "“Atlantis” is not a nation. Use one of: England, Northern Ireland"),
        ("Breaks,,3", "There is no nation."),
        (",Wales,3", "Row 2, no topic: There is no topic."),
        (f"{'x' * 161},Wales,3", "The topic has 161 characters. Shorten it to 160."),
        ("Breaks,Wales,1\nbreaks,wales,2", "Row 3, breaks: The same topic and nation as row 2."),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_number(staff, row, words):
    assert words in refusal(staff, f"Topic,Nation,People\n{row}\n".encode())


def test_a_file_that_is_no_survey_is_refused(staff):
    assert "Give the columns headings" in refusal(staff, b"Breaks,Wales,3\n")
    assert "headings and no rows" in refusal(staff, b"Topic,Nation,People\n")
    assert "The file is empty" in refusal(staff, b" ")
    assert "damaged" in refusal(staff, b"PK\x03\x04nonsense")
    assert "cannot read this file" in refusal(staff, b"\x89PNG\0\0")


def test_a_corrected_file_replaces_what_it_counts_again_and_says_so_first(staff):
    importing.import_counts(by=staff, year=2024, data=LONG.encode())
    again = b"Topic,Nation,People\nbreaks,Wales,15\nWork,Northern Ireland,0\nNew,England,1\n"
    assert [row.outcome for row in importing.check_counts(2024, again).rows] == [
        "Changes 12",
        "No change",
        "New proposal",
    ]
    importing.import_counts(by=staff, year=2024, data=again)
    assert recorded()["Breaks", "wales"] == 15 and recorded()["Breaks", "scotland"] == 1204
    assert Proposal.objects.filter(source="survey").count() == 3


def test_a_proposal_of_an_assembly_in_the_same_words_stays_apart(staff):
    assembly = factories.AdvisoryGroupFactory(kind="assembly")
    factories.ProposalFactory(title="Breaks", source="assembly", group=assembly)
    importing.import_counts(by=staff, year=2024, data=LONG.encode())
    assert Proposal.objects.filter(title="Breaks").count() == 2


def test_only_staff_add_the_survey(leader):
    with pytest.raises(PermissionDenied):
        importing.import_counts(by=leader, year=2024, data=LONG.encode())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.dictionaries(
        st.tuples(st.sampled_from(["Breaks", "Work", "Homes, and more"]), st.sampled_from(FOUR_NATIONS)),
        st.integers(0, 10_000),
        min_size=1,
    )
)
def test_what_a_preview_shows_is_what_is_recorded(staff, counts):
    rows = "".join(f'"{title}",{nation.label},{people}\n' for (title, nation), people in counts.items())
    Proposal.objects.all().delete()
    checked = importing.check_counts(2024, f"Topic,Nation,People\n{rows}".encode())
    importing.import_counts(by=staff, year=2024, data=importing.as_csv(checked).encode())
    assert recorded() == {(title, nation.value): people for (title, nation), people in counts.items()}
    assert sum(p.people for p in Proposal.objects.prefetch_related("survey_counts")) == sum(counts.values())


def test_a_file_is_looked_at_first_and_then_recorded_as_it_was_shown(staff, sign_in):
    client, url = sign_in(staff), "/topics/2024/survey/import/"
    page = client.post(url, {"file": SimpleUploadedFile("survey.csv", LONG.encode())})
    words = html_of(page)
    assert "3 counts will be recorded" in words and "New proposal" in words and not SurveyCount.objects.exists()
    done = client.post(url, {"checked": page.context["signed"]})
    assert done["Location"] == "/topics/2024/survey/" and len(recorded()) == 3
    shown = html_of(client.get("/topics/2024/survey/"))
    assert "1216" in shown and shown.index("Breaks") < shown.index("Work")
    assert "Choose the file again" in html_of(client.post(url, {"checked": "made-up"}, follow=True))


def test_a_page_with_bad_rows_says_so_and_offers_no_button(staff, sign_in):
    file = SimpleUploadedFile("survey.csv", b"Topic,Nation,People\nBreaks,Wales,=1\n")
    page = sign_in(staff).post("/topics/2024/survey/import/", {"file": file})
    words = html_of(page)
    assert "1 row needs attention. Nothing was saved" in words and "is a formula" in words
    assert "Record counts" not in words and not page.context["signed"]


def test_counts_sent_over_the_api_are_all_recorded_or_none(staff, leader, sign_in):
    url = "/api/v1/survey-counts/import/"

    def send(user, text: str, **more):
        file = SimpleUploadedFile("survey.csv", text.encode())
        return sign_in(user).post(url, {"year": "2024", "file": file, **more})

    assert send(leader, LONG).status_code == 403
    tried = send(staff, LONG, dry_run="true")
    assert tried.json() == {"counts": 3, "new_proposals": 2, "left_out": [], "is_recorded": False}
    assert not recorded()
    assert send(staff, LONG).json()["is_recorded"] and len(recorded()) == 3
    wrong = send(staff, LONG + "Breaks,England,many\n")
    [error] = wrong.json()["errors"]
    assert wrong.status_code == 400 and error["attr"].startswith("file") and "Row 5, Breaks" in error["detail"]
    rows = sign_in(leader).get("/api/v1/survey-counts/", {"nation": "wales"}).json()["results"]
    assert [(row["year"], row["proposal"]["title"], row["people"]) for row in rows] == [(2024, "Breaks", 12)]
