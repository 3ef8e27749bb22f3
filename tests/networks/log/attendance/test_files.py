"""Attendance reports of Zoom and Teams, with what real ones do: renames, second devices, odd dates, damage."""

import re
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.core.basics.vocabulary import Perspective
from networks.log.attendance.match import Member, match_people, tell_apart
from networks.log.attendance.reading import tables
from networks.log.attendance.reading.files import read_report
from networks.log.attendance.reading.names import Named, has_number, hide_numbers, name_key, read_name
from networks.log.attendance.reading.tables import FileRefused
from networks.log.attendance.reading.times import duration, moment
from tests.networks.log.attendance.reports_as_sent import teams, zoom, zoom_joins

pytestmark = pytest.mark.sqlite_only

DAY = date(2023, 1, 10)
ANN = ("Ann Other", "ann@people.example", "87", "No")


def read(data: bytes, expected: date | None = DAY):
    return read_report(data, expected=expected)


def found(data: bytes) -> list[tuple[str, str, int]]:
    return [(p.name, p.email, p.minutes) for p in read(data).people]


def refusal(data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(FileRefused) as refused:
        read(data)
    return [(p.row, p.reason) for p in refused.value.problems]


# --- Zoom ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("block", [False, True])
@pytest.mark.parametrize("bom", [False, True])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_zoom_with_or_without_meeting_block_and_mark_in_any_line_ends(block, bom, end):
    data = zoom([ANN, ("Siân Pŵll", "", "90", "Yes")], block=block, bom=bom, end=end)
    assert found(data + b"\r\n\r\n") == [("Ann Other", "ann@people.example", 87), ("Siân Pŵll", "", 90)]
    assert read(data).source == "zoom"
    assert read(data).people[0].rows == [5 if block else 2]


def test_zoom_of_other_years_says_email_and_small_letters_and_semicolons():
    data = b"Name (original name);Email;Total duration (minutes);Guest\nAnn Other;ANN@people.example;87;No\n"
    assert found(data) == [("Ann Other", "ann@people.example", 87)]


def test_several_joins_of_one_person_are_added_and_overlaps_count_once():
    data = zoom_joins(
        [
            ("Ann Other", "ann@people.example", "01/10/2023 02:00:00 PM", "01/10/2023 02:30:00 PM", "30", "No"),
            ("iPad (Ann Other)", "ann@people.example", "01/10/2023 02:20:00 PM", "01/10/2023 03:00:00 PM", "40", "No"),
            ("Ann Other", "ann@people.example", "01/10/2023 03:30:00 PM", "01/10/2023 04:00:00 PM", "30", "No"),
        ]
    )
    (ann,) = read(data).people
    assert (ann.minutes, ann.rows, ann.also) == (90, [2, 3, 4], "iPad")
    assert [(part.name, part.rows, part.minutes) for part in ann.parts] == [
        ("Ann Other", [2], 30), ("iPad", [3], 40), ("Ann Other", [4], 30),
    ]  # fmt: skip


def test_joins_without_times_are_added_and_a_copied_total_counts_once():
    joins = b"Name (Original Name),User Email,Duration (Minutes)\nAnn,a@people.example,30\nAnn,a@people.example,30\n"
    assert found(joins) == [("Ann", "a@people.example", 60)]
    assert found(zoom([ANN, ANN])) == [("Ann Other", "ann@people.example", 87)]


def test_a_renamed_person_is_one_person():
    people = read(zoom([("Jo, carer (Jo Bloggs)", "", "40", "Yes"), ("Jo Bloggs", "", "20", "Yes")])).people
    assert [(p.name, p.also, p.minutes) for p in people] == [("Jo, carer", "Jo Bloggs", 60)]


def test_a_second_device_under_the_same_name_has_no_other_name():
    rows = [("Ann Other", "ann@people.example", "40", "No"), ("Phone (Ann Other)", "ann@people.example", "20", "No")]
    assert [(p.name, p.also) for p in read(zoom(rows)).people] == [("Ann Other", "Phone")]


# --- No one is lost ------------------------------------------------------------------------------
def joins(*rows: tuple[str, str, str, str]) -> list[tuple[str, str, int]]:
    """Name, e-mail, from and to, as o'clock in the afternoon."""
    return found(zoom_joins([(n, e, f"01/10/2023 0{a} PM", f"01/10/2023 0{b} PM", "", "No") for n, e, a, b in rows]))


def test_two_people_on_one_address_are_two_people():
    rows = [("Ann Other", "home@x.example", "40", "No"), ("Bob Other", "home@x.example", "20", "No")]
    assert found(zoom(rows)) == [("Ann Other", "home@x.example", 40), ("Bob Other", "home@x.example", 20)]
    assert joins(("Ann", "home@x.example", "2:00", "3:00"), ("Bob", "home@x.example", "2:00", "3:00")) == [
        ("Ann", "home@x.example", 60), ("Bob", "home@x.example", 60),
    ]  # fmt: skip


def test_two_of_one_name_and_address_in_a_list_of_totals_are_two_people():
    rows = [("Sam Jones", "home@x.example", "40", "No"), ("Sam Jones", "home@x.example", "20", "No")]
    assert len(found(zoom(rows))) == 2


@pytest.mark.parametrize("minutes", ["40", "20"])
def test_two_of_one_name_without_an_address_in_a_list_of_totals_are_two_people(minutes):
    assert len(found(zoom([("Sam Jones", "", "40", "Yes"), ("Sam Jones", "", minutes, "Yes")]))) == 2
    assert len(found(zoom([("Sam Jones", "s@x.example", "40", "No"), ("Sam Jones", "", minutes, "Yes")]))) == 2


def test_one_name_at_the_same_time_is_two_people_and_one_after_the_other_is_one():
    assert joins(("Sam", "", "2:00", "3:00"), ("Sam", "", "2:30", "3:30")) == [("Sam", "", 60), ("Sam", "", 60)]
    assert joins(("Sam", "", "2:00", "3:00"), ("Sam", "", "3:10", "3:30")) == [("Sam", "", 80)]
    # a connection that dropped and was there for another minute
    assert joins(("Sam", "", "2:00", "3:00"), ("Sam", "", "2:59", "3:30")) == [("Sam", "", 90)]


def test_one_organisation_in_brackets_does_not_make_two_people_one():
    assert len(read(zoom([("Pat Kim (Council)", "", "40", "Yes"), ("Lee Roe (Council)", "", "20", "Yes")])).people) == 2


def test_one_name_with_two_addresses_is_two_people():
    rows = [("Jo Bloggs", "jo@one.example", "40", "No"), ("Jo Bloggs", "jo@two.example", "20", "No")]
    assert len(read(zoom(rows)).people) == 2
    # and a third row with the name alone could be either, so it stays by itself
    assert len(read(zoom([*rows, ("Jo Bloggs", "", "5", "No")])).people) == 3


def test_time_in_the_waiting_room_does_not_count():
    joins = [
        ("Ann Other", "", "01/10/2023 01:50:00 PM", "01/10/2023 02:00:00 PM", "10", "Yes"),
        ("Ann Other", "", "01/10/2023 02:00:00 PM", "01/10/2023 03:00:00 PM", "60", "No"),
        ("Stranger", "", "01/10/2023 02:00:00 PM", "01/10/2023 02:05:00 PM", "5", "Yes"),
    ]
    ann, stranger = read(zoom_joins(joins)).people
    assert (ann.minutes, ann.is_waiting_only) == (60, False)
    assert (stranger.minutes, stranger.is_waiting_only) == (0, True)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("441632960123", "Caller, number ending 123"),
        ("+44 1632 960123", "Caller, number ending 123"),
        ("1632****123", "Caller, number ending 123"),
        ("Call-in User 01632960123", "Caller, number ending 123"),
        ("+44 7700 900123 (Unverified)", "Caller, number ending 123"),
        ("Phone: 07700 900123", "Caller, number ending 123"),
        ("+44 131 *** **12", "Caller, number ending 12"),
        ("0131 496 ****", "Caller"),
        ("*** *** 123", "Caller, number ending 123"),
        ("(0131) 496-0123.", "Caller, number ending 123"),
        ("٠٧٧٠٠٩٠٠١٢٣", "Caller, number ending 123"),
        ("07700 900777 (Mum)", "Mum"),
        ("Jean (07700 900124)", "Jean"),
        ("Jean 07700x900124 (she/her)", "Jean"),
        ("Tel. 07700-900124 Jean Brodie (Guest)", "Jean Brodie"),
        ("Laptop 12345 (Jo 07700 900124)", "Laptop"),
        ("Room 1234", "Room 1234"),
    ],
)
def test_a_telephone_number_is_never_kept(cell, name):
    (person,) = read(zoom([(cell, "", "40", "Yes")])).people
    assert (person.name, person.is_caller) == (name, name.startswith("Caller"))


