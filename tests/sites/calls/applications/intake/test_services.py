"""What staff do with applications: entered, corrected, accepted late, matched, withdrawn, deleted."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error, transaction

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from impact.core.jobs.outbox import send_later
from sites.calls.applications import services as writing
from sites.calls.applications.equality.models import EqualityAnswer
from sites.calls.applications.equality.services import keep_equality_answers, pseudonym_of
from sites.calls.applications.intake import services
from sites.calls.applications.intake.changing import erasing
from sites.calls.applications.intake.changing.erasing import erase_application
from sites.calls.applications.intake.changing.matching import near_organisations, past_applications
from sites.calls.applications.models import Application, ApplicationFile, Correction, PrivateLink, Revision, hashed
from sites.calls.assessment.models import Assessment, Assignment, Criterion, Score
from sites.calls.portfolios.models import Decision, Enquiry, Release
from tests import factories
from tests.sites.calls.applications.build import ANSWERS, open_round, started, submitted

pytestmark = pytest.mark.django_db


def closed_round():
    """A round that closed two days ago, with its questions."""
    round = open_round()
    type(round).objects.filter(pk=round.pk).update(
        opens_at=clock.now() - timedelta(days=40), closes_at=clock.now() - timedelta(days=2)
    )
    round.refresh_from_db()
    return round


def entered(staff, round, **more) -> Application:
    given = {"source": "paper", "received_on": clock.today(), "contact_name": "Chair", **more}
    return services.enter_application(by=staff, round=round, **given)


def answers_to(round) -> dict:
    return {**ANSWERS, "topic": round.topics.first().slug}


# --- Entering ------------------------------------------------------------------------------------
def test_staff_enter_what_came_on_paper_and_it_says_so(staff):
    round = open_round()
    application = entered(staff, round)
    writing.save_draft(by=staff, application=application, answers=answers_to(round))
    writing.submit_application(by=staff, application=application)
    application.refresh_from_db()
    assert (application.source, application.entered_by, application.state) == ("paper", staff, "submitted")
    assert application.received_on == clock.today() and application.late_reason == ""
    assert list(AuditEvent.objects.filter(type="application.started").values_list("facts", flat=True)) == [
        {"source": "paper"}
    ]


def test_no_one_enters_an_online_application_or_one_from_tomorrow_or_to_a_draft_round(staff):
    round = open_round()
    for change, where in (
        ({"source": "online"}, "source"),
        ({"received_on": clock.today() + timedelta(1)}, "received_on"),
    ):
        with pytest.raises(ValidationError) as error:
            entered(staff, round, **change)
        assert where in error.value.message_dict
    round.is_announced = False
    with pytest.raises(StateConflict):
        entered(staff, round)
    assert not Application.objects.exists()


@pytest.mark.parametrize("role", ["assessor", "leadership", "api_client", "administrator"])
def test_others_than_staff_neither_enter_nor_change_applications(role):
    round = open_round()
    application, user = submitted(round), factories.UserFactory(roles=[role])
    for attempt in (
        lambda: entered(user, round),
        lambda: services.correct_application(by=user, application=application, answers={"place": "Bala"}, why="asked"),
        lambda: services.accept_late(by=user, application=application, reason="It was the post."),
        lambda: services.match_organisation(by=user, application=application, organisation=None),
        lambda: erase_application(
            by=user, application=application, reference=application.reference, asked_on=clock.today()
        ),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_what_came_after_closing_needs_a_reason_and_is_marked_late(staff):
    round = closed_round()
    with pytest.raises(ValidationError, match="Say why you accept it"):
        entered(staff, round)
    late = entered(staff, round, late_reason="The post was late.")
    in_time = entered(staff, round, received_on=clock.today() - timedelta(days=5), late_reason="Not needed")
    assert (late.late_reason, in_time.late_reason) == ("The post was late.", "")
    assert AuditEvent.objects.filter(type="application.accepted_late").count() == 1
    assert "post" not in str(list(AuditEvent.objects.values_list("facts", flat=True)))


def test_nothing_is_entered_or_corrected_once_results_are_out(staff):
    round = open_round()
    application = submitted(round)
    Release.objects.create(round=round, at=clock.now())
    with pytest.raises(StateConflict, match="results of this round are out"):
        entered(staff, round)
    with pytest.raises(StateConflict, match="results of this round are out"):
        services.correct_application(by=staff, application=application, answers={"place": "Bala"}, why="asked")
    assert application.revisions.count() == 1


def test_staff_may_finish_what_they_accepted_late_and_the_applicant_still_may_not(staff):
    round = closed_round()
    open_until = type(round).objects.filter(pk=round.pk)
    open_until.update(closes_at=clock.now() + timedelta(hours=1))
    application = started(type(round).objects.get(pk=round.pk))
    writing.save_draft(by=SYSTEM, application=application, answers=answers_to(round))
    with pytest.raises(StateConflict, match="still open"):
        services.accept_late(by=staff, application=application, reason="They called.")
    open_until.update(closes_at=clock.now() - timedelta(days=2))
    with pytest.raises(StateConflict, match="has closed"):
        writing.submit_application(by=staff, application=application)
    services.accept_late(by=staff, application=application, reason="Their lines were down.")
    with pytest.raises(StateConflict, match="has closed"):
        writing.submit_application(by=SYSTEM, application=application)
    writing.submit_application(by=staff, application=application)
    application.refresh_from_db()
    assert (application.state, application.late_reason) == ("submitted", "Their lines were down.")


# --- Correcting ----------------------------------------------------------------------------------
def test_a_correction_is_the_next_revision_with_its_reason_also_after_closing(staff):
    application = submitted(open_round())
    type(application.round).objects.update(closes_at=clock.now() - timedelta(days=1))
    revision = services.correct_application(
        by=staff, application=application, answers={"place": "Bala"}, why="entry", note="A slip."
    )
    assert revision.number == 2 and revision.answers["place"] == "Bala"
    assert application.revisions.get(number=1).answers["place"] == "Llanfair"
    assert (revision.correction.why, revision.correction.note, revision.correction.by) == ("entry", "A slip.", staff)
    event = AuditEvent.objects.get(type="application.corrected")
    assert (event.fields, event.facts) == (["place"], {"revision": 2, "why": "entry"})
    assert Application.objects.get(pk=application.pk).place == "Bala"


def test_a_correction_leaves_what_the_applicant_is_writing_to_the_applicant(staff):
    application = submitted(open_round())
    writing.save_draft(by=SYSTEM, application=application, answers={"what": "Something else.", "place": "Mold"})
    revision = services.correct_application(by=staff, application=application, answers={"place": "Bala"}, why="asked")
    assert (revision.answers["what"], revision.answers["place"]) == (ANSWERS["what"], "Bala")
    application.refresh_from_db()
    assert (application.draft["what"], application.draft["place"]) == ("Something else.", "Bala")


def test_a_correction_that_changes_nothing_or_breaks_a_rule_is_refused_whole(staff):
    application = submitted(open_round())
    for answers, why, note in (
        ({"place": "Llanfair"}, "asked", ""),
        ({"money": "-1"}, "asked", ""),
        ({"place": "Bala"}, "other", ""),
    ):
        with pytest.raises(ValidationError):
            services.correct_application(by=staff, application=application, answers=answers, why=why, note=note)
    assert application.revisions.count() == 1 and not Correction.objects.exists()
    assert Application.objects.get(pk=application.pk).draft["place"] == "Llanfair"


def test_the_second_of_two_corrections_from_the_same_page_is_a_conflict(staff):
    application = submitted(open_round())
    seen = application.version
    services.correct_application(
        by=staff, application=application, answers={"place": "Bala"}, why="asked", expected=seen
    )
    with pytest.raises(Conflict):
        services.correct_application(
            by=staff, application=application, answers={"place": "Mold"}, why="asked", expected=seen
        )


# --- Matching ------------------------------------------------------------------------------------
def test_near_names_are_suggested_and_a_match_brings_up_past_applications(staff):
    near = factories.OrganisationFactory(name="Harbour Carers Ltd")
    factories.OrganisationFactory(name="University of Elsewhere")
    earlier, application = submitted(open_round()), submitted(open_round(), organisation_name="Harbour Carers Group")
    assert near_organisations(application, staff) == [near]
    assert past_applications(application, staff) == []
    for one in (earlier, application):
        services.match_organisation(by=staff, application=one, organisation=near)
    application.refresh_from_db()
    assert [row.application for row in past_applications(application, staff)] == [earlier]
    services.match_organisation(by=staff, application=application, organisation=None)
    assert AuditEvent.objects.filter(type="application.matched").count() == 3


def test_the_very_same_name_counts_as_the_same_organisation_and_says_that_only_the_name_does(staff):
    first, second = submitted(open_round()), submitted(open_round(), organisation_name="harbour carers")
    found = past_applications(second, staff)
    assert [(row.application, row.is_by_name) for row in found] == [(first, True)]


# --- Deleting ------------------------------------------------------------------------------------
SECRET = "Zebrafinch"


def with_file(application: Application, path: str, name: str = "A letter") -> ApplicationFile:
    """A file that answers a question, as a row and in the storage."""
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(b"theirs"))
    facts = {"content_type": "text/plain", "size": 6, "sha256": "0" * 64, "added_at": clock.now()}
    return ApplicationFile.objects.create(application=application, question_key="letter", file=path, name=name, **facts)


def filled(staff, assessor) -> Application:
    """An application with a secret word wherever something of the applicant's can be."""
    round = open_round()
    application = submitted(round, organisation_name=f"{SECRET} Carers", what=SECRET, place=SECRET)
    Application.objects.filter(pk=application.pk).update(contact_name=SECRET, late_reason=SECRET)
    services.correct_application(
        by=staff, application=application, answers={"what": f"{SECRET} twice"}, why="other", note=SECRET
    )
    PrivateLink.objects.create(
        application=application, email="helper@harbour.example", token_hash=hashed("x"), is_helper=True
    )
    assignment = Assignment.objects.create(application=application, assessor=assessor, conflict_reason=SECRET)
    assessment = Assessment.objects.create(assignment=assignment, revision=application.revision, comment=SECRET)
    criterion = Criterion.objects.create(round=round, name="Need")
    Score.objects.create(assessment=assessment, criterion=criterion, value=3, reason=SECRET)
    decision = Decision.objects.create(
        application=application, outcome="chosen", reason=SECRET, feedback=SECRET, decided_at=clock.now()
    )
    Enquiry.objects.create(decision=decision, kind="question", received_on=clock.today(), text=SECRET)
    for to in ("carers@harbour.example", "helper@harbour.example"):
        send_later(to=to, subject=f"{SECRET} {application.reference}", body=f"About {application.reference}")
    send_later(to="carers@harbour.example", subject="Your result", body=f"Dear {SECRET} Carers, we chose you.")
    with_file(application, "letter.txt", SECRET)
    send_later(to="carers@harbour.example", subject="News", body="Not about an application")
    application.refresh_from_db()
    return application


