"""What staff do with applications: enter those that came by another way, correct, accept late, match, delete."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes
from sites.calls.applications import services
from sites.calls.applications.models import Application, Correction, Revision
from sites.calls.rounds.models import Round
from sites.organisations.models import Organisation

State = Application.State


def is_late(round: Round, received_on: date) -> bool:
    """Whether something that came on a day came after the round had closed."""
    if clock.now() < round.closes_at:
        return False
    return not round.takes_answers(timezone.make_aware(datetime.combine(received_on, time(12))), begun=True)


@transaction.atomic
def enter_application(
    *,
    by: Actor,
    round: Round,
    source: str,
    received_on: date,
    email: str = "",
    contact_name: str = "",
    late_reason: str = "",
) -> Application:
    """Begin an application that came on paper, as a video or by phone, for staff. One that came late needs a reason."""
    require(by, "sites.enter_application")
    if source not in set(Application.Source) - {Application.Source.ONLINE}:
        raise ValidationError({"source": "Applicants start online applications themselves. Choose how it came."})
    if not round.is_announced:
        raise StateConflict("This round has not been announced, so nothing can have come in yet.", code="not_announced")
    if received_on > clock.today():
        raise ValidationError({"received_on": "Date cannot be in the future."})
    late = is_late(round, received_on)
    if late and not late_reason.strip():
        raise ValidationError({"late_reason": "It came after the round had closed. Say why you accept it."})
    application = services.start_application(by=by, round=round, source=source, email=email, contact_name=contact_name)
    application.received_on = received_on
    application.late_reason = late_reason.strip() if late else ""
    application.full_clean()
    application.save(update_fields=["received_on", "late_reason"])
    if late:
        audit.record(by, "application.accepted_late", application, on=received_on.isoformat())
    return application


@transaction.atomic
def accept_late(*, by: Actor, application: Application, reason: str, expected: int | None = None) -> Application:
    """Let staff finish and submit what an applicant had begun online and did not submit before closing."""
    require(by, "sites.enter_application")
    application = _locked(application, expected)
    services.refuse_when_released(application.round)
    if application.state != State.DRAFT or application.is_staffs_to_write:
        raise StateConflict("Only an application that was begun online and not submitted can be accepted late.")
    if application.round.takes_answers(clock.now(), begun=True):
        raise StateConflict("This round is still open, so the applicant can submit it.", code="open")
    if not reason.strip():
        raise ValidationError({"reason": "Say why you accept it."})
    save_changes(application, {"late_reason": reason.strip()}, expected=expected)
    audit.record(by, "application.accepted_late", application, on=clock.today().isoformat())
    return application


@transaction.atomic
def correct_application(
    *,
    by: Actor,
    application: Application,
    answers: Mapping[str, Any],
    why: str,
    note: str = "",
    expected: int | None = None,
) -> Revision:
    """Change answers of a submitted application, for staff: the next revision, with the reason kept beside it.

    What the applicant is still writing stays theirs, except the answers that were corrected.
    """
    require(by, "sites.enter_application")
    application = _locked(application, expected)
    newest = application.revision
    if application.state != State.SUBMITTED or newest is None:
        raise StateConflict("Only a submitted application can be corrected.", code="not_submitted")
    unsent = {key: value for key, value in application.draft.items() if newest.answers.get(key) != value}
    application.draft = dict(newest.answers)
    application.save(update_fields=["draft"])
    services.save_draft(by=by, application=application, answers=answers)
    revision = services.submit_application(by=by, application=application)
    if revision.pk == newest.pk:
        raise ValidationError("Nothing was changed. Change an answer, or go back.")
    correction = Correction(revision=revision, why=why, note=note.strip(), by_id=by.pk)
    correction.full_clean()
    correction.save()
    kept = {key: value for key, value in unsent.items() if key not in answers}
    if kept:
        Application.objects.filter(pk=application.pk).update(draft={**revision.answers, **kept})
    changed = {
        key for key in {*newest.answers, *revision.answers} if newest.answers.get(key) != revision.answers.get(key)
    }
    audit.record(by, "application.corrected", application, fields=changed, revision=revision.number, why=why)
    return revision


@transaction.atomic
def match_organisation(
    *, by: Actor, application: Application, organisation: Organisation | None, expected: int | None = None
) -> Application:
    """Say which organisation on record an application is from, so that its past applications are found; or take it back."""
    require(by, "sites.enter_application")
    application = _locked(application, expected)
    if application.state == State.ERASED:
        raise StateConflict("This application was deleted.", code="erased")
    if save_changes(application, {"organisation": organisation}, expected=expected):
        audit.record(by, "application.matched", application, is_matched=organisation is not None)
    return application


def _locked(application: Application, expected: int | None) -> Application:
    """The row as it is now, locked; Conflict when it moved on since ``expected``."""
    found = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    if expected is not None and found.version != expected:
        raise Conflict(found)
    return found
