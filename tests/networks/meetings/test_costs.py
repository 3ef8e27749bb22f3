"""Someone who knows a person, and compares all that they may read about costs, does not learn what that person cost."""

import csv
import io
import itertools
from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.core.basics import clock
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings import making, services
from networks.meetings.planning.bookings.models import Booking, BookingNeed, in_pounds
from networks.meetings.planning.costs.figures import COLUMNS, Cost, after, renew_totals
from networks.meetings.planning.directory.kinds import Category
from tests import factories
from tests.networks.meetings.test_bookings import needing, signers, staff, text_of  # noqa: F401

COUNTED = [category for category in Category if category != Category.ROOM]


def one(number: int, people, *, category="bsl", estimate=26_000, actual=0):
    return Cost(category, "wales", "local_network", 2023, estimate, actual), number, frozenset(people)


def shown(cells) -> dict[str, tuple]:
    return {category: tuple(row[name][0] for name in COLUMNS) for category, row in cells.items()}


def test_what_happens_to_the_bookings_of_a_few_does_not_show_from_month_to_month():
    many = [one(n, {n}) for n in range(30)] + [one(100 + n, {n}, category="easy_read") for n in range(30)]
    first = after(None, many)
    assert shown(first) == {"bsl": (780_000, 0), "easy_read": (780_000, 0)} | {
        name: shown(first)[name] for name in shown(first).keys() - {"bsl", "easy_read"}
    }
    for few in range(1, 5):
        new = [one(200 + n, {300 + n}) for n in range(few)]  # they need it too
        dearer = [one(n, {n}, estimate=90_000) for n in range(few)] + many[few:]
        gone = many[few:]
        paid = [one(n, {n}, actual=26_000) for n in range(few)] + many[few:]
        unpaid = [one(n, {n}, actual=0 if n < few else 26_000) for n in range(30)] + many[30:]
        other = [one(400 + n, {n}, category="captioning") for n in range(few)]
        for next_month in ([*many, *new], dearer, gone, paid, [*many, *other]):
            assert shown(after(first, next_month)) == shown(first)
        assert shown(after(first, unpaid))["bsl"] == shown(first)["bsl"], "the rest of expected is what these few cost"
        assert shown(after(None, unpaid))["bsl"][1] is None
    five = [*many, *(one(200 + n, {300 + n}) for n in range(5))]
    assert shown(after(first, five))["bsl"][0] == 35 * 26_000
    all_paid = [one(n, {n}, actual=26_000) for n in range(30)] + many[30:]
    assert shown(after(first, all_paid))["bsl"] == (780_000, 780_000)


bookings = st.lists(
    st.tuples(
        st.sampled_from(COUNTED[:3]),
        st.sets(st.integers(0, 14), max_size=4),
        st.sampled_from([0, 100, 5_000, 26_000]),
        st.sampled_from([0, 100, 5_000, 26_000]),
    ),
    max_size=16,
)


@settings(max_examples=150, deadline=None)
@given(months=st.lists(bookings, min_size=1, max_size=4))
def test_no_difference_between_two_figures_is_about_fewer_than_five_people(months):
    """Every figure against the one before, against the one beside it, and the sum against its lines."""
    cells, known = None, {}
    for month in months:
        costs = [
            one(n, people, category=category, estimate=estimate, actual=actual)
            for n, (category, people, estimate, actual) in enumerate(month)
        ]
        now = after(cells, costs)
        who = {str(number): people for _cost, number, people in costs}
        for category in COUNTED:
            row = now.get(category, {})
            for name in COLUMNS:
                pence, of = row.get(name, (None, {}))
                was = known.get((category, name), (None, {}))
                if pence is None:
                    assert was[0] is None, "what was shown stays shown"
                    continue
                if (pence, of) != was:
                    differing = {pk for pk in {**was[1], **of} if was[1].get(pk) != of.get(pk)}
                    people = {person for pk in differing for person in who.get(pk, ())}
                    assert not differing or len(people) >= 5
                known[category, name] = (pence, of)
            beside = [row.get(name, (None, {})) for name in COLUMNS]
            if row != (cells or {}).get(category) and None not in (beside[0][0], beside[1][0]):
                apart = beside[0][1].keys() ^ beside[1][1].keys()
                people = {person for pk in apart for person in who.get(pk, ())}
                assert not apart or len(people) >= 5
        cells = now


