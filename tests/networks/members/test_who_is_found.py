"""No one is found by an address that they merely wrote on their own record: the attack on each way in."""

from types import SimpleNamespace

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from impact.core.jobs.models import OutboxEmail
from impact.core.people import services as core_services
from impact.core.people.models import Invitation, Person
from networks.groups.models import Group, Membership
from networks.members import guard
from tests import factories
from tests.networks.meetings.test_planning import local
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
VICTIM, ADDRESS = "Jo Rowan", "jo.rowan@trust.example"


@pytest.fixture
def attack(circle) -> SimpleNamespace:
    """A member who wrote another person's name and address on their own record."""
    attacker = factories.user_in(circle.group, "member")
    Person.objects.filter(user=attacker).update(name=VICTIM, email=ADDRESS)
    return SimpleNamespace(user=attacker, other=factories.GroupFactory(name="Another group", slug="another"))


def _gained_nothing(attack) -> None:
    assert set(Membership.objects.filter(person__user=attack.user).values_list("group__slug", "role")) == {
        ("local-wales", "member")
    }
    assert list(Group.objects.visible_to(attack.user).values_list("slug", flat=True)) == ["local-wales"]


def test_staff_who_appoint_by_address_are_shown_who_has_it_and_the_attacker_gains_nothing(attack, staff, sign_in):
    address = reverse("networks:coordinator-appoint", args=["another"])
    asked = {"email": ADDRESS, "name": VICTIM, "starts_on": "2023-01-16"}
    page = sign_in(staff).post(address, asked)
    assert page.status_code == 200
    assert f"signs in with {attack.user.email}" in html_of(page)
    _gained_nothing(attack)
    sign_in(staff).post(address, asked | {"person": "new"})
    _gained_nothing(attack)
    appointed = Membership.objects.get(group=attack.other, role="coordinator").person
    assert (appointed.name, appointed.user) == (VICTIM, None)


def test_a_network_begun_with_an_address_on_the_attackers_record_names_the_row(attack, staff, sign_in):
    rows = local(0, nation="england", coordinator_email=ADDRESS, coordinator_name=VICTIM)
    given = {
        "name": "Choice together", "topic": factories.TopicFactory(name="Choice").pk, "host": "", "summary": "",
        "starts_on": "2023-02-01", "ends_on": "2023-08-01", "local-TOTAL_FORMS": "1", "local-INITIAL_FORMS": "0", **rows,
    }  # fmt: skip
    page = sign_in(staff).post(reverse("networks:start"), given)
    assert "Row 1, England" in html_of(page)
    _gained_nothing(attack)


def test_the_api_does_not_find_a_coordinator_by_an_address_on_a_record(attack, staff):
    client = APIClient()
    client.force_authenticate(staff)
    topic = factories.TopicFactory(slug="choice")
    row = {"nation": "wales", "coordinator_email": ADDRESS, "coordinator_name": VICTIM}
    body = {"name": "Choice", "topic": topic.slug, "local_networks": [row]}
    assert client.post("/api/v1/networks/", body, format="json").status_code == 400
    _gained_nothing(attack)


def test_an_added_member_is_never_the_attackers_record(attack, sign_in):
    coordinator = factories.user_in(attack.other, "coordinator")
    client = APIClient()
    client.force_authenticate(coordinator)
    sign_in(coordinator).post(
        reverse("networks:member-add", args=["another"]),
        {"name": VICTIM, "email": ADDRESS, "perspective": "carer", "role": "member", "starts_on": "2023-01-16"}
        | {"preferred_format": "standard"},
    )
    body = {"name": VICTIM, "email": ADDRESS, "perspective": "carer"}
    client.post("/api/v1/groups/another/join-invitations/", body, format="json")
    client.post("/api/v1/groups/another/members/", {"name": VICTIM, "perspective": "carer"}, format="json")
    _gained_nothing(attack)
    assert client.get("/api/v1/groups/another/join-invitations/").json()["results"] != []


def test_an_account_is_not_given_a_record_that_only_carries_its_address(circle, staff, sign_in):
    """A coordinator's record of "someone" with an address of theirs must not become the invited person's own."""
    planted = circle.members[0].person
    Person.objects.filter(pk=planted.pk).update(email="chief@trust.example")
    sign_in(staff).post("/people/invite/", {"name": "Chief Officer", "email": "chief@trust.example"})
    sign_in(staff).post("/people/invite/", {"name": "Chief Officer", "email": "chief@trust.example", "person": "new"})
    assert Invitation.objects.get().person is None
    sign_in(staff).post(
        "/people/invite/", {"name": planted.name, "email": "chief@trust.example", "person": str(planted.pk)}
    )
    assert Invitation.objects.latest("pk").person == planted