TELEPHONE = st.text(alphabet="0123456789 -()+*.xX•/_٣²", min_size=5, max_size=24)
AROUND = st.text(alphabet="JeanŴx (),.:12[]", max_size=12)


@settings(max_examples=300, deadline=None)
@given(AROUND, TELEPHONE, AROUND)
def test_no_five_digits_in_a_row_come_out_of_a_name(before, number, after):
    named = read_name(tables.clean(before + number + after) or "-")
    for text in (named.name, named.also, hide_numbers(before + number + after)):
        assert not has_number(text)
        digits = "".join(c for c in text if c.isalnum() or c in "…")
        assert not re.search(r"\d{5}", digits)
    assert named.name


def test_two_callers_whose_numbers_end_alike_stay_two():
    people = read(zoom([("441632960123", "", "40", "Yes"), ("441632961123", "", "30", "Yes")])).people
    assert [p.name for p in people] == ["Caller, number ending 123", "Caller, number ending 123"]
    again = read(
        zoom_joins(
            [("+441632960123", "", f"01/10/2023 0{h}:00 PM", f"01/10/2023 0{h}:30 PM", "", "No") for h in (2, 3)]
        )
    )
    assert [(p.name, p.minutes) for p in again.people] == [("Caller, number ending 123", 60)]


