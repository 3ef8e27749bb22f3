"""Attendance reports lose no one: namesakes, shared addresses, second reports, and putting right what was matched wrongly."""

import io
import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.core.access.models import AuditEvent
from impact.core.basics.versions import mark
from networks.groups.models import Membership
from networks.log.attendance import services
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.reading.names import has_number
from networks.log.attendance.reading.tables import BYTES_LIMIT, NAME_LIMIT, PEOPLE_LIMIT, ROWS_LIMIT
from networks.log.attendance.reading.words import LANGUAGES
from networks.log.attendance.rows import GRACE, member_choice, same_choice
from networks.log.attendance.writer import ImportConflict
from networks.log.models import Attendance
from networks.log.services import record_attendance
from networks.meetings.models import Meeting
from tests import factories
from tests.networks.log.attendance.reports_as_sent import zoom, zoom_joins
from tests.pages import html_of

pytestmark = pytest.mark.django_db
SURE = {"confirmed": True, "leave_undecided": True}


@pytest.fixture
def send(circle):
    """Read a report and return its import."""

    def make(data: bytes, name: str = "report.csv") -> AttendanceImport:
        return services.read_attendance_file(by=circle.coordinator, meeting=circle.meeting, name=name, data=data)

    return make


@pytest.fixture
def save(circle):
    """Save an import with these choices (row → who), as someone who answered every question."""

    def make(report: AttendanceImport, choices=None, **more):
        more = {"seen": {} if choices else None, **SURE, **more}
        return services.apply_attendance_import(by=circle.coordinator, report=report, choices=choices, **more)

    return make


def totals(*rows: tuple[str, str, int]) -> bytes:
    return zoom([(name, email, str(minutes), "No") for name, email, minutes in rows])


def joins(*rows: tuple[str, str, str]) -> bytes:
    """Name, from and to, on the day of the meeting."""
    return zoom_joins([(n, "", f"01/10/2023 0{a} PM", f"01/10/2023 0{b} PM", "", "No") for n, a, b in rows])


def known(circle) -> list[tuple[str, str, int | None]]:
    rows = circle.meeting.attendances.select_related("person").order_by("pk")
    return sorted((a.name, a.status, a.minutes) for a in rows)


def joined(circle, name: str, email: str = "", **more) -> Membership:
    return factories.MembershipFactory(
        group=circle.group, person=factories.PersonFactory(name=name, email=email), **more
    )


# --- Kept apart ----------------------------------------------------------------------------------
def test_two_members_on_one_address_both_came(circle, send, save):
    joined(circle, "Ann Other", "home@x.example")
    joined(circle, "Bob Other", "home@x.example")
    save(send(totals(("Ann Other", "home@x.example", 40), ("Bob Other", "home@x.example", 20))))
    assert known(circle) == [("Ann Other", "present", 40), ("Bob Other", "present", 20)]


def test_guests_of_one_name_without_an_address_are_two_guests(circle, send, save):
    report = send(totals(("Sam Jones", "", 40), ("Sam Jones", "", 20)))
    save(report)
    assert known(circle) == [("Sam Jones", "present", 20), ("Sam Jones", "present", 40)]
    assert save(report).changed == 0
    assert list(circle.meeting.attendances.order_by("namesake").values_list("namesake", "minutes")) == [
        (1, 40),
        (2, 20),
    ]


def test_members_of_one_name_wait_for_a_choice_and_are_told_apart(circle, send, save):
    one = joined(circle, "Sam Jones", "home@x.example", perspective="carer")
    two = joined(circle, "Sam Jones", "home@x.example", perspective="provider")
    report = send(totals(("Sam Jones", "home@x.example", 40), ("Sam Jones", "home@x.example", 20)))
    preview = services.attendance_preview(report)
    assert [row["choice"] for row in preview.rows] == ["", ""]
    assert [row["candidates"] for row in preview.rows] == [[one.person_id, two.person_id]] * 2
    assert {preview.named[m.person_id] for m in (one, two)} == {"Sam Jones (Carer)", "Sam Jones (Service provider)"}
    with pytest.raises(services.Unconfirmed, match="2 people need your choice"):
        services.apply_attendance_import(by=circle.coordinator, report=report)
    with pytest.raises(ValidationError, match="Choose who “Sam Jones” in row 3 is"):
        save(report, {1: member_choice(two.person_id), 2: ""}, leave_undecided=False)
    save(report, {1: member_choice(two.person_id), 2: member_choice(one.person_id)})
    minutes = dict(circle.meeting.attendances.values_list("person_id", "minutes"))
    assert minutes == {two.person_id: 40, one.person_id: 20}