def everything() -> str:
    """Every value of every row of the app, the audit and the outbox, in one text."""
    from django.apps import apps

    models = [*apps.get_app_config("sites").get_models(), AuditEvent, OutboxEmail]
    return "\n".join(str(row) for model in models for row in model.objects.values())


def test_a_deletion_leaves_a_stub_with_reference_and_dates_and_no_trace_of_what_was_said(staff, assessor):
    application = filled(staff, assessor)
    assert everything().count(SECRET) >= 12  # the test looks in the right places
    erase_application(
        by=staff, application=application, reference=application.reference.lower(), asked_on=clock.today()
    )
    left = everything()
    assert SECRET not in left and "carers@harbour.example" in left  # the letter about something else is theirs to keep
    assert "helper@harbour.example" not in left
    stub = Application.objects.get(pk=application.pk)
    assert (stub.reference, stub.state, stub.erasure_asked_on) == (application.reference, "erased", clock.today())
    assert stub.submitted_at == application.submitted_at
    assert (stub.email, stub.contact_name, stub.organisation_name, stub.nation, stub.draft) == ("", "", "", "", {})
    assert (stub.organisation, stub.topic, stub.money, stub.needs, stub.is_user_led) == (None, None, None, [], None)
    assert not Revision.objects.exists() and not Assignment.objects.exists() and not PrivateLink.objects.exists()
    assert Decision.objects.get().outcome == "chosen"
    assert AuditEvent.objects.get(type="application.erased").facts == {"asked_on": clock.today().isoformat()}
    assert Application.objects.by_state() == {"draft": 0, "submitted": 0, "withdrawn": 0, "erased": 1}


