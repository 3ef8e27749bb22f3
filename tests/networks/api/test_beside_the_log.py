"""Over the API, what stands beside the log: shared learning, themes, versions of notes, photos, restricted notes, PDFs."""

import io
import json
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from impact.core.access.models import AuditEvent
from impact.core.api.models import IdempotencyKey
from impact.core.jobs.models import Job
from networks.actions.services import add_action
from networks.documents.materials.services import add_material
from networks.documents.models import Document
from networks.groups.models import Membership
from networks.log import services
from networks.log.record.models import MeetingPhoto, NotesVersion, RestrictedNote
from networks.meetings.invitations.models import MeetingInvitation
from networks.members.services import update_needs
from networks.network.learning.models import SharedLearning
from networks.network.learning.services import share_learning
from networks.themes.models import Theme
from tests import factories
from tests.networks.api.test_writes import Api, api

pytestmark = pytest.mark.django_db
__all__ = ["api"]  # the fixture


@pytest.fixture
def held(circle) -> Any:
    """The first meeting, with one quotable barrier about time, logged."""
    said = services.add_contribution(
        by=circle.coordinator, meeting=circle.meeting, kind="barrier", theme="Time", new_theme=True, words="There is no time",
        speaker=factories.agreed_to_be_quoted(circle.members[0].person),
    )  # fmt: skip
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    return said


# --- Shared learning -------------------------------------------------------------------------------
def test_learning_is_shared_answered_seen_and_withdrawn(circle, held, api):
    fife = factories.GroupFactory(site=circle.group.site, slug="fife", nation="scotland")
    body = {"group": circle.group.slug, "groups": ["fife"], "title": "Begin late", "words": "At ten, all could come.", "theme": "time"}  # fmt: skip
    status, row = api("POST", "learnings/", body, Idempotency_Key="l")
    assert (status, row["theme"]["slug"], row["receipts"][0]["answer"]) == (201, "time", "")
    assert api("POST", "learnings/", body, Idempotency_Key="l")[1]["id"] == row["id"]
    path = f"learnings/{row['id']}/"
    other = Api(factories.user_in(fife, "coordinator"))
    status, seen = other(
        "POST", f"{path}answer/", {"group": "fife", "answer": "tried", "why": "It helped", "version": 1}
    )
    assert (status, seen["receipts"][0]["answer"]) == (200, "tried")
    status, _clash = other("POST", f"{path}answer/", {"group": "fife", "answer": "adapted", "why": "x", "version": 1})
    assert status == 409
    assert api("POST", f"{path}answer/", {"group": "fife", "answer": "tried", "why": "x"})[0] == 403
    assert api("POST", f"{path}seen/", {})[0] == 200
    assert other("POST", f"{path}withdraw/", {"reason": "x"})[0] == 403
    status, row = api("POST", f"{path}withdraw/", {"reason": "A name was in it"})
    assert status == 200 and row["withdrawn_reason"] == "A name was in it"
    assert other("GET", path)[0] == 404


def test_learning_goes_only_to_groups_that_are_offered_and_from_ones_own(circle, held, api):
    hidden = factories.GroupFactory(slug="hidden-group")
    body = {"group": circle.group.slug, "groups": ["hidden-group"], "title": "x", "words": "x"}
    said = []
    for slug in ("hidden-group", "nothing-here"):
        status, answer = api("POST", "learnings/", {**body, "groups": [slug]})
        assert status == 400
        said.append(answer["errors"][0]["detail"].replace(slug, "…"))
    assert said[0] == said[1]
    thief = Api(factories.user_in(hidden, "coordinator"))
    status, answer = thief("POST", "learnings/", {**body, "group": circle.group.slug})
    assert status == 400 and answer["errors"][0]["attr"] == "group"
    status, answer = thief("POST", "learnings/", {**body, "group": "hidden-group", "contribution": str(held.pk)})
    assert status == 400 and answer["errors"][0]["attr"] == "contribution"
    assert not SharedLearning.objects.exists()