def test_quoted_commas_and_new_lines_and_formulas_are_plain_text():
    rows = [
        ("Other,\r\nAnn", "", "1", "No"),
        ('=HYPERLINK("http://x")', "", "2", "Yes"),
        ("<b>Bo</b>\u202e", "", "3", "Yes"),
    ]
    people = read(zoom(rows)).people
    assert [p.name for p in people] == ["Other, Ann", '=HYPERLINK("http://x")', "<b>Bo</b>"]
    assert [p.rows for p in people] == [[2], [4], [5]]  # lines as a text editor counts them


# --- Teams ---------------------------------------------------------------------------------------
def test_teams_reads_the_second_section_alone():
    data = teams(
        [
            (
                "Ann Other (Unverified)",
                "1/10/23, 2:02:11 PM",
                "1/10/23, 3:30:02 PM",
                "1h 27m 51s",
                "ann@people.example",
            ),
            ("Sam (Guest)", "1/10/23, 2:02:11 PM", "1/10/23, 2:30:02 PM", "27m 51s", ""),
            ("Bo", "1/10/23, 2:02:11 PM", "1/10/23, 2:02:56 PM", "45s", ""),
        ]
    )
    assert found(data) == [("Ann Other", "ann@people.example", 88), ("Sam", "", 28), ("Bo", "", 1)]
    report = read(data)
    assert (report.source, report.days, report.counted) == ("teams", {DAY}, 3)


def test_teams_without_a_mark_and_in_utf_8_is_read_too():
    rows = [("Siân", "1/10/23, 2:00:00 PM", "1/10/23, 3:00:00 PM", "1h", "")]
    assert found(teams(rows, bom=False)) == [("Siân", "", 60)]
    assert found(teams(rows).decode("utf-16").encode()) == [("Siân", "", 60)]


def test_a_break_in_teams_does_not_count():
    rows = [("Ann", "1/10/23, 2:00:00 PM", "1/10/23, 4:00:00 PM", "1h 30m", "")]
    assert found(teams(rows)) == [("Ann", "", 90)]


