"""The course of a charter: waypoints open and close in time, move with a reason, and the next one is planned by itself."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from coproduction.waypoints.answers import daily, tasks
from coproduction.waypoints.answers.services import save_answer
from coproduction.waypoints.models import Rhythm, Waypoint
from coproduction.waypoints.services import (
    cancel_waypoint,
    months_after,
    move_waypoint,
    open_waypoint,
    plan_next_waypoint,
    plan_waypoint,
    record_waypoint,
    set_rhythm,
    update_waypoint,
)
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.notices.models import Notice
from reports.figures.gather import gather_figures
from tests.pages import html_of

DUE = date(2022, 12, 1)


def plan(world, **more):
    return plan_waypoint(by=world.lead, charter=world.charter, **{"title": "Winter stop", "due_on": DUE, **more})


def hold(world, waypoint, **more):
    given = {"summary": ["Here.", "Yes."], "finding": "on_course", "outcome": "no_change"}
    return record_waypoint(
        by=world.lead, waypoint=waypoint, held_on=clock.today(), no_change_reason="It works.", **{**given, **more}
    )


def told(key):
    return Notice.objects.filter(key__startswith=key).count()


# --- Opening and closing
def test_a_waypoint_opens_two_weeks_before_and_members_are_told_once(world):
    waypoint = plan(world)
    assert waypoint.question_list == ["Where are we?", "Are we heading as intended?"]
    assert daily.run_day(by=SYSTEM, on=date(2022, 11, 16))["opened"] == 0
    with clock.standing_on(date(2022, 11, 17)):
        for _ in range(2):
            daily.run_day(by=SYSTEM, on=date(2022, 11, 17))
    waypoint.refresh_from_db()
    assert waypoint.opened_on == date(2022, 11, 17) and waypoint.is_open(DUE)
    assert told(f"waypoint-opened:{waypoint.pk}") == 4
    assert not waypoint.is_open(DUE + timedelta(days=1))


def test_a_day_on_which_no_worker_ran_is_made_up_for(world):
    plan(world)
    with clock.standing_on(date(2022, 11, 20)):
        assert daily.run_day(by=SYSTEM, on=date(2022, 11, 20))["opened"] == 1


def test_those_who_have_not_answered_are_reminded_once_before_it_closes(world):
    waypoint = plan(world)
    with clock.standing_on(date(2022, 11, 17)):
        open_waypoint(by=world.lead, waypoint=waypoint)
        save_answer(by=world.member, waypoint=waypoint, words=["Here.", ""])
    assert daily.run_day(by=SYSTEM, on=date(2022, 11, 27))["reminded"] == 0
    assert daily.run_day(by=SYSTEM, on=date(2022, 11, 28))["reminded"] == 3
    assert daily.run_day(by=SYSTEM, on=date(2022, 11, 29))["reminded"] == 0
    assert not Notice.objects.filter(key__startswith="waypoint-closing", person=world.member.person).exists()


def test_questions_can_be_edited_until_members_are_asked(world, sign_in):
    waypoint = plan(world)
    client = sign_in(world.lead)
    path = reverse("coproduction:waypoint-edit", args=[waypoint.pk])
    sent = {"title": "Winter stop", "opens_on": "2022-11-17", "questions": "How is it?\nWhat next?", "version": "1"}
    assert client.post(path, sent).status_code == 302
    waypoint.refresh_from_db()
    assert waypoint.question_list == ["How is it?", "What next?"]
    assert "What next?" in html_of(client.post(path, {**sent, "title": "Other"}))  # an old page keeps what was typed
    open_waypoint(by=world.lead, waypoint=waypoint)
    with pytest.raises(StateConflict, match="asked already"):
        update_waypoint(
            by=world.lead, waypoint=waypoint, title="x", opens_on=waypoint.opens_on, questions="Something else?"
        )
    with pytest.raises(ValidationError, match="at most 6"):
        plan(world, questions="\n".join("abcdefg"))


def test_a_waypoint_is_moved_with_a_reason_and_members_are_told(world, sign_in):
    waypoint = plan(world)
    moved = move_waypoint(by=world.lead, waypoint=waypoint, due_on=date(2022, 12, 15), reason="Two members are ill.")
    assert (moved.due_on, moved.moved_from, moved.opens_on) == (date(2022, 12, 15), DUE, date(2022, 12, 1))
    assert told("waypoint-moved") == 4
    assert not Notice.objects.filter(words__contains="ill").exists()
    page = html_of(sign_in(world.member).get(moved.get_absolute_url()))
    assert "Moved from 1 December 2022 to 15 December 2022" in page and "Two members are ill." in page
    for due_on, reason in ((date(2022, 9, 1), "x"), (date(2022, 12, 15), "x"), (date(2023, 1, 1), " ")):
        with pytest.raises(ValidationError):
            move_waypoint(by=world.lead, waypoint=moved, due_on=due_on, reason=reason)
    with pytest.raises(Conflict):
        move_waypoint(by=world.lead, waypoint=waypoint, due_on=date(2023, 1, 1), reason="x", expected=1)


def test_a_waypoint_is_cancelled_with_a_reason_and_is_no_longer_due(world, sign_in):
    waypoint = plan(world)
    client = sign_in(world.lead)
    path = reverse("coproduction:waypoint-cancel", args=[waypoint.pk])
    assert "Enter an answer" in html_of(client.post(path, {"reason": "", "version": "1"}))
    page = html_of(client.post(path, {"reason": "The year is full.", "version": "1"}, follow=True))
    assert "Cancelled on 15 September 2022" in page and "The year is full." in page
    assert not Waypoint.objects.ahead().exists() and told("waypoint-cancelled") == 4
    with pytest.raises(StateConflict, match="cancelled"):
        hold(world, waypoint)


def test_the_result_is_a_draft_that_is_linked_or_no_change_with_the_reason(agreed):
    with pytest.raises(ValidationError, match="Say why the charter stays"):
        record_waypoint(
            by=agreed.lead,
            waypoint=plan(agreed),
            held_on=agreed.today,
            summary=["x", "x"],
            finding="on_course",
            outcome="no_change",
        )
    with pytest.raises(ValidationError, match="Choose what the group found"):
        hold(agreed, plan(agreed), finding="")
    kept = hold(agreed, plan(agreed))
    assert kept.no_change_reason == "It works." and kept.led_to is None
    led = hold(agreed, plan(agreed), outcome="new_version", finding="off_course")
    assert led.led_to.number == 2 and led.no_change_reason == ""
    assert told(f"waypoint-result:{led.pk}") == 4


def test_a_draft_that_a_waypoint_led_to_is_not_told_of_over_the_api(agreed, sign_in):
    led = hold(agreed, plan(agreed), outcome="new_version")
    path = f"/api/v1/waypoints/{led.pk}/"
    assert sign_in(agreed.member).get(path).json()["led_to"] is None
    assert sign_in(agreed.lead).get(path).json()["led_to"] == led.led_to_id


# --- The next one
def test_the_next_waypoint_is_planned_by_itself_six_months_later(world):
    held = hold(world, plan(world))
    (ahead,) = Waypoint.objects.ahead()
    assert (ahead.due_on, ahead.opens_on, ahead.follows) == (date(2023, 3, 15), date(2023, 3, 1), held)
    assert plan_next_waypoint(by=SYSTEM, charter=world.charter) is None


def test_a_group_can_take_stock_more_often_or_plan_by_hand(world, sign_in):
    client = sign_in(world.lead)
    path = reverse("coproduction:waypoint-rhythm", args=[world.charter.pk])
    assert client.post(path, {"months": "0", "notice_days": "21", "version": "1"}).status_code == 302
    hold(world, plan(world))
    daily.run_day(by=SYSTEM, on=world.today)
    assert not Waypoint.objects.ahead().exists()
    stale = client.post(path, {"months": "9", "notice_days": "21", "version": "1"})
    assert stale.status_code == 409 and "Someone else saved this" in html_of(stale)
    set_rhythm(by=world.lead, charter=world.charter, months=3, notice_days=21)
    assert daily.run_day(by=SYSTEM, on=world.today)["planned"] == 1
    assert Waypoint.objects.ahead().get().due_on == date(2022, 12, 15) and Rhythm.objects.get().months == 3


def test_after_a_long_pause_members_still_get_their_days_to_answer(world):
    set_rhythm(by=world.lead, charter=world.charter, months=0, notice_days=14)
    hold(world, plan(world))
    set_rhythm(by=world.lead, charter=world.charter, months=6, notice_days=14)
    with clock.standing_on(date(2025, 1, 1)):
        assert plan_next_waypoint(by=SYSTEM, charter=world.charter).due_on == date(2025, 1, 15)


@pytest.mark.database
def test_the_database_lets_one_waypoint_follow_another(world):
    held = hold(world, plan(world))
    with pytest.raises(IntegrityError), transaction.atomic():
        Waypoint.objects.create(charter=world.charter, title="Again", due_on=DUE, follows=held)


@pytest.mark.database
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_does_it_once(world, monkeypatch):
    set_rhythm(by=world.lead, charter=world.charter, months=0, notice_days=14)
    hold(world, plan(world, due_on=world.today))
    set_rhythm(by=world.lead, charter=world.charter, months=6, notice_days=14)
    before = AuditEvent.objects.count()
    queue.enqueue_daily()
    job = Job.objects.get(kind=tasks.DAY)
    original, calls = plan_next_waypoint, []

    def dies(**given):
        made = original(**given)
        calls.append(made)
        if len(calls) == 1:
            raise KeyboardInterrupt  # as good as a kill: nothing after this line runs
        return made

    monkeypatch.setattr(daily, "plan_next_waypoint", dies)
    with pytest.raises(KeyboardInterrupt):
        queue.run(job.pk)
    assert calls and not Waypoint.objects.ahead().exists() and AuditEvent.objects.count() == before
    Job.objects.filter(pk=job.pk).update(lease_until=job.created_at)
    queue.run_due()
    job.refresh_from_db()
    assert job.result == {"opened": 0, "reminded": 0, "planned": 1}
    assert Waypoint.objects.ahead().count() == 1
    queue.enqueue_daily()
    queue.run_due()
    assert Waypoint.objects.ahead().count() == 1


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 36))
def test_months_after_a_day_stay_in_the_calendar(day, months):
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day and (later.day == day.day or (later + timedelta(days=1)).day == 1)


def test_only_the_engagement_lead_changes_the_course(world, staff):
    waypoint = plan(world)
    for user in (staff, world.member):
        for call in (
            lambda by: open_waypoint(by=by, waypoint=waypoint),
            lambda by: move_waypoint(by=by, waypoint=waypoint, due_on=date(2023, 1, 1), reason="x"),
            lambda by: cancel_waypoint(by=by, waypoint=waypoint, reason="x"),
            lambda by: set_rhythm(by=by, charter=world.charter, months=1, notice_days=14),
            lambda by: update_waypoint(by=by, waypoint=waypoint, title="x", opens_on=DUE, questions="x"),
        ):
            with pytest.raises(PermissionDenied):
                call(user)


def test_the_engagement_lead_runs_a_waypoint_over_the_api(agreed, sign_in):
    client = sign_in(agreed.lead)
    body = {"charter": agreed.charter.pk, "title": "Stop", "due_on": "2022-10-20", "questions": ["How is it?"]}
    made = client.post("/api/v1/waypoints/", body, content_type="application/json")
    assert made.status_code == 201 and made.json()["opens_on"] == "2022-10-06" and made.json()["state"] == "planned"
    one = made["Location"]
    tag = {"headers": {"if-match": made["ETag"]}, "content_type": "application/json"}
    assert client.patch(one, {"questions": ["What next?"]}, **tag).json()["questions"] == ["What next?"]
    json = {"content_type": "application/json"}
    assert client.post(f"{one}open/", {}, **json).json()["state"] == "open"
    assert client.post(f"{one}open/", {}, **json).status_code == 409
    assert (
        client.post(f"{one}move/", {"due_on": "2022-10-25", "reason": "Ill."}, **json).json()["due_on"] == "2022-10-25"
    )
    result = {"held_on": "2022-09-15", "summary": ["Here."], "finding": "adjust"}
    assert client.post(f"{one}record/", {**result, "outcome": "no_change"}, **json).status_code == 400
    done = client.post(f"{one}record/", {**result, "outcome": "new_version"}, **json)
    assert done.json()["state"] == "held" and done.json()["finding"] == "adjust"
    assert client.post(f"{one}cancel/", {"reason": "x"}, **json).status_code == 409


def test_the_summary_follows_the_waypoints_own_questions_on_every_surface(agreed, sign_in):
    waypoint = plan(agreed, due_on=agreed.today, questions="What helps?\nWhat is in the way?\nWhat next?")
    lead, member = sign_in(agreed.lead), sign_in(agreed.member)
    page = html_of(lead.get(waypoint.get_absolute_url()))
    assert all(f"summary_{number}" in page for number in range(3)) and "summary_3" not in page
    given = {"held_on": "2022-09-15", "finding": "on_course", "outcome": "no_change", "no_change_reason": "It works."}
    texts = {"summary_0": "The breaks.", "summary_1": "Long **papers**.", "summary_2": "Shorter papers."}
    short = html_of(lead.post(waypoint.get_absolute_url(), {**given, **texts, "summary_2": ""}))
    assert "Write down what the group said" in short
    assert lead.post(waypoint.get_absolute_url(), {**given, **texts}).status_code == 302
    for path in (waypoint.get_absolute_url(), f"/co-production/charters/{agreed.charter.pk}/waypoints/"):
        shown = html_of(member.get(path))
        assert all(words in shown for words in ("What is in the way?", "<strong>papers</strong>", "Shorter papers."))
        assert "Are we heading as intended?" not in shown
    row = next(one for one in member.get("/api/v1/waypoints/").json()["results"] if one["id"] == waypoint.pk)
    assert row["summary"][2] == {"question": "What next?", "words": "Shorter papers."}
    assert "### What helps?\n\nThe breaks." in row["summary_text"]
    assert "What is in the way?" in member.get("/api/v1/waypoints/export.csv").getvalue().decode()
    figures = gather_figures(2022)["charter"]["waypoints"]
    assert next(one for one in figures if one["title"] == "Winter stop")["summary"][1]["words"] == "Long **papers**."


def test_a_waypoint_from_before_shows_its_two_texts(agreed):
    waypoint = plan(agreed, questions="What next?")
    waypoint.where_we_are, waypoint.heading = "Half way.", "Mostly."
    assert [part["words"] for part in waypoint.summary_parts] == ["Half way.", "Mostly."]
    assert waypoint.summary_parts[1]["question"] == "Are we heading as intended?"
