"""The register of requests: received, checked, extended once, answered in time, seen by those who answer."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.notices.models import Notice
from impact.core.people.models import Person
from impact.core.people.rights.erasure.services import erase_person
from impact.core.people.rights.requests import services
from impact.core.people.rights.requests.attention import requests_waiting
from impact.core.people.rights.requests.models import RightsRequest, months_after
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return factories.UserFactory(roles=["staff"])


@pytest.fixture
def member():
    return Person.objects.get(user=factories.UserFactory())


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2023, 1, 31), date(2023, 2, 28)),
        (date(2024, 1, 31), date(2024, 2, 29)),
        (date(2022, 12, 5), date(2023, 1, 5)),
    ],
)
def test_a_month_is_counted_as_the_law_does(received, due):
    assert months_after(received, 1) == due


def test_a_person_asks_on_their_page_and_is_told_until_when(member, client):
    client.force_login(member.user)
    client.post("/account/requests/", {"kind": "erase", "words": ""})
    row = RightsRequest.objects.get()
    assert (row.person, row.kind, row.how, row.recorded_by) == (member, "erase", "site", None)
    assert row.due_on == months_after(clock.today(), 1) and row.identity_on == clock.today()
    page = html_of(client.get("/account/requests/"))
    assert "Delete what we hold" in page and "Take request back" in page
    notice = Notice.objects.get(person=member)
    assert "delete" not in (notice.title + notice.words).lower()  # a mailbox may be read by others


def test_asking_to_delete_twice_is_one_request(member):
    first = services.ask_for(by=member.user, person=member, kind="erase")
    assert services.ask_for(by=member.user, person=member, kind="erase") == first


def test_a_request_to_correct_says_what(member):
    with pytest.raises(ValidationError, match="Write what this is about"):
        services.ask_for(by=member.user, person=member, kind="correct")


def test_no_one_asks_for_someone_else_but_staff_who_were_told(member, staff):
    with pytest.raises(PermissionDenied):
        services.ask_for(by=factories.UserFactory(), person=member, kind="see")
    row = services.ask_for(by=staff, person=member, kind="see", how="phone")
    assert row.recorded_by == staff and row.identity_on is None
    assert services.ask_for(by=SYSTEM, person=factories.PersonFactory(), kind="see").identity_on


def test_it_is_extended_once_with_a_reason_while_the_month_runs(member, staff):
    row = services.ask_for(by=member.user, person=member, kind="see")
    with pytest.raises(ValidationError, match="Enter the reason"):
        services.extend(by=staff, request=row, reason=" ")
    row = services.extend(by=staff, request=row, reason="There are many papers")
    assert row.due_on == months_after(row.received_on, 3)
    with pytest.raises(StateConflict, match="once"):
        services.extend(by=staff, request=row, reason="Again")
    late = services.ask_for(
        by=staff, person=factories.PersonFactory(), kind="see", received_on=clock.today() - timedelta(days=60)
    )
    with pytest.raises(ValidationError, match="The month is over"):
        services.extend(by=staff, request=late, reason="Too late")


def test_staff_confirm_who_asked_before_they_answer(member, staff):
    row = services.ask_for(by=staff, person=member, kind="see", how="letter")
    with pytest.raises(ValidationError, match="First write down how you know"):
        services.answer_request(by=staff, request=row, state="done", answer="Here it is")
    services.confirm_identity(by=staff, request=row, how="Called back")
    row = services.answer_request(by=staff, request=row, state="refused", answer="Because")
    assert (row.state, row.done_on, row.answered_by) == ("refused", clock.today(), staff)
    with pytest.raises(StateConflict):
        services.withdraw_request(by=staff, request=row)


def test_a_request_to_delete_is_not_done_by_saying_so(member, staff):
    row = services.ask_for(by=member.user, person=member, kind="erase")
    with pytest.raises(ValidationError, match="done by deleting"):
        services.answer_request(by=staff, request=row, state="done", answer="Done")


def test_the_register_shows_what_is_overdue_first_and_filters(member, staff, client):
    client.force_login(staff)
    assert "No request is waiting" in html_of(client.get("/people/requests/"))
    services.ask_for(by=member.user, person=member, kind="see")
    other = factories.PersonFactory(name="Nia Invented")
    old = services.ask_for(by=staff, person=other, kind="copy", received_on=clock.today() - timedelta(days=40))
    page = html_of(client.get("/people/requests/"))
    assert page.index("Nia Invented") < page.index(member.name)
    assert "1 answer is overdue" in page
    assert html_of(client.get("/people/requests/?state=overdue")).count("<tr>") == 2
    assert html_of(client.get("/people/requests/?kind=see")).count("<tr>") == 2
    assert "No request matches" in html_of(client.get("/people/requests/?q=unknown"))
    items = requests_waiting(staff)
    assert [item["tone"] for item in items] == ["red", "blue"] and items[0]["href"] == old.get_absolute_url()
    assert requests_waiting(member.user) == []


def test_staff_go_through_the_steps_on_the_pages(member, staff, client):
    client.force_login(staff)
    client.post(f"/people/{member.pk}/requests/add/", {"kind": "see", "how": "phone", "received_on": clock.today()})
    row = RightsRequest.objects.get()
    base = row.get_absolute_url()
    assert "Confirm who asked" in html_of(client.get(base))
    client.post(f"{base}identity/", {"how": "Called back"})
    client.post(f"{base}extend/", {"reason": "Many papers"})
    client.post(f"{base}answer/", {"state": "done", "answer": "Sent by post"})
    page = html_of(client.get(base))
    assert "Called back" in page and "Many papers" in page and "Sent by post" in page
    client.force_login(member.user)
    own = html_of(client.get("/account/requests/"))
    assert "Sent by post" in own and "Called back" not in own


def test_a_link_to_a_shared_mailbox_does_not_say_which_of_them_asked(staff):
    """Of two people in one mailbox either could ask for the other to be deleted."""
    ada = factories.PersonFactory(name="Ada Beech", email="beech@home.example")
    alone = factories.PersonFactory(name="Cai Elm", email="cai@home.example")
    factories.PersonFactory(name="Ben Beech", email="beech@home.example")
    row, other = (services.ask_for(by=SYSTEM, person=person, kind="erase") for person in (ada, alone))
    assert (row.identity_how, row.identity_on) == ("", None) and other.identity_on
    lead = factories.UserFactory(roles=["engagement_lead"])
    with pytest.raises(ValidationError, match="First write down how you know"):
        erase_person(by=lead, person=ada, name=ada.name, request=row)
    row = services.confirm_identity(by=staff, request=row, how="Called Ada back")
    assert erase_person(by=lead, person=ada, name=ada.name, request=row).person_id == ada.pk


def test_erasing_closes_the_request_and_the_page_asks_for_the_name(member, client):
    lead = factories.UserFactory(roles=["engagement_lead"])
    row = services.ask_for(by=member.user, person=member, kind="erase")
    client.force_login(lead)
    page = html_of(client.get(f"/people/{member.pk}/erase/"))
    assert "Your record" in page and f"Former member {member.pk}" in page
    refused = html_of(client.post(f"/people/{member.pk}/erase/", {"name": "Wrong", "is_told": "on"}))
    assert f"Type the name as it stands here: {member.name}" in refused
    assert client.post(f"/people/{member.pk}/erase/", {"name": member.name, "is_told": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "done" and row.words == ""
    assert "Delete for good" not in html_of(client.get(f"/people/{member.pk}/erase/"))
    page = html_of(client.get(row.get_absolute_url()))  # how we knew is gone, that we knew is not
    assert f"Done on {day(clock.today())}." in page and "Not done yet" not in page


def test_only_those_who_may_delete_are_led_to_it_and_no_one_is_offered_to_say_so(member, staff, client):
    row = services.ask_for(by=staff, person=member, kind="erase", how="phone")
    services.confirm_identity(by=staff, request=row, how="Called back")
    client.force_login(staff)
    page = html_of(client.get(row.get_absolute_url()))
    assert "The engagement lead or an administrator deletes." in page and "Refuse request" in page
    assert ">Answer</a>" not in page and "See what will be deleted" not in page


def test_the_second_of_two_colleagues_sees_what_the_first_saved_and_loses_no_word(client):
    """Each step of a request, and holds: a page that has become old changes nothing by itself."""
    lead = factories.UserFactory(roles=["engagement_lead"])
    person = factories.PersonFactory()
    row = services.ask_for(by=lead, person=person, kind="correct", words="My name is wrong.")
    client.force_login(lead)
    for step, typed, saved in (
        ("identity", {"how": "Called back"}, "Met them"),
        ("extend", {"reason": "Much to look through"}, "Away until May"),
        ("answer", {"state": "refused", "answer": "It is right as it is."}, "Your name is put right."),
    ):
        address = f"/people/requests/{row.pk}/{step}/"
        row.refresh_from_db()
        opened = {"version": row.version}
        first = {name: "done" if name == "state" else saved for name in typed}
        assert f'value="{row.version}"' in html_of(client.get(address))
        assert client.post(address, {**first, **opened}).status_code == 302
        late = client.post(address, {**typed, **opened})
        page = html_of(late)
        assert (
            late.status_code == 409
            and saved in page
            and all(words in page for name, words in typed.items() if name != "state")
        )
    row.refresh_from_db()
    assert (row.identity_how, row.state, row.answer) == ("Met them", "done", "Your name is put right.")

    hold = f"/people/{person.pk}/hold/"
    client.post(hold, {"reason": "A claim", "hold": ""})
    placed = person.legal_holds.get()
    client.post(hold, {"reason": "Settled", "hold": placed.pk})
    late = client.post(hold, {"reason": "Settled, I think", "hold": placed.pk})  # it would have placed another hold
    assert late.status_code == 409 and "Settled, I think" in html_of(late)
    assert person.legal_holds.count() == 1