def test_teams_before_2022_has_no_numbers_on_its_sections():
    text = (
        "Meeting Summary\nTotal Number of Participants\t1\nMeeting Title\tA meeting\nMeeting Start Time\t1/10/2023, "
        "1:58:20 PM\n\nFull Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\n"
        "Ann Other\t1/10/2023, 2:00:00 PM\t1/10/2023, 3:00:00 PM\t59m 58s\tann@people.example\tPresenter\tann@x.example\n"
    )
    report = read(text.encode("utf-16"))
    assert (report.source, report.people[0].emails) == ("teams", ["ann@people.example", "ann@x.example"])
    assert report.people[0].minutes == 60


def test_the_oldest_teams_list_of_who_joined_and_left():
    text = (
        "Full Name\tUser Action\tTimestamp\n"
        "Ann\tJoined\t10/01/2023, 14:00:00\nBo\tJoined before\t10/01/2023, 14:00:00\nAnn\tLeft\t10/01/2023, 14:10:00\n"
        "Ann\tJoined\t10/01/2023, 14:30:00\nAnn\tLeft\t10/01/2023, 15:00:00\n"
    )
    assert found(text.encode("utf-16")) == [("Ann", "", 40), ("Bo", "", 60)]  # no one saw Bo leave


# --- Dates, lengths, names -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("01/10/2023 02:30:00 PM", "mdy"),
        ("1/10/23, 2:30:00\u202fPM", "mdy"),
        ("10/01/2023 14:30:00", "dmy"),
        ("10/1/2023, 2:30 pm", "dmy"),
        ("10.01.2023 14:30", "mdy"),
        ("2023-01-10 14:30:00", "mdy"),
        ("2023-01-10T14:30:00Z", "dmy"),
    ],
)
def test_dates_are_read_in_every_order_and_clock(text, order):
    read_as = moment(tables.clean(text), order)
    assert read_as and read_as.isoformat() == "2023-01-10T14:30:00"


@pytest.mark.parametrize(
    "text", ["31/02/2023 10:00", "soon", "1/10/23", "13/13/2023 10:00", "1/1/2023 25:00", "1/1/2023 13:00 PM"]
)
def test_text_that_is_not_a_date_gives_none(text):
    assert moment(text, "mdy") is None and moment(text, "dmy") is None


