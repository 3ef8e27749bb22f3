"""Letters to those whose application is not eligible: they need no decision, and get a letter that says why."""

from datetime import datetime

from django.db.models import QuerySet

from impact.core.jobs import outbox
from sites.calls.applications.models import Application
from sites.calls.assessment.models import EligibilityCheck
from sites.calls.portfolios.deciding.letters import written
from sites.calls.portfolios.models import Letter
from sites.calls.rounds.models import Round


def untold_ineligible(round: Round) -> QuerySet[EligibilityCheck]:
    """The checks that found an application not eligible, of which the applicant has not been told."""
    rows = EligibilityCheck.objects.filter(
        application__round=round,
        application__state=Application.State.SUBMITTED,
        is_eligible=False,
        told_at__isnull=True,
    )
    return rows.select_related("application__round").order_by("application__reference")


def send_not_eligible(check: EligibilityCheck, letter: Letter, at: datetime) -> None:
    """Write the letter that says why an application could not be considered; staff post it where there is no email."""
    application = check.application
    subject, body = written(letter, application, check.reason)
    if application.email:
        outbox.send_later(event="decision-letter", to=application.email, subject=subject, body=body)
    EligibilityCheck.objects.filter(pk=check.pk).update(told_at=at)