@pytest.mark.django_db
def test_costs_are_the_same_on_the_page_in_files_and_over_the_api(client, circle, staff, signers):  # noqa: F811
    by, meeting = circle.coordinator, circle.later
    person = needing(circle, 0, access_arrangements="BSL interpreter", name="Known Person")
    [booking] = making.book(
        by=by, meetings=[meeting], kind="bsl", people=[person], provider=signers, estimate_pence=26_300
    )
    for number in range(22):  # many who read Easy Read
        reader = factories.PersonFactory()
        row = Booking.objects.create(meeting=meeting, kind="easy_read", estimate_pence=4_000)
        BookingNeed.objects.create(meeting=meeting, person=reader, kind="easy_read", booking=row, words=str(number))
    [room] = making.book(by=by, meetings=[meeting], kind="room", estimate_pence=10_400)
    services.cancel_booking(by=by, booking=room, reason="Online now", cost_pence=5_200)
    renew_totals(clock.today())
    page, api = reverse("networks:booking-costs"), "/api/v1/booking-costs/"

    client.force_login(factories.UserFactory(roles=["leadership"]))
    first = text_of(client.get(f"{page}?year=2023"))
    lines = client.get(f"{api}?year=2023").json()["tables"][0]["lines"]
    told = {line["label"]: (line["bookings"], line["estimate_pence"], line["actual_pence"]) for line in lines}
    assert told["Sign language"] == (None, None, None) and told["Easy Read and other formats"] == (None, 88_000, 0)
    assert told["Lines shown, together"][1] == sum(
        told[name][1] or 0 for name in told if name != "Lines shown, together"
    )
    for line in lines:
        words = " ".join(in_pounds(pence) for pence in told[line["label"]][1:])
        assert f"{line['label']} {words}" in first, (line, first)
    choices = {"category": Category.values, "nation": ["wales", "england"], "group_kind": ["local_network", "assembly"]}
    more = [f"{name}={value}" for name, values in choices.items() for value in values]
    more += ["month=1", "group=local-wales", "format=csv", "format=xlsx", "person=1", "after=2023-01-01", "kind=bsl"]
    for query in more:
        assert text_of(client.get(f"{page}?year=2023&{query}")) == first, query
        if not query.startswith("format"):
            answer = client.get(f"{api}?year=2023&{query}")
            assert answer.status_code == 400 and "263" not in answer.content.decode(), query
    assert client.get(f"{api}?year=abc").status_code == client.get(f"{api}?year=1999").status_code == 400
    for address in ("/api/v1/bookings/", "/api/v1/bookings/?kind=bsl", "/api/v1/bookings/export.csv", "/bookings/"):
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        assert b"263" not in body and b"26300" not in body, address
    assert client.get(f"/api/v1/bookings/{booking.pk}/").status_code == 404
    services.change_booking(by=by, booking=booking, what="", estimate_pence=99_900)
    assert text_of(client.get(f"{page}?year=2023")) == first, "not before the next month"
    renew_totals(date(2023, 2, 1))
    assert text_of(client.get(f"{page}?year=2023")).replace("1 February", "16 January") == first

    Meeting.objects.filter(pk=factories.MeetingFactory(group=meeting.group).pk).update(
        starts_at=factories.at(2203, 1, 30), ends_at=factories.at(2203, 1, 31)
    )
    Booking.objects.create(meeting=Meeting.objects.get(starts_at__year=2203), kind="room")  # 2023, mistyped
    assert renew_totals(date(2023, 3, 1)) == 1

    client.force_login(staff)
    for category, nation in itertools.product(["", "bsl", "easy_read"], ["", "wales", "england"]):
        query = f"year=2023&category={category}&nation={nation}"
        answer = client.get(f"{api}?{query}").json()
        sheet = b"".join(client.get(f"{page}?{query}&format=csv")).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(sheet)))
        for name, column in (("estimate_pence", "Expected cost"), ("actual_pence", "Cost")):
            in_file = round(sum(float(row[column] or 0) for row in rows) * 100)
            sums = {table["by"]: sum(line[name] for line in table["lines"][:-1]) for table in answer["tables"]}
            assert set(sums.values()) == {in_file}, (query, name)
        shown_here = text_of(client.get(f"{page}?{query}"))
        for table in answer["tables"]:
            for line in table["lines"]:
                amounts = " ".join(in_pounds(line[name]) for name in ("estimate_pence", "actual_pence"))
                assert f"{line['label']} {line['bookings']} {amounts}" in shown_here
    client.force_login(by)
    assert client.get(api).status_code == 403
