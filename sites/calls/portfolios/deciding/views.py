"""Decisions of a round: the list, one decision, the letters, the preview of every letter, and the release."""

import copy
from collections import Counter

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    errors_as_messages,
    errors_on,
    form_page,
    show_conflict,
    show_error,
    take_version,
    whole_number,
)
from impact.core.web.listing import file_response, files_of, wants_file
from sites.calls.applications.models import Application
from sites.calls.assessment.models import EligibilityCheck
from sites.calls.portfolios.deciding import services
from sites.calls.portfolios.deciding.forms import (
    BeginForm,
    DecisionForm,
    EnquiryForm,
    MoveUpForm,
)
from sites.calls.portfolios.deciding.ineligible import untold_ineligible
from sites.calls.portfolios.deciding.letters import letter_for, written
from sites.calls.portfolios.models import Award, Decision, Enquiry, Portfolio
from sites.calls.portfolios.pages import crumbs_of, decision_crumbs, find_round, parts_of, why_gone
from sites.calls.portfolios.weighing.candidates import eligible
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import round_tabs

Outcome = Decision.Outcome
ORDER: dict[str, int] = {Outcome.CHOSEN: 0, Outcome.RESERVE: 1, Outcome.NOT_CHOSEN: 2}


def _find_application(request: HttpRequest, round: Round, reference: str) -> Application:
    """An application of a round that was submitted once; leadership finds it too, without its contact."""
    rows = Application.objects.filter(round=round).exclude(submitted_at__isnull=True)
    return get_object_or_404(rows.select_related("round", "topic"), reference=reference)


def gone_in_words(application: Application, decision: Decision | None) -> str:
    """Why an application is out of the running, and whether its applicant has a letter or gets one."""
    why = why_gone(application)
    check: EligibilityCheck | None = getattr(application, "eligibility", None)
    if check is not None and not check.is_eligible and application.state == Application.State.SUBMITTED:
        return f"{why}. {f'Told on {day(check.told_at)}' if check.told_at else 'The letter says why'}"
    return f"{why}. No letter is sent" if decision is None or decision.is_held else why