# --- Put right -----------------------------------------------------------------------------------
def test_people_combined_in_one_row_can_be_split_and_combined_again(circle, send, save):
    report = send(joins(("Sam", "2:00", "3:00"), ("Sam", "3:10", "3:30")))
    save(report)
    assert known(circle) == [("Sam", "present", 80)]
    services.split_attendance_row(by=circle.coordinator, report=report, row_id=1)
    assert [(row["id"], row["minutes"]) for row in report.rows] == [(1, 60), (2, 20)]
    assert known(circle) == [("Sam", "present", 80)]  # until it is saved
    save(report)
    assert known(circle) == [("Sam", "present", 20), ("Sam", "present", 60)]
    save(report, {1: "guest", 2: same_choice(1)})
    assert known(circle) == [("Sam", "present", 80)]
    save(report, {1: member_choice(circle.ids[0]), 2: same_choice(1)})
    assert known(circle) == [("Member 0", "present", 80)]
    save(report, {1: member_choice(circle.ids[0]), 2: "new"})
    assert known(circle) == [("Member 0", "present", 60), ("Sam", "present", 20)]
    with pytest.raises(ValidationError, match="nothing to split"):
        services.split_attendance_row(by=circle.coordinator, report=report, row_id=1)


def test_two_devices_at_the_same_time_count_once_where_the_report_has_times(circle, send, save):
    report = send(joins(("Member 1", "2:00", "3:00"), ("iPad", "2:30", "3:30")))
    choice = member_choice(circle.ids[1])
    save(report, {1: choice, 2: choice})
    assert known(circle) == [("Member 1", "present", 90)]


def test_a_row_that_follows_itself_or_a_row_that_is_not_there_is_refused(circle, send, save):
    report = send(totals(("Sam", "", 40), ("Kim", "", 20)))
    for choice in (same_choice(2), same_choice(9), "guest-1", "row-x"):
        with pytest.raises(
            ValidationError, match="choose someone who was a member on that day, a guest, or leave them out"
        ):
            save(report, {1: "guest", 2: choice})
    assert not known(circle)


# --- A second report of the same meeting ----------------------------------------------------------
def test_the_report_of_a_restarted_meeting_adds_its_minutes_and_says_so(circle, send, save):
    joined(circle, "Bob Other")
    save(send(totals(("Member 1", "", 60), ("Sam", "", 10), ("Bob Other", "", 30)), "part1.csv"))
    second = send(totals(("Member 1", "", 25), ("Sam", "", 5), ("Member 2", "", 25)), "part2.csv")
    preview = services.attendance_preview(second)
    assert [(row["before"], row["together"]) for row in preview.rows] == [(60, 85), (10, 15), (0, 25)]
    assert [one.name for one in preview.earlier] == ["part1.csv"]
    applied = save(second)
    assert {(one.name, one.before, one.minutes) for one in applied.added} == {("Member 1", 60, 85), ("Sam", 10, 15)}
    both = [
        ("Bob Other", "present", 30),
        ("Member 1", "present", 85),
        ("Member 2", "present", 25),
        ("Sam", "present", 15),
    ]
    assert known(circle) == both
    assert save(second).changed == 0 and known(circle) == both
    # taking someone out of the second report leaves what the first one said
    save(second, {1: "out", 2: "out", 3: member_choice(circle.ids[2])})
    assert known(circle) == [
        ("Bob Other", "present", 30),
        ("Member 1", "present", 60),
        ("Member 2", "present", 25),
        ("Sam", "present", 10),
    ]