# --- Themes ----------------------------------------------------------------------------------------
def test_themes_are_renamed_merged_and_split_by_the_networks_team(circle, held, api, staff):
    team = Api(staff)
    status, row = team.change("PATCH", "themes/time/", {"name": "Time and pace", "description": "How long things take"})
    assert (status, row["slug"], row["description"]) == (200, "time-and-pace", "How long things take")
    assert team("GET", "themes/time/")[1]["merged_into"] == "time-and-pace"
    factories.ThemeFactory(name="Trust", slug="trust")
    status, row = team("POST", "themes/time-and-pace/merge/", {"into": "trust", "reason": "The same"})
    assert (status, row["merged_into"]) == (200, "trust")
    held.refresh_from_db()
    assert held.theme.slug == "trust"
    assert team("POST", "themes/trust/merge/", {"into": "time-and-pace"})[1]["errors"][0]["attr"] == "into"
    status, row = team("POST", "themes/time-and-pace/undo-merge/", {})
    assert (status, row["merged_into"]) == (200, None)
    assert team("POST", "themes/time-and-pace/undo-merge/", {})[0] == 400
    kinds = [change["kind"] for change in team("GET", "themes/time-and-pace/history/")[1]]
    assert kinds == ["split", "merged", "renamed", "described"]
    assert api("GET", "themes/time-and-pace/history/")[0] == 200
    assert Api(factories.user_in(circle.group))("GET", "themes/time-and-pace/history/")[0] == 403
    assert api("PATCH", "themes/trust/", {"name": "x"}, If_Match="*")[0] == 403
    assert api("POST", "themes/trust/merge/", {"into": "time-and-pace"})[0] == 403
    assert Theme.objects.get(slug="trust").merged_into is None


# --- Notes, photos, restricted notes -----------------------------------------------------------------
def test_every_version_of_the_notes_is_read_and_put_back_by_those_who_keep_the_log(circle, api):
    path = f"meetings/{circle.meeting.pk}/"
    api.change("PUT", f"{path}notes/", {"notes": "One"})
    api.change("PUT", f"{path}notes/", {"notes": "Two"})
    versions = api("GET", f"{path}notes-versions/")[1]["results"]
    assert [v["number"] for v in versions] == [2, 1] and "text" not in versions[0]
    assert api("GET", f"{path}notes-versions/1/")[1]["text"] == "One"
    status, row = api("POST", f"{path}notes-versions/1/restore/", {})
    assert (status, row["text"], row["restored_from"]) == (201, "One", 1)
    assert api("GET", f"{path}notes/")[1] == {"notes": "One"}
    assert Api(factories.user_in(circle.group))("GET", f"{path}notes-versions/")[0] == 403


def photo(colour: str = "red") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return SimpleUploadedFile("chart.png", out.getvalue())


def test_a_photo_is_added_described_taken_off_and_put_back(circle, api):
    path = f"meetings/{circle.meeting.pk}/photos/"
    status, row = api.upload(path, {"file": photo()})
    assert (status, row["width"], row["is_removed"]) == (201, 40, False)
    assert api.upload(path, {"file": photo()})[1]["id"] == row["id"]
    status, row = api.change("PATCH", f"{path}{row['id']}/", {"alt": "A flip chart"})
    assert (status, row["alt"]) == (200, "A flip chart")
    got = api.client.get(row["download_url"], headers={"Authorization": f"Token {api.token}", "Accept": "image/*"})
    assert got["Content-Type"] == "image/jpeg" and b"".join(got).startswith(b"\xff\xd8")
    member = Api(factories.user_in(circle.group))
    assert member("GET", path)[1]["results"] == []  # the log is being written
    assert member.client.get(row["download_url"], headers={"Authorization": f"Token {member.token}"}).status_code == 404
    assert member.upload(path, {"file": photo("blue")})[0] == 403
    assert api.change("DELETE", f"{path}{row['id']}/")[0] == 204
    assert MeetingPhoto.objects.get().removed_at
    assert api("POST", f"{path}{row['id']}/put-back/", {})[1]["is_removed"] is False
    bad = SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\nnot a picture")
    assert api.upload(path, {"file": bad})[0] == 400


def test_restricted_notes_are_not_for_leaders_members_and_api_clients_and_each_reading_is_on_record(
    circle, api, leader, staff
):
    path = f"meetings/{circle.meeting.pk}/restricted-notes/"
    body = {"words": "She is not safe at home", "is_safeguarding": True}
    status, row = api("POST", path, body, Idempotency_Key="r")
    assert status == 201 and "words" not in row
    assert api("POST", path, body, Idempotency_Key="r")[1]["id"] == row["id"]
    assert "safe" not in str(list(IdempotencyKey.objects.values_list("answer", flat=True)))
    readings = AuditEvent.objects.filter(type="restricted_note.read")
    assert not readings.exists()
    status, notes = api("GET", path)
    assert status == 200 and notes[0]["words"] == "She is not safe at home" and readings.count() == 1
    assert api.last["Cache-Control"] == "private, no-store"
    for user, code in (
        (leader, 403),
        (factories.user_in(circle.group), 403),
        (factories.UserFactory(roles=["api_client"]), 404),
        (factories.user_in(factories.GroupFactory(), "coordinator"), 404),
    ):
        for method, sent in (("GET", None), ("POST", body)):
            status, answer = Api(user)(method, path, sent)
            assert status == code and "safe at home" not in str(answer)
    assert api("GET", path + "?format=csv")[0] == 404  # no file of these
    assert api("POST", f"{path}{row['id']}/dealt-with/", {"done": "x"})[0] == 403
    status, row = Api(staff)("POST", f"{path}{row['id']}/dealt-with/", {"done": "We rang the council"})
    assert status == 200 and row["dealt_with_at"]
    assert "safe at home" not in str(api("GET", f"meetings/{circle.meeting.pk}/"))
    assert RestrictedNote.objects.get().dealt_with == "We rang the council"