def test_a_person_is_found_by_the_address_they_sign_in_with(circle, staff, sign_in):
    user = factories.UserFactory(email="deputy@trust.example")
    Person.objects.filter(user=user).update(email="elsewhere@trust.example")
    address = reverse("networks:coordinator-appoint", args=["local-wales"])
    sign_in(staff).post(address, {"email": "Deputy@trust.example", "starts_on": "2023-01-17"})
    assert Membership.objects.filter(group=circle.group, role="coordinator", person=user.person).exists()


def test_an_address_that_is_not_verified_finds_no_one(circle, staff, sign_in):
    user = factories.UserFactory(email="deputy@trust.example")
    user.emailaddress_set.update(verified=False)
    address = reverse("networks:coordinator-appoint", args=["local-wales"])
    page = sign_in(staff).post(address, {"email": "deputy@trust.example", "starts_on": "2023-01-17"})
    assert page.status_code == 200
    assert not Membership.objects.filter(person=user.person).exists()


# --- One's own contact address ---------------------------------------------------------------------
def test_a_contact_address_of_ones_own_changes_once_its_mailbox_confirms_it(sign_in):
    user = factories.UserFactory()
    client = sign_in(user)
    fields = {"name": "Rowan", "preferred_format": "standard", "preferred_language": "en", "version": "1"}
    page = client.post("/account/", fields | {"email": "new@home.example"}, follow=True)
    person = Person.objects.get(user=user)
    assert (person.name, person.email) == ("Rowan", user.email)
    assert "new@home.example" in html_of(page)
    mail = OutboxEmail.objects.get()
    assert mail.to == "new@home.example"
    link = next(word for word in mail.body.split() if "/account/address/" in word)
    path = link[link.index("/account/") :]
    other = sign_in(factories.UserFactory())
    assert other.post(path).status_code == 404  # a link is for the person who asked
    assert "new@home.example" in html_of(client.get(path))
    assert Person.objects.get(user=user).email == user.email  # mail programs open links by themselves
    client.post(path)
    assert Person.objects.get(user=user).email == "new@home.example"
    Person.objects.filter(user=user).update(email="third@home.example")
    assert client.post(path).status_code == 404  # used


def test_the_address_one_signs_in_with_needs_no_second_proof(sign_in):
    user = factories.UserFactory()
    Person.objects.filter(user=user).update(email="")
    core_services.update_person(by=user, person=Person.objects.get(user=user), email=user.email)
    assert Person.objects.get(user=user).email == user.email
    assert not OutboxEmail.objects.exists()


def test_a_person_with_the_same_address_and_another_name_is_not_taken_for_the_account_of_it(circle, staff, sign_in):
    """Two people may share a mailbox; the one with the account is offered, not assumed."""
    user = factories.UserFactory(email="family@home.example")
    address = reverse("networks:coordinator-appoint", args=["local-wales"])
    asked = {"email": "family@home.example", "name": "The Other One", "starts_on": "2023-01-17"}
    assert sign_in(staff).post(address, asked).status_code == 200
    sign_in(staff).post(address, asked | {"person": "new"})
    appointed = Membership.objects.get(group=circle.group, role="coordinator", starts_on="2023-01-17").person
    assert appointed.user is None
    assert not Membership.objects.filter(person=user.person).exists()


def test_appointing_by_a_chosen_record_takes_that_record(circle, staff, sign_in):
    known = factories.PersonFactory(name="Known Already", email="known@trust.example")
    address = reverse("networks:coordinator-appoint", args=["local-wales"])
    asked = {"email": "known@trust.example", "name": "Known Already", "starts_on": "2023-01-17"}
    assert "no account" in html_of(sign_in(staff).post(address, asked))
    sign_in(staff).post(address, asked | {"person": str(known.pk)})
    assert Membership.objects.filter(group=circle.group, role="coordinator", person=known).exists()
    assert guard.guard(Group.objects.get(pk=circle.group.pk)) is not None


def test_a_post_at_a_site_is_given_from_a_list_that_shows_how_each_person_signs_in(attack, staff, sign_in):
    role = factories.SiteRoleFactory(state="advertised", person=None, starts_on=None)
    page = html_of(sign_in(staff).get(reverse("sites:role-appoint", args=[role.site.slug, role.pk])))
    assert f"{VICTIM}, signs in with {attack.user.email}" in page