def test_the_day_of_the_meeting_decides_which_way_round_a_date_is():
    row = ("Ann", "", "10/01/2023 14:00", "10/01/2023 15:00", "60", "No")
    assert read(zoom_joins([row])).days == {DAY}
    assert read(zoom_joins([row]), date(2023, 10, 1)).days == {date(2023, 10, 1)}
    assert read(zoom_joins([row]), date(2022, 5, 5)).days == {DAY, date(2023, 10, 1)}  # neither: say both


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h 27m 51s", 5271), ("27m 51s", 1671), ("45s", 45), ("2h", 7200), ("87", 5220), ("1:27:51", 5271), ("0", 0)],
)
def test_durations_are_read(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-5", "soon", "1h 3x", "5s 3h"])
def test_text_that_is_not_a_duration_gives_none(text):
    assert duration(text) is None


def test_names_compare_without_case_accents_order_and_marks():
    assert name_key("Pŵll, Siân") == name_key("SIAN  PWLL") == name_key("Siân Pwll")
    assert name_key("O’Neill") == name_key("o'neill")
    assert read_name("Jo (she/her) (Guest)") == Named("Jo")
    assert read_name("J (they/them) (Jo Bloggs)") == Named("J", "Jo Bloggs")


# --- Refusals ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "row", "words"),
    [
        (b"", 0, "empty"),
        (b"\xff\xfe", 0, "empty"),
        (b"\r\n \r\n", 0, "empty"),
        (b"PK\x03\x04....", 0, "Save as"),
        (b"\x1f\x8b\x08\x00....", 0, "compressed file (gzip). Unpack it"),
        (b"PK\x03\x04\x14\0\0\0participants.csv", 0, "compressed folder (zip). Unpack it"),
        (b"Rar!\x1a", 0, "Unpack it"),
        (b"%PDF-1.7", 0, "PDF"),
        (b"\xff\xd8\xff\xe0", 0, "picture"),
        (b"<!DOCTYPE html><html>", 0, "web page"),
        (b"Product,Price\nBread,2\n", 1, "not an attendance report from Zoom or Teams"),
        (zoom([ANN]) + b"Bo,\xffx,1,No\r\n", 3, "This row has characters that cannot be read."),
        ("Name,Duration\nŴ,1\n".encode("cp1252", "ignore") + b"Si\xe2n,1\n", 3, "CSV UTF-8"),
        (teams([("A", "", "", "5m", "")])[:-1], 0, "cut off"),
        (zoom([ANN])[:-8], 2, "cut off"),
        (zoom([ANN]) + b"Bo\0,,1,No\r\n", 3, "damaged"),
        (zoom([ANN]) + b'"Bo,,1,No\r\n', 3, "never closed"),
        (zoom([ANN, ("", "", "5", "No")]), 3, "It has no name"),
        (zoom([ANN, ("Bo", "", "soon", "No")]), 3, "not a length of time"),
        (zoom([ANN, ("Bo", "", "", "No")]), 3, "how long"),
        (zoom([ANN, ("Bo", "", "-4", "No")]), 3, "not a length of time"),
        (zoom([ANN, ("Bo", "", "9999", "No")]), 3, "longer than a day"),
        (zoom([ANN, ("Bo", "bo@", "9", "No")]), 3, "is not an email address."),
        (zoom([ANN, ("B" * 121, "", "9", "No")]), 3, "longer than 120"),
        (zoom([ANN, ("B" * 5_000, "", "9", "No")]), 3, "longer than 1,000"),
        (zoom([ANN, ("B" * 200_000, "", "9", "No")]), 3, "far too long"),
        (zoom([]), 0, "names no one"),
        (zoom([ANN]) + zoom([ANN], bom=False), 3, "The headings appear here a second time, so two reports have been combined in one file."),
        (zoom([ANN]) + zoom([ANN], bom=False, block=True), 3, "The headings appear here a second time, so two reports have been combined in one file."),
        (zoom([ANN]) + b"Other, Bob,bob@x.example,87,No\r\n", 3, "comma in a name is not inside quotation marks"),
        (zoom([ANN]) + b"Other, Bob,,87,\r\n", 3, "comma in a name is not inside quotation marks"),
        (zoom([ANN, ("Bo", "", "07700 900123", "No")]), 3, "“…” is not a length of time"),
        (zoom_joins([("A", "", "01/10/2023 3:00 PM", "01/10/2023 2:00 PM", "", "No")]), 2, "leaves before"),
        (zoom_joins([("A", "", "yesterday", "01/10/2023 2:00 PM", "", "No")]), 2, "not a date"),
        (zoom_joins([("A", "", "01/10/2023 2:00 PM", "01/12/2023 2:00 PM", "", "No")]), 2, "longer than a day"),
    ],
)  # fmt: skip
def test_damaged_and_foreign_files_are_refused_with_the_row_and_the_reason(data, row, words):
    first = refusal(data)[0]
    assert first[0] == row and words in first[1]


WEBINAR = (
    "Attendee Report\nReport Generated:,01/10/2023 05:00 PM\nTopic,Webinar ID,Actual Start Time,Actual Duration (minutes)\n"
    "Choice and control,812 3456 7890,01/10/2023 02:00 PM,90\nAttendee Details\n"
    "Attended,User Name (Original Name),First Name,Last Name,Email,Registration Time,Approval Status,Join Time,Leave Time,"
    "Time in Session (minutes),Is Guest\nYes,Jo,Jo,Bloggs,jo@x.example,,approved,01/10/2023 02:00 PM,01/10/2023 03:00 PM,60,No\n"
)


@pytest.mark.parametrize(
    ("text", "what", "way"),
    [
        (WEBINAR, "the report of a webinar", "“Usage reports”, “Meeting”"),
        ("Webinarbericht\nThema,Webinar-ID\nx,1\n", "the report of a webinar", "“Export”"),
        ("First Name,Last Name,Email,Registration Time,Approval Status\nJo,B,j@x.example,,approved\n", "who registered", "“Export”"),
        ("Topic,Meeting ID,User Name,User Email,Duration (Minutes),Participants\nx,1,Jo,j@x.example,60,9\n", "list of meetings", "“Export”"),
        ("Poll Report\nReport Generated:,x\n#,User Name,Email,Submitted\n1,Jo,,x\n", "polls or questions", "“Export”"),
        ("First name,Last name,Email,Duration,Time joined,Time exited\nJo,B,,1 hr,2:00,3:00\n", "Google Meet", "in the log"),
        ("SessionId,ParticipantId,FullName,UserAgent\n1,2,Jo,x\n", "Teams live event", "“Download”"),
        ("Nafn,Lengd\nJo,60\n", "another language, set Zoom or Teams to English", "English, Welsh, German"),
    ],
)  # fmt: skip
def test_reports_of_something_else_say_what_they_are_and_how_to_get_the_right_one(text, what, way):
    ((_row, reason),) = refusal(text.encode())
    assert what in reason and way in reason


