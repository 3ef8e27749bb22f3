"""A roster from a file: every row is checked, all are added or none, and what is no list is refused in words."""

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.web.files import tables
from sites.progress.units import importing
from sites.progress.units.models import Unit, UnitChange
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)


@pytest.fixture
def site():
    return factories.SiteFactory(unit_name="general practice", slug="the-site", status="active")


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(TODAY):
        yield


def xlsx(*rows, widths=0) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(y, x, cell)
            else:
                sheet.write(y, x, cell)
    book.close()
    return out.getvalue()


def import_file(staff, site, data: bytes) -> list[Unit]:
    return importing.import_units(by=staff, site=site, data=data, listed_from=date(2022, 1, 1))


def refusal(staff, site, data: bytes) -> str:
    before = Unit.objects.count(), UnitChange.objects.count()
    with pytest.raises(ValidationError) as caught:
        import_file(staff, site, data)
    assert (Unit.objects.count(), UnitChange.objects.count()) == before
    return " ".join(caught.value.messages)


FULL = [
    ["General practice", "On the roster from", "Status", "Since", "Reason", "Beds"],
    ["Alder", date(2022, 3, 1), "Joined", date(2022, 5, 2), "", 3],
    ["Birch", "01/03/2022", "declined", "2 May 2022", "No room", 4],
    ["Cedar", "", "", "", "", ""],
]


@pytest.mark.parametrize("kind", ["xlsx", "csv", "semicolons", "utf-16", "windows"])
def test_a_file_is_read_whatever_program_saved_it(staff, site, kind):
    text = "\n".join(",".join(str(cell) for cell in row) for row in FULL).replace(
        "Alder", "Dŵr" if "1" in kind else "Café"
    )
    data = {
        "xlsx": xlsx(*FULL),
        "csv": text.encode("utf-8-sig"),
        "semicolons": text.replace(",", ";").encode(),
        "utf-16": text.encode("utf-16"),
        "windows": text.encode("cp1252", "replace"),
    }[kind]
    assert len(import_file(staff, site, data)) == 3
    first = Unit.objects.exclude(name__in=["Birch", "Cedar"]).get()
    assert first.name == {"xlsx": "Alder", "utf-16": "Dŵr"}.get(kind, "Café")
    assert (first.listed_from, *first.changes.values_list("state", "on").get()) == (
        date(2022, 3, 1),
        "joined",
        date(2022, 5, 2),
    )
    birch = UnitChange.objects.get(unit__name="Birch")
    assert (birch.state, birch.on, birch.reason) == ("declined", date(2022, 5, 2), "No room")
    cedar = Unit.objects.get(name="Cedar")
    assert cedar.listed_from == date(2022, 1, 1) and not cedar.changes.exists()
    assert AuditEvent.objects.get(type="unit.listed").facts["units"] == 3


def test_one_column_without_a_heading_is_a_list_of_names(staff, site):
    names = [unit.name for unit in import_file(staff, site, b"Alder\r\n\r\nBirch by the mill\r\n")]
    assert names == ["Alder", "Birch by the mill"]
    assert "Give the columns headings" in refusal(staff, site, b"Oak\nElm, by the mill\n")


@pytest.mark.parametrize(
    ("rows", "reasons"),
    [
        ("Name\nAlder\nalder", ["Row 3, alder: The same as row 2."]),
        ("Name\nTaken\nOak", ["Row 2, Taken: It is on the roster already."]),
        ("Name,Status\nOak,Maybe\nElm,joined", ["Row 2, Oak: “maybe” is no status."]),
        ("Name,Since,Status\nOak,31/02/2022,joined", ["Row 2, Oak: “31/02/2022” is not a date."]),
        ("Name,Since,Status\nOak,01/02/2030,joined", ["Row 2, Oak: The date of the status is in the future."]),
        ("Name,Since,Status\nOak,01/02/2001,joined", ["Row 2, Oak: The date of the status is before the first day"]),
        ("Name,From\nOak,01/02/0201", ["Row 2, Oak: The first day on the roster is not a date of the present."]),
        ("Name,Status\nOak,declined", ["Row 2, Oak: Say in the column “Reason” why it declined"]),
        ("Name,Status\n,joined", ["Row 2, no name: There is no name."]),
        ("Name\n" + "x" * 161, ["at most 160 characters"]),
        ("Name,Status\nOak,Maybe\nTaken,\nElm,joined\n,\nOak,joined", ["Row 2", "Row 3"]),
    ],
)
def test_every_row_that_is_wrong_is_named_with_its_reason_and_nothing_is_saved(staff, site, rows, reasons):
    factories.UnitFactory(site=site, name="Taken")
    said = refusal(staff, site, rows.encode())
    assert all(reason in said for reason in reasons), said


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (tables.UNPACKED_LIMIT + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty"),
        (b" \n ", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "cannot read this file"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"x" * (tables.BYTES_LIMIT + 1), "larger than 2 MB"),
        (b"Practice name,Nation\nOak,Wales", "Give the columns headings"),
        (b"Name\n", "headings and no rows"),
        (b'Name\n"Oak', "damaged"),
        (b"Name\n" + b"Oak %d\n" * 1 % 1 + b"".join(b"Oak %d\n" % n for n in range(2, 2003)), "more than 2,000 rows"),
    ],
)
def test_what_is_no_list_is_refused_in_words(staff, site, data, words):
    assert words in refusal(staff, site, data)


