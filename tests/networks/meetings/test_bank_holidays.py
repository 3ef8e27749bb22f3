"""Bank holidays of the four nations, when meetings are planned."""

from datetime import date

import pytest
from django.urls import reverse

from networks.meetings.models import Meeting
from networks.meetings.planning.bank_holidays import holiday_words, next_working_day
from tests import factories
from tests.pages import html_of

ST_ANDREW, EASTER_MONDAY, THE_TWELFTH = date(2022, 11, 30), date(2023, 4, 10), date(2023, 7, 12)


@pytest.mark.parametrize(
    ("on", "nation", "words"),
    [
        (ST_ANDREW, "scotland", "is a bank holiday in Scotland (Saint Andrew's Day)"),
        (ST_ANDREW, "wales", ""),
        (THE_TWELFTH, "northern_ireland", "is a bank holiday in Northern Ireland (Battle of the Boyne)"),
        (THE_TWELFTH, "uk", "is a bank holiday in Northern Ireland (Battle of the Boyne)"),
        (EASTER_MONDAY, "uk", "is a bank holiday in England, Northern Ireland and Wales (Easter Monday)"),
        (EASTER_MONDAY, "scotland", ""),
        (date(2023, 5, 8), "uk", "is a bank holiday in all four nations"),
        (date(2023, 3, 15), "uk", ""),
    ],
)
def test_a_day_is_a_bank_holiday_where_it_is_one(on, nation, words):
    found = holiday_words(on, nation)
    assert found.startswith(words) if words else not found


def test_a_bank_holiday_moves_to_the_next_working_day_and_nothing_else_moves():
    assert next_working_day(date(2023, 4, 7), "england") == date(2023, 4, 11)  # Good Friday, to after Easter Monday
    assert next_working_day(date(2023, 4, 7), "scotland") == date(2023, 4, 10)
    assert next_working_day(date(2023, 3, 18), "england") == date(2023, 3, 18)  # a Saturday that was chosen


COMMON = {"starts": "14:00", "minutes": "90", "mode": "online", "place": "", "join_url": "", "access_arrangements": ""}


@pytest.mark.django_db
def test_a_series_does_not_fall_on_a_bank_holiday_unless_its_planner_wants_it(circle, sign_in):
    circle.group.ends_on = date(2023, 12, 31)
    circle.group.save()
    client, url = sign_in(circle.coordinator), reverse("networks:group-series", args=[circle.group.slug])
    given = COMMON | {"first": "2023-02-27", "count": "2", "rhythm": "weeks"}  # six weeks on is Easter Monday
    page = html_of(client.post(url, given | {"do": "work"}))
    assert 'value="2023-04-11"' in page and 'value="2023-04-10"' not in page
    assert "10 April 2023 is a bank holiday in Wales (Easter Monday), so Tuesday 11 April 2023 is suggested" in page
    rows = {"rows-TOTAL_FORMS": "1", "rows-INITIAL_FORMS": "1", "rows-0-date": "2023-04-10"}
    rows |= {"rows-0-starts": "14:00", "rows-0-ends": "15:30"}
    page = html_of(client.post(url, given | rows | {"do": "save"}, follow=True))
    assert "10 April 2023 is a bank holiday in Wales" in page
    assert Meeting.objects.get(group=circle.group, number=3).starts_on == date(2023, 4, 10)


@pytest.mark.django_db
def test_one_meeting_on_a_bank_holiday_is_saved_with_a_warning(circle, sign_in):
    circle.group.ends_on = date(2023, 12, 31)
    circle.group.save()
    client = sign_in(circle.coordinator)
    given = {"title": "Spring", "date": "2023-04-10", "starts": "14:00", "ends": "16:00", "mode": "online"}
    page = html_of(client.post(reverse("networks:meeting-add", args=[circle.group.slug]), given, follow=True))
    assert "Spring: 10 April 2023 is a bank holiday in Wales (Easter Monday)." in page
    meeting = factories.MeetingFactory._meta.model.objects.get(title="Spring")
    edit = reverse("networks:meeting-edit", args=[meeting.pk])
    given |= {"version": str(meeting.version), "date": "2023-04-12"}
    assert "bank holiday" not in html_of(client.post(edit, given, follow=True))
