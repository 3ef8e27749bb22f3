"""Applications from a file: every row is checked, all are added or none, and what is no list is refused in words."""

import contextlib
import html
import io
import json
import re

import pytest
import xlsxwriter
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.web.files.tables import BYTES_LIMIT
from sites.calls.applications.intake.importing import rows as importing
from sites.calls.applications.models import Application, Revision
from sites.calls.portfolios.models import Release
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.build import open_round, publish_questions, submitted

pytestmark = pytest.mark.django_db
HEADINGS = [
    *("How it came", "Received on", "organisation_name", "Type of organisation", "organisation_size", "nation"),
    *("region", "place", "area", "needs", "is_first_time", "is_user_led", "is_under_pressure", "topic"),
    *("delivery_model", "money", "what", "Colour"),
]


@pytest.fixture
def round():
    return open_round(slug="the-round", name="The round")


def good(round, name="Harbour Carers", **changes) -> dict[str, object]:
    cells = {
        "How it came": "On paper",
        "Received on": clock.today().strftime("%d/%m/%Y"),
        "organisation_name": name,
        "Type of organisation": "carer-led organisation",
        "organisation_size": "Up to 10 staff",
        "nation": "Wales",
        "region": "",
        "place": "Llanfair",
        "area": "Mostly rural",
        "needs": "Unpaid carers; older people",
        "is_first_time": "Yes",
        "is_user_led": "yes",
        "is_under_pressure": "No",
        "topic": round.topics.get().name,
        "delivery_model": "Demonstrator",
        "money": "£12,000",
        "what": "A shared diary.\nEach week.",
        "Colour": "blue",
    }
    return cells | changes


def csv_of(*rows: dict[str, object]) -> bytes:
    import csv

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    for row in rows:
        writer.writerow([row[name] for name in HEADINGS])
    return out.getvalue().encode()


def xlsx_of(*rows: dict[str, object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for y, row in enumerate([HEADINGS, *([row[name] for name in HEADINGS] for row in rows)]):
        for x, cell in enumerate(row):
            sheet.write(y, x, cell)
    book.close()
    return out.getvalue()


def run(staff, round, data: bytes) -> list[Application]:
    checked = importing.check_file(round, data)
    return importing.import_applications(by=staff, round=round, rows=[(row.line, row.given) for row in checked.rows])


@pytest.mark.parametrize("kind", [csv_of, xlsx_of])
def test_a_file_becomes_submitted_applications_marked_with_how_they_came(staff, round, kind):
    made = run(staff, round, kind(good(round), good(round, "Bay Carers", **{"How it came": "", "money": 9000})))
    first, second = made
    first.refresh_from_db()
    assert (first.source, first.state, first.entered_by, first.received_on) == (
        "paper",
        "submitted",
        staff,
        clock.today(),
    )
    assert (first.organisation_kind, first.nation, first.needs) == ("carer_led", "wales", ["carers", "older"])
    assert (str(first.money), first.is_first_time, first.is_under_pressure) == ("12000.00", True, False)
    assert first.topic == round.topics.get() and first.revision.answers["what"] == "A shared diary.\nEach week."
    assert (second.source, Revision.objects.count()) == ("imported", 2)
    assert AuditEvent.objects.get(type="application.imported").facts == {"applications": 2}


def test_the_template_has_the_headings_of_the_round_and_what_is_filled_in_below_is_read(staff, sign_in, round):
    response = sign_in(staff).get("/rounds/the-round/applications/import/template/?format=csv")
    heading = b"".join(response.streaming_content).decode("utf-8-sig").strip().split(",")
    assert heading[:5] == ["How it came", "Received on", "Contact name", "Email address", "Why accepted late"]
    assert {"organisation_name", "nation", "what"} <= set(heading)
    _given, unknown = importing.read_file(importing.questions_of(round), (",".join(heading) + "\n" + "x," * 5).encode())
    assert unknown == []


def test_an_import_with_half_bad_rows_saves_nothing_and_names_every_bad_row_with_its_reasons(staff, round):
    there = submitted(round)
    assert there.state == "submitted"
    bad = [
        (good(round, "Two", nation="Atlantis"), "“Atlantis” is not on the list."),
        (good(round, "Three", money="much"), "Money asked for"),
        (good(round, "Four", what="word " * 21), "Your answer has 21 words. Shorten it by 1 word, to 20 at most."),
        (good(round, "Five", **{"Received on": "31/02/2023"}), "“31/02/2023” is not a date."),
        (good(round, "Six", **{"How it came": "Online"}), "“online” is no way to come in."),
        (good(round, "", place=""), "Answer this question"),
        (good(round, "Eight", nation="England"), "Region of England Choose one"),
    ]
    rows = [
        cells
        for pair in zip([good(round, f"Good {n}") for n in range(7)], [row for row, _ in bad], strict=True)
        for cells in pair
    ]
    with pytest.raises(ValidationError) as error:
        run(staff, round, csv_of(*rows))
    said = error.value.messages
    assert len(said) == 7
    for n, (_cells, reason) in enumerate(bad):
        assert said[n].startswith(f"Row {2 * n + 3}, ") and reason in said[n], said[n]
    assert Application.objects.count() == 1 and Revision.objects.count() == 1


def test_a_row_that_needs_a_file_becomes_a_draft_that_staff_complete(staff, sign_in, round):
    publish_questions(round, needs_letter=True)
    page = f"/rounds/{round.slug}/applications/import/"
    client = sign_in(staff)
    shown = html_of(client.post(page, {"file": SimpleUploadedFile("a.csv", csv_of(good(round)))}))
    assert "A draft until you add the file" in shown
    checked = re.search(r'name="checked" value="([^"]+)"', shown)[1]
    assert "1 waits for a file" in html_of(client.post(page, {"checked": html.unescape(checked)}, follow=True))
    row = Application.objects.get()
    assert (row.state, row.is_staffs_to_write, row.draft["money"]) == ("draft", True, "12000")
    assert not Revision.objects.exists() and not Application.objects.in_the_running().exists()
    again = html_of(client.post(page, {"file": SimpleUploadedFile("a.csv", csv_of(good(round)))}))
    assert f"It is in the round already, as {row.reference}" in again


def test_the_same_application_twice_or_once_more_is_named(staff, round):
    run(staff, round, csv_of(good(round)))
    reference = Application.objects.get().reference
    with pytest.raises(ValidationError) as error:
        run(staff, round, csv_of(good(round), good(round, "New"), good(round, "New")))
    assert error.value.messages == [
        f"Row 2, Harbour Carers: It is in the round already, as {reference}.",
        "Row 4, New: The same as row 3.",
    ]


def test_formula_cells_stay_text_and_leave_again_as_text(staff, sign_in, round):
    run(staff, round, csv_of(good(round, "=1+1", place="'=2+2", what="@here")))
    application = Application.objects.get()
    assert (application.organisation_name, application.place) == ("=1+1", "=2+2")
    file = sign_in(staff).get("/rounds/the-round/applications/?format=csv")
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    assert "'=1+1" in text and "'=2+2" in text and "'@here" in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "cannot read this file"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"x" * (BYTES_LIMIT + 1), "larger than 2 MB"),
        (b"Name,Colour\nOak,blue", "No column is headed by a question of this round"),
        (b"organisation_name\n", "headings and no rows"),
    ],
)
def test_what_is_no_list_of_applications_is_refused_in_words(staff, round, data, words):
    with pytest.raises(ValidationError) as error:
        run(staff, round, data)
    assert words in " ".join(error.value.messages)


