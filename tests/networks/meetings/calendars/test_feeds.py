"""A personal calendar address: what it shows, to whom, and how it ends."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from icalendar import Calendar

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from networks.meetings.invitations.calendars import services
from networks.meetings.invitations.calendars.models import CalendarFeed
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import Meeting
from tests import factories
from tests.networks.conftest import TODAY
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(circle):
    """A member with an account; both meetings are announced, and the coming one says where and why."""
    Meeting.objects.filter(group=circle.group).update(
        announced_at=clock.now(), title="What helps at home", place="Secret house 7", mode="in_person"
    )
    circle.member = factories.user_in(circle.group)
    return circle


def address(token: str) -> str:
    return reverse("networks:calendar-feed", args=[token])


def read(client, token: str) -> Calendar:
    response = client.get(address(token))
    assert response.status_code == 200 and response["Content-Type"].startswith("text/calendar")
    return Calendar.from_ical(response.content)


def uids(client, token: str) -> set[str]:
    return {str(event["uid"]) for event in read(client, token).walk("VEVENT")}


def test_it_says_when_and_where_and_never_with_whom_or_about_what(member, client):
    token = services.make_feed(by=member.member)
    text = client.get(address(token)).content.decode()
    first, second = read(client, token).walk("VEVENT")
    assert (str(first["summary"]), first.decoded("dtstart")) == ("Meeting", member.meeting.starts_at)
    assert str(second["location"]) == "Secret house 7"
    assert str(second["url"]).endswith(member.later.get_absolute_url())
    for secret in [
        member.group.name,
        "What helps at home",
        member.member.email,
        *(m.person.name for m in member.members),
    ]:
        assert secret not in text


def test_it_shows_the_announced_meetings_of_their_own_groups_that_are_still_on(member, client):
    token = services.make_feed(by=member.member)
    elsewhere = factories.MeetingFactory(starts_at=factories.at(2023, 2, 1), announced_at=clock.now())
    draft = factories.MeetingFactory(
        group=member.group, number=3, starts_at=factories.at(2023, 2, 20), announced_at=None
    )
    old = factories.MeetingFactory(
        group=member.group, number=4, starts_at=factories.at(2022, 9, 1), announced_at=clock.now()
    )
    found = uids(client, token)
    assert found == {str(member.meeting.uid), str(member.later.uid)}
    assert not found & {str(elsewhere.uid), str(draft.uid), str(old.uid)}
    Meeting.objects.filter(pk=member.later.pk).update(status="cancelled", status_reason="Snow")
    assert uids(client, token) == {str(member.meeting.uid)}


def test_a_declined_meeting_is_left_out_and_comes_back_with_another_answer(member, client):
    token = services.make_feed(by=member.member)
    row = MeetingInvitation.objects.create(
        meeting=member.later, person=member.member.person, answer="no", answered_at=clock.now()
    )
    assert str(member.later.uid) not in uids(client, token)
    MeetingInvitation.objects.filter(pk=row.pk).update(answer="yes")
    assert str(member.later.uid) in uids(client, token)


def test_someone_who_leaves_the_group_no_longer_sees_its_meetings(member, client):
    """Also where the owner may still see the group: the day of the meeting counts, and it is asked at every reading."""
    token = services.make_feed(by=member.member)
    member.member.person.memberships.update(ends_on=date(2023, 1, 20))
    assert uids(client, token) == {str(member.meeting.uid)}
    with clock.standing_on(date(2023, 1, 21)):
        assert uids(client, token) == set()


def test_an_account_that_is_closed_or_lacks_its_second_step_gets_nothing(member, client, settings):
    token = services.make_feed(by=member.member)
    member.member.is_active = False
    member.member.save(update_fields=["is_active"])
    assert client.get(address(token)).status_code == 404
    settings.TWO_STEP_REQUIRED = False
    staff = factories.UserFactory(roles=["staff"])
    token = services.make_feed(by=staff, covers="all")
    assert client.get(address(token)).status_code == 200
    settings.TWO_STEP_REQUIRED = True
    assert client.get(address(token)).status_code == 404
    with pytest.raises(PermissionDenied):
        services.make_feed(by=staff)


def test_staff_may_have_every_meeting_until_their_role_ends(member, client):
    staff = factories.UserFactory(roles=["staff"])
    assert uids(client, services.make_feed(by=staff)) == set()  # they belong to no group
    token = services.make_feed(by=staff, covers="all")
    assert uids(client, token) == {str(member.meeting.uid), str(member.later.uid)}
    staff.role_grants.all().delete()
    assert uids(client, token) == set()
    with pytest.raises(ValidationError):
        services.make_feed(by=member.member, covers="all")


def test_only_a_hash_is_kept_and_another_address_ends_the_first(member, client):
    first = services.make_feed(by=member.member)
    feed = CalendarFeed.objects.get(user=member.member)
    assert first not in str(vars(feed))
    second = services.make_feed(by=member.member)
    assert client.get(address(first)).status_code == 404 and client.get(address(second)).status_code == 200
    services.end_feed(by=member.member)
    assert client.get(address(second)).status_code == 404
    kinds = AuditEvent.objects.filter(type__startswith="calendar.").order_by("pk").values_list("type", flat=True)
    assert list(kinds) == ["calendar.made", "calendar.replaced", "calendar.ended"]


def test_an_app_that_has_the_newest_calendar_is_told_so(member, client):
    token = services.make_feed(by=member.member)
    first = client.get(address(token))
    assert first["Cache-Control"] == "private, no-store"
    again = client.get(address(token), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and again["ETag"] == first["ETag"] and not again.content
    member.later.ends_at += timedelta(minutes=30)
    member.later.save()
    assert client.get(address(token), headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert client.head(address(token)).status_code == 200 and client.post(address(token)).status_code == 405


def test_reading_takes_the_same_number_of_statements_for_many_meetings(member, client, django_assert_max_num_queries):
    token = services.make_feed(by=member.member)
    for number in range(3, 30):
        factories.MeetingFactory(
            group=member.group,
            number=number,
            starts_at=factories.at(2023, 2, 1) + timedelta(days=number),
            announced_at=clock.now(),
        )
    client.get(address(token))
    with django_assert_max_num_queries(5):
        assert len(uids(client, token)) == 29


def test_the_page_shows_the_address_once_and_ends_it(member, sign_in, client):
    own, url = sign_in(member.member), reverse("networks:my-calendar")
    page = html_of(own.get(url))
    assert "Get your address" in page and "Every meeting" not in page and "/calendar/" not in page.replace(url, "")
    page = html_of(own.post(url))
    (made,) = {part.split("<")[0] for part in page.split('id="calendar-address">')[1:]}
    assert made.endswith("/meetings.ics") and "webcal://" in page
    assert client.get("/" + made.split("://")[1].split("/", 1)[1]).status_code == 200
    page = html_of(own.get(url))
    assert made not in page and "Replace my address" in page and f"{TODAY:%-d %B %Y}" in page
    page = html_of(own.post(reverse("networks:my-calendar-end"), follow=True))
    assert "no longer works" in page and "Get your address" in page


def test_the_page_of_staff_offers_every_meeting(sign_in):
    own = sign_in(factories.UserFactory(roles=["staff"]))
    url = reverse("networks:my-calendar")
    assert "Every meeting that I may see" in html_of(own.get(url))
    assert "webcal://" in html_of(own.post(url, {"covers": "all"}))
    assert "Every meeting that I may see" in html_of(own.get(url))
    page = html_of(own.post(url, {"covers": "everything"}))
    assert "webcal://" not in page and "There is a problem" in page
