"""An assessor's pages: what is left, the conflict question, and one application with its scores beside it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.files.uploads import serve_file
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_conflict, show_error, take_version
from sites.calls.assessment.blind import read_application, title_for_assessor
from sites.calls.assessment.models import Assessment, Assignment, Criterion
from sites.calls.assessment.moderation.panel import discussion_of, panel_of
from sites.calls.assessment.moderation.services import post_message
from sites.calls.assessment.scoring import services
from sites.calls.assessment.scoring.forms import ConflictForm, LateConflictForm, MessageForm, ScoreForm
from sites.calls.assessment.scoring.todo import (
    conflict_facts,
    is_blind,
    is_closed,
    is_considered,
    next_after,
    revision_note,
    todo_of,
    with_state,
)


@require_GET
def assessing(request: SignedInRequest) -> HttpResponse:
    """What an assessor has left, by due date, and what is done."""
    if not has_perm(request.user, "sites.assess"):
        raise Http404
    todos = todo_of(request.user)
    left = [todo for todo in todos if todo.is_left]
    context = {"left": left, "done": [todo for todo in todos if not todo.is_left], "is_assigned": bool(todos)}
    return render(request, "sites/calls/assessment/scoring/assessing.html", context)


def find_own(request: HttpRequest, pk: int) -> Assignment:
    """One of the reader's own assignments; another assessor's, or anyone else's, is not there."""
    if not has_perm(request.user, "sites.assess"):
        raise Http404
    rows = Assignment.objects.visible_to(request.user).filter(assessor_id=request.user.pk)
    found: Assignment = get_object_or_404(with_state(rows), pk=pk)
    return found


def find_opened(request: HttpRequest, pk: int) -> Assignment:
    """The same, once its assessor has said that they have no conflict; before and otherwise it is not there."""
    row = find_own(request, pk)
    if row.conflict != Assignment.Conflict.NONE or not is_considered(row.application):
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
def assessing_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask about conflicts first; then the application on the left and the scores on the right."""
    row = find_own(request, pk)
    if row.conflict == Assignment.Conflict.DECLARED or not is_considered(row.application):
        return render(request, "sites/calls/assessment/scoring/shut.html", {"assignment": row})
    if row.conflict == Assignment.Conflict.UNKNOWN:
        return _ask(request, row)
    return _score(request, row)


def _ask(request: SignedInRequest, row: Assignment) -> HttpResponse:
    form = ConflictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.declare_conflict(by=request.user, assignment=row, **form.cleaned_data)
            if form.cleaned_data["has_conflict"]:
                messages.success(request, f"Thank you. {row.application.reference} will go to someone else.")
                return redirect("sites:assessing")
            return redirect("sites:assessing-detail", pk=row.pk)
    context = {
        "assignment": row,
        "form": form,
        "who": conflict_facts(row),
        "is_blind": is_blind(row),
        "is_closed": is_closed(row),
    }
    return render(request, "sites/calls/assessment/scoring/conflict.html", context)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("X-Autosave") == "yes"


def _score(request: SignedInRequest, row: Assignment) -> HttpResponse:
    assessment: Assessment = row.assessment
    criteria = list(Criterion.objects.filter(round=row.application.round_id))
    form = ScoreForm(request.POST if request.method == "POST" else None, criteria=criteria, assessment=assessment)
    differences = None
    if request.method == "POST":
        if _wants_json(request):
            return _autosave(request, row, form)
        if form.is_valid():
            try:
                saved = services.save_draft(
                    by=request.user,
                    assignment=row,
                    scores=form.given,
                    comment=form.cleaned_data["comment"],
                    expected=form.cleaned_data["version"],
                )
                if "submit" not in request.POST:
                    messages.success(request, "Draft saved.")
                    return redirect("sites:assessing-detail", pk=row.pk)
                take_version(form, saved)
                services.submit_assessment(by=request.user, assignment=row, scores={}, expected=saved.version)
            except Conflict as conflict:
                differences = show_conflict(form, conflict, _now(conflict.current, criteria))
            except ValidationError as error:
                show_error(form, error)
            else:
                return _after_submitting(request, row)
    status = 200 if differences is None else 409
    context = {**_page(request, row, criteria), "form": form, "differences": differences}
    return render(request, "sites/calls/assessment/scoring/score.html", context, status=status)


def _now(assessment: Assessment, criteria: list[Criterion]) -> dict[str, Any]:
    """What is saved, by the names of the form's fields."""
    scores = {score.criterion_id: score for score in assessment.scores.all()}
    now: dict[str, Any] = {}
    for criterion in criteria:
        score = scores.get(criterion.pk)
        now[f"score-{criterion.pk}"] = score.value if score else None
        now[f"reason-{criterion.pk}"] = score.reason if score else ""
    return {**now, "comment": assessment.comment}


