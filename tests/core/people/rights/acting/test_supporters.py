"""Supporters whom people name themselves: what they may do, always said, ended at once; and someone who leaves."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from coproduction.agreement.models import Position
from coproduction.claims.models import Claim, shared_with
from coproduction.group.members import supports
from coproduction.group.models import SupportLink
from coproduction.group.people.services import write_strengths
from impact.core.access.acting.models import ActingFor, Duty
from impact.core.access.models import ApiToken, AuditEvent, RoleGrant
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.jobs.webhooks.services import add_webhook
from impact.core.notices.models import Notice
from impact.core.notices.services import tell
from impact.core.people.accounts import accept_invitation, invite_person, make_token
from impact.core.people.models import Invitation, Person, User
from impact.core.people.rights.acting import leaving, services
from impact.core.people.rights.erasure.services import erase_person, refusals
from impact.core.people.rights.holdings.services import archives_of
from networks.groups.models import Group, Membership
from networks.meetings.invitations.calendars.models import CalendarFeed
from networks.members.joining.services import answer_join_invitation, invite_member
from networks.members.services import add_member, update_membership
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(date(2023, 1, 2)):
        yield


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def member():
    """Rhian Ellis, of the advisory group, and its engagement lead."""
    group = factories.AdvisoryGroupFactory(name="Advisory group", slug="advisory")
    factories.CharterFactory(group=group)
    user = factories.user_in(group)
    Person.objects.filter(user=user).update(name="Rhian Ellis")
    lead = factories.UserFactory()
    RoleGrant.objects.create(user=lead, role="engagement_lead")
    user = fresh(user)
    user.group, user.lead = group, lead
    return user


def test_a_member_names_a_supporter_who_makes_an_account_and_stops_them_in_two_taps(member, client):
    group, sent = (
        member.group,
        {
            "name": "Gwen Rees",
            "email": "gwen@example.org",
            "scopes": ["papers", "words"],
            "ends_on": (clock.today() + timedelta(days=90)).isoformat(),
        },
    )
    client.force_login(member)
    assert 'value="data"' in html_of(client.get("/account/acting/supporter/"))
    assert client.post("/account/acting/supporter/", sent).status_code == 302
    acting = ActingFor.objects.get()
    assert "gwen@example.org" in html_of(client.get("/account/acting/"))  # the name shows once she agrees
    assert client.get("/api/v1/acting/").json()["results"][0]["helper"] is None  # a low number would say: an account
    body = OutboxEmail.objects.get(subject="Your invitation to the IMPACT platform").body
    gwen = accept_invitation(token=body.split("/invitation/")[1].split("/")[0], password="a-long-word-of-wales")
    assert Invitation.objects.get().person == gwen.person == acting.helper
    client.force_login(gwen)
    assert client.get(f"/groups/{group.slug}/").status_code == 404
    client.post(f"{acting.get_absolute_url()}answer/", {"answer": "yes"})
    assert client.get(f"/groups/{group.slug}/").status_code == 200
    gwen, g = fresh(gwen), Group.objects.get(pk=group.pk)
    assert supports(gwen, g, member.person)
    row = write_strengths(by=gwen, group=g, words="I listen well.", person=member.person, told="in_person")
    event = AuditEvent.objects.get(object_type="coproduction.strengths", object_id=str(row.pk))
    assert (event.actor_id, event.for_person_id) == (gwen.pk, member.person.pk)
    assert row.written_down_by == "Gwen Rees"

    # Never: agreeing for her, her pay and her data, which she did not choose, or anything of a member's own.
    assert not supports(gwen, g, member.person, is_position=True)
    assert not shared_with(gwen).exists() and not Claim.objects.visible_to(gwen).exists()
    for permission in (
        "coproduction.take_position",
        "coproduction.discuss",
        "coproduction.claim",
        "networks.edit_group",
    ):
        assert not has_perm(gwen, permission, g), permission
    assert not Position.objects.visible_to(gwen).exists()
    tell(people=[member.person], event="papers-ready", title="Papers are here", words="Read them.", path="/", key="a")
    tell(people=[member.person], event="claim-member", title="You were paid", words="£40.", path="/", key="b")
    tell(people=[member.person], event="quote-ask-for", title="Ask Ada", words="Her words.", path="/", key="c")
    page = html_of(client.get(f"{acting.get_absolute_url()}notices/"))
    assert "Papers are here" in page and "You were paid" not in page and "Ask Ada" not in page  # she runs a group too
    assert client.get(f"{acting.get_absolute_url()}data/").status_code == 404
    assert "You are the supporter of <strong>Rhian Ellis</strong>" in html_of(client.get("/"))

    client.force_login(member)
    shown = html_of(client.get(acting.get_absolute_url()))  # the first tap
    assert "Gwen Rees for Rhian Ellis" in shown and "Stop this now" in shown
    client.post(f"{acting.get_absolute_url()}end/")  # the second
    client.force_login(gwen)
    assert client.get(f"/groups/{group.slug}/").status_code == 404
    assert client.get(f"{acting.get_absolute_url()}notices/").status_code == 404
    assert not SupportLink.objects.in_force().exists() and not supports(fresh(gwen), g, member.person)
    with pytest.raises(PermissionDenied):
        write_strengths(by=fresh(gwen), group=g, words="More.", person=member.person, told="in_person")
    assert client.get(acting.get_absolute_url()).status_code == 200  # what she did stays to be seen, by both


def test_a_supporter_for_all_groups_helps_in_groups_joined_later_and_both_are_told(member, client):
    gwen, ira = factories.UserFactory(email="gwen@example.org"), factories.UserFactory(email="ira@example.org")
    Person.objects.filter(user=gwen).update(name="Gwen Rees")
    until, named = clock.today() + timedelta(days=60), {}
    for user, scopes in ((gwen, ["words", "claims"]), (ira, ["papers"])):
        named[user] = services.name_supporter(
            by=member, person=member.person, email=user.email, name="", scopes=scopes, ends_on=until
        )
        services.answer(by=user, acting=named[user], is_accepted=True)
    staff = factories.UserFactory(roles=["staff"])
    later = factories.AdvisoryGroupFactory(name="Assembly, Wales", slug="assembly-wales")
    factories.CharterFactory(group=later)
    add_member(by=staff, group=later, person=member.person)
    place = member.group
    assert [supports(fresh(gwen), g, member.person) for g in (place, later)] == [True, True]
    assert shared_with(fresh(gwen)).count() == 2 and not supports(fresh(ira), later, member.person)
    for user, can in ((gwen, "read its papers, and do there what you agreed"), (ira, "read its papers.")):
        key = f"acting:{named[user].pk}:group:{later.pk}"
        told = {row.person: row.words for row in Notice.objects.filter(key=key)}
        assert told.keys() == {member.person, user.person} and "Assembly, Wales" in told[user.person]
        assert all(can in words for words in told.values()), can
        client.force_login(user)
        assert client.get(f"/groups/{later.slug}/").status_code == 200
    client.force_login(member)
    page = html_of(client.get(named[gwen].get_absolute_url()))
    assert "Assembly, Wales: reads and writes" in page and "Advisory group: reads and writes" in page
    assert "Assembly, Wales: reads<" in html_of(client.get(named[ira].get_absolute_url()))

    # Stopped in one group: the page says that it is for that group only, and it stays so.
    membership = Membership.objects.get(group=place, person=member.person)
    own = f"/co-production/members/{membership.pk}/"
    shown = html_of(client.get(own))
    assert "End support in this group" in shown and "they can still read its papers" in shown
    link = SupportLink.objects.get(group=place, supporter=gwen.person)
    done = html_of(client.post(f"/co-production/supporters/{link.pk}/end/", follow=True))
    assert "They still help in other groups, and can read this group’s papers." in done
    update_membership(by=staff, membership=membership, role="chair")
    assert not Notice.objects.filter(key__endswith=f":group:{place.pk}").exists(), "they were in this group before"
    assert [supports(fresh(gwen), g, member.person) for g in (place, later)] == [False, True]
    assert "Advisory group: reads<" in html_of(client.get(named[gwen].get_absolute_url()))
    invited = invite_member(by=staff, group=factories.GroupFactory(), name="R", email=member.email, perspective="carer")
    asked = html_of(client.get(f"/join-invitations/{invited.pk}/answer/"))
    assert "Gwen Rees, your supporter, will help you in this group too" in asked
    answer_join_invitation(by=fresh(member), invitation=invited, answer="yes")
    assert supports(fresh(gwen), invited.group, member.person)
    services.end(by=member, acting=named[gwen])
    assert not SupportLink.objects.in_force().exists() and not shared_with(fresh(gwen)).exists()
    assert client.get(named[gwen].get_absolute_url()).status_code == 200


def test_claims_and_data_are_there_only_where_chosen_and_go_at_once(member, client):
    gwen = factories.UserFactory(email="gwen@example.org")
    acting = services.name_supporter(
        by=member,
        person=member.person,
        email=gwen.email,
        name="",
        scopes=["claims", "data"],
        ends_on=clock.today() + timedelta(days=30),
    )
    services.answer(by=gwen, acting=acting, is_accepted=True)
    assert shared_with(fresh(gwen)).get().member == member.person
    client.force_login(gwen)
    assert "What is held about Rhian Ellis" in html_of(client.get(f"{acting.get_absolute_url()}data/"))
    assert client.get(f"{acting.get_absolute_url()}notices/").status_code == 404
    assert client.post(f"{acting.get_absolute_url()}data/download/").status_code == 302
    assert archives_of(fresh(gwen)).get().person == member.person
    asked = AuditEvent.objects.get(type="my_data.asked")
    assert (asked.actor_id, asked.for_person_id) == (gwen.pk, member.person.pk)
    services.end(by=gwen, acting=acting)  # the supporter can stop as well
    assert not archives_of(fresh(gwen)).exists() and not shared_with(fresh(gwen)).exists()
    assert client.get(f"{acting.get_absolute_url()}data/").status_code == 404


def test_staff_write_down_a_supporter_only_of_someone_without_an_account(member, client):
    one = factories.PersonFactory(name="Ada One", user=None)
    until = {"ends_on": clock.today() + timedelta(days=30), "scopes": ["papers"], "name": "Bo"}
    with pytest.raises(ValidationError, match="how they told you"):
        services.name_supporter(by=member.lead, person=one, email="bo@example.org", **until)
    row = services.name_supporter(by=member.lead, person=one, email="bo@example.org", told="phone", **until)
    assert (row.asked_by, row.told) == (member.lead, "phone")
    with pytest.raises(PermissionDenied, match="has an account"):
        services.name_supporter(by=member.lead, person=member.person, email="bo@example.org", told="phone", **until)
    with pytest.raises(PermissionDenied):
        services.name_supporter(by=member, person=one, email="bo@example.org", told="phone", **until)
    cases = [
        ({"email": member.email}, "your own address"),
        ({"ends_on": clock.today() - timedelta(days=1)}, "before the first day"),
        ({"scopes": []}, "at least one"),
        ({"scopes": ["coordinate"]}, "at least one"),
        ({"ends_on": clock.today() + timedelta(days=900)}, "two years"),
    ]
    for more, words in cases:
        with pytest.raises(ValidationError, match=words):
            services.name_supporter(by=member, person=member.person, **{"email": "bo@example.org", **until, **more})
    for number in range(12):
        asked = services.name_supporter(by=member, person=member.person, email=f"s{number}@example.org", **until)
        services.end(by=member, acting=asked)
    with pytest.raises(ValidationError, match="many people today"):  # no way to write to strangers without end
        services.name_supporter(by=member, person=member.person, email="more@example.org", **until)
    client.force_login(member)
    assert client.get(row.get_absolute_url()).status_code == 404  # of others
    client.force_login(member.lead)  # who wrote it down sees it on the page about the person, and can end it
    assert row.get_absolute_url() in html_of(client.get(f"/people/{one.pk}/"))
    assert "By phone or video".lower() in html_of(client.get(row.get_absolute_url()))
    client.post(f"{row.get_absolute_url()}end/")
    row.refresh_from_db()
    assert row.ended_by == member.lead


def test_a_leaver_gives_duties_away_before_the_account_closes(client):
    group = factories.GroupFactory(name="Local network, Wales", slug="wales", nation="wales")
    kim = factories.user_in(group, "coordinator")
    other = factories.user_in(
        factories.GroupFactory(name="Scotland", slug="scotland", nation="scotland"), "coordinator"
    )
    Person.objects.filter(user=kim).update(name="Kim Hart")
    admin = factories.UserFactory()
    RoleGrant.objects.create(user=admin, role="administrator")
    RoleGrant.objects.create(user=admin, role="staff")
    member = factories.user_in(group)
    action = factories.ActionFactory(group=group, what="Ring the hall", owner_person=kim.person, owner="Kim Hart")
    make_token(by=kim, days=30, name="Sheet")
    RoleGrant.objects.create(user=kim, role="api_client")
    hook, _secret = add_webhook(
        by=fresh(kim), name="Site", address="https://hooks.example.org/", events=["group.changed"]
    )
    CalendarFeed.objects.create(user=kim, token_hash="0" * 64)
    acting = services.ask_for_cover(
        by=kim,
        person=kim.person,
        helper=other.person,
        duties=[f"coordinate:{group.pk}"],
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=5),
    )
    for kind, person in (("cover", other.person), ("support", member.person)):
        ActingFor.objects.create(
            kind=kind, person=person, helper=kim.person, ends_on=clock.today() + timedelta(days=9), is_accepted=True
        )
    page = f"/people/{kim.person.pk}/leaving/"
    client.force_login(admin)
    assert "only coordinator" in refusals(kim.person)[0]
    assert page in html_of(client.get(f"/people/{kim.person.pk}/erase/"))
    with pytest.raises(ValidationError, match="only coordinator"):
        erase_person(by=admin, person=kim.person, name="Kim Hart")
    shown = html_of(client.get(page))
    for words in (
        "Coordinating Local network, Wales",
        "Ring the hall",
        "API token: Sheet",
        "Webhook: Site",
        "address of their calendar",
        f"Kim Hart for {other.person.name}, ",
        "1 more, which only the two people see",
    ):
        assert words in shown
    assert f"Kim Hart for {member.person.name}" not in shown, "whom someone supports is between the two"
    assert "say why it is left without anyone" in html_of(client.post(f"{page}close/", {}))
    assert fresh(kim).is_active
    refused = client.post(page, {"duties": [f"coordinate:{group.pk}"], "helper": member.person.pk})
    assert "cannot take this on" in html_of(refused)
    client.post(page, {"duties": [f"coordinate:{group.pk}"], "helper": other.person.pk})
    assert Membership.objects.current().get(group=group, role="coordinator").person == other.person
    client.post(page, {"duties": [f"action:{action.pk}"], "helper": member.person.pk})
    action.refresh_from_db()
    assert action.owner_person == member.person
    assert client.post(f"{page}close/", {}).status_code == 302
    acting.refresh_from_db()
    assert not fresh(kim).is_active and acting.ended_at is not None
    hook.refresh_from_db()
    assert (hook.is_active, hook.off_reason) == (False, "no_access")
    assert not ApiToken.objects.filter(user=kim).exists() and not CalendarFeed.objects.filter(user=kim).exists()
    assert AuditEvent.objects.about(hook).first().actor_id == admin.pk  # at once, not in a night
    assert refusals(kim.person) == []
    with pytest.raises(PermissionDenied):
        leaving.close_account(by=fresh(admin), person=admin.person, reason="Bye")
    assert Duty.objects.exists() and Notice.objects.filter(person=other.person).exists()


@pytest.mark.parametrize("way", ["closed", "erased"])
def test_an_account_that_ends_leaves_no_role_behind_and_says_why_a_group_has_no_one(way):
    """Also where the last day was known already, and by an administrator, who looks after accounts and no groups."""
    group = factories.GroupFactory(name="Local network, Wales", slug="wales", nation="wales")
    kim = factories.user_in(group, "coordinator")
    Membership.objects.filter(person=kim.person).update(ends_on=clock.today() + timedelta(days=30))
    admin = factories.UserFactory(roles=["administrator"])
    RoleGrant.objects.create(user=kim, role="administrator")
    promised = invite_person(by=fresh(kim), email="next@example.org", name="Next", role="staff")
    if way == "erased":
        factories.user_in(group, "coordinator")
        erase_person(by=admin, person=kim.person, name=kim.person.name)
    else:
        leaving.close_account(by=admin, person=kim.person, reason="The network ends this month.")
        assert group.explanations.get(guard="coordinator").reason == "The network ends this month."
    promised.refresh_from_db()
    assert not promised.is_open  # else its link would make a member of staff in the name of someone who has left
    assert not fresh(kim).is_active and not RoleGrant.objects.in_force().filter(user=kim).exists()
    assert not Membership.objects.current().filter(person=kim.person).exists()
    assert AuditEvent.objects.filter(type="role.revoked", object_id=str(kim.pk)).get().actor_id == admin.pk


def test_a_group_is_given_away_also_where_the_last_day_was_known():
    group = factories.GroupFactory(name="Local network, Wales", slug="wales", nation="wales")
    kim, other = (factories.user_in(place, "coordinator") for place in (group, factories.GroupFactory()))
    Membership.objects.filter(person=kim.person).update(ends_on=clock.today() + timedelta(days=30))
    staff = factories.UserFactory(roles=["staff"])
    leaving.give(by=staff, person=kim.person, helper=other.person, duties=[f"coordinate:{group.pk}"])
    leads = Membership.objects.current().filter(group=group, role="coordinator")
    assert leads.get().person == other.person and leaving.orphans(kim.person) == []
