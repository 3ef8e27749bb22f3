"""Attendance reports from the file to the log: preview, corrections, guests, the same file twice, the command."""

import io
import json
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.access.models import AuditEvent
from networks.log.attendance import services
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.rows import member_choice
from networks.log.attendance.services import ReportRefused
from networks.log.models import Attendance
from networks.log.services import finish_log, record_attendance
from networks.meetings.models import Meeting
from tests import factories
from tests.networks.log.attendance.reports_as_sent import teams, zoom
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(circle):
    """Read a Zoom report of these rows (name, e-mail, minutes) for the circle's meeting."""

    def make(*rows: tuple[str, str, str], by=None, meeting=None) -> AttendanceImport:
        data = zoom([(*row, "No") for row in rows])
        return services.read_attendance_file(
            by=by or circle.coordinator, meeting=meeting or circle.meeting, name="report.csv", data=data
        )

    return make


def person(circle, n: int):
    return circle.members[n].person


def known(circle) -> dict[str, tuple[str, int | None]]:
    return {a.name: (a.status, a.minutes) for a in circle.meeting.attendances.select_related("person")}


def test_members_come_with_minutes_and_others_as_guests(circle, read):
    report = read(
        ("Someone", person(circle, 0).email, "87"), ("member 1", "", "60"), ("A stranger", "s@x.example", "5")
    )
    applied = services.apply_attendance_import(by=circle.coordinator, report=report)
    assert known(circle) == {"Member 0": ("present", 87), "Member 1": ("present", 60), "A stranger": ("present", 5)}
    assert circle.meeting.attendances.get(person=person(circle, 0)).perspective == circle.members[0].perspective
    guest = circle.meeting.attendances.get(is_guest=True)
    assert (guest.email, guest.recorded_by) == ("s@x.example", circle.coordinator)
    assert (len(applied.matched), len(applied.guests), applied.changed) == (2, 1, 3)


def test_reading_changes_no_ones_attendance(circle, read):
    read(("Member 1", "", "60"))
    assert not known(circle)


def test_the_same_file_twice_is_harmless_also_after_corrections(circle, read):
    rows = [("Member 1", "", "60"), ("Mam’s iPad", "", "50")]
    report = read(*rows)
    choices = {1: member_choice(person(circle, 1).pk), 2: member_choice(person(circle, 2).pk)}
    services.apply_attendance_import(by=circle.coordinator, report=report, choices=choices, seen={})
    before, events = known(circle), AuditEvent.objects.count()
    again = read(*rows)
    assert again.pk == report.pk and again.rows[1]["choice"] == choices[2]  # the correction is remembered
    assert services.apply_attendance_import(by=circle.coordinator, report=again).changed == 0
    assert known(circle) == before and AuditEvent.objects.count() == events
    # what someone changes by hand afterwards stays, and a guest who was taken off does not come back
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={person(circle, 1).pk: "apologies"})
    services.apply_attendance_import(by=circle.coordinator, report=read(*rows), choices=choices, seen={})
    assert known(circle)["Member 1"][0] == "apologies"


def test_a_guest_taken_off_the_log_does_not_come_back_with_the_same_file(circle, read):
    report = read(("A stranger", "", "5"))
    services.apply_attendance_import(by=circle.coordinator, report=report, confirmed=True)
    circle.meeting.attendances.all().delete()
    services.apply_attendance_import(by=circle.coordinator, report=report)
    assert not known(circle)


def test_a_correction_takes_back_what_was_written_before(circle, read):
    report = read(("Member 1", "", "60"), ("Mam’s iPad", "", "50"))
    services.apply_attendance_import(by=circle.coordinator, report=report)
    assert set(known(circle)) == {"Member 1", "Mam’s iPad"}
    swapped = {1: "out", 2: member_choice(person(circle, 1).pk)}
    services.apply_attendance_import(by=circle.coordinator, report=report, choices=swapped, seen={})
    assert known(circle) == {"Member 1": ("present", 50)}
    services.apply_attendance_import(by=circle.coordinator, report=report, choices={1: "guest", 2: "out"}, seen={})
    assert Attendance.objects.get().guest_name == "Member 1"