def _autosave(request: SignedInRequest, row: Assignment, form: ScoreForm) -> HttpResponse:
    """Keep a draft while it is being written: the new version, or why it was not kept."""
    if not form.is_valid():
        return JsonResponse({"error": "Not saved: shorten what you wrote."}, status=400)
    try:
        saved = services.save_draft(
            by=request.user,
            assignment=row,
            scores=form.given,
            comment=form.cleaned_data["comment"],
            expected=form.cleaned_data["version"],
        )
    except ValidationError as error:
        is_conflict = isinstance(error, Conflict)
        words = "Not saved: you changed this in another window. Reload the page." if is_conflict else error.messages[0]
        return JsonResponse({"error": words}, status=409)
    return JsonResponse({"version": saved.version})


def _after_submitting(request: SignedInRequest, row: Assignment) -> HttpResponse:
    following = next_after(request.user, row.pk)
    if following is None:
        messages.success(request, f"{row.application.reference} is submitted. That was the last one. Thank you.")
        return redirect("sites:assessing")
    messages.success(request, f"{row.application.reference} is submitted. This is the next one.")
    return redirect("sites:assessing-detail", pk=following.pk)


def _page(request: SignedInRequest, row: Assignment, criteria: list[Criterion]) -> dict[str, Any]:
    """What the page shows beside the form."""
    assessment: Assessment = row.assessment
    blind, is_submitted = is_blind(row), assessment.submitted_at is not None
    left = [todo for todo in todo_of(request.user) if todo.is_left]
    return {
        "assignment": row,
        "assessment": assessment,
        "title": title_for_assessor(row.application, is_blind=blind),
        "place": "" if blind else row.application.place,
        "is_blind": blind,
        "is_submitted": is_submitted,
        "is_closed": is_closed(row),
        "revision_note": revision_note(row),
        "parts": read_application(assessment.revision, is_blind=blind),
        "left": len(left),
        "criteria": criteria,
        "panel": panel_of(row.application, criteria, reader=request.user) if is_submitted else None,
        "discussion": discussion_of(row.application) if is_submitted else [],
        "message_form": MessageForm(),
    }


@require_GET
def assessing_file(request: SignedInRequest, pk: int, file: int) -> FileResponse:
    """Hand out a file of the revision that is assessed. In a round without names there is none: a file says who wrote it."""
    row = find_opened(request, pk)
    parts = read_application(row.assessment.revision, is_blind=is_blind(row))
    shown = {answer.file for part in parts for answer in part.answers if answer.file}
    found = get_object_or_404(row.application.files.filter(pk__in=shown), pk=file)
    audit.record_reading(request.user, "application_file", row.application)
    try:
        return serve_file(found.file, name=found.name, content_type=found.content_type)
    except FileNotFoundError:
        raise Http404 from None


@require_http_methods(["GET", "POST"])
def assessing_conflict(request: SignedInRequest, pk: int) -> HttpResponse:
    """Declare a conflict that was noticed while reading."""
    row = find_opened(request, pk)
    form = LateConflictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.declare_conflict(by=request.user, assignment=row, has_conflict=True, **form.cleaned_data)
            messages.success(request, f"Thank you. {row.application.reference} will go to someone else.")
            return redirect("sites:assessing")
    here = reverse("sites:assessing-detail", args=[row.pk])
    return form_page(
        request,
        form,
        title=f"Declare a conflict: {row.application.reference}",
        lead="You will no longer see this application, and what you scored will not count.",
        button="Declare conflict",
        is_warning=True,
        crumbs=[("Assessing", reverse("sites:assessing")), (row.application.reference, here)],
    )


@require_POST
def assessing_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a submitted assessment."""
    row = find_opened(request, pk)
    with errors_as_messages(request):
        services.reopen_assessment(by=request.user, assignment=row)
        messages.success(request, "You can change your assessment now. Submit it again when you are done.")
    return redirect("sites:assessing-detail", pk=row.pk)


@require_POST
def assessing_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Assess the applicant's newest revision."""
    row = find_opened(request, pk)
    with errors_as_messages(request):
        moved = services.move_to_newest(by=request.user, assignment=row)
        messages.success(
            request, f"This is revision {moved.revision.number} now. Check your scores, then submit them again."
        )
    return redirect("sites:assessing-detail", pk=row.pk)


@require_http_methods(["GET", "POST"])
def assessing_discuss(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write to the other assessors of an application."""
    row = find_opened(request, pk)
    here = reverse("sites:assessing-detail", args=[row.pk])
    if row.assessment.submitted_at is None:
        raise Http404
    form = MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            post_message(by=request.user, application=row.application, **form.cleaned_data)
            messages.success(request, "Your message is posted.")
            return redirect(f"{here}#discussion")
    return form_page(
        request,
        form,
        title=f"Discuss {row.application.reference}",
        button="Post message",
        crumbs=[("Assessing", reverse("sites:assessing")), (row.application.reference, here)],
    )