@require_GET
def decisions(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every decision of a round by outcome, what is still undecided, and what to do next."""
    round = find_round(request, slug)
    outcome = request.GET.get("outcome", "")
    rows = Decision.objects.visible_to(request.user).filter(application__round=round)
    rows = rows.select_related("application__round", "application__eligibility", "decided_by__person")
    found = sorted(
        rows, key=lambda row: (ORDER[row.outcome], row.reserve_place or 0, row.application.organisation_name)
    )
    running = set(eligible(round).values_list("pk", flat=True))
    counts = Counter(row.outcome for row in found)
    if outcome in Outcome.values:
        found = [row for row in found if row.outcome == outcome]
    if wants_file(request):
        columns = {
            "Reference": lambda row: row.application.reference,
            "Organisation": lambda row: row.application.organisation_name,
            "Outcome": lambda row: row.get_outcome_display(),
            "Place on the reserve list": lambda row: row.reserve_place,
            "Reason": lambda row: row.reason,
            "Feedback": lambda row: row.feedback,
            "Told on": lambda row: row.told_at,
        }
        return file_response(request.GET.get("format"), f"decisions-{round.slug}", columns, found)  # type: ignore[return-value]
    open_ones = list(services.undecided(round).order_by("organisation_name"))
    release = services.release_of(round)
    sites = {
        award.application_id: award.site
        for award in Award.objects.filter(application__round=round).select_related("site")
    }
    context = {
        "round": round,
        "crumbs": crumbs_of(round, ("Decisions", "")),
        "tabs": round_tabs(request.user, round, "mix"),
        "parts": parts_of(round, "sites:decisions"),
        "rows": [
            {
                "decision": row,
                "gone": "" if row.application_id in running else gone_in_words(row.application, row),
                "site": sites.get(row.application_id),
            }
            for row in found
        ],
        "outcomes": [{"value": value, "label": label, "count": counts[value]} for value, label in Outcome.choices],
        "outcome": outcome,
        "decided": sum(counts.values()),
        "undecided": open_ones,
        "untold": list(untold_ineligible(round)) if release else [],
        "release": release,
        "may_decide": has_perm(request.user, "sites.decide_round"),
        "has_portfolios": Portfolio.objects.filter(round=round).exists(),
        "files": files_of(request),
    }
    return render(request, "sites/calls/portfolios/decisions.html", context)


@require_http_methods(["GET", "POST"])
def decisions_begin(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make the first decisions from one portfolio."""
    round = find_round(request, slug)
    require(request.user, "sites.decide_round")
    portfolios = Portfolio.objects.visible_to(request.user).filter(round=round)
    form = BeginForm(request.POST or None, portfolios=portfolios)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            chosen, others = services.decide_from_portfolio(by=request.user, **form.cleaned_data)
            messages.success(
                request, f"Decided: {chosen} chosen, {others} not chosen. They are held, and each can still be changed."
            )
            return redirect("sites:decisions", round.slug)
    return form_page(
        request,
        form,
        title="Decide from a portfolio",
        button="Make these decisions",
        crumbs=decision_crumbs(round),
        lead="What is in the portfolio is chosen, everything else is not. Decisions that stand already stay. No one outside is told yet.",
    )


@require_http_methods(["GET", "POST"])
def decision(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """One decision: outcome, reason, feedback, its letter, and what came after. Held ones can be changed."""
    round = find_round(request, slug)
    application = _find_application(request, round, reference)
    found = (
        Decision.objects.visible_to(request.user)
        .filter(application=application)
        .select_related("decided_by__person")
        .first()
    )
    if found is not None:
        found.application = application
    may_decide = has_perm(request.user, "sites.decide_round")
    if request.method == "POST":
        require(request.user, "sites.decide_round")
    is_running = eligible(round).filter(pk=application.pk).exists()
    may_change = may_decide and is_running and (found is None or found.is_held)
    form = None
    differences = None
    if may_change or request.method == "POST":
        form = DecisionForm(
            request.POST or None, instance=copy.copy(found) if found else Decision(application=application)
        )
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            services.decide(
                by=request.user,
                application=application,
                expected=form.cleaned_data["version"] if found else None,
                **form.changes,
            )
        except Conflict as conflict:
            differences = show_conflict(
                form, conflict, {name: getattr(conflict.current, name) for name in form.changes}
            )
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Decision saved. It is held until the decisions are released together.")
            return redirect("sites:decisions", round.slug)
    context = {
        "round": round,
        "crumbs": decision_crumbs(round, (application.reference, "")),
        "application": application,
        "decision": found,
        "form": form,
        "differences": differences,
        "may_decide": may_decide,
        "may_change": may_change,
        "is_running": is_running,
        "why_gone": "" if is_running else gone_in_words(application, found),
        "may_tell_why": may_decide and untold_ineligible(round).filter(application=application).exists(),
        "is_released": services.release_of(round) is not None,
        "letters": list(found.sent_letters.all()) if found else [],
        "enquiries": list(found.enquiries.all()) if found else [],
        "award": Award.objects.filter(application=application).select_related("site").first(),
        "letter": _letter(found) if found and may_decide and is_running else None,
        "may_open": has_perm(request.user, "sites.view_applications"),
        "history": audit.history(found) if found else [],
    }
    return render(request, "sites/calls/portfolios/decision.html", context, status=200 if differences is None else 409)


def _letter(decision: Decision) -> dict[str, str]:
    """The letter about a decision as it would be written now."""
    letter = letter_for(decision.application.round, decision.outcome)
    subject, body = written(letter, decision.application, decision.feedback)
    return {"subject": subject, "body": body}


def _find_decision(request: HttpRequest, round: Round, reference: str) -> Decision:
    rows = (
        Decision.objects.visible_to(request.user).filter(application__round=round).select_related("application__round")
    )
    return get_object_or_404(rows, application__reference=reference)


@require_POST
def decision_take_back(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Take a held decision back."""
    round = find_round(request, slug)
    found = _find_decision(request, round, reference)
    require(request.user, "sites.decide_round")
    with errors_as_messages(request):
        services.take_back(by=request.user, decision=found, expected=whole_number(request.POST.get("version")))
        messages.success(request, "The decision is taken back.")
    return redirect("sites:decision", round.slug, reference)


@require_POST
def decision_tell(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Send one letter after the release."""
    round = find_round(request, slug)
    found = _find_decision(request, round, reference)
    require(request.user, "sites.decide_round")
    with errors_as_messages(request):
        services.tell(by=request.user, decision=found)
        messages.success(request, "The applicant is told.")
    return redirect(found)


@require_POST
def decision_tell_why(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Send the letter that says why an application is not eligible, after the release."""
    round = find_round(request, slug)
    application = _find_application(request, round, reference)
    require(request.user, "sites.decide_round")
    with errors_as_messages(request):
        services.tell_not_eligible(by=request.user, application=application)
        messages.success(request, "The applicant is told.")
    return redirect("sites:decision", round.slug, reference)


@require_http_methods(["GET", "POST"])
def decision_move_up(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Choose an application from the reserve list."""
    round = find_round(request, slug)
    found = _find_decision(request, round, reference)
    require(request.user, "sites.decide_round")
    form = MoveUpForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            services.move_up(
                by=request.user,
                decision=found,
                reason=form.cleaned_data["reason"],
                feedback=form.cleaned_data["feedback"],
                expected=form.cleaned_data["version"],
            )
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, conflict.messages[0])
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Moved up. The new letter is on its way.")
            return redirect(found)
    return form_page(
        request,
        form,
        title=f"Choose {found.application.organisation_name or reference} from the reserve list",
        button="Choose and send the letter",
        crumbs=decision_crumbs(round, (reference, found.get_absolute_url())),
        lead="The applicant gets the letter for chosen applications at once.",
        is_warning=True,
    )


# --- Questions and appeals -----------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def enquiry_add(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Note a question or an appeal about a decision."""
    round = find_round(request, slug)
    found = _find_decision(request, round, reference)
    require(request.user, "sites.decide_round")
    form = EnquiryForm(request.POST or None, instance=Enquiry(decision=found))
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.note_enquiry(by=request.user, decision=found, **form.changes)
            messages.success(request, "Noted.")
            return redirect(found)
    crumbs = decision_crumbs(round, (reference, found.get_absolute_url()))
    return form_page(request, form, title="Note a question or an appeal", button="Save", crumbs=crumbs)


@require_http_methods(["GET", "POST"])
def enquiry_edit(request: SignedInRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    """Record what was answered, or correct what was noted."""
    round = find_round(request, slug)
    found = _find_decision(request, round, reference)
    require(request.user, "sites.decide_round")
    enquiry = get_object_or_404(Enquiry.objects.select_related("decision__application__round"), pk=pk, decision=found)
    form = EnquiryForm(request.POST or None, instance=copy.copy(enquiry))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.change_enquiry(
                by=request.user, enquiry=enquiry, expected=form.cleaned_data["version"], **form.changes
            )
        except Conflict as conflict:
            differences = show_conflict(
                form, conflict, {name: getattr(conflict.current, name) for name in form.changes}
            )
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(found)
    crumbs = decision_crumbs(round, (reference, found.get_absolute_url()))
    title = f"{enquiry.get_kind_display()} about {reference}"
    return form_page(request, form, title=title, button="Save", crumbs=crumbs, differences=differences)
