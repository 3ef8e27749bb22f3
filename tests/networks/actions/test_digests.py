"""The Monday digest: who is told what, and that no one is told twice."""

from datetime import date

import pytest

from impact.core.basics import clock
from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail
from networks.actions import digests
from networks.actions import digests as tasks
from networks.groups.models import Membership
from tests import factories

pytestmark = pytest.mark.django_db
MONDAY = date(2023, 1, 16)


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


@pytest.fixture
def due(circle):
    """One overdue action, one due on Sunday, and three that no one need be told of."""
    factories.ActionFactory(group=circle.group, what="Write & ask", owner="The funder", due_on=date(2023, 1, 13))
    factories.ActionFactory(group=circle.group, what="Book the hall", due_on=date(2023, 1, 22))
    factories.ActionFactory(group=circle.group, what="Later", due_on=date(2023, 1, 23))
    factories.ActionFactory(group=circle.group, what="No date")
    factories.ActionFactory(
        group=circle.group, what="Was done", due_on=date(2023, 1, 3), status="done", closed_on=date(2023, 1, 4)
    )


def to(user) -> OutboxEmail:
    return OutboxEmail.objects.get(to=user.email)


def test_a_coordinator_is_told_what_is_overdue_and_due_this_week(circle, due):
    assert digests.send_digests(on=MONDAY) == 1
    mail = to(circle.coordinator)
    assert mail.subject == "Actions: 1 overdue, 1 due this week"
    assert "- Write & ask (The funder, was due on 13 January 2023)" in mail.body
    assert "- Book the hall (no one yet, by 22 January 2023)" in mail.body
    assert "/groups/local-wales/action-plan/" in mail.body
    assert not {word for word in ("Later", "No date", "Was done") if word in mail.body}


def test_staff_get_figures_by_network_and_no_names_of_owners(circle, due, staff):
    quiet = factories.GroupFactory(site=circle.group.site, name="Quiet group")
    factories.ActionFactory(group=quiet, due_on=date(2023, 2, 1))
    digests.send_digests(on=MONDAY)
    body = to(staff).body
    assert circle.group.site.name in body and "- Local network, Wales: 1 overdue, 1 due this week" in body
    assert "The funder" not in body and "Quiet group" not in body


@pytest.mark.parametrize("day", [15, 17, 18, 21])
def test_nothing_goes_out_on_other_days(circle, due, day):
    assert digests.send_digests(on=date(2023, 1, day)) == 0 and not OutboxEmail.objects.exists()


def test_nothing_goes_out_when_nothing_is_due(circle, staff):
    factories.ActionFactory(group=circle.group, due_on=date(2023, 3, 1))
    assert digests.send_digests(on=MONDAY) == 0 and not OutboxEmail.objects.exists()


def test_only_who_runs_the_group_today_is_told(circle, due):
    other = factories.user_in(factories.GroupFactory(), "coordinator")
    factories.user_in(circle.group)
    Membership.objects.filter(person=circle.coordinator.person).update(ends_on=date(2023, 1, 15))
    successor = factories.user_in(circle.group, "coordinator")
    digests.send_digests(on=MONDAY)
    assert OutboxEmail.objects.get().to == successor.email != other.email


def test_someone_who_runs_two_groups_gets_one_e_mail(circle, due):
    second = factories.GroupFactory(name="Second group")
    factories.MembershipFactory(group=second, person=circle.coordinator.person, role="coordinator")
    factories.ActionFactory(group=second, what="Other thing", due_on=date(2023, 1, 2))
    digests.send_digests(on=MONDAY)
    assert "Other thing" in to(circle.coordinator).body and "Write & ask" in to(circle.coordinator).body


def test_the_day_has_one_digest_however_many_workers_ask(circle, due):
    for _ in range(2):
        queue.enqueue_daily()
        queue.run_due()
    job = Job.objects.get(kind=tasks.DIGEST)
    assert job.result == {"sent": 1} and to(circle.coordinator)


def test_a_worker_killed_in_the_middle_sends_nothing_and_the_next_one_sends_once(circle, due, staff, monkeypatch):
    with clock.standing_on(MONDAY):
        queue.enqueue_daily()
    job = Job.objects.get(kind=tasks.DIGEST)
    original, calls = digests._send, []

    def dies(*args, **kwargs):
        original(*args, **kwargs)
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt  # as good as a kill: nothing after this line runs

    monkeypatch.setattr(digests, "_send", dies)
    with pytest.raises(KeyboardInterrupt):
        queue.run(job.pk)
    assert not OutboxEmail.objects.exists()
    Job.objects.filter(pk=job.pk).update(lease_until=job.created_at)
    assert queue.run(job.pk)
    assert sorted(OutboxEmail.objects.values_list("to", flat=True)) == sorted([circle.coordinator.email, staff.email])
