"""Suggestions and their answers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from coproduction.charter.models import CharterVersion
from coproduction.suggestions import services
from coproduction.suggestions.answering.forms import AnswerForm, MergeForm
from coproduction.suggestions.answering.merging import mergeable
from coproduction.suggestions.answering.taking import where_taken
from coproduction.suggestions.answering.views import editor_address
from coproduction.suggestions.discussion.services import discussion_of
from coproduction.suggestions.discussion.views import comment_form
from coproduction.suggestions.forms import SuggestionFilter
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.pages import text_now, text_then
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import show_conflict, show_error
from impact.core.web.listing import list_file, list_rows, wants_file

RELATED = ["section__charter__group", "version", "person", "recorded_by__person", "merged_into"]


@require_GET
def suggestions(request: HttpRequest) -> HttpResponseBase:
    """Every suggestion and its answer, those that wait first, and the reader's own drafts."""
    user = request.user
    listing = list_rows(
        request,
        Suggestion.objects.visible_to(user).select_related(*RELATED).prefetch_related("taken_in__version"),
        SuggestionFilter,
        sorts={
            "answer": ("Waiting first", "-status"),
            "made": ("Date", "made_on"),
            "section": ("Section", "section__position"),
            "version": ("Version", "version__number"),
        },
        default="answer",
    )
    if wants_file(request):
        return list_file(request, "suggestions", _columns(user), listing.rows)
    charters = {row.section.charter_id: row.section.charter for row in listing.page}
    named = [pk for pk, charter in charters.items() if has_perm(user, "coproduction.view_names", charter)]
    context = {
        "listing": listing,
        "named": named,
        "may_answer": has_perm(user, "coproduction.answer_suggestion"),
        "waiting": Suggestion.objects.visible_to(user).waiting().count(),
        "drafts": Suggestion.with_drafts.drafts_of(user).select_related("section", "person"),
    }
    return render(request, "coproduction/suggestions/suggestion_list.html", context)


def _columns(user: Any) -> dict[str, Callable[[Any], Any]]:
    """The columns of the list's file; who said what is for the engagement lead."""
    columns: dict[str, Callable[[Any], Any]] = {
        "Section": lambda s: s.section.title,
        "Version": lambda s: s.version.name,
        "Made on": lambda s: s.made_on.isoformat(),
        "Passage": lambda s: s.quote,
        "Suggestion": lambda s: s.words,
        "Status": lambda s: s.get_status_display(),
        "Answer": lambda s: s.answered.answer,
        "Answered on": lambda s: s.answered.answered_on.isoformat() if s.answered.answered_on else "",
        "Merged into": lambda s: s.merged_into_id or "",
    }
    if has_perm(user, "coproduction.answer_suggestion"):
        columns |= {
            "Number": lambda s: s.pk,
            "Member": lambda s: s.person.name,
            "Written down by": lambda s: s.written_down_by,
            "How they told": lambda s: s.get_told_display() if s.told else "",
            "Taken into": lambda s: ", ".join(f"version {link.version.name}" for link in s.taken_in.all()),
        }
    return columns


@require_http_methods(["GET", "POST"])
def suggestion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One suggestion beside the words it is about, with its answer or the form to give one, and the discussion."""
    user = request.user
    rows: Any = Suggestion.objects.visible_to(user).select_related(*RELATED)
    suggestion: Suggestion = get_object_or_404(rows, pk=pk)
    may_answer = has_perm(user, "coproduction.answer_suggestion", suggestion)
    differences = None
    form = None
    if request.method == "POST":
        require(user, "coproduction.answer_suggestion", suggestion)
        form = AnswerForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            try:
                found = services.answer_suggestion(
                    by=user,
                    suggestion=suggestion,
                    status=given["status"],
                    answer=given["answer"],
                    expected=given["version"],
                )
            except Conflict as conflict:
                now = {"status": conflict.current.status, "answer": conflict.current.answer}
                differences = show_conflict(form, conflict, now)
                form.data["version"] = str(conflict.current.revision)  # type: ignore[index]
                suggestion = get_object_or_404(rows, pk=pk)
            except ValidationError as error:
                show_error(form, error)
            else:
                return _after_answer(request, found)
    elif may_answer and suggestion.merged_into is None and (not suggestion.is_answered or "again" in request.GET):
        kept = {"status": suggestion.status, "answer": suggestion.answer} if suggestion.is_answered else {}
        form = AnswerForm(initial={"version": suggestion.revision, **kept})
    context = _about(request, suggestion, may_answer) | {"form": form, "differences": differences}
    status = 200 if differences is None else 409
    return render(request, "coproduction/suggestions/suggestion_detail.html", context, status=status)


def _after_answer(request: HttpRequest, suggestion: Suggestion) -> HttpResponse:
    """Back to what waits; or, where it is taken in at once, to the draft at the passage."""
    messages.success(request, "The answer is saved, and the members who asked for it are told.")
    if "take" in request.POST and suggestion.is_taken:
        return redirect(f"{suggestion.get_absolute_url()}#taken-in")
    return redirect("coproduction:suggestion-list")


def _about(request: HttpRequest, suggestion: Suggestion, may_answer: bool) -> dict[str, Any]:
    """What the page of a suggestion shows."""
    user = request.user
    main = suggestion.answered
    charter = suggestion.section.charter
    may_merge = may_answer and suggestion.status == Suggestion.Status.WAITING
    alike, rest = mergeable(suggestion) if may_merge else ([], [])
    merge_form = None
    if alike or rest:
        merge_form = MergeForm(alike=alike, rest=rest, suggestion=suggestion, auto_id="merge_%s")
    discussion = discussion_of(main, user)
    statuses = set(charter.versions.values_list("status", flat=True))
    return {
        "suggestion": suggestion,
        "main": main,
        "charter": charter,
        "then": text_then(suggestion),
        "now": text_now(suggestion),
        "sees_names": has_perm(user, "coproduction.view_names", suggestion),
        "may_answer": may_answer,
        "merged": suggestion.merged.select_related("person", "recorded_by__person", "section"),
        "merge_form": merge_form,
        "alike": alike,
        "earlier_answers": list(main.given_answers.all())[:-1],
        "taken": where_taken(main, user),
        "may_take": may_answer and main.is_taken and CharterVersion.Status.PROPOSED not in statuses,
        "is_out": CharterVersion.Status.PROPOSED in statuses,
        "editor_url": editor_address(main),
        "discussion": discussion,
        "may_read_discussion": has_perm(user, "coproduction.discuss", suggestion),
        "comment_form": comment_form(request, suggestion),
        "history": audit.history(suggestion),
        "readable": CharterVersion.objects.visible_to(user).filter(pk=suggestion.version_id).exists(),
    }