def test_only_staff_import_and_only_into_a_round_that_is_announced_and_not_decided(staff, round):
    rows = [(2, {})]
    with pytest.raises(PermissionDenied):
        importing.import_applications(by=factories.UserFactory(roles=["assessor"]), round=round, rows=rows)
    data = csv_of(good(round))
    Release.objects.create(round=round, at=clock.now())
    with pytest.raises(ValidationError, match="results of this round are out"):
        run(staff, round, data)
    with pytest.raises(ValidationError, match="no questions yet"):
        importing.check_file(factories.RoundFactory(), data)


def test_the_page_shows_each_row_first_and_adds_all_on_a_second_press(staff, sign_in, round):
    client, address = sign_in(staff), "/rounds/the-round/applications/import/"

    def send(data: bytes) -> str:
        return html_of(client.post(address, {"file": SimpleUploadedFile("list.csv", data)}))

    page = send(csv_of(good(round), good(round, "Bay Carers", nation="Atlantis")))
    assert "1 row needs attention. Nothing was saved" in page and "Atlantis" in page and 'name="checked"' not in page
    assert "The column “Colour” is left out: we do not know it." in page
    page = send(csv_of(good(round), good(round, "Bay Carers")))
    assert "2 applications will be added" in page and not Application.objects.exists()
    signed = page.split('name="checked" value="')[1].split('"')[0]
    assert client.post(address, {"checked": signed + "x"}, follow=True).content.decode().count("preview is too old")
    response = client.post(address, {"checked": signed}, follow=True)
    assert "2 applications were added." in html_of(response) and Application.objects.count() == 2
    again = html_of(client.post(address, {"checked": signed}, follow=True))
    assert "It is in the round already" in again and Application.objects.count() == 2


def command(*arguments) -> dict:
    out = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("import_applications", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_tries_then_writes_and_names_what_is_wrong(tmp_path, round):
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of(good(round)))
    answer = command("the-round", str(path), "--dry-run")
    assert (answer["rows"], answer["written"], answer["refused"]) == (1, False, []) and not Application.objects.exists()
    answer = command("the-round", str(path))
    assert answer["written"] and answer["references"] == [Application.objects.get().reference]
    assert answer["ignored_columns"] == ["Colour"]
    answer = command("the-round", str(path))
    assert [(row["row"], row["name"]) for row in answer["refused"]] == [(2, "Harbour Carers")]
    assert command("elsewhere", str(path))["refused"][0]["reason"] == "There is no round elsewhere."
    assert "cannot be read" in command("the-round", str(tmp_path / "none.csv"))["refused"][0]["reason"]
    with pytest.raises(CommandError, match="Nothing was saved"):
        call_command("import_applications", "the-round", str(path), stdout=io.StringIO())