def test_what_only_the_second_report_still_says_stays_and_goes_with_it(circle, send, save):
    first = send(totals(("Member 1", "", 60), ("Sam", "", 10)))
    save(first)
    second = send(totals(("Member 1", "", 25), ("Member 2", "", 25)))
    save(second)
    save(first, {1: "out", 2: "guest"})
    assert known(circle) == [("Member 1", "present", 25), ("Member 2", "present", 25), ("Sam", "present", 10)]
    second.refresh_from_db()
    save(second, {1: "out", 2: member_choice(circle.ids[2])})
    assert known(circle) == [("Member 2", "present", 25), ("Sam", "present", 10)]


def test_time_that_two_reports_cover_counts_once(circle, send, save):
    save(send(joins(("Member 1", "2:00", "3:00"), ("Sam", "2:00", "2:30"))))
    later = send(joins(("Member 1", "2:00", "3:30"), ("Sam", "2:00", "2:30")))
    applied = save(later)
    assert known(circle) == [("Member 1", "present", 90), ("Sam", "present", 30)]
    assert [(one.name, one.before, one.minutes) for one in applied.added] == [("Member 1", 60, 90)]


@pytest.mark.parametrize("make", [totals, joins])
def test_the_same_report_in_another_form_adds_nothing(circle, send, save, make):
    data = make(("Member 1", "", 60)) if make is totals else make(("Member 1", "2:00", "3:00"))
    first = send(data)
    save(first)
    other = data.decode("utf-8-sig").replace("\r\n", "\n").encode("utf-16")
    assert send(other, "again.csv").pk == first.pk
    assert save(send(other)).changed == 0 and known(circle) == [("Member 1", "present", 60)]


def test_totals_saved_again_by_a_spreadsheet_are_known_and_two_parts_of_one_call_are_not_mixed_up(circle, send, save):
    data = totals(("Member 1", "", 60), ("Member 2", "", 50), ("Sam", "", 40))
    first = send(data)
    save(first)
    assert send(data.replace(b",", b";")).pk == first.pk
    one = totals(("Member 3", "", 30))
    assert send(one).pk == send(one + b"\r\n").pk
    part = b"Meeting ID,Topic,Start Time\r\n1,x,01/10/2023 03:00:00 PM\r\n\r\n" + one.removeprefix(b"\xef\xbb\xbf")
    assert send(part).pk != send(one).pk


def test_a_guest_of_a_name_that_several_guests_have_waits_for_a_choice(circle, send, save):
    save(send(totals(("Sam", "", 40), ("Sam", "", 20))))
    second = send(totals(("Sam", "", 5)))
    assert second.rows[0]["choice"] == ""
    sam = circle.meeting.attendances.get(minutes=20)
    save(second, {1: f"guest-{sam.pk}"})
    assert known(circle) == [("Sam", "present", 25), ("Sam", "present", 40)]
    save(second, {1: "new"})
    assert known(circle) == [("Sam", "present", 5), ("Sam", "present", 20), ("Sam", "present", 40)]


def test_two_people_who_correct_one_report_at_once_see_both_choices(circle, send, save, sign_in):
    report = send(totals(("A stranger", "", 5)))
    save(report, {1: "out"}, expected={1: "guest"})
    with pytest.raises(ImportConflict, match="Someone else saved this report"):
        save(report, {1: "new"}, expected={1: "guest"})
    url = reverse("networks:attendance-review", args=[circle.meeting.pk, report.pk])
    mine = member_choice(circle.ids[1])
    page = sign_in(circle.coordinator).post(url, {"row-1": mine, "was-1": "guest"})
    shown = html_of(page)
    assert page.status_code == 409 and not known(circle)
    assert "Saved now: Leave out. Yours: Member 1. Save again to keep yours." in shown
    assert f'<option value="{mine}" selected>' in shown and 'name="was-1" value="out"' in shown
    page = sign_in(circle.coordinator).post(url, {"row-1": mine, "was-1": "out"})
    assert page.status_code == 302 and known(circle) == [("Member 1", "present", 5)]


