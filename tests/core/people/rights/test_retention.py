"""Deleting what has been kept long enough: seen before, held back where it must be, counted and not named."""

import json
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.privacy import After, declared
from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.notices.models import Notice
from impact.core.notices.services import tell, tidy
from impact.core.people.accounts import invite_person
from impact.core.people.models import Invitation, NeedsProposal, Person
from impact.core.people.rights.erasure.services import lift_hold, place_hold
from impact.core.people.rights.requests.models import RightsRequest, months_after
from impact.core.people.rights.retention import services
from impact.core.people.rights.retention.models import RetentionRun
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def lead():
    return factories.UserFactory(roles=["engagement_lead"])


def email(days: int, to: str = "nia@home.example") -> OutboxEmail:
    """An email that was sent some days ago."""
    return OutboxEmail.objects.create(
        message_id=f"<{days}-{to}>", to=to, subject="Old", body="", sent_at=timezone.now() - timedelta(days=days)
    )


def due(heading: str) -> services.Due:
    return next(line for line in services.schedule() if line.heading == heading)


def test_what_is_old_enough_goes_and_what_is_not_stays():
    old, young = email(370), email(300)
    Job.objects.create(
        kind="core.x", dedupe_key="old", state="succeeded", finished_at=timezone.now() - timedelta(days=400)
    )
    Job.objects.create(kind="core.x", dedupe_key="new", state="succeeded", finished_at=timezone.now())
    Job.objects.create(kind="core.x", dedupe_key="waiting")
    run = services.apply_retention(by=SYSTEM)
    assert run.done == {"Emails": 1, "Work you asked the platform for": 1}
    assert not OutboxEmail.objects.filter(pk=old.pk).exists() and OutboxEmail.objects.filter(pk=young.pk).exists()
    assert sorted(Job.objects.values_list("dedupe_key", flat=True)) == ["new", "waiting"]
    facts = AuditEvent.objects.get(type="retention.applied").facts
    assert facts == {"rows": 2, "held": 0}  # counts alone
    assert services.apply_retention(by=SYSTEM).done == {}


def test_an_expired_invitation_and_an_answered_suggestion_go(lead):
    invite_person(by=lead, email="old@home.example", name="Nia Invented")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=380))
    person = factories.PersonFactory()
    NeedsProposal.objects.create(
        person=person,
        preferred_format="standard",
        preferred_language="en",
        answered_at=timezone.now() - timedelta(days=380),
    )
    NeedsProposal.objects.create(person=person, preferred_format="standard", preferred_language="en")
    services.apply_retention(by=SYSTEM)
    assert not Invitation.objects.exists() and NeedsProposal.objects.count() == 1


def test_rows_that_are_emptied_keep_the_rest_and_are_not_emptied_twice(lead):
    day = months_after(clock.today(), -40)
    row = RightsRequest.objects.create(
        person=factories.PersonFactory(),
        kind="correct",
        words="My name is wrong",
        received_on=day,
        due_on=months_after(day, 1),
        state="done",
        done_on=day + timedelta(days=3),
        answer="Mended",
    )
    assert due("Requests about what we hold").now == 1
    services.apply_retention(by=SYSTEM)
    row.refresh_from_db()
    assert (row.words, row.answer, row.kind) == ("", "", "correct")
    assert due("Requests about what we hold").now == 0


def test_a_hold_keeps_what_is_theirs_until_it_is_lifted(lead):
    person = factories.PersonFactory(email="nia@home.example")
    hold = place_hold(by=lead, person=person, reason="An inquiry")
    email(370)
    email(371, to="other@home.example")
    assert due("Emails").held == 1 and due("Emails").now == 1
    assert services.apply_retention(by=SYSTEM).held == 1
    assert list(OutboxEmail.objects.values_list("to", flat=True)) == ["nia@home.example"]
    lift_hold(by=lead, hold=hold, reason="It ended")
    services.apply_retention(by=SYSTEM)
    assert not OutboxEmail.objects.exists()


def test_a_hold_keeps_emails_to_the_address_in_capitals(lead):
    place_hold(by=lead, person=factories.PersonFactory(email="nia@home.example"), reason="An inquiry")
    email(370, to="Nia@Home.Example")
    assert services.apply_retention(by=SYSTEM).held == 1 and OutboxEmail.objects.exists()


