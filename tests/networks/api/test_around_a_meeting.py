"""Over the API, what happens around a meeting: series, announcing, answers, papers as files, reports of video calls."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from networks.documents.materials import services
from networks.groups.models import Group, Network
from networks.log.attendance.models import AttendanceImport
from networks.log.models import Attendance
from networks.log.services import add_contribution
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.invitations.services import announce_meeting
from networks.meetings.models import Meeting, MeetingMove
from tests import factories
from tests.networks.api.test_writes import Api, api
from tests.networks.log.attendance.reports_as_sent import zoom

pytestmark = pytest.mark.django_db
__all__ = ["api"]  # the fixture
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def paper(name: str = "story.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/html")


def report() -> SimpleUploadedFile:
    people = [("Member 0", "", "87", "No"), ("Someone Else", "", "12", "Yes")]
    return SimpleUploadedFile("zoom.csv", zoom(people))


# --- Networks, series, announcing ----------------------------------------------------------------
def test_a_network_is_begun_with_its_local_networks(staff, api):
    body = {
        "name": "Choice at home",
        "topic": factories.TopicFactory().slug,
        "starts_on": "2023-02-01",
        "local_networks": [
            {"nation": "wales"},
            {"nation": "scotland", "name": "Fife", "coordinator_email": "x@y.example"},
        ],
    }
    status, answer = Api(staff)("POST", "networks/", body)
    assert (
        status == 400
        and "needs a name" in answer["errors"][0]["detail"]
        and not Network.objects.filter(name="Choice at home").exists()
    )
    body["local_networks"][1]["coordinator_name"] = "Nadia Invented"
    status, made = Api(staff)("POST", "networks/", body, Idempotency_Key="n")
    assert (status, made["local_networks"]) == (201, 2)
    assert Api(staff)("POST", "networks/", body)[0] == 400  # the name is taken
    assert {g.name for g in Group.objects.filter(site__slug=made["slug"])} == {"Choice at home, Wales", "Fife"}
    assert api("POST", "networks/", body)[0] == 403
    body["local_networks"] = [{"nation": "uk"}]
    assert Api(staff)("POST", "networks/", body)[1]["errors"][0]["attr"] == "local_networks.0.nation"


def test_a_series_is_planned_as_drafts_and_announced_together(circle, api):
    days = ["2023-01-23", "2023-01-27"]
    times = [{"starts_at": f"{day}T10:00:00Z", "ends_at": f"{day}T12:00:00Z"} for day in days]
    path = f"groups/{circle.group.slug}/"
    status, rows = api("POST", f"{path}series/", {"times": times, "mode": "online"}, Idempotency_Key="s")
    assert status == 201, rows
    assert [row["announced_at"] for row in rows] == [None, None]
    assert api("POST", f"{path}series/", {"times": times, "mode": "online"}, Idempotency_Key="s") == (201, rows)
    assert Meeting.objects.drafts().count() == 2 and not MeetingInvitation.objects.exists()
    member = Api(factories.user_in(circle.group))
    assert member("GET", f"meetings/{rows[0]['id']}/")[0] == 404
    status, told = api("POST", f"{path}announce/", {"meetings": [row["id"] for row in rows]})
    assert status == 200 and all(row["announced_at"] for row in told)
    assert member("GET", f"meetings/{rows[0]['id']}/")[0] == 200
    elsewhere = factories.MeetingFactory(announced_at=None)
    status, answer = api("POST", f"{path}announce/", {"meetings": [elsewhere.pk]})
    assert status == 400 and answer["errors"][0]["attr"].startswith("meetings")
    assert api("POST", f"{path}series/", {"times": times[::-1]})[0] == 400


def test_moving_an_announced_meeting_needs_a_reason_and_tells_people(circle, api):
    path = f"meetings/{circle.later.pk}/"
    moved = {"starts_at": "2023-01-31T10:00:00Z", "ends_at": "2023-01-31T12:00:00Z"}
    assert api.change("PATCH", path, moved)[1]["errors"][0]["attr"] == "reason"
    status, row = api.change("PATCH", path, {**moved, "reason": "Snow"})
    assert (status, row["starts_at"]) == (200, "2023-01-31T10:00:00Z")
    assert MeetingMove.objects.get().reason == "Snow"


# --- Invitations -----------------------------------------------------------------------------------
def test_invitations_are_read_by_those_who_may_see_people_and_answers_noted_by_those_who_plan(circle, api, leader):
    draft = factories.MeetingFactory(
        group=circle.group, number=3, announced_at=None, starts_at=factories.at(2023, 2, 6), ends_at=factories.at(2023, 2, 6) + timedelta(hours=2)
    )  # fmt: skip
    path = f"meetings/{draft.pk}/"
    assert api("POST", f"{path}announce/", {})[0] == 200
    assert api("POST", f"{path}announce/", {})[0] == 409
    rows = api("GET", f"{path}invitations/")[1]["results"]
    assert len(rows) == 10
    row = next(row for row in rows if row["name"] == "Member 0")
    status, row = api(
        "POST", f"{path}invitations/{row['id']}/answer/", {"answer": "supporter", "access_needs": "A lift"}
    )
    assert (status, row["answer"], row["answered_via"]) == (200, "supporter", "coordinator")
    assert Api(leader)("GET", f"{path}invitations/")[0] == 403
    assert api("POST", f"{path}invitations/{row['id']}/answer/", {"answer": "perhaps"})[0] == 400


def test_a_member_answers_for_themselves_and_sees_no_one_elses_answer(circle, api):
    user = factories.user_in(circle.group)
    draft = factories.MeetingFactory(
        group=circle.group, number=3, announced_at=None, starts_at=factories.at(2023, 2, 6), ends_at=factories.at(2023, 2, 6) + timedelta(hours=2)
    )  # fmt: skip
    announce_meeting(by=circle.coordinator, meeting=draft)
    path, member = f"meetings/{draft.pk}/answer/", Api(user)
    assert member("GET", path)[1]["answer"] == ""
    status, row = member("POST", path, {"answer": "yes", "access_needs": "Captions"}, Idempotency_Key="a")
    assert (status, row["answer"], row["answered_via"]) == (200, "yes", "account")
    assert member("GET", f"meetings/{draft.pk}/invitations/")[0] == 403
    assert Api(factories.UserFactory(roles=["staff"]))("GET", path)[0] == 404  # not asked


# --- Papers ------------------------------------------------------------------------------------------
def test_a_paper_is_uploaded_in_versions_and_handed_out_as_an_attachment(circle, api, settings):
    material = services.add_material(
        by=circle.coordinator, meeting=circle.later, title="Story", evidence_kind="research", formats=["standard"]
    )
    path = f"materials/{material.pk}/files/"
    status, row = api.upload(path, {"file": paper(), "format": "easy_read"}, Idempotency_Key="f")
    assert (status, row["number"], row["content_type"], row["name"]) == (201, 1, "application/pdf", "story.pdf")
    assert api.upload(path, {"file": paper(), "format": "easy_read"}, Idempotency_Key="f") == (201, row)
    other = paper(data=PDF + b"x")
    assert api.upload(path, {"file": other, "format": "easy_read"}, Idempotency_Key="f")[0] == 422
    other.seek(0)
    assert api.upload(path, {"file": other, "format": "easy_read"})[1]["errors"][0]["attr"] == "note"
    other.seek(0)
    assert api.upload(path, {"file": other, "format": "easy_read", "note": "Shorter"})[1]["number"] == 2
    got = api.client.get(
        row["download_url"], headers={"Authorization": f"Token {api.token}", "Accept": "application/pdf"}
    )
    assert got.status_code == 200 and b"".join(got) == PDF
    assert got["Content-Disposition"].startswith("attachment") and got["X-Content-Type-Options"] == "nosniff"
    assert api("GET", f"meetings/{circle.later.pk}/materials/{material.pk}/")[1]["formats"] == ["standard", "easy_read"]
    member = Api(factories.user_in(circle.group))
    assert [f["number"] for f in member("GET", path)[1]["results"]] == [2]  # the newest
    assert member.upload(path, {"file": paper()})[0] == 403
    thief = Api(factories.user_in(factories.GroupFactory(), "coordinator"))
    assert thief("GET", path)[0] == 404 and thief.upload(path, {"file": paper()})[0] == 404
    assert thief.client.get(row["download_url"], headers={"Authorization": f"Token {thief.token}"}).status_code == 404
    assert api.client.get(row["download_url"]).status_code == 401


@pytest.mark.parametrize(
    ("name", "data"), [("page.html", b"<html><script>1</script>"), ("run.exe", b"MZ\x90\x00" * 9), ("empty.pdf", b"")]
)
def test_a_hostile_or_empty_paper_is_refused_by_field(circle, api, name, data):
    material = services.add_material(
        by=circle.coordinator, meeting=circle.later, title="Story", evidence_kind="research", formats=["standard"]
    )
    status, body = api.upload(f"materials/{material.pk}/files/", {"file": paper(name, data)})
    assert status == 400 and body["errors"][0]["attr"] == "file"


def test_an_upload_larger_than_any_address_takes_is_not_read(circle, api, monkeypatch):
    material = services.add_material(
        by=circle.coordinator, meeting=circle.later, title="Story", evidence_kind="research", formats=["standard"]
    )
    for name in ("PAPER_LIMIT", "PHOTO_LIMIT"):
        monkeypatch.setattr(f"impact.core.api.defaults.{name}", 0)
    monkeypatch.setattr("impact.core.api.defaults.MB", 1000)
    assert api.upload(f"materials/{material.pk}/files/", {"file": paper(data=PDF + b"x" * 2000)})[0] == 413


def test_papers_of_a_draft_are_not_for_members(circle, api):
    draft = factories.MeetingFactory(
        group=circle.group, number=3, announced_at=None, starts_at=factories.at(2023, 1, 25), ends_at=factories.at(2023, 1, 25, 16)
    )  # fmt: skip
    row = services.add_material(
        by=circle.coordinator, meeting=draft, title="Not yet", evidence_kind="research", formats=["standard"]
    )
    services.add_material_version(by=circle.coordinator, material=row, file=paper(), format="standard")
    assert api("GET", f"meetings/{draft.pk}/")[1]["materials"][0]["title"] == "Not yet"
    member = Api(factories.user_in(circle.group))
    for path in (f"meetings/{draft.pk}/", f"meetings/{draft.pk}/materials/", f"materials/{row.pk}/files/"):
        assert member("GET", path)[0] == 404, path


def test_a_paper_is_changed_and_used_again(circle, api):
    path = f"meetings/{circle.meeting.pk}/materials/"
    row = api("POST", path, {"title": "Story", "evidence_kind": "research", "formats": ["standard"]})[1]
    status, row = api.change("PATCH", f"{path}{row['id']}/", {"title": "A better story"})
    assert (status, row["title"]) == (200, "A better story")
    status, again = api("POST", f"meetings/{circle.later.pk}/materials/use-again/", {"material": row["id"]})
    assert (status, again["title"]) == (201, "A better story")
    hidden = factories.MeetingFactory()
    theirs = services.add_material(
        by=factories.UserFactory(roles=["staff"]),
        meeting=hidden,
        title="Theirs",
        evidence_kind="research",
        formats=["standard"],
    )
    status, body = api("POST", f"meetings/{circle.later.pk}/materials/use-again/", {"material": theirs.pk})
    assert status == 400 and "does not exist" in body["errors"][0]["detail"]


# --- Attendance reports --------------------------------------------------------------------------------
def test_a_report_is_read_corrected_and_applied(circle, api):
    path = f"meetings/{circle.meeting.pk}/imports/"
    status, row = api.upload(path, {"file": report()})
    assert status == 201 and not Attendance.objects.exists()
    first, second = row["people"]
    assert (first["person"], first["minutes"], second["is_guest"]) == (circle.ids[0], 87, True)
    assert api.upload(path, {"file": report()})[1]["id"] == row["id"]
    chosen = {"people": [{"id": second["id"], "person": circle.ids[1]}], "mark_absent": True}
    status, row = api("POST", f"{path}{row['id']}/apply/", chosen)
    assert status == 200 and row["applied_at"]
    came = Attendance.objects.filter(status="present").values_list("person_id", flat=True)
    assert sorted(came) == circle.ids[:2] and Attendance.objects.filter(status="absent").count() == 8
    assert len(api("GET", path)[1]["results"]) == 1
    stranger = factories.PersonFactory().pk
    status, body = api("POST", f"{path}{row['id']}/apply/", {"people": [{"id": second["id"], "person": stranger}]})
    assert (
        status == 400
        and "choose someone who was a member on that day, a guest, or leave them out." in body["errors"][0]["detail"]
    )
    assert api("POST", f"{path}{row['id']}/apply/", {"people": [{"id": 1}]})[0] == 400


def test_a_foreign_file_is_refused_with_its_reason_and_others_do_not_get_in(circle, api, leader):
    path = f"meetings/{circle.meeting.pk}/imports/"
    status, body = api.upload(path, {"file": SimpleUploadedFile("x.csv", b"Colour,Size\nred,3\n")})
    assert status == 400 and body["errors"][0]["attr"] == "file" and not AttendanceImport.objects.exists()
    assert Api(leader)("GET", path)[0] == 403
    assert Api(factories.user_in(circle.group)).upload(path, {"file": report()})[0] == 403
    assert Api(factories.user_in(factories.GroupFactory(), "coordinator")).upload(path, {"file": report()})[0] == 404


# --- The board -----------------------------------------------------------------------------------------
def test_a_card_of_the_board_moves_across_and_not_before_another_meetings_card(circle, api):
    one, two = (
        add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="enabler", words=words)
        for words in ("One", "Two")
    )
    status, row = api("POST", f"contributions/{one.pk}/move/", {"direction": "across"})
    assert (status, row["kind"]) == (200, "barrier")
    assert api("POST", f"contributions/{two.pk}/move/", {"direction": "before"})[0] == 400
    status, row = api("POST", f"contributions/{two.pk}/move/", {"direction": "before", "before": str(one.pk)})
    assert (status, row["kind"]) == (200, "barrier")
    elsewhere = factories.ContributionFactory()
    assert api("POST", f"contributions/{two.pk}/move/", {"direction": "before", "before": str(elsewhere.pk)})[0] == 400