def test_every_column_of_an_application_either_stays_on_purpose_or_is_emptied():
    """A column that someone adds is emptied unless it is named among those that stay."""
    names = {field.name for field in Application._meta.concrete_fields}
    assert names >= erasing.STAYS
    assert names - erasing.STAYS == {
        *("email", "contact_name", "draft", "late_reason", "organisation", "organisation_name", "organisation_kind"),
        *("organisation_size", "nation", "region", "place", "area", "needs", "is_first_time", "is_user_led"),
        *("is_under_pressure", "topic", "delivery_model", "money"),
    }


def test_a_deletion_needs_the_right_reference_and_a_day_that_has_come_and_happens_once(staff):
    application = submitted(open_round())
    for reference, asked_on in (
        ("2023-24-OTHER", clock.today()),
        (application.reference, clock.today() + timedelta(1)),
    ):
        with pytest.raises(ValidationError):
            erase_application(by=staff, application=application, reference=reference, asked_on=asked_on)
    assert application.revisions.exists()
    erase_application(by=staff, application=application, reference=application.reference, asked_on=clock.today())
    with pytest.raises(StateConflict, match="deleted before"):
        erase_application(by=staff, application=application, reference=application.reference, asked_on=clock.today())
    for attempt in (
        lambda: writing.save_draft(by=staff, application=application, answers={"place": "Bala"}),
        lambda: writing.withdraw_application(by=staff, application=application),
        lambda: services.match_organisation(by=staff, application=application, organisation=None),
    ):
        with pytest.raises(StateConflict):
            attempt()