def test_a_hold_keeps_old_notices_until_it_is_lifted(lead):
    person, other = factories.PersonFactory(), factories.PersonFactory()
    hold = place_hold(by=lead, person=person, reason="An inquiry")
    for about in (person, other):
        tell(people=[about], event="consent-ends", title="Old", words="Old words", path="/", key=f"old:{about.pk}")
    Notice.objects.update(made_at=timezone.now() - timedelta(days=400))
    assert tidy() == 1 and Notice.objects.get().person == person
    lift_hold(by=lead, hold=hold, reason="It ended")
    place_hold(by=lead, person=other, reason="Another")
    assert tidy() == 1 and not Notice.objects.exists()


def test_a_hold_that_is_placed_while_a_run_goes_on_counts_at_once(lead, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 1)
    person = factories.PersonFactory(email="nia@home.example")
    first, second = email(372, to="other@home.example"), email(371)
    calls = []

    def hold_before_the_second():
        calls.append(1)
        if len(calls) == 2:
            place_hold(by=lead, person=person, reason="An inquiry")

    run = services.apply_retention(by=SYSTEM, before_each=hold_before_the_second)
    assert run.done == {"Emails": 1} and list(OutboxEmail.objects.all()) == [second] and first.pk < second.pk


def test_many_rows_go_some_at_a_time(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    for number in range(8):
        email(370 + number)
    batch, sizes = services._batch, []

    def counted(rule, keys):
        sizes.append(len(keys))
        return batch(rule, keys)

    monkeypatch.setattr(services, "_batch", counted)
    assert services.apply_retention(by=SYSTEM).done == {"Emails": 8} and sizes == [3, 3, 2]


def test_a_run_that_is_stopped_has_done_whole_batches_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    for number in range(8):
        email(370 + number)
    batch, calls = services._batch, []

    def stopped(rule, keys):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return batch(rule, keys)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(services, "_batch", stopped)
        services.apply_retention(by=SYSTEM)
    assert OutboxEmail.objects.count() == 5 and not RetentionRun.objects.exists()
    assert services.apply_retention(by=SYSTEM).done == {"Emails": 5}


def test_a_long_run_keeps_its_lease_so_that_no_other_worker_starts_the_same(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    for number in range(8):
        email(370 + number)
    batch, is_held = services._batch, []

    def slow(rule, keys):
        is_held.append(Job.objects.filter(kind="core.retention", lease_until__gt=timezone.now()).exists())
        Job.objects.filter(kind="core.retention").update(lease_until=timezone.now() - timedelta(seconds=1))
        return batch(rule, keys)

    monkeypatch.setattr(services, "_batch", slow)
    queue.enqueue_daily()
    job = Job.objects.get(kind="core.retention")
    assert queue.run(job.pk) and is_held == [True, True, True]


def test_a_dry_run_deletes_nothing_and_counts_the_same(capsys):
    email(370)
    call_command("retention", "--dry-run", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told == {"done": {"Emails": 1}, "held": 0, "is_dry_run": True} and OutboxEmail.objects.exists()
    call_command("retention", "--json")
    assert json.loads(capsys.readouterr().out)["done"] == told["done"] and not OutboxEmail.objects.exists()


def test_the_page_shows_what_goes_within_thirty_days_before_it_goes(lead, client):
    email(340)
    email(300)
    client.force_login(lead)
    page = html_of(client.get("/people/retention/"))
    row = page.split(">Emails<", 1)[1].split("</tr>")[0]
    assert re.findall(r'class="num">(\d+)<', row) == ["0", "1"]
    line = due("Emails")
    assert (line.now, line.soon) == (0, 1)
    assert line.first_on == months_after(clock.today() - timedelta(days=340), 12) + timedelta(days=1)
    with clock.standing_on(line.first_on - timedelta(days=1)):
        assert services.apply_retention(by=SYSTEM, is_dry_run=True).done == {}
    with clock.standing_on(line.first_on):
        assert services.apply_retention(by=SYSTEM, is_dry_run=True).done == {"Emails": 1}


def test_every_model_with_an_end_is_in_the_schedule_or_has_a_task_of_its_own():
    ruled = {rule.model for rule in services.rules()}
    for model in [Person, *ruled]:
        assert (model in ruled) == (isinstance(declared(model).keep, After) and not declared(model).keep.by)