# --- Actions and documents -----------------------------------------------------------------------------
def test_progress_of_an_action_is_noted_and_read(circle, held, api):
    action = add_action(by=circle.coordinator, group=circle.group, what="Ask")
    path = f"actions/{action.pk}/progress/"
    status, rows = api("POST", path, {"words": "Rang twice"}, Idempotency_Key="p")
    assert status == 201 and rows[0]["words"] == "Rang twice" and rows[0]["on"] == "2023-01-16"
    assert api("POST", path, {"words": "Rang twice"}, Idempotency_Key="p")[1] == rows
    member = Api(factories.user_in(circle.group))
    assert member("GET", path)[1] == rows and member("POST", path, {"words": "x"})[0] == 403
    assert api("POST", path, {"words": "x", "on": "2023-01-17"})[1]["errors"][0]["attr"] == "on"


def test_a_pack_is_asked_for_once_and_handed_out_when_it_is_built(circle, api):
    path = f"meetings/{circle.later.pk}/pack/"
    status, row = api("POST", path, {})
    assert (status, row["state"], row["download_url"]) == (202, "queued", None)
    assert api.last["Location"].endswith(f"/api/v1/documents/{row['id']}/")
    assert api("POST", path, {})[1]["id"] == row["id"]
    document = Document.objects.get()
    where = f"documents/{document.pk}/"
    assert api("GET", f"{where}content/")[0] == 404
    document.file = default_storage.save("x.pdf", ContentFile(b"%PDF-"))
    document.save(update_fields=["file"])
    Job.objects.update(state="succeeded")
    status, row = api("POST", path, {})
    assert (status, row["state"]) == (200, "succeeded")
    got = api.client.get(
        row["download_url"], headers={"Authorization": f"Token {api.token}", "Accept": "application/pdf"}
    )
    assert b"".join(got) == b"%PDF-" and got["Content-Disposition"].startswith("attachment")
    thief = Api(factories.user_in(factories.GroupFactory(), "coordinator"))
    assert thief("GET", where)[0] == 404 and thief("POST", path, {})[0] == 404
    assert thief.client.get(row["download_url"], headers={"Authorization": f"Token {thief.token}"}).status_code == 404
    assert Api(factories.user_in(circle.group))("POST", path, {})[0] == 403


def test_action_plans_are_built_for_a_group_and_for_a_whole_network_by_those_who_read_across_groups(
    circle, held, api, staff
):
    path, whole = f"groups/{circle.group.slug}/action-plan/", f"networks/{circle.group.site.slug}/action-plan/"
    assert api("POST", path, {})[0] == 409  # no action yet
    add_action(by=circle.coordinator, group=circle.group, what="Ask")
    status, row = api("POST", path, {"is_large": True})
    assert (status, row["group"], row["is_large"]) == (202, circle.group.slug, True)
    assert api("POST", whole, {})[0] == 403
    assert Api(staff)("POST", whole, {})[1]["network"] == circle.group.site.slug


# --- Members, while they belong ----------------------------------------------------------------------
def test_a_membership_is_corrected_with_needs_consents_and_a_note_for_the_next_coordinator(circle, api, leader):
    member = circle.members[0]
    path = f"groups/{circle.group.slug}/members/{member.pk}/"
    status, row = api.change("PATCH", path, {"perspective": "carer", "perspective_note": "A sister"})
    assert (status, row["perspective"], row["perspective_note"]) == (200, "carer", "A sister")
    assert api("PATCH", path, {"perspective": "carer"})[0] == 428
    assert api.change("PATCH", path, {"ends_on": "2000-01-01"})[1]["errors"][0]["attr"] == "ends_on"
    status, row = api("POST", f"{path}needs/", {"access_arrangements": "A loop"})
    assert (status, row["access_arrangements"], row["preferred_format"]) == (200, "A loop", "standard")
    asked = {"purpose": "quotes", "is_given": True, "given_on": "2023-01-16"}
    status, rows = api("POST", f"{path}consents/", asked, Idempotency_Key="c")
    assert status == 201 and rows[0]["purpose"] == "quotes" and rows[0]["wording"].startswith("May we write down")
    assert len(api("POST", f"{path}consents/", asked, Idempotency_Key="c")[1]) == 1
    own = f"groups/{circle.group.slug}/members/{circle.coordinator_membership.pk}/handover/"
    status, row = api.change("PUT", own, {"handover": "Ring before ten"})
    assert (status, row) == (200, {"handover": "Ring before ten"})
    assert api("POST", f"{own}put-away/", {})[0] == 200
    circle.coordinator_membership.refresh_from_db()
    assert circle.coordinator_membership.handover_put_away_on == date(2023, 1, 16)
    for other in (Api(leader), Api(factories.user_in(circle.group))):
        assert {other("GET", path)[0], other("GET", f"{path}consents/")[0], other("GET", own)[0]} == {403}
        assert other("POST", f"{path}needs/", {})[0] == 403


