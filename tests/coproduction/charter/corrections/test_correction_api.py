"""Drafts and minor corrections over the API."""

from datetime import timedelta

import pytest

from coproduction.charter.corrections.models import CorrectionStop
from coproduction.charter.models import CharterVersion
from impact.core.basics import clock
from tests.coproduction.agreement.test_api import post

pytestmark = pytest.mark.django_db
FIX = {"sections": [{"key": "vision", "body": "About our vision."}], "note": "A capital letter."}


def test_a_correction_is_made_read_and_stopped_by_a_member(agreed, sign_in):
    lead, member = sign_in(agreed.lead), sign_in(agreed.member)
    here = f"charter-versions/{agreed.version.pk}"
    new = post(lead, f"{here}/correct", text_hash=agreed.version.text_hash, **FIX)
    assert (new["label"], new["status"], new["corrects"]) == ("Version 1.1", "agreed", agreed.version.pk)
    assert new["stop_until"] == "2022-09-29" and new["agreement"]["agree"] == 4
    assert post(lead, f"{here}/correct", 409, **FIX)["errors"][0]["attr"] is None  # it is not in force any more
    stopped = post(member, f"charter-versions/{new['id']}/stop", 200, reason="It means something else.")
    assert stopped["status"] == "withdrawn" and CharterVersion.objects.get(status="agreed") == agreed.version
    shown = member.get(f"/api/v1/charter-versions/{new['id']}/").content.decode()
    assert "It means something else." not in shown and agreed.member.person.name not in shown


def test_a_correction_cannot_be_stopped_after_fourteen_days(agreed, sign_in):
    new = post(sign_in(agreed.lead), f"charter-versions/{agreed.version.pk}/correct", **FIX)
    with clock.standing_on(agreed.today + timedelta(days=15)):
        post(sign_in(agreed.member), f"charter-versions/{new['id']}/stop", 409)
    assert not CorrectionStop.objects.exists()


def test_more_than_a_correction_is_refused_with_what_to_do(agreed, sign_in):
    lead, path = sign_in(agreed.lead), f"charter-versions/{agreed.version.pk}/correct"
    unknown = post(lead, path, 400, sections=[{"key": "weather", "body": "x"}], note="x")
    assert unknown["errors"][0]["attr"] == "sections" and "weather" in unknown["errors"][0]["detail"]
    empty = post(lead, path, 400, sections=[{"key": "vision", "body": ""}], note="x")
    assert "left without words" in empty["errors"][0]["detail"]
    post(lead, path, 409, text_hash="0" * 64, **FIX)


def test_who_may_correct_and_who_may_stop(agreed, sign_in, staff, leader):
    path = f"charter-versions/{agreed.version.pk}"
    for user in (staff, leader, agreed.member):
        post(sign_in(user), f"{path}/correct", 403, **FIX)
    new = post(sign_in(agreed.lead), f"{path}/correct", **FIX)
    for user in (staff, leader):
        post(sign_in(user), f"charter-versions/{new['id']}/stop", 403)
    wrong = post(sign_in(agreed.lead), f"charter-versions/{new['id']}/stop", 400, member=agreed.people[0].pk)
    assert wrong["errors"][0]["attr"] == "told"
    post(sign_in(agreed.member), f"charter-versions/{new['id']}/stop", 403, member=agreed.people[0].pk, told="phone")
    post(sign_in(agreed.lead), f"charter-versions/{new['id']}/stop", 200, member=agreed.people[0].pk, told="phone")
    assert CorrectionStop.objects.get().person == agreed.people[0]


def test_a_draft_is_opened_and_withdrawn_with_the_etag_that_was_read(agreed, sign_in, staff):
    post(sign_in(staff), "charter-versions", 403, charter=agreed.charter.pk)
    lead = sign_in(agreed.lead)
    draft = post(lead, "charter-versions", charter=agreed.charter.pk)
    assert (draft["number"], draft["status"]) == (2, "draft")
    path = f"/api/v1/charter-versions/{draft['id']}/"
    tag = lead.get(path)["ETag"]
    sent = {"content_type": "application/json", "headers": {"if-match": '"99-x"'}}
    assert lead.post(f"{path}withdraw/", {"reason": "Not now."}, **sent).status_code == 412
    sent["headers"] = {"if-match": tag}
    assert lead.post(f"{path}withdraw/", {"reason": "Not now."}, **sent).json()["status"] == "withdrawn"
