"""Suggestions."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.pages import charter_for, number_of
from coproduction.group.members import deciding_members
from coproduction.suggestions import services
from coproduction.suggestions.forms import AnswerForm, SuggestForm, SuggestionFilter
from coproduction.suggestions.models import Suggestion
from impact.core.access.permissions import has_perm, require
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_on
from impact.core.web.listing import list_file, list_rows, wants_file


@require_http_methods(["GET", "POST"])
def suggestion_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Suggest a change in one section. The reader's small forms come here too, so that an error keeps what was typed."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.suggest_change", charter)
    is_member = deciding_members(charter.group).filter(person__user_id=request.user.pk).exists()
    for_members_of = None if is_member else charter.group
    asked = request.POST or request.GET
    section = get_object_or_404(charter.sections, pk=number_of(asked.get("section")))
    readable = CharterVersion.objects.visible_to(request.user).filter(charter=charter)
    version = get_object_or_404(readable, pk=number_of(asked.get("version")))
    if request.method == "POST":
        form = SuggestForm(request.POST, for_members_of=for_members_of)
    else:
        form = SuggestForm(initial={"section": section.pk, "version": version.pk}, for_members_of=for_members_of)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.suggest_change(
                by=request.user,
                section=section,
                version=version,
                words=form.cleaned_data["words"],
                person=form.cleaned_data.get("person"),
            )
            messages.success(
                request,
                f"Your suggestion about “{section.title}” has been sent. You will get an answer here.",
                extra_tags=f"at-{section.key}",
            )
            back = charter.get_absolute_url() if version.status == version.Status.AGREED else version.get_absolute_url()
            return redirect(f"{back}#{section.key}")
    text = SectionText.objects.filter(version=version, section=section).first()
    return render(
        request,
        "coproduction/suggestions/suggestion_form.html",
        {
            "form": form,
            "charter": charter,
            "section": section,
            "version": version,
            "text": text,
            "is_member": is_member,
        },
    )


# --- Suggestions ---------------------------------------------------------------------------------
@require_GET
def suggestions(request: HttpRequest) -> HttpResponseBase:
    """Every suggestion and its answer, those that wait first."""
    user = request.user
    listing = list_rows(
        request,
        Suggestion.objects.visible_to(user).select_related(
            "section__charter__group", "version", "person", "recorded_by__person"
        ),
        SuggestionFilter,
        sorts={
            "answer": ("Waiting first", "-status"),
            "made": ("Date", "made_on"),
            "section": ("Section", "section__position"),
        },
        default="answer",
    )
    charters = {row.section.charter_id: row.section.charter for row in listing.page}
    named = [pk for pk, charter in charters.items() if has_perm(user, "coproduction.view_names", charter)]
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Section": lambda s: s.section.title,
            "Version": lambda s: s.version.name,
            "Made on": lambda s: s.made_on.isoformat(),
            "Suggestion": lambda s: s.words,
            "Status": lambda s: s.get_status_display(),
            "Answer": lambda s: s.answer,
            "Answered on": lambda s: s.answered_on.isoformat() if s.answered_on else "",
        }
        return list_file(request, "suggestions", columns, listing.rows)
    context = {
        "listing": listing,
        "named": named,
        "may_answer": has_perm(user, "coproduction.answer_suggestion"),
        "waiting": Suggestion.objects.visible_to(user).waiting().count(),
    }
    return render(request, "coproduction/suggestions/suggestion_list.html", context)


@require_http_methods(["GET", "POST"])
def suggestion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One suggestion beside the words it is about, with its answer or the form to give one."""
    suggestion = get_object_or_404(
        Suggestion.objects.visible_to(request.user).select_related(
            "section__charter__group", "version", "person", "recorded_by__person"
        ),
        pk=pk,
    )
    may_answer = has_perm(request.user, "coproduction.answer_suggestion", suggestion)
    if request.method == "POST":
        require(request.user, "coproduction.answer_suggestion", suggestion)
    is_waiting = suggestion.status == Suggestion.Status.WAITING
    form = AnswerForm(request.POST or None) if may_answer and (is_waiting or request.method == "POST") else None
    if request.method == "POST" and form is not None and form.is_valid():
        with errors_on(form):
            services.answer_suggestion(by=request.user, suggestion=suggestion, **form.cleaned_data)
            messages.success(request, "The answer is saved, and the group can read it.")
            return redirect("coproduction:suggestion-list")
    context = {
        "suggestion": suggestion,
        "charter": suggestion.section.charter,
        "text": SectionText.objects.filter(version=suggestion.version, section=suggestion.section).first(),
        "sees_names": has_perm(request.user, "coproduction.view_names", suggestion),
        "may_answer": may_answer,
        "form": form,
        "readable": CharterVersion.objects.visible_to(request.user).filter(pk=suggestion.version_id).exists(),
    }
    return render(request, "coproduction/suggestions/suggestion_detail.html", context)
