"""The letters of a round, the preview of every letter, and the release."""

import copy
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    errors_on,
    form_page,
    show_conflict,
    show_error,
)
from sites.calls.assessment.models import EligibilityCheck
from sites.calls.portfolios.deciding import services
from sites.calls.portfolios.deciding.forms import (
    LetterForm,
    ReleaseForm,
)
from sites.calls.portfolios.deciding.letters import PLACEHOLDERS, letter_for, written
from sites.calls.portfolios.models import Decision, Letter
from sites.calls.portfolios.pages import decision_crumbs, find_round
from sites.calls.rounds.models import Round

ON_A_PAGE = 25


@require_http_methods(["GET", "POST"])
def letter_edit(request: SignedInRequest, slug: str, outcome: str) -> HttpResponse:
    """Word the letter for one outcome."""
    round = find_round(request, slug)
    require(request.user, "sites.decide_round")
    found = letter_for(round, get_outcome(outcome))
    form = LetterForm(request.POST or None, instance=copy.copy(found))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.write_letter(
                by=request.user,
                round=round,
                outcome=found.outcome,
                expected=form.cleaned_data["version"],
                **form.changes,
            )
        except Conflict as conflict:
            differences = show_conflict(
                form, conflict, {name: getattr(conflict.current, name) for name in form.changes}
            )
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Letter saved.")
            return redirect("sites:release", round.slug)
    known = "; ".join(f"{{{{{name}}}}}: {words[0].lower()}{words[1:]}" for name, words in PLACEHOLDERS.items())
    return form_page(
        request,
        form,
        title=f"Letter: {found.get_outcome_display().lower()}",
        button="Save letter",
        crumbs=decision_crumbs(round, ("Release", reverse("sites:release", args=[round.slug]))),
        lead=f"Plain text. Placeholders are filled in for each applicant. {known}.",
        differences=differences,
    )


def get_outcome(text: str) -> str:
    """The outcome that an address names; 404 for anything else."""
    found = text.replace("-", "_")
    if found not in dict(Letter.OUTCOMES):
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
def release(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every letter as it will leave, what is still missing, and the button that tells everyone at once."""
    round = find_round(request, slug)
    require(request.user, "sites.decide_round")
    form = ReleaseForm(request.POST or None, name=round.name)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            made = services.release_decisions(
                by=request.user, round=round, confirmation=form.cleaned_data["confirmation"]
            )
            messages.success(request, f"Released. {_told(made.round)}")
            return redirect("sites:decisions", round.slug)
    now = services.readiness(round)
    rows: list[Decision | EligibilityCheck] = [*now.ready, *now.ineligible]
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    labels = dict(Letter.OUTCOMES)
    letters = {outcome: letter_for(round, outcome) for outcome in labels}
    context: dict[str, Any] = {
        "round": round,
        "crumbs": decision_crumbs(round, ("Release", "")),
        "form": form,
        "now": now,
        "release": services.release_of(round),
        "takes_answers": round.takes_answers(clock.now(), begun=True),
        "letters": [
            {"label": labels[outcome], "slug": outcome.replace("_", "-"), "is_own": letter.pk is not None}
            for outcome, letter in letters.items()
        ],
        "page": page,
        "previews": [_preview(row, letters) for row in page],
    }
    return render(request, "sites/calls/portfolios/release.html", context)


def _preview(row: Decision | EligibilityCheck, letters: dict[str, Letter]) -> dict[str, Any]:
    """One letter as it will leave, and where what it says can be changed."""
    application = row.application
    if isinstance(row, Decision):
        letter, feedback, change_url = letters[row.outcome], row.feedback, row.get_absolute_url()
    else:
        letter, feedback = letters[Letter.NOT_ELIGIBLE], row.reason
        change_url = reverse("sites:assessment-eligibility", args=[application.round.slug, application.reference])
    subject, body = written(letter, application, feedback)
    return {
        "application": application,
        "label": letter.get_outcome_display(),
        "subject": subject,
        "body": body,
        "by_post": not application.email,
        "change_url": change_url,
    }


def _told(round: Round) -> str:
    """How many were told by email, and whom staff write to by post."""
    sent = [
        letter
        for row in Decision.objects.filter(application__round=round).prefetch_related("sent_letters")
        for letter in row.sent_letters.all()
    ]
    told_why = EligibilityCheck.objects.filter(application__round=round, told_at__isnull=False)
    posted_why = told_why.filter(application__email="").count()
    by_post = sum(letter.is_by_post for letter in sent) + posted_why
    words = f"{len(sent) + told_why.count() - by_post} letters go out by email."
    return f"{words} {by_post} have no email address: print their letters from the decision." if by_post else words
