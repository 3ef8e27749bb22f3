"""Hostile and odd spreadsheets: refused in words before anything of them is used, or read as what they mean."""

import io
import zipfile
from datetime import date, time

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError

from impact.core.web.files.tables import full_text, read_table
from impact.core.web.imports.columns import Column, check_cell, clock_time, day, line, names, place_columns

NAME, EMAIL = Column("name", "Name", "", line(40), also=("enw", "grŵp")), Column("email", "Email address", "", line(40))


def workbook(**parts: bytes) -> bytes:
    """An Excel file with more parts in it."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet().write_row(0, 0, ["Name", "Email"])
    book.close()
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (workbook(bomb=b"0" * (41 * 1024 * 1024)), "too large when it is unpacked"),
        (b"PK\x03\x04 not a workbook", "damaged"),
        (b"Name\n" + b"A person\n" * 200_000, "more than 2,000 rows"),
        (b"Name\nA\x00B\n", "cannot read this file"),
        (b"\xff\xfeN\x00a", "characters that we cannot read|no rows"),
        (b'Name,Email\n"open,quote\n', "damaged"),
        (b" \n", "empty"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
    ],
)
def test_a_hostile_file_is_refused_in_words(data, words):
    with pytest.raises(ValidationError, match=words):
        read_table(data)


def test_a_file_with_macros_is_refused():
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(ValidationError, match="has macros"):
        read_table(out.getvalue())


@pytest.mark.parametrize(
    "data",
    [
        "Enw,E-mail ADDRESS\nZoë,z@people.example\n".encode("utf-8-sig"),
        "Enw;email_address\nZoë;z@people.example\n".encode("cp1252"),
        "Name\tEmail  address\nZoë\tz@people.example\n".encode("utf-16"),
        "Email address,GRWP\nz@people.example,Zoë\n".encode(),
    ],
)
def test_encodings_delimiters_and_headings_are_taken_as_they_come(data):
    table = read_table(data)
    columns, unknown = place_columns([full_text(cell) for cell in table[0][1]], [NAME, EMAIL])
    row = {column.name: full_text(table[1][1][at]) for at, column in columns.items()}
    assert row == {"name": "Zoë", "email": "z@people.example"} and not unknown


@pytest.mark.parametrize("heading", [["Name", "name "], ["Name", "Enw"], ["Name", "Other", "other"]])
def test_two_columns_of_one_meaning_are_refused(heading):
    with pytest.raises(ValidationError, match="Two columns have one meaning"):
        place_columns(heading, [NAME, EMAIL])


def test_cells_are_read_as_people_write_them():
    assert {day(text) for text in ("24/07/2022", "2022-07-24", "24.7.2022", "24 July 2022", "24 Jul 2022")} == {
        date(2022, 7, 24)
    }
    assert [clock_time(text) for text in ("14:00", "2pm", "14.00", "2:30 PM", "14:00:00")] == [
        time(14),
        time(14),
        time(14),
        time(14, 30),
        time(14),
    ]
    assert names("Smith, Jo; Ali Khan\nSmith, Jo") == ["Smith, Jo", "Ali Khan"]
    assert check_cell("a\u202eb\u200bc") == "abc" and full_text("'=1+1") == "=1+1"
    for text in ("=cmd()", "a\x07b"):
        with pytest.raises(ValueError, match=r"formula|control"):
            check_cell(text)
    for text in ("07/24/2022", "24/07/22", "0022-07-24"):
        with pytest.raises(ValueError, match="date"):
            day(text)
