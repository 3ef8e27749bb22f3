"""Reminders a week and a day before a deadline, the day after it, and for those who join later: once each."""

from datetime import date, timedelta

import pytest

from coproduction.agreement.reminders import services
from coproduction.agreement.reminders.tasks import REMIND
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.notices.models import Notice
from networks.groups.models import Membership
from tests import factories
from tests.coproduction.conftest import stand

pytestmark = pytest.mark.django_db


def run_on(day: date) -> int:
    with clock.standing_on(day):
        return services.remind_of_rounds(by=SYSTEM, on=day)


def about(words):
    return Notice.objects.filter(title__contains=words)


def test_those_who_have_not_answered_are_reminded_a_week_and_a_day_before(proposed):
    stand(proposed, proposed.people[0])
    closes = proposed.agreement.closes_on
    reminded = {}
    for n in range(15):
        day = proposed.today + timedelta(n)
        reminded[(closes - day).days] = run_on(day)
    assert {days: told for days, told in reminded.items() if told} == {7: 3, 1: 3}
    assert not about("Please answer by").filter(person=proposed.people[0]).exists()
    assert about("Please answer by 29 September 2022").count() == 6


def test_the_day_after_the_deadline_the_engagement_lead_is_told(proposed):
    assert run_on(proposed.agreement.closes_on + timedelta(1)) == 1
    notice = about("The deadline for version 1 of the charter has passed").get()
    assert notice.person.user_id == proposed.lead.pk
    assert run_on(proposed.agreement.closes_on + timedelta(2)) == 0


def test_a_day_on_which_no_worker_ran_is_made_up_for_and_nobody_hears_twice(proposed):
    closes = proposed.agreement.closes_on
    assert [run_on(closes - timedelta(n)) for n in (5, 4, 1, 1, 0)] == [4, 0, 4, 0, 0]


def test_more_time_means_reminders_of_the_new_deadline(proposed):
    closes = proposed.agreement.closes_on
    run_on(closes - timedelta(1))
    proposed.agreement.closes_on = closes + timedelta(20)
    proposed.agreement.save()
    assert run_on(closes + timedelta(13)) == 4


def test_a_round_that_opened_in_the_last_week_has_no_reminder_of_a_week(proposed):
    proposed.agreement.closes_on = proposed.today + timedelta(4)
    proposed.agreement.save()
    assert [run_on(proposed.today + timedelta(n)) for n in range(5)] == [0, 0, 0, 4, 0]


def test_someone_who_joins_an_open_round_is_asked_once(proposed):
    joiner = factories.MembershipFactory(group=proposed.group, starts_on=proposed.today + timedelta(2)).person
    assert run_on(proposed.today + timedelta(1)) == 0
    assert [run_on(proposed.today + timedelta(n)) for n in (2, 3)] == [1, 0]
    notice = Notice.objects.get(person=joiner)
    assert "by 29 September 2022" in notice.words and notice.path.endswith("/agreement/#stand")


def test_someone_who_joins_after_the_agreement_is_asked_about_the_agreed_text(agreed):
    joiner = factories.MembershipFactory(group=agreed.group, starts_on=agreed.today + timedelta(40)).person
    assert [run_on(agreed.today + timedelta(n)) for n in (39, 40, 41)] == [0, 1, 0]
    notice = Notice.objects.get(person=joiner)
    assert "There is a place for your answer" in notice.words


def test_someone_who_left_is_not_reminded(proposed):
    Membership.objects.filter(person=proposed.people[0]).update(ends_on=proposed.today)
    run_on(proposed.agreement.closes_on - timedelta(7))
    assert not about("Please answer by").filter(person=proposed.people[0]).exists()


def todays_job() -> Job:
    queue.enqueue_daily()
    return Job.objects.get(kind=REMIND)


def test_a_job_that_is_killed_and_runs_again_reminds_everyone_once(proposed, monkeypatch):
    """Killed after telling and before the job is done: what it told is undone with it, and told by the next run."""
    with clock.standing_on(proposed.agreement.closes_on - timedelta(1)):
        job = todays_job()
        remind = services.remind_of_rounds

        def killed(**kwargs):
            remind(**kwargs)
            assert about("Please answer by").count() == 4
            raise MemoryError

        with monkeypatch.context() as faulty:
            faulty.setattr(services, "remind_of_rounds", killed)
            assert not queue.run(job.pk)
        assert about("Please answer by").count() == 0
        Job.objects.filter(pk=job.pk).update(due_at=clock.now() - timedelta(days=4000))
        assert queue.run(job.pk)
        assert about("Please answer by").count() == 4
        queue.enqueue_daily()
        assert Job.objects.filter(kind=REMIND).count() == 1
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, attempt=0)
        assert queue.run(job.pk)  # even a job that is done twice tells nobody twice
        assert about("Please answer by").count() == 4


def test_without_the_key_a_second_run_would_remind_twice(proposed):
    """The protection is what stops it: with other keys, the same run tells everyone again."""
    day = proposed.agreement.closes_on - timedelta(1)
    assert run_on(day) == 4
    for notice in about("Please answer by"):
        Notice.objects.filter(pk=notice.pk).update(key=f"other:{notice.pk}")
    assert run_on(day) == 4
