"""Bookings and venues over the API: the same services, with ETags, refusals and nothing about people."""

import pytest

from networks.meetings.planning.bookings.models import Booking
from networks.meetings.planning.directory.models import Provider, Venue
from tests import factories
from tests.networks.api.test_writes import Api
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_booking_goes_from_needed_to_confirmed_over_the_api(circle):
    api, meeting = Api(circle.coordinator), circle.later
    person = circle.members[0].person
    person.access_arrangements = "BSL interpreter"
    person.save()
    agency = Provider.objects.create(name="Clear Hands", kinds=["bsl"], phone="0300 000 0000")
    given = {"meeting": meeting.pk, "kind": "bsl", "estimate_pence": 26000}
    status, body = api("POST", "bookings/", given, Idempotency_Key="once")
    assert (status, body["state"], body["people"], body["category"]) == (201, "needed", 1, "bsl")
    assert api("POST", "bookings/", given, Idempotency_Key="once")[1]["id"] == body["id"]
    assert (Booking.objects.count(), person.name in api.last.content.decode()) == (1, False)
    path = f"bookings/{body['id']}/"
    assert api("POST", "bookings/", given)[0] == 400, "the need is seen to"
    assert api("POST", f"{path}confirm/", {}, If_Match='"7"')[0] == 412
    status, body = api("POST", f"{path}request/", {"provider": agency.pk, "sent": "The agenda"})
    assert (status, body["state"], body["provider"], body["problems"]) == (200, "requested", "Clear Hands", [])
    assert api("PATCH", path, {"what": "Two, all day"})[0] == 428
    status, body = api.change("PATCH", path, {"what": "Two, all day"})
    assert (status, body["what"], body["estimate_pence"]) == (200, "Two, all day", 26000)
    assert api("POST", f"{path}confirm/", {"reference": "CH-1"})[1]["state"] == "confirmed"
    assert api("POST", f"{path}done/", {"actual_pence": 1})[0] == 409, "the meeting has not begun"
    assert api("POST", f"{path}not-found/", {"reason": "No one free"})[0] == 400
    status, body = api("POST", f"{path}cancel/", {"reason": "Not needed", "cost_pence": 5000})
    assert (status, body["state"], body["actual_pence"]) == (200, "cancelled", 5000)
    assert api("POST", f"{path}cancel/", {"reason": "Again"})[0] == 409
    assert len(api("GET", f"bookings/?kind=bsl&state=cancelled&meeting={meeting.pk}")[1]["results"]) == 1

    elsewhere = Api(factories.user_in(factories.GroupFactory(), "coordinator"))
    member = Api(factories.user_in(circle.group))
    for reader in (elsewhere, member, Api(factories.UserFactory(roles=["leadership"]))):
        assert (reader("GET", path)[0], reader("GET", "bookings/")[1]["results"]) == (404, [])
    assert member("POST", "bookings/", given)[0] == 403


def test_a_venue_is_kept_by_coordinators_and_used_for_a_meeting(circle):
    api = Api(circle.coordinator)
    status, body = api("POST", "venues/", {"name": "Mill Hall", "nation": "wales", "step_free": True, "lift": False})
    assert (status, body["step_free"], body["hearing_loop"]) == (201, True, None)
    path = f"venues/{body['id']}/"
    assert api("PATCH", path, {"hearing_loop": True})[0] == 428
    status, body = api.change("PATCH", path, {"hearing_loop": True, "checked_on": "2023-01-10"})
    assert (status, body["hearing_loop"]) == (200, True)
    assert Venue.objects.get().checked_by == circle.coordinator
    assert api("POST", "venues/", {"name": "mill hall", "nation": "wales"})[0] == 400
    assert len(api("GET", "venues/?has=step_free&nation=wales&q=mill")[1]["results"]) == 1
    assert api("GET", "venues/?has=lift")[1]["results"] == []
    meeting = f"meetings/{circle.later.pk}/"
    api.client.force_login(circle.coordinator)
    assert path in html_of(api.client.get("/search/?q=mill"))
    status, shown = api.change("PATCH", meeting, {"venue": body["id"], "mode": "in_person"})
    assert (status, shown["venue"], shown["place"]) == (200, body["id"], "Mill Hall")
    barn = Venue.objects.create(name="The Barn", address="Low Lane", nation="wales")
    assert api.change("PATCH", meeting, {"venue": barn.pk})[1]["place"] == "The Barn, Low Lane"
    assert api.change("PATCH", meeting, {"place": "The Barn, upstairs"})[1]["place"] == "The Barn, upstairs"
    assert api.change("PATCH", meeting, {"venue": body["id"]})[1]["place"] == "The Barn, upstairs", (
        "their own words stay"
    )
    assert api.change("PATCH", meeting, {"place": "Mill Hall"})[0] == 200
    account = factories.user_in(circle.group)
    member = Api(account)
    member.client.force_login(account)
    assert path not in html_of(member.client.get("/search/?q=mill")), "a member finds the meeting there and no venue"
    assert (member("GET", path)[0], member("POST", "venues/", {"name": "X", "nation": "wales"})[0]) == (404, 403)