def test_a_network_that_is_not_in_all_nations_is_explained_by_the_national_team(circle, api, staff):
    path = f"networks/{circle.group.site.slug}/cautions/"
    assert api("GET", path)[1][0]["title"] == "1 of 4 nations"
    assert api("POST", path, {"reason": "A pilot"})[0] == 403
    status, rows = Api(staff)("POST", path, {"reason": "A pilot in Wales"}, Idempotency_Key="e")
    assert status == 200 and rows[0]["reason"] == "A pilot in Wales"
    assert api("GET", path)[1] == rows


# --- Lists: queries and files --------------------------------------------------------------------------
def _fill(circle, n: int) -> None:
    """n more of everything that has a list below a meeting or a group, or at the top."""
    by, meeting = circle.coordinator, circle.meeting
    other = factories.GroupFactory(site=circle.group.site)
    for i in range(n):
        said = services.add_contribution(
            by=by, meeting=meeting, kind="barrier", words=f"Words {i}", theme=f"Theme {i}", new_theme=True
        )
        services.add_decision(by=by, meeting=meeting, words=f"Decision {i}")
        add_action(by=by, group=circle.group, meeting=meeting, contribution=said, what=f"Action {i}")
        services.record_attendance(by=by, meeting=meeting, statuses={}, guests=[(f"Guest {other.pk} {i}", "")])
        material = add_material(by=by, meeting=meeting, title=f"{i}", evidence_kind="research", formats=["standard"])
        share_learning(by=by, group=circle.group, groups=[other], title=f"Learning {i}", words="What worked")
        factories.PhotoFactory(meeting=meeting)
        factories.MembershipFactory(group=circle.group)
        MeetingInvitation.objects.create(meeting=meeting, person=factories.PersonFactory())
        Document.objects.create(kind="pack", meeting=meeting, number=material.pk, contents={}, contents_sha256="x")
        NotesVersion.objects.create(meeting=meeting, number=material.pk, text="x")


@pytest.mark.parametrize(
    "path",
    [
        "contributions/",
        "actions/",
        "learnings/",
        "documents/",
        "groups/{group}/members/",
        "meetings/{meeting}/decisions/",
        "meetings/{meeting}/guests/",
        "meetings/{meeting}/materials/",
        "meetings/{meeting}/invitations/",
        "meetings/{meeting}/notes-versions/",
        "meetings/{meeting}/photos/",
    ],
)
def test_every_inner_list_costs_as_many_queries_for_many_rows_as_for_few_and_comes_as_a_file(circle, path, sign_in):
    client = sign_in(circle.coordinator)
    url = "/api/v1/" + path.format(group=circle.group.slug, meeting=circle.meeting.pk)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url, {"page_size": 100}).status_code == 200
        return len(captured)

    _fill(circle, 1)
    count()
    few = count()
    _fill(circle, 6)
    rows = client.get(url, {"page_size": 100}).json()["results"]
    assert len(rows) >= 7 and count() == few
    text = b"".join(client.get(url, headers={"Accept": "text/csv"})).decode("utf-8-sig")
    assert text.count("\r\n") == len(rows) + 1
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(url, {"format": "xlsx"})))).active
    assert sheet.max_row == len(rows) + 1
    assert [cell.value for cell in sheet[1]] == text.split("\r\n")[0].split(",")


def test_what_someone_needs_and_agreed_to_is_not_read_by_a_group_that_they_left(circle, api, today):
    member = circle.members[0]
    update_needs(by=circle.coordinator, membership=member, access_arrangements="A hoist")
    path = f"groups/{circle.group.slug}/members/"
    assert api("GET", f"{path}{member.pk}/")[1]["access_arrangements"] == "A hoist"
    Membership.objects.filter(pk=member.pk).update(ends_on=today - timedelta(days=1))
    status, row = api("GET", f"{path}{member.pk}/")
    assert (status, row["access_arrangements"], row["preferred_format"]) == (200, "", "")
    assert api("GET", f"{path}{member.pk}/consents/")[0] == 404
    assert "A hoist" not in json.dumps(api("GET", path)[1])
    sheet = b"".join(api.client.get(f"/api/v1/{path}?format=csv", headers={"Authorization": f"Token {api.token}"}))
    assert member.person.name in sheet.decode() and "A hoist" not in sheet.decode()
