"""One application's assessment for staff: eligibility, who has it, every score, moderation and discussion."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.templatetags.impact import status_tone
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_conflict, show_error
from sites.calls.applications.intake.changing.matching import past_applications
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assignment, EligibilityCheck, RoundAssessor, plan_of
from sites.calls.assessment.moderation import services
from sites.calls.assessment.moderation.forms import DiscussForm, NoteForm
from sites.calls.assessment.moderation.panel import Panel, discussion_of, panel_of
from sites.calls.assessment.scoring.todo import TONES, revision_note, state_of, with_state
from sites.calls.assessment.setup import assignments
from sites.calls.assessment.setup import services as setup
from sites.calls.assessment.setup.forms import EligibilityForm, GiveForm
from sites.calls.assessment.setup.views import crumbs_to, editable
from sites.calls.rounds.models import Round


def find(request: HttpRequest, slug: str, reference: str) -> tuple[Round, Application]:
    """A round and one of its applications, for staff."""
    round = editable(request, slug)
    rows = Application.objects.visible_to(request.user).filter(round=round).exclude(state=Application.State.DRAFT)
    application = get_object_or_404(rows.select_related("round", "eligibility", "topic"), reference=reference)
    return round, application


def here(application: Application) -> str:
    """The address of an application's assessment."""
    return reverse("sites:assessment-application", args=[application.round.slug, application.reference])


def _tags(
    application: Application, check: EligibilityCheck | None, panel: Panel, *, is_moderated: bool
) -> list[tuple[str, str]]:
    """What the head of the page says, each with its colour."""
    if check is None:
        tags = [("Not checked", "grey")]
    else:
        tags = [("Eligible", "green") if check.is_eligible else ("Not eligible", "red")]
    if panel.is_outlier:
        tags.append(("Differs, moderated", "green") if is_moderated else ("Differs much", "red"))
    if application.state != Application.State.SUBMITTED:
        tags.append((application.get_state_display(), status_tone(application.state)))
    return tags


