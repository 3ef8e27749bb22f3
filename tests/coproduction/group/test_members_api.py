"""Terms, supporters and monthly summaries over the API."""

from datetime import date

import pytest

from coproduction.group.models import SupportLink
from coproduction.group.news.models import MonthlySummary
from coproduction.group.news.services import draft_summary
from impact.core.notices.models import Notice
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.agreement.test_api import post

pytestmark = pytest.mark.django_db


def patch(client, path, body, tag):
    return client.patch(path, body, content_type="application/json", headers={"if-match": tag})


def test_terms_are_read_by_the_group_and_written_by_the_engagement_lead(world, sign_in, leader, outsider):
    membership = Membership.objects.get(group=world.group, person=world.member.person)
    lead, member = sign_in(world.lead), sign_in(world.member)
    post(member, "terms", 403, membership=membership.pk, ends_on="2030-01-01")
    made = post(lead, "terms", membership=membership.pk, starts_on="2022-09-15", ends_on="2024-09-14")
    assert (made["member"], made["name"]) == (world.member.person.pk, world.member.person.name)
    path = f"/api/v1/terms/{made['id']}/"
    assert member.get(path).json()["ends_on"] == "2024-09-14"
    for user in (leader, outsider):
        assert sign_in(user).get(path).status_code == 404
    old = lead.get(path)["ETag"]
    assert patch(lead, path, {"ends_on": "2025-09-14"}, old).json()["starts_on"] == "2022-09-15"
    assert patch(lead, path, {"ends_on": "2026-09-14"}, old).status_code == 412
    assert member.delete(path, headers={"if-match": "*"}).status_code == 403
    assert lead.delete(path).status_code == 428
    assert lead.delete(path, headers={"if-match": lead.get(path)["ETag"]}).status_code == 204


def test_a_supporter_is_named_and_ended_and_seen_by_no_one_else(world, sign_in, staff, leader):
    supporter = factories.user_in(world.group, role="supporter")
    member = sign_in(world.member)
    link = post(member, "support-links", group=world.group.slug, supporter=supporter.person.pk)
    assert link["member"] == world.member.person.pk
    path = f"/api/v1/support-links/{link['id']}/"
    assert sign_in(supporter).get(path).status_code == 200
    other = factories.user_in(world.group)
    for user in (staff, leader, other):
        assert sign_in(user).get(path).status_code == 404
        assert sign_in(user).get("/api/v1/support-links/").json()["results"] == []
    refused = {"group": world.group.slug, "supporter": supporter.person.pk, "member": world.people[0].pk}
    post(member, "support-links", 403, **refused)
    post(sign_in(supporter), "support-links", 403, **refused)
    post(sign_in(world.lead), "support-links", **refused)
    assert post(sign_in(supporter), f"support-links/{link['id']}/end", 200)["ends_on"] == "2022-09-14"
    assert SupportLink.objects.in_force().count() == 1


def test_a_monthly_summary_is_drafted_changed_and_sent(world, sign_in, staff):
    lead, member = sign_in(world.lead), sign_in(world.member)
    post(sign_in(staff), "monthly-summaries", 403, group=world.group.slug, month="2022-08-01")
    made = post(lead, "monthly-summaries", group=world.group.slug, month="2022-08-20")
    assert (made["month"], made["sent_on"]) == ("2022-08-01", None)
    path = f"/api/v1/monthly-summaries/{made['id']}/"
    assert member.get(path).status_code == 404
    old = lead.get(path)["ETag"]
    assert patch(lead, path, {"words": "We met."}, old).json()["words"] == "We met."
    late = lead.post(f"{path}send/", {}, content_type="application/json", headers={"if-match": old})
    assert late.status_code == 412 and not Notice.objects.filter(key__startswith="summary:").exists()
    post(lead, f"monthly-summaries/{made['id']}/send", 200)
    assert member.get(path).json()["words"] == "We met."
    assert member.post(f"{path}send/", {}, content_type="application/json").status_code == 403
    assert Notice.objects.filter(key=f"summary:{made['id']}").exists()


def test_administrators_see_records_but_not_what_members_say_or_are_paid(world, sign_in, administrator):
    draft = draft_summary(by=world.lead, group=world.group, month=date(2022, 8, 1))
    client = sign_in(administrator)
    page = client.get("/admin/").content.decode()
    for model in ("agreementround", "charterpdf", "recording", "monthlysummary", "outsidegroup", "groupreading"):
        assert f"/{model}/" in page
    private = (
        *("position", "objection", "objectionnote", "correctionstop", "suggestion", "comment", "commentflag"),
        *("waypointanswer", "participation", "reflection", "reflectionanswer", "reflectionlink", "claim", "claimstep"),
        *("paymentbatch", "sharedpay", "supportlink", "supportbooking", "strengths", "term"),
    )
    for model in private:
        assert f"/coproduction/{model}/" not in page
        assert client.get(f"/admin/coproduction/{model}/").status_code == 404
    for model in ("readingcomment", "ready", "leadershipresponse"):
        assert client.get(f"/admin/reports/{model}/").status_code == 404
    assert client.get(f"/admin/coproduction/monthlysummary/{draft.pk}/change/").status_code in (302, 404)
    assert MonthlySummary.objects.count() == 1