def test_a_report_saved_by_mistake_is_taken_back_as_a_whole(circle, send, save, sign_in):
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[2]: "present"})
    save(send(totals(("Member 1", "", 60))))
    wrong = send(totals(("Member 1", "", 25), ("Member 2", "", 25), ("Sam", "", 25)))
    url = reverse("networks:attendance-review", args=[circle.meeting.pk, wrong.pk])
    page = sign_in(circle.coordinator)
    assert "Undo this import" not in html_of(page.get(url))
    save(wrong)
    assert "Undo this import" in html_of(page.get(url))
    done = html_of(page.post(url, {"do": "take-back"}, follow=True))
    assert "The attendance from this report has been removed." in done
    assert known(circle) == [("Member 1", "present", 60), ("Member 2", "present", None)]


# --- Asked about ----------------------------------------------------------------------------------
ODD = {
    "nobody_matches": (totals(("A stranger", "", 5)), "No one in this file matches a member of Local network, Wales"),
    "minutes_exceed_meeting": (
        totals(("Member 1", "", 1400)),
        "planned for 120 minutes, and the file says: Member 1 1,400",
    ),
}


def test_minutes_a_little_over_the_plan_are_not_asked_about_and_far_over_are(circle, send):
    planned = int((circle.meeting.ends_at - circle.meeting.starts_at).total_seconds()) // 60
    for minutes, codes in ((planned + 30, []), (planned + 31, ["minutes_exceed_meeting"])):
        report = send(totals(("Member 1", "", minutes)))
        assert [q.code for q in services.attendance_preview(report).questions] == codes


def test_minutes_that_are_nonsense_are_asked_about_and_fit_the_database(circle, send, save):
    head = "Name (Original Name),User Email,Duration (Minutes)\n"
    report = send((head + "Member 1,m@x.example,1440\n" * 40).encode())
    assert [q.code for q in services.attendance_preview(report).questions] == ["minutes_exceed_meeting"]
    save(report)
    assert known(circle) == [("Member 1", "present", 9_999)]


def test_minutes_of_two_reports_together_are_asked_about(circle, send, save):
    save(send(totals(("Member 1", "", 100))))
    report = send(totals(("Member 1", "", 90)))
    assert [q.code for q in services.attendance_preview(report).questions] == ["minutes_exceed_meeting"]


@pytest.mark.parametrize("code", ODD)
def test_the_page_asks_about_what_is_odd_and_saves_once_the_box_is_ticked(circle, send, sign_in, code):
    data, words = ODD[code]
    page = sign_in(circle.coordinator)
    url = reverse("networks:attendance-review", args=[circle.meeting.pk, send(data).pk])
    shown = html_of(page.get(url))
    assert words in shown and 'name="confirm"' in shown
    choice = {"row-1": "guest" if code == "nobody_matches" else member_choice(circle.ids[1])}
    again = html_of(page.post(url, choice))
    assert "Tick the box if the file is right" in again and "data-error-summary" in again and not known(circle)
    assert page.post(url, choice | {"confirm": "yes"}).status_code == 302 and len(known(circle)) == 1
    assert 'name="confirm"' not in html_of(page.get(url))  # nothing new to ask about


