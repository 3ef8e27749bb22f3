"""The group's pages: what members, supporters, those who arrange and everyone else see."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coproduction.agreement.services import propose_version
from coproduction.group.meetings.models import SupportBooking
from coproduction.group.meetings.services import (
    arrange_support,
    ask_for_support,
    confirm_support,
    put_before_meeting,
)
from coproduction.group.outside.models import Exchange, OutsideGroup
from coproduction.group.people import services
from coproduction.group.people.models import Strengths, Term
from impact.core.access.models import AuditEvent
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.group.test_services import agree_to_show
from tests.pages import html_of

pytestmark = pytest.mark.sqlite_only
WORDS = "I know every bus in town."


def url(name, *args):
    return reverse(f"coproduction:{name}", args=args)


def read(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.getvalue().decode() if response.streaming else html_of(response)


def page_of(w, person):
    return Membership.objects.get(group=w.group, person=person).pk


def test_the_groups_page_shows_people_meetings_papers_and_actions(group_world, sign_in, leader):
    w = group_world
    Membership.objects.filter(pk=page_of(w, w.two)).update(role="vice_chair")
    services.appoint_for_term(by=w.lead, membership=w.group.memberships.get(person=w.one), ends_on=date(2024, 1, 31))
    factories.MaterialFactory(meeting=w.meeting, title="A paper to read")
    factories.ActionFactory(group=w.group, what="Ring the council")
    text = read(sign_in(w.member), url("group-detail", w.group.slug))
    for words in ("The next meeting", "A paper to read", "Ring the council", "Bea Two", "Vice-chair"):
        assert words in text
    assert "until 31 January 2024" in text
    assert text.index("Bea Two") < text.index("Ada One")  # the chairs first
    text = read(sign_in(leader), url("group-detail", w.group.slug))
    assert "4 members. Names are for the group." in text and "Ada One" not in text
    read(sign_in(factories.user_in(factories.GroupFactory())), url("group-detail", w.group.slug), 404)


@pytest.mark.parametrize("is_agreed", [True, False])
def test_strengths_are_on_the_groups_page_only_with_consent(group_world, sign_in, staff, is_agreed):
    w = group_world
    services.write_strengths(by=w.lead, group=w.group, person=w.one, words=WORDS, told="phone")
    agree_to_show(w.one, is_given=is_agreed)
    address = url("group-detail", w.group.slug)
    assert (WORDS in read(sign_in(w.member), address)) == is_agreed
    assert WORDS not in read(sign_in(staff), address)
    own = url("member-detail", page_of(w, w.one))
    for reader in (w.supporter, w.lead):
        assert WORDS in read(sign_in(reader), own)
    for reader in (w.member, staff):
        read(sign_in(reader), own, 404)
    for reader in (w.member, staff, w.lead):
        assert WORDS not in read(sign_in(reader), "/api/v1/strengths/")
    assert WORDS not in read(sign_in(w.lead), "/groups/advisory-group/")


def test_a_member_writes_what_they_bring_and_a_clash_keeps_both_texts(group_world, sign_in):
    w = group_world
    client, address = sign_in(w.member), url("strengths-edit", page_of(w, w.member.person))
    assert client.post(address, {"words": "First", "version": 0}).status_code == 302
    response = client.post(address, {"words": "Second", "version": 0})
    assert response.status_code == 409
    assert "First" in html_of(response) and "Second" in html_of(response)
    assert "Only you, your supporter and the engagement lead see this" in read(client, address)


def test_a_supporter_of_two_members_sees_and_names_one_at_a_time(group_world, sign_in):
    w = group_world
    client = sign_in(w.supporter)
    home = read(client, url("index"))
    assert "Write for Ada One" in home and "Write for Bea Two" in home and "Write for Cy Three" not in home
    chooser = read(client, url("supporting", w.group.slug))
    assert "Who do you write for?" in chooser and "Stop supporting Bea Two" in chooser
    text = read(client, url("member-detail", page_of(w, w.one)))
    assert "You are writing for Ada One" in text and "Switch to Bea Two" in text
    read(client, url("member-detail", page_of(w, w.three)), 404)
    address = url("strengths-edit", page_of(w, w.one))
    form = read(client, address)
    assert "What Ada One wants to bring" in form and "Save for Ada One" in form and "Bea Two" not in form
    response = client.post(address, {"words": WORDS, "version": 0})
    assert response.status_code == 200 and "Choose how the member told you" in html_of(response)
    assert WORDS in html_of(response)
    response = client.post(address, {"words": WORDS, "version": 0, "told": "phone"}, follow=True)
    assert "Saved for Ada One." in html_of(response)
    assert Strengths.objects.get().person == w.one


def test_a_supporter_chooses_for_whom_support_is_asked(group_world, sign_in):
    w = group_world
    client, address = sign_in(w.supporter), url("support-booking-add", w.meeting.pk)
    chooser = read(client, address)
    assert "Who needs support?" in chooser and "Ada One" in chooser and "Cy Three" not in chooser
    form = read(client, f"{address}?person={w.two.pk}")
    assert "Ask for support for Bea Two" in form and "Ask for Bea Two" in form and "Ada One" not in form
    sent = {"person": w.two.pk, "kind": "transport", "words": "A taxi", "told": "phone"}
    response = client.post(address, sent, follow=True)
    assert "Saved for Bea Two." in html_of(response) and SupportBooking.objects.get().person == w.two
    assert "Who needs support?" in html_of(client.post(address, {**sent, "person": w.three.pk}))
    assert SupportBooking.objects.count() == 1


def test_support_is_shown_beside_the_meeting_to_those_whom_it_concerns(group_world, sign_in, staff, leader):
    w = group_world
    secret = "A signer from Ashford"
    booking = ask_for_support(by=w.supporter, meeting=w.meeting, kind="bsl", words=secret, person=w.one, told="phone")
    page = w.meeting.get_absolute_url()
    for reader in (w.lead, w.supporter):
        assert "British Sign Language for Ada One" in read(sign_in(reader), page)
        assert secret in read(sign_in(reader), booking.get_absolute_url())
        assert secret in read(sign_in(reader), url("support-booking-list") + "?format=csv")
        assert secret in read(sign_in(reader), "/api/v1/support-bookings/")
    for reader in (w.member, staff, leader):
        assert "British Sign Language" not in read(sign_in(reader), page)
        read(sign_in(reader), booking.get_absolute_url(), 404)
        for address in (url("support-booking-list") + "?format=csv", "/api/v1/support-bookings/", "/", url("index")):
            assert secret not in read(sign_in(reader), address) and "Ada One" not in read(sign_in(reader), address)
    assert "Ask for support" in read(sign_in(w.member), page)
    assert "Ask for support" not in read(sign_in(staff), page)
    assert AuditEvent.objects.filter(type="read.support", actor_id=w.lead.pk).exists()


def test_the_engagement_lead_arranges_and_confirms_on_pages(group_world, sign_in):
    w = group_world
    booking = ask_for_support(by=w.member, meeting=w.meeting, kind="bsl")
    client = sign_in(w.lead)
    assert "British Sign Language for" in read(client, "/")
    address = url("support-booking-arrange", booking.pk)
    sent = {"arranged_by": w.lead.pk, "arrange_by": "2022-10-05", "version": booking.version}
    assert "The meeting is on 29 September 2022" in html_of(client.post(address, sent))
    assert client.post(address, sent | {"arrange_by": "2022-09-22"}).status_code == 302
    assert client.post(address, sent | {"arrange_by": "2022-09-23"}).status_code == 409
    address = url("support-booking-confirm", booking.pk)
    sent = {"arranged": "Two interpreters", "confirmed_on": "2022-09-15", "version": 2}
    assert client.post(address, sent).status_code == 302
    text = read(sign_in(w.member), booking.get_absolute_url())
    assert "Two interpreters" in text and "Confirmed" in text
    sign_in(w.member).post(url("support-booking-cancel", booking.pk), {"version": 3})
    assert SupportBooking.objects.get().cancelled_on == w.today


def test_a_coordinator_finds_support_to_arrange_on_their_home(world, sign_in):
    group = factories.GroupFactory()
    member, coordinator = factories.user_in(group), factories.user_in(group, "coordinator")
    meeting = factories.MeetingFactory(group=group, starts_at=factories.at(2022, 9, 29))
    ask_for_support(by=member, meeting=meeting, kind="transport")
    assert f"Transport for {member.person.name}" in read(sign_in(coordinator), "/")
    other = factories.user_in(factories.GroupFactory(), "coordinator")
    assert "Transport for" not in read(sign_in(other), "/")


def test_late_and_moved_support_stands_out(group_world, sign_in):
    w = group_world
    booking = ask_for_support(by=w.member, meeting=w.meeting, kind="bsl")
    arrange_support(by=w.lead, booking=booking, arranged_by=w.lead, arrange_by=w.soon)
    confirm_support(by=w.lead, booking=booking, arranged="Two interpreters")
    w.meeting.starts_at += timedelta(days=7)
    w.meeting.ends_at += timedelta(days=7)
    w.meeting.save()
    assert "The meeting has moved" in read(sign_in(w.member), booking.get_absolute_url())
    SupportBooking.objects.update(confirmed_on=None, confirmed_for=None, arrange_by=date(2022, 9, 1))
    assert "This is late" in read(sign_in(w.lead), booking.get_absolute_url())


def test_a_member_names_and_ends_a_supporter_on_their_page(group_world, sign_in):
    w = group_world
    client, pk = sign_in(w.member), page_of(w, w.member.person)
    response = client.post(url("supporter-add", pk), {"supporter": w.supporter.person.pk}, follow=True)
    assert f"End support by {w.supporter.person.name}" in html_of(response)
    link = w.member.person.supported_by.get()
    assert sign_in(w.member).post(url("supporter-end", link.pk)).status_code == 302
    assert sign_in(factories.user_in(w.group)).post(url("supporter-end", link.pk)).status_code == 404


def test_terms_are_recorded_on_the_members_page_and_asked_about_in_time(group_world, sign_in):
    w = group_world
    client, pk = sign_in(w.lead), page_of(w, w.one)
    sent = {"starts_on": "2022-07-01", "ends_on": "2022-10-31", "after": 0}
    assert client.post(url("term-add", pk), sent).status_code == 302
    assert "Reappoint Ada One, or record their last day" in read(client, "/")
    assert "Someone else recorded a term" in html_of(client.post(url("term-add", pk), sent))
    text = read(client, url("member-detail", pk))
    assert "1 July 2022 to 31 October 2022" in text and "Reappoint" in text
    term = Term.objects.get()
    edit = {"starts_on": "2022-07-01", "ends_on": "2022-11-30", "version": 1}
    assert client.post(url("term-edit", term.pk), edit).status_code == 302
    assert client.post(url("term-edit", term.pk), edit | {"ends_on": "2022-12-31"}).status_code == 409
    assert client.post(url("term-remove", term.pk)).status_code == 302 and not Term.objects.exists()


def test_the_charter_and_the_induction_lead_to_each_other(group_world, sign_in):
    w = group_world
    address = url("charter-meeting-add", w.charter.pk, 1)
    sent = {"meeting": w.meeting.pk, "is_induction": "on"}
    assert sign_in(w.lead).post(address, sent).status_code == 302
    page = w.meeting.get_absolute_url()
    assert "The charter at this meeting" in read(sign_in(w.lead), page)
    assert "The charter at this meeting" not in read(sign_in(w.member), page)  # a draft is for its writers
    propose_version(by=w.lead, version=w.version, closes_on=w.soon)
    assert "Put before the induction" in read(sign_in(w.member), page)
    assert "Put before the induction" in read(sign_in(w.member), w.version.get_absolute_url())
    row = w.meeting.charter_texts.get()
    assert sign_in(w.member).post(url("charter-meeting-remove", row.pk)).status_code == 403
    assert sign_in(w.lead).post(url("charter-meeting-remove", row.pk)).status_code == 302
    put_before_meeting(by=w.lead, version=w.version, meeting=w.meeting)


def test_what_was_learned_with_outside_groups_is_kept_and_exported(group_world, sign_in, staff):
    w = group_world
    client = sign_in(w.member)
    sent = {"name": "Another group", "about": "They listen.", "known_since": "2022-08-01"}
    assert client.post(url("outside-group-add", w.group.slug), sent).status_code == 302
    row = OutsideGroup.objects.get()
    learned = {"direction": "from", "words": "To read aloud", "on": "2022-09-01"}
    assert client.post(url("exchange-add", row.pk), learned).status_code == 302
    assert client.post(url("exchange-add", row.pk), learned | {"words": ""}).status_code == 200
    assert "We learned from them" in read(client, row.get_absolute_url())
    exchange = Exchange.objects.get()
    edit = learned | {"led_to": "We do it too", "version": 1}
    assert client.post(url("exchange-edit", exchange.pk), edit).status_code == 302
    assert client.post(url("exchange-edit", exchange.pk), edit | {"led_to": "Else"}).status_code == 409
    assert "We do it too" in read(sign_in(staff), row.get_absolute_url())
    assert "To read aloud" in read(sign_in(staff), url("outside-group-list") + "?format=csv")
    assert "Nothing matches" in read(client, url("outside-group-list") + "?q=nothing")
    assert sign_in(staff).post(url("outside-group-edit", row.pk), sent).status_code == 403
    assert client.post(url("outside-group-edit", row.pk), sent | {"name": "New name", "version": 1}).status_code == 302


def test_consents_of_members_are_asked_of_members_of_a_group_with_a_charter_alone(group_world, sign_in):
    w = group_world
    mine = read(sign_in(w.member), reverse("core:my-details"))
    assert "Showing the group my strengths" in mine and "Showing members that I have answered" in mine
    address = reverse("core:my-consent", args=["strengths"])
    assert sign_in(w.member).post(address, {"is_given": "yes"}).status_code == 302
    assert w.member.person.consents.get().is_given
    local = factories.GroupFactory(slug="local")
    coordinator = factories.user_in(local, "coordinator")
    local_member = factories.MembershipFactory(group=local)
    for user in (coordinator, factories.user_in(local), w.supporter):
        read(sign_in(user), address, 404)
        assert "Showing the group my strengths" not in read(sign_in(user), reverse("core:my-details"))
    asked = reverse("networks:membership-consent", args=[local_member.pk, "strengths"])
    read(sign_in(coordinator), asked, 404)
    # The same person in both groups: only the advisory group asks.
    both = factories.MembershipFactory(group=local, person=w.one)
    read(sign_in(coordinator), reverse("networks:membership-consent", args=[both.pk, "strengths"]), 404)
    assert "strengths" not in read(sign_in(coordinator), "/groups/local/")
    here = reverse("networks:membership-consent", args=[page_of(w, w.one), "strengths"])
    assert "the strengths and skills" in read(sign_in(w.lead), here)


def test_the_api_asks_arranges_confirms_and_cancels(group_world, sign_in):
    w = group_world
    member, lead = sign_in(w.member), sign_in(w.lead)
    body = {"meeting": w.meeting.pk, "kind": "bsl", "words": "A signer I know"}
    made = member.post("/api/v1/support-bookings/", body, content_type="application/json")
    assert made.status_code == 201 and made.json()["state"] == "asked"
    address = f"/api/v1/support-bookings/{made.json()['id']}/"
    again = member.post("/api/v1/support-bookings/", body, content_type="application/json")
    assert again.status_code == 400
    assert member.patch(address, {"words": "x"}, content_type="application/json").status_code == 428
    etag = member.get(address)["ETag"]
    changed = member.patch(address, {"words": "Two"}, content_type="application/json", headers={"If-Match": etag})
    assert changed.json()["words"] == "Two"
    assert member.post(f"{address}confirm/", {"arranged": "x"}, content_type="application/json").status_code == 403
    body = {"arranged_by": w.lead.email, "arrange_by": "2022-09-22"}
    assert lead.post(f"{address}arrange/", body, content_type="application/json").json()["state"] == "arranging"
    body = {"arranged": "Two interpreters"}
    assert lead.post(f"{address}confirm/", body, content_type="application/json").json()["state"] == "confirmed"
    assert member.post(f"{address}cancel/", {}, content_type="application/json").json()["state"] == "cancelled"
    body = {"meeting": w.meeting.pk, "person": w.one.pk, "kind": "bsl", "told": "phone"}
    assert member.post("/api/v1/support-bookings/", body, content_type="application/json").status_code == 400


def test_the_api_keeps_own_strengths_and_outside_groups(group_world, sign_in):
    w = group_world
    member, kind = sign_in(w.member), {"content_type": "application/json"}
    made = member.post("/api/v1/strengths/", {"group": w.group.slug, "words": WORDS}, **kind)
    assert made.status_code == 201 and WORDS in read(member, "/api/v1/strengths/")
    address = f"/api/v1/strengths/{made.json()['id']}/"
    changed = member.patch(address, {"words": "Else"}, headers={"If-Match": made["ETag"]}, **kind)
    assert changed.json()["words"] == "Else"
    assert member.patch(address, {"words": "Late"}, headers={"If-Match": made["ETag"]}, **kind).status_code == 412
    body = {"group": w.group.slug, "name": "Another group", "about": "They listen.", "known_since": "2022-08-01"}
    made = member.post("/api/v1/outside-groups/", body, **kind)
    assert made.status_code == 201
    learned = {"on": "2022-09-01", "direction": "to", "words": "To ask"}
    added = member.post(f"/api/v1/outside-groups/{made.json()['id']}/exchanges/", learned, **kind)
    assert added.status_code == 201 and added.json()["exchanges"][0]["words"] == "To ask"


@pytest.mark.parametrize("name", ["support-booking-list", "outside-group-list"])
def test_lists_cost_the_same_with_one_row_and_many(group_world, sign_in, name):
    w = group_world

    def add(number):
        ask_for_support(by=w.member, meeting=w.meeting, kind="other", words=f"Thing {number}")
        OutsideGroup.objects.create(group=w.group, name=f"Group {number}", about="x", known_since=w.today)

    add(0)
    client = sign_in(w.lead)
    client.get(url(name))
    with CaptureQueriesContext(connection) as one:
        client.get(url(name))
    for number in range(1, 8):
        add(number)
    with CaptureQueriesContext(connection) as many:
        client.get(url(name))
    assert len(one) == len(many)