def test_a_correction_gives_apologies_back(circle, read):
    pk = person(circle, 1).pk
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={pk: "apologies"})
    report = read(("Member 1", "", "60"))
    choices = {1: member_choice(pk)}
    services.apply_attendance_import(by=circle.coordinator, report=report, choices=choices, seen={pk: "apologies"})
    assert known(circle)["Member 1"] == ("present", 60)
    services.apply_attendance_import(by=circle.coordinator, report=report, choices={1: "out"}, seen={pk: "present"})
    assert known(circle)["Member 1"] == ("apologies", None)


def test_apologies_that_someone_noted_are_only_changed_when_the_preview_said_so(circle, read):
    pk = person(circle, 1).pk
    report = read(("Member 1", "", "60"))
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={pk: "apologies"})
    applied = services.apply_attendance_import(by=circle.coordinator, report=report)  # no one saw a preview
    assert known(circle)["Member 1"] == ("apologies", None) and len(applied.kept) == 1
    choices = {1: member_choice(pk)}
    with pytest.raises(ValidationError, match="Someone has since recorded for Member 1: sent apologies"):
        services.apply_attendance_import(by=circle.coordinator, report=report, choices=choices, seen={})
    services.apply_attendance_import(by=circle.coordinator, report=report, choices=choices, seen={pk: "apologies"})
    assert known(circle)["Member 1"] == ("present", 60)


def test_two_devices_of_one_member_are_added_up_to_no_more_than_the_longest_stay(circle, read):
    report = read(("Member 1", "", "60"), ("iPad", "", "20"), ("Member 2", "", "70"))
    choice = member_choice(person(circle, 1).pk)
    choices = {1: choice, 2: choice, 3: member_choice(person(circle, 2).pk)}
    services.apply_attendance_import(by=circle.coordinator, report=report, choices=choices, seen={})
    assert known(circle)["Member 1"] == ("present", 70)
    # one device turns out to be someone else's: the member stays
    services.apply_attendance_import(by=circle.coordinator, report=report, choices=choices | {2: "guest"}, seen={})
    assert known(circle)["Member 1"] == ("present", 60) and known(circle)["iPad"] == ("present", 20)


def test_members_who_are_not_in_the_file_are_marked_absent_only_on_request_and_only_if_nothing_is_known(circle, read):
    apologised = person(circle, 2).pk
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={apologised: "apologies"})
    report = read(("Member 1", "", "60"))
    services.apply_attendance_import(by=circle.coordinator, report=report)
    assert len(known(circle)) == 2
    applied = services.apply_attendance_import(by=circle.coordinator, report=report, mark_absent=True)
    assert known(circle)["Member 2"][0] == "apologies" and known(circle)["Member 3"] == ("absent", None)
    assert applied.absent == 8  # nine members and the coordinator, less one who came and one who sent apologies


def test_guests_of_one_name_with_two_addresses_are_two_guests(circle, read):
    report = read(("Sam Jones", "sam@one.example", "30"), ("Sam Jones", "sam@two.example", "40"))
    services.apply_attendance_import(by=circle.coordinator, report=report, confirmed=True)
    guests = circle.meeting.attendances.order_by("email").values_list("guest_name", "email", "minutes")
    assert list(guests) == [("Sam Jones", "sam@one.example", 30), ("Sam Jones", "sam@two.example", 40)]


def test_a_guest_written_down_by_hand_is_the_same_guest_in_the_file(circle, read):
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={}, guests=[("Sam Jones", "provider")])
    report = read(("Sam Jones", "sam@one.example", "30"))
    services.apply_attendance_import(by=circle.coordinator, report=report, confirmed=True)
    guest = circle.meeting.attendances.get()
    assert (guest.email, guest.minutes, guest.perspective) == ("sam@one.example", 30, "provider")


