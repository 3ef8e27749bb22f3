"""Who does an action: chosen among members and roles, named to those who may know, and reminded."""

import uuid
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from rest_framework.test import APIClient

from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Consent, Person
from networks.actions import digests
from networks.actions.models import Action
from networks.actions.owners import owners_of
from networks.actions.plan import plan_contents
from networks.actions.services import add_action, change_action
from networks.log import saving
from networks.members.services import end_membership
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
MONDAY = date(2023, 1, 16)


@pytest.fixture
def hazel(circle) -> Person:
    Person.objects.filter(pk=circle.ids[0]).update(name="Hazel Umber")
    return Person.objects.get(pk=circle.ids[0])


def add(circle, owner, **more) -> Action:
    given = {"what": "Write the prompt", "due_on": date(2023, 1, 13)} | more
    return add_action(by=circle.coordinator, group=circle.group, owner=owner, **given)


def page_of(response) -> str:
    return html_of(response)


def test_a_member_a_role_and_free_text_are_distinguished(circle, hazel):
    named, role, free = add(circle, " hazel  umber "), add(circle, "coordinator"), add(circle, "The town council")
    assert (named.owner_person, named.owner_role, named.owner) == (hazel, "", "Hazel Umber")
    assert (role.owner_person, role.owner_role) == (None, "coordinator")
    assert (free.owner_person, free.owner_role, free.owner) == (None, "", "The town council")
    action = change_action(by=circle.coordinator, action=named, owner="The town council")
    assert action.owner_person is None


def test_namesakes_are_listed_separately_and_a_bare_name_needs_a_choice(circle, hazel):
    Person.objects.filter(pk=circle.ids[1]).update(name="Hazel Umber")
    labels = [owner.label for owner in owners_of(circle.group) if owner.person and owner.person.name == "Hazel Umber"]
    assert len(set(labels)) == 2
    with pytest.raises(ValidationError, match="Choose which one you mean"):
        add(circle, "Hazel Umber")
    assert add(circle, labels[1]).owner_person_id in circle.ids[:2]


def test_the_form_offers_members_without_javascript_and_a_saved_name_follows_the_person(circle, hazel, sign_in):
    client = sign_in(circle.coordinator)
    page = page_of(client.get(reverse("networks:action-add", args=[circle.group.slug])))
    assert '<option value="Hazel Umber">' in page and '<option value="Coordinator">' in page and 'list="owners"' in page
    assert '<option value="Hazel Umber">' in page_of(
        client.get(reverse("networks:meeting-log", args=[circle.meeting.pk]))
    )
    client.post(
        reverse("networks:action-add", args=[circle.group.slug]),
        {"what": "Book the hall", "owner": "Hazel Umber", "due_on": "2023-01-13"},
    )
    action = Action.objects.get(what="Book the hall")
    Person.objects.filter(pk=hazel.pk).update(name="Hazel Newname")
    client.post(action.get_absolute_url(), {"what": "Book the big hall", "owner": action.owner, "due_on": "2023-01-13", "version": action.version})  # fmt: skip
    action.refresh_from_db()
    assert (action.what, action.owner_person) == ("Book the big hall", hazel)
    assert "Hazel Newname" in page_of(client.get(action.get_absolute_url()))


def test_who_is_overdue_names_someone_to_those_who_may_know(circle, hazel, staff, leader, sign_in):
    add(circle, "Hazel Umber")
    add(circle, "Coordinator")
    coordinator = circle.coordinator.person.name
    for url in ("/actions/?overdue=on", f"/groups/{circle.group.slug}/action-plan/", circle.group.get_absolute_url()):
        page = page_of(sign_in(staff).get(url))
        assert "Hazel Umber" in page and f"{coordinator} (coordinator)" in page, url
        inside = page_of(sign_in(factories.user_in(circle.group)).get(url))
        assert "Hazel" in inside and "Umber" not in inside, url
        outside = page_of(sign_in(leader).get(url))
        assert "Hazel" not in outside and f"{coordinator} (coordinator)" not in outside, url
    assert "Write the prompt" in page_of(sign_in(staff).get("/actions/?q=Umber"))
    assert "Write the prompt" not in page_of(sign_in(leader).get("/actions/?q=Umber"))
    csv = b"".join(sign_in(staff).get("/actions/?format=csv")).decode()
    assert "Hazel Umber" in csv and f"{coordinator} (coordinator)" in csv
    owners = {row["owner"] for part in plan_contents(circle.group)["parts"] for row in part["actions"]}
    assert owners == {"Hazel", f"{coordinator.split()[0]} (coordinator)"}
    api = APIClient()
    for user, shown in ((staff, "Hazel Umber"), (leader, "Member")):
        api.force_authenticate(user)
        rows = api.get("/api/v1/actions/").json()["results"]
        assert {row["owner"] for row in rows if not row["owner_role"]} == {shown}
        assert all(row["is_owner_known"] for row in rows)


def test_an_owner_chosen_in_the_log_is_kept_by_every_later_save(circle, hazel):
    row = saving.Todo(key=uuid.uuid4(), what="Ring round", owner="Hazel Umber")
    saving.save_log(by=circle.coordinator, meeting=circle.meeting, log=saving.LogInput(todo=[row]))
    assert Action.objects.get(what="Ring round").owner_person == hazel


def test_owners_are_reminded_once_and_not_if_they_get_a_digest_left_or_said_no(circle, hazel, staff):
    deputy, silent, gone = circle.members[1].person, circle.members[2].person, circle.members[3]
    for person in (hazel, deputy, silent, gone.person):
        add(circle, person.name, what=f"For {person.name}")
    add(circle, "Coordinator", what="For the coordinator")
    add(circle, "The council", what="Free words")
    add(circle, hazel.name, what="Much later", due_on=date(2023, 3, 1))
    Consent.objects.create(person=silent, purpose="contact", wording="May we?", is_given=False, given_on=clock.today())
    end_membership(by=circle.coordinator, membership=gone, ends_on=date(2023, 1, 15))
    OutboxEmail.objects.all().delete()
    digests.send_digests(on=MONDAY)
    sent = sorted(OutboxEmail.objects.values_list("to", flat=True))
    assert sent == sorted([circle.coordinator.email, staff.email, hazel.email, deputy.email])
    mail = OutboxEmail.objects.get(to=hazel.email)
    assert mail.subject == "Actions: 1 overdue" and "For Hazel Umber (was due on 13 January 2023)" in mail.body
    assert "Much later" not in mail.body and deputy.name not in mail.body
    assert "For Hazel Umber (Hazel Umber," in OutboxEmail.objects.get(to=circle.coordinator.email).body
