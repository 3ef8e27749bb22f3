"""The page about one person: where they belong, what they need, and inviting them from there."""

import re

import pytest
from django.urls import reverse

from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Consent, Invitation, Person
from networks.groups.models import Membership
from networks.network import services
from networks.network.learning.services import share_learning, withdraw_learning
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def page_of(response) -> str:
    return html_of(response)


def test_staff_see_groups_posts_needs_and_consents_of_a_person(circle, staff, administrator, sign_in):
    person = circle.members[0].person
    Person.objects.filter(pk=person.pk).update(access_arrangements="A hoist", needs_recorded_by=circle.coordinator)
    site = factories.SiteRoleFactory(person=person).site
    Consent.objects.create(person=person, purpose="quotes", wording="May we?", is_given=True, given_on="2023-01-10")
    url = reverse("core:person-detail", args=[person.pk])
    page = page_of(sign_in(staff).get(url))
    for shown in ("Local network, Wales", "to present", site.name, "Improvement coach", "A hoist", "May we?"):
        assert shown in page
    assert f"Recorded by {circle.coordinator.display_name}" in page
    page = page_of(sign_in(administrator).get(url))
    assert "A hoist" not in page and "May we?" not in page and "Local network, Wales" not in page
    assert "A hoist" not in page_of(sign_in(administrator).get("/people/"))
    admin = sign_in(administrator)
    admin.post(f"/people/{person.pk}/edit/", {"name": "New Name", "access_arrangements": "", "version": person.version})
    kept = Person.objects.get(pk=person.pk)
    assert (kept.name, kept.access_arrangements) == ("New Name", "A hoist")


def test_a_person_is_invited_from_their_page_and_the_account_takes_over_the_record(circle, staff, sign_in, client):
    person = circle.members[0].person
    page = page_of(sign_in(staff).get(reverse("core:person-detail", args=[person.pk])))
    path = re.search(r'href="(/people/invite/\?person=\d+)"', page).group(1)
    sign_in(staff).post(path, {"name": person.name, "email": person.email})
    invitation = Invitation.objects.get()
    assert invitation.person == person
    page = page_of(sign_in(staff).get(reverse("core:person-detail", args=[person.pk])))
    assert "None yet. Invited on" in page and "again" in page
    token = re.search(r"/invitation/([\w-]+)/", OutboxEmail.objects.latest("pk").body).group(1)
    secret = "three quiet herons"
    client.post(f"/invitation/{token}/", {"password1": secret, "password2": secret})
    assert Membership.objects.get(pk=circle.members[0].pk).person.user.email == person.email


def test_a_coordinator_without_an_account_is_invited_and_the_group_page_says_not_yet(circle, staff, sign_in):
    url = reverse("networks:coordinator-appoint", args=[circle.group.slug])
    page = sign_in(staff).post(
        url, {"email": "new@x.example", "name": "New One", "starts_on": "2023-01-16"}, follow=True
    )
    assert "so we have sent an invitation to set one up." in page_of(page)
    assert OutboxEmail.objects.filter(to="new@x.example", body__contains="/invitation/").count() == 1
    assert "no account yet)" in page_of(sign_in(staff).get(circle.group.get_absolute_url()))
    Invitation.objects.all().delete()
    assert "not invited)" in page_of(sign_in(staff).get(circle.group.get_absolute_url()))


def test_coordinators_named_while_a_network_begins_are_invited(staff):
    row = services.LocalNetworkInput(nation="wales", coordinator_name="Birch", coordinator_email="birch@x.example")
    services.start_network(by=staff, name="Choice", topic=factories.TopicFactory(), local_networks=[row])
    assert Invitation.objects.get(email="birch@x.example").person == Membership.objects.get(role="coordinator").person


def test_the_person_who_withdrew_learning_is_named_and_not_who_shared_it(circle, staff, sign_in):
    other = factories.GroupFactory(name="Elsewhere", slug="elsewhere")
    learning = share_learning(
        by=circle.coordinator, group=circle.group, title="A start", words="Begin with names", groups=[other]
    )
    withdraw_learning(by=staff, learning=learning, reason="It named a town")
    page = page_of(sign_in(circle.coordinator).get(learning.get_absolute_url()))
    assert f"{staff.display_name} withdrew this on" in page