def test_a_row_that_could_be_two_members_waits_for_a_choice(circle, read):
    factories.MembershipFactory(group=circle.group, person=factories.PersonFactory(name="Member 1"))
    report = read(("Member 1", "", "60"))
    with pytest.raises(services.Unconfirmed, match="1 person needs your choice"):
        services.apply_attendance_import(by=circle.coordinator, report=report)
    later = {"leave_undecided": True, "confirmed": True}
    assert len(services.apply_attendance_import(by=circle.coordinator, report=report, **later).undecided) == 1
    assert not known(circle)
    with pytest.raises(ValidationError, match="Choose who “Member 1” is"):
        services.apply_attendance_import(by=circle.coordinator, report=report, choices={1: ""}, seen={})


@pytest.mark.parametrize("choice", ["member-0", "member-x1", "everybody"])
def test_a_choice_outside_the_list_is_refused(circle, read, choice):
    report = read(("A stranger", "", "5"))
    with pytest.raises(
        ValidationError, match="choose someone who was a member on that day, a guest, or leave them out"
    ):
        services.apply_attendance_import(by=circle.coordinator, report=report, choices={1: choice}, seen={})
    assert not known(circle)


def test_two_people_with_the_same_preview_do_not_undo_each_other(circle, read):
    report = read(("A stranger", "", "5"))
    shown = {1: "guest"}
    services.apply_attendance_import(by=circle.coordinator, report=report, choices={1: "out"}, seen={}, expected=shown)
    with pytest.raises(ValidationError, match="Someone else saved this report"):
        mine = {1: member_choice(person(circle, 1).pk)}
        services.apply_attendance_import(by=circle.coordinator, report=report, choices=mine, seen={}, expected=shown)
    services.apply_attendance_import(by=circle.coordinator, report=report, choices={1: "out"}, seen={}, expected=shown)
    assert not known(circle)


@pytest.mark.parametrize("status", ["complete", "cancelled"])
def test_a_meeting_that_is_closed_takes_no_report(circle, read, status):
    Meeting.objects.filter(pk=circle.meeting.pk).update(
        status=status, status_reason="x", logged_at=circle.meeting.ends_at
    )
    with pytest.raises(ValidationError, match=r"Reopen it|Plan a new meeting"):
        read(("Member 1", "", "60"))


def test_only_those_who_keep_the_log_import(circle, read):
    member = factories.user_in(circle.group)
    with pytest.raises(PermissionDenied):
        read(("Member 1", "", "60"), by=member)
    report = read(("Member 1", "", "60"))
    with pytest.raises(PermissionDenied):
        services.apply_attendance_import(by=member, report=report)


def test_a_refused_file_writes_nothing(circle, read):
    with pytest.raises(ReportRefused) as refused:
        read(("Member 1", "", "60"), ("Member 2", "", "soon"))
    assert [(p.row, p.reason) for p in refused.value.problems] == [(3, "“soon” is not a length of time.")]
    assert not AttendanceImport.objects.exists() and not known(circle)