TEAMS_HEADS = {
    "German": "Name\tErster Beitritt\tLetztes Verlassen\tDauer in der Besprechung\tE-Mail\tTeilnehmer-ID (UPN)\tRolle",
    "French": "Nom\tPremière connexion\tDernier départ\tDurée de la réunion\tE-mail\tID du participant (UPN)\tRôle",
    "Spanish": "Nombre\tPrimera unión\tÚltima salida\tDuración de la reunión\tCorreo electrónico\tId. de participante (UPN)\tRol",
    "Italian": "Nome\tPrimo ingresso\tUltima uscita\tDurata della riunione\tPosta elettronica\tID partecipante (UPN)\tRuolo",
    "Dutch": "Naam\tEerste deelname\tLaatste vertrek\tDuur van vergadering\tE-mail\tDeelnemer-id (UPN)\tRol",
    "Portuguese": "Nome\tPrimeira entrada\tÚltima saída\tDuração da reunião\tE-mail\tID do participante (UPN)\tFunção",
    "Polish": "Imię i nazwisko\tPierwsze dołączenie\tOstatnie opuszczenie\tCzas trwania spotkania\tAdres e-mail\tIdentyfikator uczestnika (UPN)\tRola",
    "Welsh": "Enw\tYmuno Gyntaf\tGadael Olaf\tHyd y Cyfarfod\tE-bost\tID y Cyfranogwr (UPN)\tRôl",
}  # fmt: skip
STAYS = {
    "German": ("10.01.2023, 14:02:11", "10.01.2023, 15:30:02", "1 Std. 27 Min. 51 Sek."),
    "French": ("10/01/2023 à 14:02:11", "10/01/2023 à 15:30:02", "1 h 27 min 51 s"),
    "Spanish": ("10/1/2023, 2:02:11 p. m.", "10/1/2023, 3:30:02 p. m.", "1 h 27 min 51 s"),
    "Italian": ("10/01/2023, 14:02:11", "10/01/2023, 15:30:02", "1 ora 27 min 51 sec"),
    "Dutch": ("10-01-2023 14:02:11", "10-01-2023 15:30:02", "1 u 27 min 51 s"),
    "Portuguese": ("10/01/2023, 14:02:11", "10/01/2023, 15:30:02", "1h 27min 51s"),
    "Polish": ("10.01.2023, 14:02:11", "10.01.2023, 15:30:02", "1 godz. 27 min 51 s"),
    "Welsh": ("10/01/2023, 2:02:11 yh", "10/01/2023, 3:30:02 yh", "1 awr 27 mun 51 eil"),
}


@pytest.mark.parametrize("language", TEAMS_HEADS)
def test_teams_is_read_in_the_common_languages(language):
    stay = "\t".join(["Siân Pŵll", *STAYS[language], "sian@people.example", "sian@people.example", "x"])
    data = (
        f"1. Resumé\nx\ty\n\n2. Resumé\n{TEAMS_HEADS[language]}\n{stay}\n\n3. Resumé\n{TEAMS_HEADS[language]}\n{stay}\n"
    )
    report = read(data.encode("utf-16"))
    assert [(p.name, p.email, p.minutes) for p in report.people] == [("Siân Pŵll", "sian@people.example", 88)]
    assert (report.source, report.days) == ("teams", {DAY})