def test_a_file_that_unpacks_to_far_more_is_not_opened(staff, site):
    assert len(bomb()) < tables.BYTES_LIMIT
    assert "too large when it is unpacked" in refusal(staff, site, bomb())


def test_a_small_file_with_a_cell_in_the_far_corner_is_refused_and_ends_no_process_of_ours(staff, site):
    """Read in this process, its 17 thousand million cells would end the tests here and now."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Name")
    sheet.write(1_048_575, 16_383, "far away")
    book.close()
    assert len(out.getvalue()) < 10_000
    assert "Copy the list alone into a new file" in refusal(staff, site, out.getvalue())


def test_a_file_that_lies_about_how_much_it_unpacks_to_is_refused(staff, site):
    data = bytearray(bomb())
    honest = (tables.UNPACKED_LIMIT + 1).to_bytes(4, "little")
    assert data.count(honest) == 2
    assert "Excel file" in refusal(staff, site, bytes(data.replace(honest, (100).to_bytes(4, "little"))))


def test_formulas_in_cells_stay_text(staff, site):
    assert import_file(staff, site, b'Name\n=HYPERLINK("x")\n')[0].name == '=HYPERLINK("x")'


def test_a_site_that_says_nothing_of_what_it_counts_takes_no_roster(staff):
    with pytest.raises(ValidationError, match="what the roster counts"):
        import_file(staff, factories.SiteFactory(unit_name=""), b"Name\nOak\n")


def test_only_those_who_may_edit_the_site_import(site, leader):
    for by in (leader, factories.UserFactory()):
        with pytest.raises(PermissionDenied):
            import_file(by, site, b"Name\nOak\n")


# --- The page ------------------------------------------------------------------------------------
def upload(client, site, data: bytes):
    file = SimpleUploadedFile("list.csv", data)
    return client.post(reverse("sites:roster-import", args=[site.slug]), {"file": file, "listed_from": "2022-01-01"})


def test_the_page_shows_each_row_before_anything_is_saved_and_then_adds_them_all(staff, site, sign_in):
    client = sign_in(staff)
    page = upload(client, site, b"Name,Status,Beds\nOak,joined,3\nElm,,2\n")
    text = html_of(page)
    assert (
        not Unit.objects.exists()
        and "2 rows will be added" in text
        and "The column “Beds” is left out: we do not know it." in text
    )
    assert "Joined, 1 January 2022" in text
    done = client.post(
        reverse("sites:roster-import", args=[site.slug]), {"checked": page.context["signed"]}, follow=True
    )
    assert "2 units were added to the roster." in html_of(done)
    assert set(Unit.objects.values_list("name", "listed_from")) == {
        ("Oak", date(2022, 1, 1)),
        ("Elm", date(2022, 1, 1)),
    }
    again = client.post(
        reverse("sites:roster-import", args=[site.slug]), {"checked": page.context["signed"]}, follow=True
    )
    assert "It is on the roster already." in html_of(again) and Unit.objects.count() == 2


def test_the_page_names_rows_that_are_wrong_and_offers_no_way_to_add_the_rest(staff, site, sign_in):
    text = html_of(upload(sign_in(staff), site, b"Name,Status\nOak,joined\nElm,maybe\n"))
    assert "1 row needs attention. Nothing was saved" in text and "“maybe” is no status." in text
    assert 'name="checked"' not in text and 'type="file"' in text


@pytest.mark.parametrize("sent", ["nonsense", ""])
def test_a_preview_that_was_made_up_is_refused(staff, site, sign_in, sent):
    done = sign_in(staff).post(reverse("sites:roster-import", args=[site.slug]), {"checked": sent}, follow=True)
    assert "Choose the file again." in html_of(done) and not Unit.objects.exists()


def test_a_preview_of_one_site_adds_nothing_to_another(staff, site, sign_in):
    client, other = sign_in(staff), factories.SiteFactory(unit_name="care home")
    page = upload(client, site, b"Name\nOak\n")
    done = client.post(
        reverse("sites:roster-import", args=[other.slug]), {"checked": page.context["signed"]}, follow=True
    )
    assert "another site" in html_of(done) and not Unit.objects.exists()


# --- The command ---------------------------------------------------------------------------------
def run(tmp_path, data: bytes, *options: str) -> str:
    file, out = tmp_path / "list.csv", io.StringIO()
    file.write_bytes(data)
    call_command("import_units", "the-site", str(file), *options, stdout=out)
    return out.getvalue()


def test_the_command_adds_them_or_says_what_it_would_do(site, tmp_path):
    assert run(tmp_path, b"Name\nOak\nElm\n", "--dry-run") == "2 rows would be added. Nothing was saved.\n"
    assert not Unit.objects.exists()
    assert '"written": true' in run(tmp_path, b"Name\nOak\nElm\n", "--json") and Unit.objects.count() == 2


def test_the_command_exits_with_an_error_and_names_the_rows(site, tmp_path):
    with pytest.raises(CommandError, match=r"Nothing was saved\. Row 3"):
        run(tmp_path, b"Name,Status\nOak,joined\nElm,maybe\n")
    with pytest.raises(CommandError, match="no site"):
        call_command("import_units", "nowhere", str(tmp_path / "list.csv"), stdout=io.StringIO())
    assert not Unit.objects.exists()