def test_a_report_of_another_day_or_with_people_missing_is_pointed_out(circle):
    data = teams([("A", "2/3/23, 2:00:00 PM", "2/3/23, 3:00:00 PM", "1h", "")], counted=9)
    report = services.read_attendance_file(by=circle.coordinator, meeting=circle.meeting, name="t.csv", data=data)
    assert "3 February 2023" in report.cautions[0] and "counts 9 people" in report.cautions[1]


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_two_people_who_send_the_same_file_at_once_get_one_preview(circle):
    data = zoom([("Member 1", "", "60", "No"), ("A stranger", "", "5", "No")])
    found = []

    def send() -> None:
        try:
            report = services.read_attendance_file(
                by=circle.coordinator, meeting=circle.meeting, name="report.csv", data=data
            )
            services.apply_attendance_import(by=circle.coordinator, report=report)
            found.append(report.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1 and Attendance.objects.count() == 2


# --- Pages ---------------------------------------------------------------------------------------
@pytest.fixture
def page(circle, sign_in):
    client = sign_in(circle.coordinator)
    client.start = reverse("networks:attendance-import", args=[circle.meeting.pk])
    client.send = lambda data, name="report.csv": client.post(
        client.start, {"file": SimpleUploadedFile(name, data)}, follow=True
    )
    return client


def text(response) -> str:
    return html_of(response)


def test_the_whole_way_from_file_to_log(circle, page):
    record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={person(circle, 1).pk: "apologies"})
    assert "In Microsoft Teams" in text(page.get(page.start))
    rows = [("Member 1", "", "60", "No"), ("=cmd()", "sam@x.example", "9", "Yes"), ("<b>Bo</b>", "", "8", "Yes")]
    review = page.send(zoom(rows))
    shown = text(review)
    assert "The log says: sent apologies. Saving will change that to “came”." in shown
    assert "&lt;b&gt;Bo&lt;/b&gt;" in shown and "=cmd()" in shown and "Mark 9 members" in shown
    url = review.redirect_chain[-1][0]
    fields = {
        "row-1": member_choice(person(circle, 1).pk), "was-1": member_choice(person(circle, 1).pk), "row-2": "guest",
        "row-3": "out", f"seen-{person(circle, 1).pk}": "apologies", "absent": "yes",
    }  # fmt: skip
    done = page.post(url, fields, follow=True)
    assert "Attendance saved: 1 member came, 1 guest, 9 marked as did not come." in text(done)
    assert known(circle)["Member 1"] == ("present", 60) and known(circle)["=cmd()"] == ("present", 9)
    assert "60 min" in text(done)
    again = page.send(zoom(rows))
    assert "This report has already been saved, so nothing will be added. The choices made then are shown." in text(
        again
    ) and "This file was saved on" in text(again)


def test_the_preview_asks_for_a_choice_and_keeps_the_others(circle, page):
    factories.MembershipFactory(group=circle.group, person=factories.PersonFactory(name="Member 1"))
    review = page.send(zoom([("Member 1", "", "60", "No"), ("A stranger", "", "5", "No")]))
    assert "1 person needs your choice" in text(review)
    answer = page.post(review.redirect_chain[-1][0], {"row-1": "", "row-2": "out"})
    shown = text(answer)
    assert answer.status_code == 200 and "Choose who “Member 1” is." in shown and "data-error-summary" in shown
    assert '<option value="out" selected>' in shown and not known(circle)


def test_a_refused_file_says_which_rows_and_why_on_the_page(circle, page):
    shown = text(page.send(zoom([("Member 1", "", "soon", "No"), ("", "", "5", "No")])))
    assert "Row 2: “soon” is not a length of time." in shown and "Row 3: It has no name." in shown
    assert "Choose a file" in text(page.post(page.start, {}))
    assert "empty" in text(page.send(b""))
    assert "Save as" in text(page.send(b"PK\x03\x04xl/workbook", "attendance.xlsx"))


def test_a_closed_meeting_says_so_instead_of_asking_for_a_file(circle, page):
    Meeting.objects.filter(pk=circle.meeting.pk).update(status="cancelled", status_reason="Snow")
    assert "cancelled" in text(page.get(page.start))


def test_the_review_costs_the_same_queries_for_one_person_and_for_thirty(circle, page):
    def queries(rows: int) -> int:
        url = page.send(zoom([(f"Person {n} x", "", "5", "No") for n in range(rows)])).redirect_chain[-1][0]
        with CaptureQueriesContext(
            connection,
        ) as counted:
            page.get(url)
        return len(counted)

    assert queries(1) == queries(30)