@pytest.mark.parametrize("code", ODD)
def test_the_api_asks_about_what_is_odd_and_takes_confirm(circle, send, sign_in, code):
    data, words = ODD[code]
    client = sign_in(circle.coordinator)
    url = f"/api/v1/meetings/{circle.meeting.pk}/imports/{send(data).pk}/"
    assert words in client.get(url).json()["questions"][0]["text"]
    answer = client.post(url + "apply/", {}, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["errors"][0]["attr"] == "confirm"
    assert answer.json()["errors"][0]["code"] == code and not known(circle)
    answer = client.post(url + "apply/", {"confirm": True}, content_type="application/json")
    assert answer.status_code == 200 and answer.json()["questions"] == [] and len(known(circle)) == 1


def command(*args: str) -> tuple[dict, str]:
    """The command's answer, and what it failed with."""
    out = io.StringIO()
    try:
        call_command("import_attendance", *args, "--json", stdout=out)
    except CommandError as error:
        return json.loads(out.getvalue()), str(error)
    return json.loads(out.getvalue()), ""


@pytest.mark.parametrize("code", ODD)
def test_the_command_asks_about_what_is_odd_and_takes_yes(circle, tmp_path, code):
    data, words = ODD[code]
    (tmp_path / "zoom.csv").write_bytes(data)
    args = str(circle.meeting.pk), str(tmp_path / "zoom.csv")
    answer, error = command(*args)
    assert [q["code"] for q in answer["questions"]] == [code] and words in error and "--yes" in error
    assert not answer["written"] and not known(circle) and not AttendanceImport.objects.exists()
    answer, error = command(*args, "--yes")
    assert answer["written"] and not error and len(known(circle)) == 1
    assert command(*args)[0]["changed"] == 0


def test_the_command_says_who_could_be_meant_and_takes_an_answer(circle, tmp_path):
    one, two = joined(circle, "Sam Jones", perspective="carer"), joined(circle, "Sam Jones", perspective="provider")
    (tmp_path / "zoom.csv").write_bytes(
        totals(("Sam Jones", "", 40), ("Sam Jones", "", 20), ("Mam", "", 5), ("Mam", "", 2))
    )
    args = str(circle.meeting.pk), str(tmp_path / "zoom.csv")
    answer, error = command(*args)
    assert "2 people need your choice" in error and not known(circle)
    assert answer["undecided"][0]["could_be"] == [
        {"person": one.person_id, "name": "Sam Jones (Carer)"}, {"person": two.person_id, "name": "Sam Jones (Service provider)"},
    ]  # fmt: skip
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_attendance", *args, stdout=out)
    assert f"row 2; could be Sam Jones (Carer), record {one.person_id} or" in out.getvalue()
    answer, error = command(*args, "--who", f"2={two.person_id}", "--who", "3=out", "--who", "5=row:4")
    assert not error and known(circle) == [("Mam", "present", 7), ("Sam Jones", "present", 40)]
    for wrong in ("9=guest", "2=row:9", "2=someone"):
        assert f"--who {wrong}" in command(*args, "--who", wrong)[1]


def test_the_command_adds_the_minutes_of_a_second_file_and_says_so(circle, tmp_path):
    for name, minutes in (("one.csv", 60), ("two.csv", 25)):
        (tmp_path / name).write_bytes(totals(("Member 1", "", minutes)))
        answer, _error = command(str(circle.meeting.pk), str(tmp_path / name))
    assert answer["added"] == [{"name": "Member 1", "before": 60, "minutes": 85}]
    (tmp_path / "three.csv").write_bytes(totals(("Member 1", "", 5)))
    out = io.StringIO()
    call_command("import_attendance", str(circle.meeting.pk), str(tmp_path / "three.csv"), stdout=out)
    assert "Added to an earlier report: Member 1, 85 before, 90 minutes together" in out.getvalue()


# --- The page and the API -------------------------------------------------------------------------
def test_the_page_tells_namesakes_apart_splits_and_says_what_is_added(circle, send, save, sign_in):
    one, two = joined(circle, "Sam Jones", perspective="carer"), joined(circle, "Sam Jones", perspective="provider")
    save(send(totals(("Member 1", "", 60)), "part1.csv"))
    report = send(
        joins(
            ("Sam Jones", "2:00", "2:30"),
            ("Sam Jones", "2:10", "2:40"),
            ("Member 1", "3:00", "3:10"),
            ("Member 1", "3:20", "3:30"),
        ),
        "part2.csv",
    )
    page = sign_in(circle.coordinator)
    url = reverse("networks:attendance-review", args=[circle.meeting.pk, report.pk])
    shown = html_of(page.get(url))
    assert "Sam Jones (Carer)" in shown and "Sam Jones (Service provider)" in shown
    assert "Row 2 of the file, 2:00pm to 2:30pm" in shown and "Row 3 of the file, 2:10pm to 2:40pm" in shown
    assert "60 minutes in another report. Together: 80." in shown and "part1.csv" in shown
    choices = {
        "row-1": member_choice(one.person_id),
        "row-2": member_choice(two.person_id),
        "row-3": member_choice(circle.ids[1]),
    }
    split = html_of(page.post(url, choices | {"do": "split-3"}))
    assert f'<option value="{choices["row-1"]}" selected>' in split and "Split from another row" in split
    done = html_of(page.post(url, choices | {"row-4": "out"}, follow=True))
    assert "Minutes were added to those of an earlier report: Member 1 60 and now 70." in done
    assert ("Sam Jones", "present", 30) in known(circle) and ("Member 1", "present", 70) in known(circle)
    assert "(Carer)" in done and "(Service provider)" in done  # told apart on the meeting's page
    log = html_of(page.get(reverse("networks:meeting-log", args=[circle.meeting.pk])))
    assert "Carer" in log and "Service provider" in log


def test_the_api_says_who_could_be_meant_splits_and_reads_minutes_back(circle, send, sign_in):
    one = joined(circle, "Sam Jones", "sam@one.example")
    two = joined(circle, "Sam Jones", "kim@one.example")
    client = sign_in(circle.coordinator)
    report = send(joins(("Sam Jones", "2:00", "2:30"), ("Mam", "2:00", "2:10"), ("Mam", "2:20", "2:30")))
    url = f"/api/v1/meetings/{circle.meeting.pk}/imports/{report.pk}/"
    sam, mam = client.get(url).json()["people"]
    assert sam["is_undecided"] and sam["could_be"] == [
        {"person": one.person_id, "name": "Sam Jones (s…@one.example)"}, {"person": two.person_id, "name": "Sam Jones (k…@one.example)"},
    ]  # fmt: skip
    assert (sam["can_split"], mam["can_split"], mam["lines"]) == (False, True, [3, 4])

    def post(part: str, body: dict, **headers):
        return client.post(url + part, body, content_type="application/json", headers=headers)

    assert len(post("split/", {"id": 2}).json()["people"]) == 3
    assert post("split/", {"id": 2}).status_code == 400
    chosen = [{"id": 1, "person": one.person_id}, {"id": 3, "same_as": 2}]
    old = client.get(url)["ETag"]
    done = post("apply/", {"people": chosen}, **{"If-Match": old})
    assert done.status_code == 200
    stale = post("apply/", {"people": [{"id": 1, "who": "out"}]}, **{"If-Match": old})
    assert stale.status_code == 412 and stale.json()["current"]["people"][0]["person"] == one.person_id
    meeting = f"/api/v1/meetings/{circle.meeting.pk}/"
    (row,) = client.get(meeting + "attendance/").json()["members"]
    assert (row["person"], row["minutes"], row["status"]) == (one.person_id, 30, "present")
    (guest,) = client.get(meeting + "guests/").json()["results"]
    assert (guest["name"], guest["minutes"]) == ("Mam", 20)
    file = client.get(meeting + "guests/?format=csv")
    assert "Mam" in b"".join(file).decode() if file.streaming else html_of(file)
    assert [a["minutes"] for a in client.get(meeting).json()["attendance"]] == [30, 20]


def test_the_api_says_409_when_someone_noted_something_else_meanwhile(circle, send, sign_in):
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[1]: "apologies"})
    client, report = sign_in(circle.coordinator), send(totals(("Member 1", "", 60)))
    url = f"/api/v1/meetings/{circle.meeting.pk}/imports/{report.pk}/apply/"

    def apply(seen: str):
        body = {"change": [{"person": circle.ids[1], "status": seen}]}
        return client.post(url, body, content_type="application/json")

    answer = apply("absent")
    assert answer.status_code == 409 and "has since recorded for Member 1: sent apologies" in html_of(answer)
    assert answer.json()["current"]["people"][0]["known"] == "apologies" and known(circle)[0][1] == "apologies"
    assert apply("apologies").status_code == 200 and known(circle) == [("Member 1", "present", 60)]


