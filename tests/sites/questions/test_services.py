"""The queue of Ask IMPACT: each step of a question, each rule, each refusal."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.people.rights.erasure.services import lift_hold, place_hold
from sites.questions import services
from sites.questions.forms import answerers
from sites.questions.models import CONTACT_KEPT, AskedQuestion
from tests import factories

pytestmark = pytest.mark.django_db
SEPTEMBER = date(2022, 9, 1)
TOMORROW = clock.today() + timedelta(days=1)


@pytest.fixture
def site():
    return factories.SiteFactory(delivery_model="ask_impact")


@pytest.fixture
def team(site):
    return factories.team_of(site)


def asked(by, **more) -> AskedQuestion:
    given = {"words": "What helps?", "asker_role": "Manager of a care home", "received_on": SEPTEMBER}
    return services.add_question(by=by, **given | more)


# --- Who may ---------------------------------------------------------------------------------------
def test_national_staff_write_every_question_and_a_team_those_of_its_ask_impact_site(
    site, team, staff, leader, outsider
):
    own, central = asked(staff, site=site), asked(staff)
    services.update_question(by=team, question=own, background="Because.")
    for by, question in (
        (team, central),
        (leader, own),
        (outsider, own),
        (factories.team_of(factories.SiteFactory()), own),
    ):
        for refused in (
            lambda by=by, q=question: services.update_question(by=by, question=q, words="X"),
            lambda by=by, q=question: services.assign_question(by=by, question=q, assignee=staff),
            lambda by=by, q=question: services.answer_question(by=by, question=q, answer="X"),
            lambda by=by, q=question: services.share_answer(by=by, question=q, how="X"),
            lambda by=by, q=question: services.decline_question(by=by, question=q, reason="X"),
            lambda by=by, q=question: services.reopen_question(by=by, question=q),
        ):
            with pytest.raises(PermissionDenied):
                refused()
    with pytest.raises(PermissionDenied):
        asked(team)
    assert asked(team, site=site).site == site


def test_questions_are_read_by_national_readers_and_by_the_team_of_their_site(site, team, staff, leader, outsider):
    own, central = asked(staff, site=site), asked(staff)
    found = AskedQuestion.objects.visible_to
    assert {q.pk for q in found(leader)} == {q.pk for q in found(staff)} == {own.pk, central.pk}
    assert list(found(team)) == [own] and not found(outsider).exists()


def test_a_question_moves_to_another_site_by_national_staff_only_and_to_ask_impact_only(site, team, staff):
    question = asked(staff, site=site)
    with pytest.raises(PermissionDenied):
        services.update_question(by=team, question=question, site=None)
    question = AskedQuestion.objects.get()
    with pytest.raises(ValidationError, match="not an Ask IMPACT site"):
        services.update_question(by=staff, question=question, site=factories.SiteFactory())
    services.update_question(by=staff, question=AskedQuestion.objects.get(), site=None)
    assert AskedQuestion.objects.get().site is None


def test_how_to_reach_the_asker_is_written_by_those_who_may_read_it(site, team, staff):
    with pytest.raises(PermissionDenied):
        asked(team, site=site, contact_email="asker@example.org")
    question = asked(staff, site=site, contact_email="asker@example.org")
    with pytest.raises(PermissionDenied):
        services.update_question(by=team, question=question, contact_email="")
    assert "asker@example.org" not in str(list(AuditEvent.objects.values_list("facts", flat=True)))


# --- From received to shared -----------------------------------------------------------------------
def test_a_question_goes_from_received_to_shared(staff):
    question = asked(staff)
    assert question.due_on == date(2022, 9, 29) and question.state == "received"
    question = services.assign_question(by=staff, question=question, assignee=staff)
    assert question.state == "answering" and question.days_overdue > 0
    item = factories.EvidenceItemFactory()
    question = services.answer_question(
        by=staff, question=question, answer=" Ask again. ", evidence=[item], on=date(2022, 9, 20)
    )
    assert (question.state, question.answer, list(question.evidence.all())) == ("answered", "Ask again.", [item])
    assert question.is_waiting and question.days_overdue > 0
    question = services.share_answer(by=staff, question=question, how="By email", on=date(2022, 9, 21))
    assert (question.state, question.age_days, question.days_overdue) == ("shared", 20, 0)
    told = [(row["label"], row["detail"]) for row in audit.history(question)]
    assert told == [
        ("Answer shared with the asker", "On 21 September 2022"),
        ("Question answered", "On 20 September 2022"),
        ("Question given to someone to answer", ""),
        ("Question received", "On 1 September 2022"),
    ]


def test_steps_out_of_order_are_refused_and_say_what_to_do(staff):
    question = asked(staff)
    with pytest.raises(StateConflict, match="Write the answer first"):
        services.share_answer(by=staff, question=question, how="By email")
    with pytest.raises(StateConflict, match="open already"):
        services.reopen_question(by=staff, question=question)
    services.answer_question(by=staff, question=question, answer="Yes.")
    with pytest.raises(StateConflict, match="Only a question without an answer"):
        services.decline_question(by=staff, question=question, reason="No.")
    with pytest.raises(StateConflict, match="Reopen it first"):
        services.assign_question(by=staff, question=question, assignee=staff)
    services.share_answer(by=staff, question=question, how="By email")
    with pytest.raises(StateConflict, match="Reopen it to change the answer"):
        services.answer_question(by=staff, question=question, answer="No.")


def test_an_answer_can_be_corrected_before_it_is_shared_also_by_its_evidence_alone(staff):
    item = factories.EvidenceItemFactory()
    question = services.answer_question(by=staff, question=asked(staff), answer="Yes.", on=date(2022, 9, 9))
    before = question.version
    question = services.answer_question(by=staff, question=question, answer="Yes.", evidence=[item])
    assert (question.version, question.answered_on) == (before + 1, date(2022, 9, 9))
    with pytest.raises(Conflict):
        services.answer_question(by=staff, question=question, answer="Yes.", evidence=[], expected=before)
    assert list(AskedQuestion.objects.get().evidence.all()) == [item]


def test_days_are_neither_in_the_future_nor_before_what_they_follow(staff):
    with pytest.raises(ValidationError, match="future"):
        asked(staff, received_on=TOMORROW, due_on=TOMORROW)
    with pytest.raises(ValidationError, match="before the question came in"):
        asked(staff, due_on=date(2022, 8, 1))
    question = asked(staff)
    for on, words in ((TOMORROW, "future"), (date(2022, 8, 31), "received on 1 September 2022")):
        with pytest.raises(ValidationError, match=words):
            services.answer_question(by=staff, question=question, answer="Yes.", on=on)
        with pytest.raises(ValidationError, match=words):
            services.decline_question(by=staff, question=question, reason="No.", on=on)
    services.answer_question(by=staff, question=question, answer="Yes.", on=date(2022, 9, 9))
    with pytest.raises(ValidationError, match="answered on 9 September 2022"):
        services.share_answer(by=staff, question=question, how="By email", on=date(2022, 9, 8))


def test_what_is_missing_is_named(staff):
    with pytest.raises(ValidationError, match="Choose the organisation that asks, or give the role"):
        asked(staff, asker_role="  ")
    question = asked(staff)
    for refused, words in (
        (lambda: services.answer_question(by=staff, question=question, answer=" "), "Write the answer"),
        (lambda: services.decline_question(by=staff, question=question, reason=" "), "why it is not for us"),
    ):
        with pytest.raises(ValidationError, match=words):
            refused()
    services.answer_question(by=staff, question=question, answer="Yes.")
    with pytest.raises(ValidationError, match="how the answer was shared"):
        services.share_answer(by=staff, question=question, how=" ")


def test_a_question_is_given_to_those_who_may_answer_it(site, team, staff, leader, outsider):
    question = asked(staff, site=site)
    assert set(answerers(question)) == {staff, team}
    assert set(answerers(asked(staff))) == {staff}
    for other in (leader, outsider):
        with pytest.raises(ValidationError, match="may not answer"):
            services.assign_question(by=staff, question=question, assignee=other)
    assert services.assign_question(by=staff, question=question, assignee=team).assignee == team


def test_a_declined_question_is_taken_up_again_and_keeps_the_reason(staff):
    question = services.decline_question(by=staff, question=asked(staff), reason="A question about the law.")
    assert (question.state, question.is_waiting) == ("declined", False)
    question = services.reopen_question(by=staff, question=question)
    assert (question.state, question.declined_on, question.declined_reason) == (
        *("received", None),
        "A question about the law.",
    )
    question = services.assign_question(by=staff, question=question, assignee=staff)
    question = services.answer_question(by=staff, question=question, answer="Yes.")
    question = services.reopen_question(by=staff, question=question)
    assert (question.state, question.answer, question.answered_on) == ("answering", "Yes.", None)


def test_the_database_itself_refuses_a_state_without_what_belongs_to_it(staff):
    question = asked(staff)
    for wrong in (
        {"state": "answered"},
        {"state": "shared", "answer": "Yes.", "answered_on": SEPTEMBER},
        {"state": "declined", "declined_on": SEPTEMBER},
        {"shared_on": SEPTEMBER},
        {"asker_role": ""},
        {"due_on": date(2022, 8, 1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            AskedQuestion.objects.filter(pk=question.pk).update(**wrong)


# --- Contacts are not kept ---------------------------------------------------------------------------
def test_a_contact_is_deleted_90_days_after_the_end_and_never_while_the_asker_waits(staff):
    waiting = asked(staff, contact_email="waiting@example.org")
    shared = asked(staff, contact_email="shared@example.org")
    services.answer_question(by=staff, question=shared, answer="Yes.", on=date(2022, 9, 9))
    services.share_answer(by=staff, question=shared, how="By email", on=date(2022, 9, 9))
    declined = asked(staff, contact_email="declined@example.org")
    services.decline_question(by=staff, question=declined, reason="No.", on=date(2022, 9, 9))
    last = date(2022, 9, 9) + CONTACT_KEPT
    assert services.forget_contacts(by=SYSTEM, on=last) == 0
    assert services.forget_contacts(by=SYSTEM, on=last + timedelta(days=1)) == 2
    kept = set(AskedQuestion.objects.exclude(contact_email="").values_list("pk", flat=True))
    assert kept == {waiting.pk}
    assert services.forget_contacts(by=SYSTEM, on=last + timedelta(days=1)) == 0
    with pytest.raises(PermissionDenied):
        services.forget_contacts(by=factories.UserFactory(), on=last)


def test_a_contact_stays_while_there_is_a_legal_hold_on_the_asker(staff):
    person = factories.PersonFactory(email="held@example.org")
    lead = factories.UserFactory(roles=["engagement_lead"])
    hold = place_hold(by=lead, person=person, reason="An inquiry")
    declined = asked(staff, contact_email="Held@example.org")
    services.decline_question(by=staff, question=declined, reason="No.", on=date(2022, 9, 9))
    after = date(2022, 9, 9) + CONTACT_KEPT + timedelta(days=1)
    assert services.forget_contacts(by=SYSTEM, on=after) == 0
    lift_hold(by=lead, hold=hold, reason="It ended")
    assert services.forget_contacts(by=SYSTEM, on=after) == 1


def test_deleting_contacts_is_a_daily_job():
    queue.enqueue_daily()
    assert Job.objects.filter(kind="sites.forget_contacts").count() == 1
