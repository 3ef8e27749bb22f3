"""Two people who mark the same member at once: no attendance mark is overwritten silently."""

import pytest
from django.urls import reverse

from impact.core.basics.versions import mark
from networks.log import services
from networks.log.models import Attendance
from networks.log.saving import Came, LogConflict, LogInput, save_log
from tests.networks.log.test_views import fields_of
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def status(circle, n: int) -> str:
    return Attendance.objects.get(meeting=circle.meeting, person=circle.ids[n]).status


def test_a_mark_that_someone_else_changed_meanwhile_is_a_conflict(circle, staff):
    def save(by, *came: Came) -> None:
        save_log(by=by, meeting=circle.meeting, log=LogInput(came=came))

    first, second = circle.ids[:2]
    save(circle.coordinator, Came(first, "present", mark("")))
    save(staff, Came(first, "apologies", mark("present")))
    with pytest.raises(LogConflict) as clash:  # the coordinator's screen still shows "came"
        save(circle.coordinator, Came(first, "absent", mark("present")), Came(second, "present", mark("")))
    ((part, index),) = clash.value.rows
    assert (part, index) == ("came", 0) and clash.value.marks == {("came", 0): mark("apologies")}
    assert status(circle, 0) == "apologies" and Attendance.objects.count() == 1  # all or nothing
    save(circle.coordinator, Came(first, "present", mark("present")))  # not touched on that screen
    save(circle.coordinator, Came(first, "apologies", mark("present")))  # the same as someone else wrote
    assert status(circle, 0) == "apologies"
    save(circle.coordinator, Came(first, "absent", mark("apologies")))  # knowing what is there
    assert status(circle, 0) == "absent"


def test_a_mark_made_on_an_empty_screen_does_not_overwrite_one_made_meanwhile(circle, staff):
    services.record_attendance(by=staff, meeting=circle.meeting, statuses={circle.ids[0]: "apologies"})
    for was in ("", mark("")):
        with pytest.raises(LogConflict):
            log = LogInput(came=[Came(circle.ids[0], "present", was)])
            save_log(by=circle.coordinator, meeting=circle.meeting, log=log)


def test_the_page_shows_both_marks_keeps_what_was_typed_and_saves_it_the_second_time(circle, staff, sign_in):
    url = reverse("networks:meeting-log", args=[circle.meeting.pk])
    mine = sign_in(circle.coordinator)
    fields = fields_of(html_of(mine.get(url)))
    services.record_attendance(by=staff, meeting=circle.meeting, statuses={circle.ids[0]: "apologies"})
    name = f"came-{circle.ids[0]}"
    sent = fields | {"do": "save", name: "present", f"came-{circle.ids[1]}": "absent", "notes": "My words"}
    answer = mine.post(url, sent)
    page = html_of(answer)
    assert answer.status_code == 409
    assert "Member 0: Someone else changed this in the meantime. Saved now: Sent apologies. Yours: Came." in page
    kept = fields_of(page)
    assert (kept[name], kept[f"came-{circle.ids[1]}"], kept["notes"]) == ("present", "absent", "My words")
    assert status(circle, 0) == "apologies" and Attendance.objects.count() == 1
    assert mine.post(url, kept | {"do": "autosave"}).status_code == 200
    assert status(circle, 0) == "present" and status(circle, 1) == "absent"


def test_saving_in_the_background_does_not_overwrite_a_mark_either(circle, staff, sign_in):
    url = reverse("networks:meeting-log", args=[circle.meeting.pk])
    mine = sign_in(circle.coordinator)
    fields = fields_of(html_of(mine.get(url)))
    services.record_attendance(by=staff, meeting=circle.meeting, statuses={circle.ids[0]: "apologies"})
    said = html_of(mine.post(url, fields | {"do": "autosave", f"came-{circle.ids[0]}": "present"}))
    assert "Someone else changed the same entry. Save to compare the two." in said
    assert status(circle, 0) == "apologies"


def test_the_api_refuses_attendance_that_was_read_before_someone_else_changed_it(circle, staff, sign_in):
    client = sign_in(circle.coordinator)
    url = f"/api/v1/meetings/{circle.meeting.pk}/attendance/"
    body = {"members": [{"person": circle.ids[0], "status": "present"}]}

    def put(**headers: str):
        return client.put(url, body, content_type="application/json", headers=headers)

    tag = client.get(url)["ETag"]
    assert put().status_code == 428
    services.record_attendance(by=staff, meeting=circle.meeting, statuses={circle.ids[0]: "apologies"})
    stale = put(**{"If-Match": tag})
    assert stale.status_code == 412 and stale.json()["current"]["members"][0]["status"] == "apologies"
    assert status(circle, 0) == "apologies"
    assert put(**{"If-Match": stale["ETag"]}).status_code == 200 and status(circle, 0) == "present"


def test_a_person_with_the_same_attendance_page_twice_may_save_twice(circle, sign_in):
    """A connection that broke off after the first save: the same screen is sent again, with other marks."""
    url = reverse("networks:meeting-log", args=[circle.meeting.pk])
    mine = sign_in(circle.coordinator)
    fields = fields_of(html_of(mine.get(url))) | {"do": "autosave"}
    name = f"came-{circle.ids[0]}"
    mine.post(url, fields | {name: "present"})
    again = fields | {name: "present", f"came-{circle.ids[1]}": "present"}
    assert "All changes saved" in html_of(mine.post(url, again))
    assert Attendance.objects.filter(status="present").count() == 2
