"""Joining a group: invited, accepted or not; known and unknown alike; needs stay the person's."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Consent, NeedsProposal, Person
from networks.groups.models import Membership
from networks.members.joining import services
from networks.members.joining.models import JoinInvitation
from networks.members.services import add_member, record_member_consent
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Hazel Umber", "email": "hazel@people.example", "perspective": "carer", "role": "member", "starts_on": "2023-01-16"}  # fmt: skip


def add(circle) -> str:
    return reverse("networks:member-add", args=[circle.group.slug])


def invite(circle, **more) -> JoinInvitation:
    given = {"name": "Hazel Umber", "email": "hazel@people.example", "perspective": "carer"} | more
    return services.invite_member(by=circle.coordinator, group=circle.group, **given)


def link_path() -> str:
    word = next(word for word in OutboxEmail.objects.latest("pk").body.split() if "/join/" in word)
    return word[word.index("/join/") :]


def page_of(response) -> str:
    return html_of(response)


# --- The same for known and unknown ----------------------------------------------------------------
def test_known_and_unknown_addresses_get_the_same_answer_on_the_page_and_by_api(circle, sign_in):
    known = factories.user_in(factories.GroupFactory(), "member")
    factories.PersonFactory(name="Record Only", email="record@people.example")
    client, api = sign_in(circle.coordinator), APIClient()
    api.force_authenticate(circle.coordinator)
    pages, bodies, mails, queries = [], [], [], []
    for email in (known.email, "record@people.example", "nobody@people.example"):
        with CaptureQueriesContext(connection) as count:
            response = client.post(add(circle), GIVEN | {"email": email})
        queries.append(len(count))
        shown = page_of(client.get(response["Location"].split("#")[0]))
        pages.append((response.status_code, shown.count("Invited, no answer yet"), email in shown))
        mails.append(OutboxEmail.objects.latest("pk").body.split("/join/")[0])
        assert OutboxEmail.objects.latest("pk").to == email
        JoinInvitation.objects.update(withdrawn_at=clock.now())
        answer = api.post(
            f"/api/v1/groups/{circle.group.slug}/join-invitations/",
            {"name": "Hazel Umber", "email": email, "perspective": "carer"},
            format="json",
        )
        body = answer.json()
        bodies.append((answer.status_code, sorted(body), {k: body[k] for k in ("name", "role", "is_open")}))
        JoinInvitation.objects.update(withdrawn_at=clock.now())
    assert pages[0] == pages[1] == pages[2] == (302, 1, True)
    assert bodies[0] == bodies[1] == bodies[2] and bodies[0][0] == 201
    assert mails[0] == mails[1] == mails[2]
    assert len(set(queries)) == 1  # the same work, and so the same time
    assert circle.group.memberships.count() == 10


def test_an_invited_person_of_another_group_is_not_read_or_changed(circle, sign_in):
    other = factories.user_in(factories.GroupFactory(name="Elsewhere", slug="elsewhere"), "member")
    Person.objects.filter(user=other).update(access_arrangements="A hoist in the room")
    Consent.objects.create(
        person=other.person, purpose="quotes", wording="May we?", is_given=False, given_on=clock.today()
    )
    client = sign_in(circle.coordinator)
    client.post(add(circle), GIVEN | {"email": other.email, "name": other.person.name})
    page = page_of(client.get(circle.group.get_absolute_url()))
    assert "A hoist in the room" not in page and "Invited, no answer yet" in page
    assert not Membership.objects.filter(group=circle.group, person=other.person).exists()
    assert Person.objects.get(user=other).access_arrangements == "A hoist in the room"


# --- Accepting -------------------------------------------------------------------------------------
def test_a_link_in_the_mailbox_is_enough_to_join_and_to_say_what_one_needs(circle, client):
    invite(circle)
    path = link_path()
    page = page_of(client.get(path))
    assert "Local network, Wales" in page and "Member 0" not in page
    assert circle.group.memberships.count() == 10  # opening a link joins no one
    given = {"preferred_format": "easy_read", "preferred_language": "cy", "access_arrangements": "A break"}
    client.post(path, given | {"answer": "yes"})
    person = Membership.objects.get(group=circle.group, person__name="Hazel Umber").person
    assert (person.email, person.user, person.needs) == (
        "hazel@people.example",
        None,
        ["Easy Read", "Welsh", "A break"],
    )
    assert person.needs_recorded_by is None  # their own words
    page = client.get(path)
    assert "You have joined" in page_of(page) and "no-store" in page["Cache-Control"]
    client.post(path, given | {"answer": "yes"})
    assert Membership.objects.filter(group=circle.group, person__name="Hazel Umber").count() == 1


def test_declining_adds_no_member_and_closes_the_invitation(circle, client, sign_in):
    invite(circle)
    client.post(link_path(), {"answer": "no"})
    assert "You have said no" in page_of(client.get(link_path()))
    assert circle.group.memberships.count() == 10
    assert "Invited, no answer yet" not in page_of(sign_in(circle.coordinator).get(circle.group.get_absolute_url()))


def test_an_account_joins_with_its_own_record_and_needs(circle, client, sign_in):
    user = factories.UserFactory()
    Person.objects.filter(user=user).update(access_arrangements="Captions")
    invitation = invite(circle, email=user.email, name="As the coordinator wrote it")
    page = page_of(client.get(link_path()))
    assert "You have an account with this address" in page
    mine = sign_in(user)
    assert "Would you like to join Local network, Wales?" in page_of(mine.get("/"))
    path = reverse("networks:join-answer", args=[invitation.pk])
    assert sign_in(factories.UserFactory()).post(path, {"answer": "yes"}).status_code == 404
    mine.post(path, {"answer": "yes"})
    membership = Membership.objects.get(group=circle.group, person__user=user)
    assert (membership.perspective, membership.person.access_arrangements) == ("carer", "Captions")
    assert membership.person.name == user.person.name
    assert mine.get(circle.group.get_absolute_url()).status_code == 200


def test_a_person_who_shares_the_mailbox_joins_with_a_record_of_their_own(circle, client):
    user = factories.UserFactory()
    invite(circle, email=user.email)
    client.post(link_path(), {"answer": "yes", "preferred_format": "standard", "preferred_language": "en"})
    assert Membership.objects.get(group=circle.group, person__name="Hazel Umber").person.user is None
    assert not Membership.objects.filter(group=circle.group, person__user=user).exists()


def test_an_invitation_expires_is_sent_again_and_is_withdrawn(circle, client, sign_in):
    invitation = invite(circle)
    path, coordinator = link_path(), sign_in(circle.coordinator)
    with clock.standing_on(clock.today() + timedelta(days=31)):
        assert client.get(path).status_code == 410
        client.post(path, {"answer": "yes", "preferred_format": "standard", "preferred_language": "en"})
        assert circle.group.memberships.count() == 10
        coordinator.post(reverse("networks:join-again", args=[invitation.pk]))
        assert client.get(path).status_code == 200 and OutboxEmail.objects.count() == 2
    coordinator.post(reverse("networks:join-withdraw", args=[invitation.pk]))
    assert client.get(path).status_code == 410
    assert client.get("/join/made-up/").status_code == 404
    stranger = sign_in(factories.user_in(factories.GroupFactory(), "coordinator"))
    assert stranger.post(reverse("networks:join-again", args=[invitation.pk])).status_code == 404


def test_the_next_meeting_asks_new_members_and_not_those_who_have_not_answered(circle, client):
    invite(circle)
    path = link_path()
    assert not circle.later.invitations.filter(person__name="Hazel Umber").exists()
    client.post(path, {"answer": "yes", "preferred_format": "standard", "preferred_language": "en"})
    assert circle.later.invitations.get(person__name="Hazel Umber").sent_at is not None


def test_invitations_follow_the_rules(circle, staff):
    with pytest.raises(PermissionDenied):
        services.invite_member(by=factories.user_in(circle.group), group=circle.group, name="x", email="x@y.example")
    for wrong, field in (({"role": "coordinator"}, "role"), ({"perspective": ""}, "perspective"), ({"email": "x"}, "email")):  # fmt: skip
        with pytest.raises(ValidationError) as refusal:
            invite(circle, **wrong)
        assert field in refusal.value.message_dict
    invite(circle)
    with pytest.raises(ValidationError, match="invited already"):
        invite(circle, name="hazel  umber")
    assert OutboxEmail.objects.count() == 1


def test_who_has_not_answered_stands_on_the_group_page_and_at_home(circle, sign_in):
    invite(circle)
    client = sign_in(circle.coordinator)
    assert "1 person has not answered an invitation to join" in page_of(client.get("/"))
    page = page_of(client.get(circle.group.get_absolute_url()))
    assert "Hazel Umber" in page and "9, the aim is 8 to 10" in page
    member = page_of(sign_in(factories.user_in(circle.group)).get(circle.group.get_absolute_url()))
    assert "hazel@people.example" not in member


# --- Without email --------------------------------------------------------------------------------
def test_someone_without_e_mail_is_recorded_and_marked_with_who_did(circle, sign_in):
    client = sign_in(circle.coordinator)
    url = reverse("networks:member-record", args=[circle.group.slug])
    given = {key: value for key, value in GIVEN.items() if key != "email"}
    needs = {"preferred_format": "audio", "preferred_language": "en", "access_arrangements": "A lift"}
    client.post(url, given | needs)
    membership = Membership.objects.get(person__name="Hazel Umber")
    assert (membership.recorded_by, membership.person.needs_recorded_by) == (circle.coordinator, circle.coordinator)
    page = page_of(client.get(circle.group.get_absolute_url()))
    name = circle.coordinator.display_name
    assert f"No email address. Recorded by {name}" in page and f"Recorded by {name}, 16 January 2023" in page
    api = APIClient()
    api.force_authenticate(circle.coordinator)
    path = f"/api/v1/groups/{circle.group.slug}/members/"
    row = api.post(
        path, {"name": "Sorrel", "perspective": "carer", "access_arrangements": "Loop"}, format="json"
    ).json()
    assert (row["recorded_by"], row["needs_recorded_by"], row["has_account"]) == (name, name, False)
    assert (
        api.post(path, {"name": "x", "perspective": "carer", "email": "x@y.example"}, format="json").status_code == 400
    )


# --- Needs and consents of someone with an account ------------------------------------------------
def test_needs_of_an_account_are_suggested_and_change_only_when_the_person_uses_them(circle, sign_in):
    user = factories.user_in(circle.group)
    Person.objects.filter(user=user).update(access_arrangements="Captions")
    membership = Membership.objects.get(person__user=user)
    url = reverse("networks:membership-needs", args=[membership.pk])
    given = {"preferred_format": "easy_read", "preferred_language": "en", "access_arrangements": "A ramp", "version": 1}
    sign_in(circle.coordinator).post(url, given)
    api = APIClient()
    api.force_authenticate(circle.coordinator)
    path = f"/api/v1/groups/{circle.group.slug}/members/{membership.pk}/needs/"
    row = api.post(path, {"access_arrangements": "A ramp"}, format="json").json()
    assert row["access_arrangements"] == "Captions" and row["has_account"] is True
    assert Person.objects.get(user=user).access_arrangements == "Captions"
    mine = sign_in(user)
    assert "A ramp" in page_of(mine.get("/account/"))
    assert "Read a suggestion about what you need" in page_of(mine.get("/"))
    proposal = NeedsProposal.objects.get(answered_at__isnull=True)
    answer = reverse("core:needs-answer", args=[proposal.pk])
    assert sign_in(circle.coordinator).post(answer, {"answer": "use"}).status_code == 404
    mine.post(answer, {"answer": "use"})
    person = Person.objects.get(user=user)
    assert (person.access_arrangements, person.needs_recorded_by) == ("A ramp", None)
    mine.post(answer, {"answer": "leave"})
    assert Person.objects.get(user=user).access_arrangements == "A ramp"


def test_a_person_with_an_account_answers_about_consent_themselves(circle, sign_in):
    user = factories.user_in(circle.group)
    membership = Membership.objects.get(person__user=user)
    coordinator, mine = sign_in(circle.coordinator), sign_in(user)
    url = reverse("networks:membership-consent", args=[membership.pk, "quotes"])
    mine.post("/account/consents/quotes/", {"is_given": "no"})
    coordinator.post(url, {"given_on": "2023-01-10", "expires_on": "2024-01-10", "is_given": "yes"})
    with pytest.raises(ValidationError, match="has an account and answers these questions themselves"):
        record_member_consent(
            by=circle.coordinator, membership=membership, purpose="quotes", is_given=True, given_on=clock.today()
        )
    kept = Consent.objects.get(person=user.person)
    assert (kept.is_given, kept.recorded_by) == (False, user)
    assert "they answer these questions themselves" in page_of(coordinator.get(url))
    coordinator.post(reverse("networks:consent-ask", args=[membership.pk]))
    coordinator.post(reverse("networks:consent-ask", args=[membership.pk]))
    assert [row.to for row in OutboxEmail.objects.filter(subject="Questions for you")] == [user.email]
    assert "Change answer" in page_of(mine.get("/account/"))


def test_an_account_answers_by_api(circle):
    user = factories.UserFactory()
    invitation = invite(circle, email=user.email)
    client = APIClient()
    client.force_authenticate(factories.UserFactory())
    assert client.get("/api/v1/join-invitations/").json()["results"] == []
    path = f"/api/v1/join-invitations/{invitation.pk}/answer/"
    assert client.post(path, {"answer": "yes"}, format="json").status_code == 404
    client.force_authenticate(user)
    assert client.get("/api/v1/join-invitations/").json()["results"][0]["group"]["slug"] == circle.group.slug
    assert client.post(path, {"answer": "yes"}, format="json").json()["answer"] == "yes"
    assert Membership.objects.filter(group=circle.group, person__user=user).exists()


def test_no_record_of_a_stranger_is_added_by_its_number(circle):
    stranger = factories.PersonFactory()
    with pytest.raises(PermissionDenied):
        add_member(by=circle.coordinator, group=circle.group, person=stranger, perspective="carer")
