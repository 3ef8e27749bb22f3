"""Looking at people, their needs and their consents is put on record; what was read is not."""

from datetime import timedelta

import pytest
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.people.models import Consent, Person
from networks.log.models import Attendance
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]
SECRET = "A hoist and a quiet room"


@pytest.fixture
def member(db):
    group = factories.GroupFactory(slug="the-group")
    row = factories.MembershipFactory(group=group)
    row.person.access_arrangements, row.person.name = SECRET, "Hazel Birch"
    row.person.save()
    return row


def read() -> list[tuple[int, str, str]]:
    """(who, what, of which row) of every reading, oldest first."""
    rows = AuditEvent.objects.filter(type__startswith="read.").order_by("pk")
    return [(row.actor_id, row.type.removeprefix("read."), f"{row.object_type} {row.object_id}") for row in rows]


def test_each_way_to_read_about_people_leaves_who_looked_at_what(member, staff, sign_in, monkeypatch):
    monkeypatch.setattr(audit, "READ_AGAIN_AFTER", timedelta(0))
    person, group, me = f"core.person {member.person_id}", f"networks.group {member.group_id}", f"core.user {staff.pk}"
    meeting = factories.MeetingFactory(group=member.group)
    Person.objects.filter(pk=member.person_id).update(access_arrangements="My dog comes too")
    Attendance.objects.create(meeting=meeting, person=member.person, status="present")
    no = {"purpose": "photos", "wording": "May we?", "is_given": False, "given_on": "2022-06-01"}
    Consent.objects.create(person=member.person, **no)
    booked = Booking.objects.create(meeting=meeting, kind="other")
    BookingNeed.objects.create(meeting=meeting, person=member.person, kind="other", booking=booked)
    ways = [
        ("/people/", "people", me),
        ("/people/?format=csv", "people_exported", me),
        (f"/people/{member.person_id}/", "person", person),
        ("/groups/the-group/", "needs", group),
        (meeting.get_absolute_url(), "needs", group),
        (reverse("networks:meeting-log", args=[meeting.pk]), "consents", group),
        (reverse("networks:photos-edit", args=[meeting.pk]), "consents", group),
        (reverse("networks:photos-of", args=[member.person_id]), "consents", person),
        (reverse("networks:meeting-bookings", args=[meeting.pk]), "needs", group),
        (reverse("networks:booking-add", args=[meeting.pk]) + "?kind=other", "needs", group),
        (reverse("networks:need-aside", args=[meeting.pk]) + "?kind=other", "needs", group),
        (reverse("networks:booking-detail", args=[booked.pk]), "needs", group),
        (reverse("networks:group-members-file", args=["the-group"]), "members_exported", group),
        (reverse("networks:membership-needs", args=[member.pk]), "needs", person),
        (reverse("networks:membership-consent", args=[member.pk, "quotes"]), "consents", person),
        ("/api/v1/groups/the-group/members/", "needs", group),
        (f"/api/v1/groups/the-group/members/{member.pk}/", "needs", group),
        ("/api/v1/groups/the-group/members/?format=csv", "members_exported", group),
        (f"/api/v1/groups/the-group/members/{member.pk}/consents/", "consents", person),
    ]
    for address, what, about in ways:
        client = sign_in(staff)
        before = len(read())
        page = client.get(address)
        assert page.status_code == 200, address
        page.getvalue()
        assert read()[before:] == [(staff.pk, what, about)], address


def test_a_page_loaded_again_is_the_same_reading_and_a_file_is_not(member, staff, engagement_lead, sign_in):
    for user in (staff, staff, engagement_lead):
        sign_in(user).get("/groups/the-group/")
    assert [row[:2] for row in read()] == [(staff.pk, "needs"), (engagement_lead.pk, "needs")]
    for _ in range(2):
        sign_in(staff).get("/people/?format=xlsx")
    assert [row[1] for row in read()][2:] == ["people_exported", "people_exported"]


def test_a_read_event_holds_no_personal_values_and_is_shown_on_no_page(member, staff, administrator, sign_in):
    client = sign_in(staff)
    for address in ("/people/?q=Hazel", "/people/?q=Hazel&format=csv", "/groups/the-group/"):
        client.get(address)
    for row in AuditEvent.objects.filter(type__startswith="read."):
        kept = f"{row.fields}{row.facts}"
        assert "Hazel" not in kept and SECRET not in kept and row.facts.get("rows", 1) == 1
    pages = [html_of(client.get(address)) for address in ("/", "/groups/the-group/", f"/people/{member.person_id}/")]
    assert not any("exported" in page.lower() or "Read.needs" in page for page in pages)
    assert "read.people_exported" in html_of(sign_in(administrator).get("/admin/core/auditevent/"))


def test_members_who_see_no_needs_leave_no_reading(member, sign_in):
    sign_in(factories.user_in(member.group)).get("/groups/the-group/")
    assert read() == []