def test_the_database_takes_no_deleted_application_without_the_day_of_the_request(staff):
    application = submitted(open_round())
    with pytest.raises(Error), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(
            state="erased", email="", contact_name="", organisation_name="", draft={}
        )


def test_files_go_with_the_deletion_unless_another_application_has_the_same(staff, django_capture_on_commit_callbacks):
    first, second = submitted(open_round()), submitted(open_round())
    for application, path in ((first, "own.txt"), (first, "same.txt"), (second, "same.txt")):
        with_file(application, path)
    with django_capture_on_commit_callbacks(execute=True):
        erase_application(by=staff, application=first, reference=first.reference, asked_on=clock.today())
        assert default_storage.exists("own.txt")  # not before everything else is sure
    assert not default_storage.exists("own.txt") and default_storage.exists("same.txt")
    assert [row.application for row in ApplicationFile.objects.all()] == [second]


def test_deleting_an_application_deletes_what_its_people_answered_to_the_equality_questions(staff):
    round = open_round()
    ours, theirs = submitted(round), submitted(round)
    for application in (ours, theirs):
        keep_equality_answers(by=SYSTEM, application=application, email=application.email, answers={"age": "under_25"})
    assert EqualityAnswer.objects.count() == 2
    erase_application(by=staff, application=ours, reference=ours.reference, asked_on=clock.today())
    assert [row.pseudonym for row in EqualityAnswer.objects.all()] == [pseudonym_of(theirs, theirs.email)]
