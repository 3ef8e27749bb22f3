"""Comments on the report, the leadership team's responses, and reminders to members who have said nothing yet."""

from datetime import timedelta

import pytest

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import queue
from impact.core.notices.models import Notice
from reports.approval import services as approval
from reports.group_reading import services
from reports.group_reading.reminders import remind_of_readings
from reports.group_reading.tasks import REMIND
from tests.reports.group_reading.test_reading import (  # noqa: F401  the fixtures
    DEADLINE,
    TODAY,
    all_ready,
    client_of,
    say,
    sent,
    submitted,
    world,
)

pytestmark = pytest.mark.django_db
HERE = "/api/v1/report-comments/"


def send(client, path, body, **headers):
    return client.post(path, body, content_type="application/json", headers=headers)


def test_a_member_comments_and_staff_answer(sent):  # noqa: F811
    member, staff = client_of(sent.member), client_of(sent.staff)
    body = {"report": 2022, "section": "progress", "words": "Too long"}
    made = send(member, HERE, body)
    assert made.status_code == 201 and made.json()["name"] == sent.member.person.name
    one = f"{HERE}{made.json()['id']}/"
    assert staff.get(one).json()["name"] == ""  # staff see what was said, not who said it
    assert send(member, f"{one}answer/", {"status": "taken_in", "answer": "Yes."}).status_code == 403
    old = staff.get(one)["ETag"]
    answer = {"status": "taken_in", "answer": "We cut it by half."}
    assert send(staff, f"{one}answer/", answer, **{"if-match": old}).json()["status"] == "taken_in"
    assert send(staff, f"{one}answer/", answer, **{"if-match": old}).status_code == 412
    assert member.get(one).json()["answer"] == "We cut it by half."


def test_comments_are_for_the_group_and_those_who_write_the_report(sent):  # noqa: F811
    row = say(sent)
    for user in (sent.leader, sent.elsewhere, sent.outsider):
        client = client_of(user)
        assert client.get(HERE).json()["results"] == [] and client.get(f"{HERE}{row.pk}/").status_code == 404
    body = {"report": 2022, "section": "progress", "words": "Mine"}
    assert send(client_of(sent.outsider), HERE, body).status_code == 403
    assert send(client_of(sent.staff), HERE, body).status_code == 403
    assert send(client_of(sent.elsewhere), HERE, body).status_code in (400, 403)


def test_the_engagement_lead_writes_a_comment_down_and_says_how_the_member_told_them(sent):  # noqa: F811
    lead, body = (
        client_of(sent.lead),
        {"report": 2022, "section": "progress", "words": "Good", "member": sent.others[0].pk},
    )
    assert send(lead, HERE, body).json()["errors"][0]["attr"] == "told"
    made = send(lead, HERE, {**body, "told": "phone"}).json()
    assert (made["told"], made["written_down_by"]) == ("phone", sent.lead.display_name)
    other = client_of(sent.member)
    assert send(other, HERE, {**body, "told": "phone"}).status_code == 403


def test_leadership_responds_changes_it_and_members_read_it(sent):  # noqa: F811
    all_ready(sent)
    services.end_reading(by=sent.staff, reading=sent.reading)
    sent.report.refresh_from_db()
    report, edition = submitted(sent)
    path, leader, member = "/api/v1/report-responses/", client_of(sent.leader), client_of(sent.member)
    early = send(leader, path, {"report": 2022, "words": "Thank you."})
    assert early.status_code == 400
    approval.approve_report(by=sent.leader, report=report, edition=edition)
    made = send(leader, path, {"report": 2022, "words": "Thank you."})
    assert made.status_code == 201 and send(leader, path, {"report": 2022, "words": "Again"}).status_code == 409
    one = f"{path}{made.json()['id']}/"
    assert member.get(one).json()["words"] == "Thank you."
    for user in (sent.elsewhere, sent.outsider):
        assert client_of(user).get(one).status_code == 404
    tag = {"content_type": "application/json", "headers": {"if-match": leader.get(one)["ETag"]}}
    assert member.patch(one, {"words": "Ours"}, **tag).status_code == 403
    assert leader.patch(one, {"words": "Thank you all."}, **tag).json()["words"] == "Thank you all."
    assert leader.patch(one, {"words": "Late"}, **tag).status_code == 412


def told(day):
    with clock.standing_on(day):
        return remind_of_readings(by=SYSTEM, on=day)


def test_members_who_have_said_nothing_are_reminded_a_week_and_a_day_before_once_each(sent):  # noqa: F811
    say(sent)
    services.say_ready(by=sent.lead, reading=sent.reading, person=sent.others[0], told="phone")
    found = {(DEADLINE - day).days: told(day) for day in (TODAY + timedelta(n) for n in range(17))}
    assert {left: number for left, number in found.items() if number} == {7: 2, 1: 2}
    rows = Notice.objects.filter(key__startswith="reading-reminder")
    assert {row.person_id for row in rows} == {person.pk for person in sent.others[1:]}
    assert all(row.path == "/reports/2022/" or "2022" in row.path for row in rows)
    assert told(DEADLINE) == 0


def test_more_time_means_reminders_of_the_new_deadline_and_none_once_it_is_taken_back(sent):  # noqa: F811
    assert told(DEADLINE - timedelta(days=1)) == 4
    services.extend_reading(by=sent.staff, reading=sent.reading, deadline=DEADLINE + timedelta(days=20))
    assert told(DEADLINE + timedelta(days=13)) == 4
    services.end_reading(by=sent.staff, reading=sent.reading, reason="A mistake in it.")
    assert told(DEADLINE + timedelta(days=19)) == 0


def test_reminding_is_a_job_of_every_day():
    assert REMIND in queue.DAILY
