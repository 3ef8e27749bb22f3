"""Every role sees exactly what it may: names, answers, reasons and numbers, on every surface."""

from datetime import date, timedelta

import pytest

from coproduction.agreement import services
from coproduction.agreement.models import Position
from coproduction.agreement.objections.models import Objection
from coproduction.agreement.objections.services import add_note, plan_talk
from coproduction.group.attention import attention_for
from impact.core.access.models import AuditEvent
from impact.core.people.consents import WORDING
from impact.core.people.models import Consent
from tests import factories
from tests.coproduction.conftest import stand
from tests.pages import html_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
REASON, NOTE = "The reason that I gave.", "What was said in the talk."


def consent(world, person, is_given=True, given_on=date(2022, 9, 1), **kwargs):
    purpose = Consent.Purpose.ANSWERED
    given = {"purpose": purpose, "wording": WORDING[purpose], "is_given": is_given, "given_on": given_on, **kwargs}
    return Consent.objects.create(person=person, **given)


@pytest.fixture
def answered(proposed):
    """The first member agrees and may be named; the second objects, with a talk and a note; the third has not answered."""
    w = proposed
    w.named, w.objector, w.silent = w.people
    consent(w, w.named)
    stand(w, w.named)
    stand(w, w.objector, "object", REASON)
    w.objection = Objection.objects.get()
    plan_talk(by=w.lead, objection=w.objection, talker=w.lead.person, talk_by=w.today + timedelta(5))
    add_note(by=w.lead, objection=w.objection, words=NOTE)
    return w


def surfaces(w):
    """Every page and file on which an answer could show."""
    charter = w.charter.get_absolute_url()
    pages = ["/", "/co-production/", charter, w.version.get_absolute_url(), f"{charter}agreement/"]
    pages += [w.objection.get_absolute_url(), "/admin/core/auditevent/", "/admin/coproduction/charterversion/"]
    lists = ["agreements", "positions", "charter-versions"]
    files = [f"/api/v1/{name}/{end}" for name in lists for end in ("", "export.csv")]
    return [*pages, *files, f"/api/v1/positions/{Position.objects.in_force().get(person=w.objector).pk}/"]


def all_text(client, w):
    found = []
    for address in surfaces(w):
        response = client.get(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        found.append(body.decode())
    return " ".join(found)


def test_members_see_their_own_answer_the_numbers_and_the_names_of_those_who_agreed_to_it(answered, sign_in):
    client = sign_in(answered.member)
    page = html_of(client.get(f"{answered.charter.get_absolute_url()}agreement/"))
    assert "2 of 4 members have answered" in page and answered.named.name in page
    everything = all_text(client, answered)
    for hidden in (answered.objector.name, answered.silent.name, REASON, NOTE):
        assert hidden not in everything, hidden
    assert "Each member’s answer" not in page and "Not yet" not in page


@pytest.mark.parametrize("who", ["leader", "staff"])
def test_leadership_and_staff_see_suppressed_numbers_and_no_names(answered, sign_in, who, request):
    client = sign_in(request.getfixturevalue(who))
    everything = all_text(client, answered)
    for hidden in (*[p.name for p in answered.people], REASON, NOTE, "members have answered", "concern"):
        assert hidden not in everything, hidden
    (row,) = client.get("/api/v1/agreements/").json()["results"]
    assert set(row["agreement"].values()) == {None}
    assert client.get("/api/v1/positions/").json()["results"] == []
    assert client.get(answered.objection.get_absolute_url()).status_code == 404
    assert not [item for item in attention_for(request.getfixturevalue(who)) if "/objections/" in item["href"]]


def test_administrators_see_no_event_about_an_answer_or_an_objection(answered, sign_in, administrator):
    assert AuditEvent.objects.filter(type="position.taken").exists()
    everything = all_text(sign_in(administrator), answered)
    for hidden in (*[p.name for p in answered.people], REASON, NOTE, "position.taken", "objection.opened"):
        assert hidden not in everything, hidden


def test_people_outside_the_group_find_nothing(answered, sign_in, outsider, assessor):
    coordinator = factories.user_in(factories.GroupFactory(), "coordinator")
    for user in (outsider, assessor, coordinator):
        everything = all_text(sign_in(user), answered)
        for hidden in (*[p.name for p in answered.people], REASON, NOTE):
            assert hidden not in everything, hidden


def test_the_engagement_lead_sees_every_answer_with_its_reason_and_who_has_not_answered(answered, sign_in):
    stand(answered, answered.named, "reservation", "On second thoughts.")
    page = html_of(sign_in(answered.lead).get(f"{answered.charter.get_absolute_url()}agreement/"))
    for shown in (*[p.name for p in answered.people], REASON, "Not yet", "On second thoughts.", "Before, 15 September"):
        assert shown in page, shown


def test_the_member_who_objects_reads_the_notes_and_the_others_do_not(answered, sign_in):
    mine = factories.UserFactory()
    old, answered.objector.user = mine.person, mine
    old.delete()
    answered.objector.save()
    client = sign_in(mine)
    page = html_of(client.get(answered.objection.get_absolute_url()))
    assert REASON in page and NOTE in page and "Your concern" in page and "Say how it ended" not in page
    client.post(answered.objection.get_absolute_url(), {"words": "I would like to bring a friend."})
    assert "I would like to bring a friend." in html_of(
        sign_in(answered.lead).get(answered.objection.get_absolute_url())
    )
    assert sign_in(answered.member).get(answered.objection.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("is_given", "kwargs", "shown"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"expires_on": date(2022, 9, 15)}, False),
        (True, {"expires_on": date(2022, 9, 16)}, True),
    ],
)
def test_the_newest_consent_decides_whether_a_name_is_shown(answered, sign_in, is_given, kwargs, shown):
    consent(answered, answered.named, is_given, date(2022, 9, 10), **kwargs)
    page = html_of(sign_in(answered.member).get(f"{answered.charter.get_absolute_url()}agreement/"))
    assert (answered.named.name in page) is shown


def test_a_consent_without_an_answer_shows_no_name(answered, sign_in):
    consent(answered, answered.silent)
    page = html_of(sign_in(answered.member).get(f"{answered.charter.get_absolute_url()}agreement/"))
    assert answered.silent.name not in page


def test_what_leadership_reads_once_a_text_is_agreed_has_no_exact_number(agreed, sign_in, leader):
    page = html_of(sign_in(leader).get(f"{agreed.charter.get_absolute_url()}agreement/"))
    assert "Agreed" in page and "withheld" in page and "of 4 members" not in page
    assert services.obstacles(agreed.agreement, agreed.today) is not None
