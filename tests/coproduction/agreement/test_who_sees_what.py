"""Every role sees exactly what it may: names, answers, reasons and numbers, on every surface."""

import re
from datetime import date, timedelta

import pytest

from coproduction.agreement import services
from coproduction.agreement.models import Position
from coproduction.agreement.objections.models import Objection
from coproduction.agreement.objections.services import add_note, plan_talk
from coproduction.charter.corrections.services import Fixed, correct_version
from coproduction.group.attention import attention_for
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.people.consents import WORDING
from impact.core.people.models import Consent
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.conftest import stand
from tests.pages import html_of

pytestmark = pytest.mark.django_db
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
    assert "your own is always shown to you" in page
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


def figures_of(client, w):
    """What the API and the page say about where members stand."""
    version = client.get(f"/api/v1/charter-versions/{w.version.pk}/").json()["agreement"]
    (row,) = [
        row for row in client.get("/api/v1/agreements/").json()["results"] if row["charter_version"] == w.version.pk
    ]
    page = html_of(client.get(w.version.get_absolute_url()))
    said = page.split("Where members stood")[1].split("</dd>")[0] if "Where members stood" in page else ""
    return version, row["agreement"], " ".join(re.sub(r"<[^>]+>", " ", said).split())


@pytest.fixture
def large(world):
    """A group in which five answers alike would be shown."""
    w = world
    w.people += [factories.MembershipFactory(group=w.group).person for _ in range(16)]
    w.agreement = services.propose_version(by=w.lead, version=w.version, closes_on=w.today + timedelta(14))
    w.version.refresh_from_db()
    return w


def test_while_members_answer_no_figure_moves_for_leadership(large, sign_in, leader):
    client = sign_in(leader)
    seen = set()
    for person in large.people:
        stand(large, person)
        seen.add(str(figures_of(client, large)))
    assert len(seen) == 1 and "None" in seen.pop()


def test_nothing_that_comes_after_the_closing_moves_a_figure_of_leadership(large, sign_in, leader):
    """Also not on the day of the closing itself, and not by a change of mind of someone who joined while it was open."""
    w = large
    joiner = factories.MembershipFactory(group=w.group, starts_on=w.today + timedelta(1)).person
    with clock.standing_on(w.today + timedelta(15)):
        for person in [*w.people, joiner]:
            stand(w, person)
        services.agree_version(by=w.lead, version=w.version)
        w.agreement.refresh_from_db()
        client = sign_in(leader)
        before = figures_of(client, w)
        assert before[0]["agree"] == 20 and before[0] == before[1] and "Agree: 20" in before[2]
        stand(w, joiner, "object", "On second thoughts.")
        for _ in range(8):
            late = factories.MembershipFactory(group=w.group, starts_on=clock.today()).person
            stand(w, late, "object", "I was not asked.")
        Membership.objects.filter(group=w.group, person=w.people[0]).update(ends_on=w.today + timedelta(3))
        assert figures_of(client, w) == before
        exact = figures_of(sign_in(w.lead), w)[0]
        assert exact["object"] == 9


def test_a_correction_shows_the_figures_of_the_text_it_corrects(large, sign_in, leader):
    w = large
    joiner = factories.MembershipFactory(group=w.group, starts_on=w.today + timedelta(1)).person
    with clock.standing_on(w.today + timedelta(15)):
        for person in [*w.people, joiner]:
            stand(w, person)
        services.agree_version(by=w.lead, version=w.version)
        w.agreement.refresh_from_db()
        before = figures_of(sign_in(leader), w)
        stand(w, joiner, "object", "On second thoughts.")
        fixed = {w.section.pk: Fixed("Vision", "About our vision.")}
        w.version.refresh_from_db()
        w.version = correct_version(by=w.lead, version=w.version, fixed=fixed, note="A capital letter.")
        assert figures_of(sign_in(leader), w) == before
        assert figures_of(sign_in(w.lead), w)[0]["object"] == 1


def test_members_read_the_same_names_on_the_agreement_page_and_with_the_text(answered, sign_in):
    """Their own, those who agreed to it, and how many others."""
    w = answered
    services.take_position(by=w.member, agreement=w.agreement, text_hash=w.version.text_hash, stance="agree")
    client = sign_in(w.member)
    for page in (f"{w.charter.get_absolute_url()}agreement/", w.version.get_absolute_url()):
        words = html_of(client.get(page)).split("Who has answered")[1].split("History")[0]
        words = " ".join(re.sub(r"<[^>]+>", " ", words).split())
        assert w.named.name in words and w.member.person.name in words and "1 member whose name we do not show" in words
        assert w.objector.name not in words