def test_minutes_and_addresses_are_shown_only_to_those_who_may_see_people(circle, read, sign_in):
    report = read(
        ("Member 1", "", "61"), ("Sam Jones", "sam@one.example", "30"), ("Sam Jones", "sam@two.example", "40")
    )
    services.apply_attendance_import(by=circle.coordinator, report=report)
    finish_log(by=circle.coordinator, meeting=circle.meeting)
    url = circle.meeting.get_absolute_url()
    mine = text(sign_in(circle.coordinator).get(url))
    assert "61 min" in mine and "s…@one.example" in mine and "s…@two.example" in mine
    theirs = text(sign_in(factories.user_in(circle.group)).get(url))
    assert "61 min" not in theirs and "one.example" not in theirs


# --- The command ---------------------------------------------------------------------------------
def run(*args: str) -> dict:
    out = io.StringIO()
    call_command("import_attendance", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_imports_and_tells_in_json(circle, tmp_path):
    file = tmp_path / "zoom.csv"
    file.write_bytes(zoom([("Member 1", "", "60", "No"), ("Siân", "s@x.example", "5", "Yes")]))
    dry = run(str(circle.meeting.pk), str(file), "--dry-run")
    assert not known(circle) and not AttendanceImport.objects.exists()
    answer = run(str(circle.meeting.pk), str(file))
    assert answer["matched"] == dry["matched"] == [
        {"row": 2, "name": "Member 1", "email": "", "minutes": 60, "how": "name", "member": "Member 1",
         "person": person(circle, 1).pk}
    ]  # fmt: skip
    assert answer["guests"] == [{"row": 3, "name": "Siân", "email": "s@x.example", "minutes": 5, "how": "nobody"}]
    assert (answer["refused"], answer["changed"], answer["source"]) == ([], 2, "zoom")
    assert run(str(circle.meeting.pk), str(file))["changed"] == 0
    assert set(known(circle)) == {"Member 1", "Siân"}


def test_the_command_refuses_with_row_and_reason_and_fails(circle, tmp_path):
    file = tmp_path / "zoom.csv"
    file.write_bytes(zoom([("Member 1", "", "60", "No"), ("Bo", "", "soon", "No")]))
    out = io.StringIO()
    with pytest.raises(CommandError, match="Row 3: “soon” is not a length of time"):
        call_command("import_attendance", str(circle.meeting.pk), str(file), "--json", stdout=out)
    assert json.loads(out.getvalue())["refused"] == [{"row": 3, "reason": "“soon” is not a length of time."}]
    assert not known(circle)
    for args, words in (
        (("999", str(file)), "no meeting 999"),
        ((str(circle.meeting.pk), str(tmp_path / "none.csv")), "cannot be read"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("import_attendance", *args, stdout=io.StringIO())


def test_the_command_tells_people_in_words(circle, tmp_path):
    file = tmp_path / "zoom.csv"
    file.write_bytes(zoom([("Member 1", "", "60", "No"), ("Siân", "", "5", "Yes")]))
    out = io.StringIO()
    call_command("import_attendance", str(circle.meeting.pk), str(file), "--dry-run", stdout=out)
    assert out.getvalue().splitlines() == [
        "Nothing was saved.", "Members who came: 1", "  Member 1, 60 minutes", "Guests: 1", "  Siân, 5 minutes",
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["²", "9" * 5000])
def test_numbers_that_no_browser_sends_do_not_break_the_page(circle, read, sign_in, number):
    report = read(("A stranger", "", "5"))
    page = sign_in(circle.coordinator).post(
        reverse("networks:attendance-review", args=[circle.meeting.pk, report.pk]),
        {"row-1": f"member-{number}", f"seen-{number[:400]}": "absent"},
    )
    assert (
        page.status_code == 200
        and "choose someone who was a member on that day, a guest, or leave them out." in html_of(page)
    )
    assert not known(circle)