@pytest.mark.parametrize(
    "head",
    [
        "Name (Originalname);E-Mail;Gesamtdauer (Minuten);Gast",
        "Nom (nom d’origine);E-mail de l’utilisateur;Durée totale (minutes);Invité",
        "Nombre (nombre original);Correo electrónico;Duración total (minutos);Invitado",
        "Nome (nome originale);E-mail utente;Durata totale (minuti);Ospite",
        "Naam (oorspronkelijke naam);E-mailadres;Totale duur (minuten);Gast",
        "Nome (nome original);E-mail do usuário;Duração total (minutos);Convidado",
        "Nazwa (oryginalna nazwa);Adres e-mail;Całkowity czas trwania (minuty);Gość",
        "Enw (enw gwreiddiol);E-bost;Cyfanswm hyd (munudau);Gwestai",
    ],
)
def test_zoom_is_read_in_the_common_languages(head):
    data = f"{head}\nJo, carer (Jo Bloggs);jo@x.example;87;x\nSam;;20;x\nSam;;20;x\n".encode()
    assert found(data) == [("Jo, carer", "jo@x.example", 87), ("Sam", "", 20), ("Sam", "", 20)]
    # the meeting's own block comes first, and its headings are not the list's
    block = b"Thema;Besprechungs-ID;Name;E-Mail;Dauer (Minuten);Teilnehmer\nx;1;Host;h@x.example;120;2\n\n"
    assert found(block + data) == found(data)


def test_the_oldest_teams_list_is_read_in_german():
    text = (
        "Vollständiger Name\tBenutzeraktion\tZeitstempel\nAnn\tBeigetreten\t10.01.2023, 14:00:00\n"
        "Ann\tVerlassen\t10.01.2023, 14:10:00\nBo\tBeigetreten vor\t10.01.2023, 14:05:00\n"
    )
    assert found(text.encode("utf-16")) == [("Ann", "", 10), ("Bo", "", 5)]


def test_every_wrong_row_is_named_at_once_up_to_twenty():
    bad = [("Bo", "", "soon", "No")] * 1
    assert [row for row, _ in refusal(zoom([*bad, ANN, ("", "", "1", "No")]))] == [2, 4]
    assert len(refusal(zoom([(f"Bo {n}", "", "soon", "No") for n in range(40)]))) == 20


def test_ten_thousand_rows_are_refused_quickly_and_five_thousand_read_quickly():
    many = zoom([("Ann Other", "ann@people.example", str(n % 60), "No") for n in range(10_000)])
    began = time.process_time()
    assert "5,000 rows" in refusal(many)[0][1]
    rows = [("Siân Pŵll", "s@x.example", "01/10/2023 02:00:00 PM", "01/10/2023 03:00:00 PM", "60", "No")] * 5_000
    assert found(zoom_joins(rows)) == [("Siân Pŵll", "s@x.example", 60)]
    assert "300" in refusal(zoom([(f"Person {n} x", "", "5", "No") for n in range(301)]))[0][1]
    assert refusal(b"x" * (tables.BYTES_LIMIT + 1)) == [
        (0, "The file is larger than 4 MB. An attendance report is far smaller.")
    ]
    assert time.process_time() - began < 10


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xfe", zoom([ANN]), teams([("A", "", "", "5m", "")])]))
def test_any_bytes_are_read_or_refused_and_never_crash(junk, start):
    try:
        read(start + junk)
    except FileRefused as refused:
        assert refused.problems


# --- Matching ------------------------------------------------------------------------------------
MEMBERS = [
    Member(1, "Ann Other", "ann@people.example"),
    Member(2, "Siân Pŵll", "sian@people.example"),
    Member(3, "Jo Bloggs", "jo@one.example"),
    Member(4, "Jo Bloggs", "jo@two.example"),
]


def matched(*rows: tuple[str, str]) -> list[tuple[str, int | None]]:
    people = read(zoom([(name, email, "5", "No") for name, email in rows])).people
    return [(m.how, m.member) for m in match_people(people, MEMBERS)]


def test_people_are_matched_by_address_then_by_name():
    assert matched(("No one here", "ANN@people.example")) == [("email", 1)]
    assert matched(("pwll, sian", "")) == [("name", 2)]
    assert matched(("iPad (Ann Other)", "")) == [("name", 1)]
    assert matched(("A stranger", "who@x.example")) == [("nobody", None)]