def test_minutes_are_not_told_of_someone_who_is_noted_as_away(circle, send, save, sign_in):
    save(send(totals(("Member 1", "", 60))))
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[1]: "absent"})
    client = sign_in(circle.coordinator)
    (row,) = client.get(f"/api/v1/meetings/{circle.meeting.pk}/attendance/").json()["members"]
    assert (row["status"], row["minutes"]) == ("absent", None)
    assert "60 min" not in html_of(client.get(circle.meeting.get_absolute_url()))


# --- A meeting in the future ----------------------------------------------------------------------
def test_attendance_of_a_meeting_in_the_future_is_refused_everywhere(circle, sign_in, tmp_path):
    later, client = circle.later, sign_in(circle.coordinator)
    data, pk = totals(("Member 1", "", 60)), circle.ids[1]
    words = "Attendance cannot be in the future"
    with pytest.raises(ValidationError, match=words):
        record_attendance(by=circle.coordinator, meeting=later, statuses={pk: "present"})
    with pytest.raises(ValidationError, match=words):
        services.read_attendance_file(by=circle.coordinator, meeting=later, name="r.csv", data=data)
    api = f"/api/v1/meetings/{later.pk}/"
    body = {"members": [{"person": pk, "status": "present"}]}
    tag = client.get(api + "attendance/")["ETag"]
    answer = client.put(api + "attendance/", body, content_type="application/json", headers={"If-Match": tag})
    assert answer.status_code == 409 and words in answer.json()["errors"][0]["detail"]
    answer = client.post(api + "guests/", {"name": "Sam"}, content_type="application/json")
    assert answer.status_code == 409 and words in html_of(answer)
    answer = client.post(api + "imports/", {"file": SimpleUploadedFile("r.csv", data)})
    assert answer.status_code == 409 and words in html_of(answer)
    page = reverse("networks:attendance-import", args=[later.pk])
    assert "This meeting has not started yet" in html_of(client.get(page))
    assert words in html_of(client.post(page, {"file": SimpleUploadedFile("r.csv", data)}))
    log = reverse("networks:meeting-log", args=[later.pk])
    shown = html_of(client.get(log))
    assert "You can record who came from" in shown and f'name="came-{pk}"' not in shown
    empty = {
        f"{part}-{n}": "0" for part in ("guests", "said", "decided", "todo") for n in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    assert words in html_of(client.post(log, empty | {f"came-{pk}": "present"}))
    assert client.post(log, empty | {"notes": "Bring the map", "notes-was": mark("")}).status_code == 302
    (tmp_path / "r.csv").write_bytes(data)
    assert words in command(str(later.pk), str(tmp_path / "r.csv"), "--yes")[1]
    assert not Attendance.objects.filter(meeting=later).exists() and not AttendanceImport.objects.exists()


def test_a_report_read_before_its_meeting_was_moved_to_the_future_is_not_saved(circle, send, save):
    report = send(totals(("Member 1", "", 60)))
    Meeting.objects.filter(pk=circle.meeting.pk).update(
        starts_at=circle.meeting.starts_at + timedelta(days=60), ends_at=circle.meeting.ends_at + timedelta(days=60)
    )
    with pytest.raises(ValidationError, match="Attendance cannot be in the future"):
        save(report)


# --- Telephone numbers ----------------------------------------------------------------------------
NAME = st.text(alphabet="0123456789 -()+*.JeanŴ", min_size=1, max_size=24).filter(str.strip)


def strings(value) -> list[str]:
    """Every text inside a stored value."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NAME, NAME), min_size=1, max_size=3), NAME)
def test_no_telephone_number_is_stored_shown_or_logged_from_any_report(circle, save, caplog, rows, file):
    caplog.set_level(logging.DEBUG)
    Attendance.objects.all().delete()
    data = zoom([(name, f"{email.strip().replace(' ', '')}@x.example", "5", "No") for name, email in rows])
    try:
        report = services.read_attendance_file(
            by=circle.coordinator, meeting=circle.meeting, name=f"participants_{file}.csv", data=data
        )
    except services.ReportRefused as refused:  # an address of dots and brackets may be none
        assert not [text for text in refused.messages if has_number(text)]
        return
    save(report)
    report.refresh_from_db()
    kept = [report.name, *strings(report.rows), *strings(report.cautions)]
    kept += [text for row in circle.meeting.attendances.values_list("guest_name", "email") for text in row]
    kept += [text for facts in AuditEvent.objects.values_list("facts", flat=True) for text in strings(facts)]
    kept += [record.getMessage() for record in caplog.records if record.name.startswith(("networks", "impact"))]
    assert not [text for text in kept if has_number(text)]


def test_an_address_with_a_telephone_number_finds_the_member_and_is_not_kept(circle, send, save):
    member = joined(circle, "Jean", "07700900123@phone.example")
    report = send(
        totals(("J", "07700900123@phone.example", 40), ("K", "07700900124@phone.example", 20)), "81234567890.csv"
    )
    save(report)
    assert report.rows[0]["choice"] == member_choice(member.person_id) and report.name == "….csv"
    assert [(row["email"], row["masked"]) for row in report.rows] == [("", "0…@phone.example")] * 2
    assert known(circle) == [("Jean", "present", 40), ("K", "present", 20)]


# --- The guide ------------------------------------------------------------------------------------
GUIDE = Path(__file__).parents[4] / "docs" / "attendance.md"


def test_the_guide_shows_what_the_command_answers(circle, tmp_path):
    member = joined(circle, "A Member")
    shown = json.loads(GUIDE.read_text().split("```json")[1].split("```")[0])
    (tmp_path / "report.csv").write_bytes(totals(("A Member", "", 60), ("A guest", "a@people.example", 5)))
    answer, _error = command(str(circle.meeting.pk), str(tmp_path / "report.csv"))
    shown["meeting"], shown["matched"][0]["person"] = circle.meeting.pk, member.person_id
    assert answer == shown and list(answer) == list(shown)


def test_the_guide_names_the_languages_questions_and_limits_of_the_code():
    guide = " ".join(GUIDE.read_text().split())
    assert f"are read in {LANGUAGES}" in guide
    assert all(f"(`{code}`" in guide for code in ("nobody_matches", "minutes_exceed_meeting", "undecided"))
    assert GRACE == 30 and "over half an hour longer than the meeting was planned for" in guide
    limits = f"At most {BYTES_LIMIT // 1024 // 1024} MB, {ROWS_LIMIT:,} rows"
    assert limits in guide and f"{PEOPLE_LIMIT} people" in guide and f"more than {NAME_LIMIT} letters" in guide


CHOICES = ["", "guest", "new", "out", "row-1", "row-2", "row-3", "member-0", "member-1", "member-2"]
STEP = st.tuples(st.integers(0, 2), st.lists(st.sampled_from(CHOICES), min_size=4, max_size=4), st.integers(0, 4))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=1, max_size=6))
def test_whatever_was_chosen_taking_reports_back_leaves_what_people_noted(circle, send, save, steps):
    Attendance.objects.all().delete()
    AttendanceImport.objects.all().delete()
    noted = {circle.ids[0]: "present", circle.ids[1]: "present"}
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses=noted, guests=[("Sam", "carer")])
    reports = [
        send(totals(("Sam", "", 40), ("Sam", "", 20), ("Kim", "", 5), ("Member 2", "", 9))),
        send(
            joins(
                ("Sam", "2:00", "3:00"), ("Sam", "3:10", "3:30"), ("Member 1", "2:00", "3:00"), ("Kim", "2:00", "2:10")
            )
        ),
        send(totals(("Sam", "s@x.example", 40), ("Kim", "", 20))),
    ]
    for which, choices, split in steps:
        report = reports[which]
        report.refresh_from_db()
        chosen = {}
        for row, choice in zip(report.rows, choices, strict=False):
            is_member = choice.startswith("member-")
            chosen[row["id"]] = member_choice(circle.ids[int(choice[-1])]) if is_member else choice
        try:
            save(report, chosen)
            services.split_attendance_row(by=circle.coordinator, report=report, row_id=split)
        except ValidationError:
            pass
        for row in circle.meeting.attendances.filter(status="present"):
            assert row.minutes is None or 0 < row.minutes <= 200
    for report in reports:
        report.refresh_from_db()
        save(report, {row["id"]: "out" for row in report.rows})
    left = [("Member 0", "present", None), ("Member 1", "present", None), ("Sam", "present", None)]
    assert known(circle) == left