@require_GET
def application_detail(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Everything about one application's assessment."""
    round, application = find(request, slug, reference)
    plan = plan_of(round)
    criteria = list(round.criteria.all())
    lived = set(RoundAssessor.objects.filter(round=round, has_lived_experience=True).values_list("user_id", flat=True))
    rows = with_state(application.assignments.select_related("assessor__person")).order_by("pk")
    people = []
    for row in rows:
        state, is_left = state_of(row)
        assessment = getattr(row, "assessment", None)
        people.append(
            {
                "assignment": row,
                "state": state,
                "tone": TONES.get(state, "blue"),
                "is_lived": row.assessor_id in lived,
                "note": revision_note(row),
                "can_remove": is_left,
                "can_clear": row.conflict == Assignment.Conflict.DECLARED,
                "earlier": list(assessment.earlier.select_related("revision")) if assessment else [],
            }
        )
    panel = panel_of(application, criteria, reader=request.user)
    notes = list(application.moderation_notes.select_related("written_by__person"))
    check = getattr(application, "eligibility", None)
    context = {
        "round": round,
        "plan": plan,
        "application": application,
        "check": check,
        "tags": _tags(application, check, panel, is_moderated=bool(notes)),
        "is_considered": application.state == Application.State.SUBMITTED,
        "people": people,
        "panel": panel,
        "notes": notes,
        "discussion": discussion_of(application),
        "past": past_applications(application, request.user),
        "give_form": GiveForm(round=round),
        "revisions": application.revisions.count(),
        "history": audit.history(application),
        "crumbs": crumbs_to(round),
    }
    return render(request, "sites/calls/assessment/moderation/application.html", context)


# --- Eligibility ---------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def eligibility(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Record whether an application may be considered."""
    round, application = find(request, slug, reference)
    check: EligibilityCheck | None = getattr(application, "eligibility", None)
    known: dict[str, Any] = {"version": check.version if check else 0}
    if check:
        known |= {"is_eligible": "yes" if check.is_eligible else "no", "reason": check.reason}
    form = EligibilityForm(request.POST if request.method == "POST" else None, initial=known)
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            setup.check_eligibility(
                by=request.user,
                application=application,
                is_eligible=form.cleaned_data["is_eligible"],
                reason=form.cleaned_data["reason"],
                expected=form.cleaned_data["version"] if check else None,
            )
        except Conflict as conflict:
            now = {"is_eligible": conflict.current.is_eligible, "reason": conflict.current.reason}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(here(application))
    return form_page(
        request,
        form,
        title=f"Check eligibility: {application.reference}",
        lead="An application that is not eligible is not assessed and cannot be chosen. You can undo this.",
        button="Save",
        differences=differences,
        crumbs=crumbs_to(round, (application.reference, here(application))),
    )


@require_POST
def eligibility_undo(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Take an eligibility check back."""
    _round, application = find(request, slug, reference)
    with errors_as_messages(request):
        setup.undo_eligibility(by=request.user, application=application)
        messages.success(request, "The check is undone.")
    return redirect(here(application))


# --- By hand -------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Give an application to one more assessor."""
    round, application = find(request, slug, reference)
    form = GiveForm(request.POST if request.method == "POST" else None, round=round)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            assignments.assign_by_hand(by=request.user, application=application, **form.cleaned_data)
            messages.success(request, f"{form.cleaned_data['assessor'].display_name} has this application now.")
            return redirect(here(application))
    return form_page(
        request,
        form,
        title=f"Give {application.reference} to an assessor",
        button="Give application",
        crumbs=crumbs_to(round, (application.reference, here(application))),
    )


def _assignment(application: Application, pk: int) -> Assignment:
    return get_object_or_404(application.assignments.select_related("application__round", "assessor__person"), pk=pk)


@require_POST
def take_back(request: SignedInRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    """Take an application back from an assessor."""
    _round, application = find(request, slug, reference)
    row = _assignment(application, pk)
    with errors_as_messages(request):
        assignments.remove_assignment(by=request.user, assignment=row)
        messages.success(request, f"{row.assessor.display_name} no longer has this application.")
    return redirect(here(application))


@require_POST
def conflict_clear(request: SignedInRequest, slug: str, reference: str, pk: int) -> HttpResponse:
    """Clear a conflict that was declared by mistake."""
    _round, application = find(request, slug, reference)
    row = _assignment(application, pk)
    with errors_as_messages(request):
        assignments.clear_conflict(by=request.user, assignment=row)
        messages.success(request, f"{row.assessor.display_name} will be asked about conflicts again.")
    return redirect(here(application))


# --- Moderation ----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def moderate(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Note what staff found about an application's scores."""
    round, application = find(request, slug, reference)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.note_moderation(by=request.user, application=application, **form.cleaned_data)
            messages.success(request, "The note is kept.")
            return redirect(f"{here(application)}#moderation")
    return form_page(
        request,
        form,
        title=f"Moderate {application.reference}",
        lead="What did you find when you compared the assessments? Notes stay; a later one corrects an earlier one.",
        button="Save note",
        crumbs=crumbs_to(round, (application.reference, here(application))),
    )


@require_http_methods(["GET", "POST"])
def discuss(request: SignedInRequest, slug: str, reference: str) -> HttpResponse:
    """Write to the assessors of an application."""
    round, application = find(request, slug, reference)
    form = DiscussForm(request.POST if request.method == "POST" else None)
    if plan_of(round).is_blind:
        form.fields["words"].help_text += " Do not name the applicant: this round is assessed without names."
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.post_message(by=request.user, application=application, **form.cleaned_data)
            messages.success(request, "Your message is posted.")
            return redirect(f"{here(application)}#discussion")
    return form_page(
        request,
        form,
        title=f"Discuss {application.reference}",
        lead="Assessors of this application read this once they have submitted their own assessment.",
        button="Post message",
        crumbs=crumbs_to(round, (application.reference, here(application))),
    )