def test_where_two_could_be_meant_no_one_is_chosen():
    assert matched(("Jo Bloggs", "")) == [("several", None)]
    assert matched(("Jo Bloggs", "jo@one.example")) == [("email", 3)]
    # two people called Ann Other with other addresses, or with none: which is the member?
    for other in ("b@x.example", ""):
        both = matched(("Ann Other", "a@x.example" if other else ""), ("Ann Other", other))
        assert both == [("namesake", None), ("namesake", None)]
    # one is the member by address, so the other is not by name
    both = matched(("Ann Other", "ann@people.example"), ("Ann Other", "b@x.example"))
    assert both == [("email", 1), ("namesake", None)]


def couple(*rows: tuple[str, str], members: list[Member]) -> list[tuple[str, int | None, tuple[int, ...]]]:
    people = read(zoom([(name, email, str(5 + n), "No") for n, (name, email) in enumerate(rows)])).people
    return [(m.how, m.member, m.candidates) for m in match_people(people, members)]


def test_a_couple_sharing_one_address_are_distinguished_by_name():
    both = [Member(1, "Ann Other", "home@x.example"), Member(2, "Bob Other", "home@x.example")]
    assert couple(("Bob Other", "home@x.example"), members=both) == [("email", 2, ())]
    found = couple(("Bob Other", "home@x.example"), ("Ann Other", "home@x.example"), members=both)
    assert found == [("email", 2, ()), ("email", 1, ())]
    assert couple(("iPad", "home@x.example"), members=both) == [("shared", None, (1, 2))]


def test_an_address_that_is_only_on_one_record_does_not_take_the_other_person_along():
    both = [Member(1, "Ann Other", "home@x.example"), Member(2, "Bob Other", "")]
    found = couple(("Ann Other", "home@x.example"), ("Bob Other", "home@x.example"), members=both)
    assert found == [("email", 1, ()), ("name", 2, ())]
    # Bob alone on Ann's address: the address says one thing and the name another
    assert couple(("Bob Other", "home@x.example"), members=both) == [("shared", None, (2, 1))]
    # and someone unknown beside Ann, or two of whom neither has her name
    assert couple(("Ann Other", "home@x.example"), ("Mam", "home@x.example"), members=both)[1][0] == "shared"
    assert [how for how, *_ in couple(("Mam", "home@x.example"), ("Dad", "home@x.example"), members=both)] == [
        "shared"
    ] * 2


def test_namesakes_on_one_address_wait_for_a_choice():
    same = [Member(1, "Sam Jones", "home@x.example"), Member(2, "Sam Jones", "home@x.example")]
    found = couple(("Sam Jones", "home@x.example"), ("Sam Jones", "home@x.example"), members=same)
    assert found == [("several", None, (1, 2)), ("several", None, (1, 2))]


def test_members_with_one_name_are_distinguished_by_as_little_as_possible():
    said = {"perspective": "carer", "joined": date(2022, 7, 1)}
    ann, jo = Member(1, "Ann", "a@x.example"), Member(2, "Jo Bloggs", "jo@one.example", **said)
    assert tell_apart([ann, jo]) == {}
    assert tell_apart([ann, jo, Member(3, "Bloggs, Jo", "", "provider")]) == {
        2: str(Perspective("carer").label), 3: str(Perspective("provider").label),
    }  # fmt: skip
    assert tell_apart([jo, Member(3, "jo bloggs", "", "carer", date(2022, 8, 2))]) == {
        2: "joined 1 July 2022", 3: "joined 2 August 2022",
    }  # fmt: skip
    assert tell_apart([jo, Member(3, "Jo Bloggs", "sam@one.example", **said)]) == {
        2: "j…@one.example",
        3: "s…@one.example",
    }
    assert tell_apart([jo, Member(3, "Jo Bloggs", "jim@one.example", **said)]) == {2: "record 2", 3: "record 3"}


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, "-3", "1e9"])
def test_a_summary_that_counts_in_odd_numbers_is_no_reason_to_fail(number):
    rows = "Name (Original Name),User Email,Total Duration (Minutes)\nJo Bloggs,,5\n"
    for summary in (f"Participants,{number}\n", f"Topic,Participants\nTuesday,{number}\n"):
        report = read_report((summary + rows).encode())
        assert [person.name for person in report.people] == ["Jo Bloggs"]
