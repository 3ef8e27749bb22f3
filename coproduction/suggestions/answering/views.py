"""Merging suggestions, and taking one into the draft."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from coproduction.suggestions.answering import merging, taking
from coproduction.suggestions.answering.forms import MergeForm
from coproduction.suggestions.models import Suggestion
from impact.core.access.permissions import require
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages


def _find(request: HttpRequest, pk: int) -> Suggestion:
    rows: Any = Suggestion.objects.visible_to(request.user).select_related("section__charter__group", "merged_into")
    suggestion: Suggestion = get_object_or_404(rows, pk=pk)
    require(request.user, "coproduction.answer_suggestion", suggestion)
    return suggestion


@require_POST
def suggestion_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Merge others that ask for the same into this suggestion."""
    suggestion = _find(request, pk)
    alike, rest = merging.mergeable(suggestion)
    form = MergeForm(request.POST, alike=alike, rest=rest, suggestion=suggestion)
    if not form.is_valid():
        found = form.errors.get("others") or ["Something was missing. Choose, then merge again."]
        messages.error(request, str(found[0]))
        return redirect(suggestion)
    with errors_as_messages(request):
        merging.merge_suggestions(
            by=request.user,
            suggestion=suggestion,
            others=form.cleaned_data["others"],
            expected=form.cleaned_data["version"],
        )
        messages.success(request, "Merged. Your answer goes to each of the members.")
    return redirect(suggestion)


@require_POST
def suggestion_unmerge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    suggestion = _find(request, pk)
    main = suggestion.merged_into
    with errors_as_messages(request):
        merging.unmerge_suggestion(by=request.user, suggestion=suggestion)
        messages.success(request, "The two stand on their own again.")
    return redirect(main or suggestion)


@require_POST
def suggestion_take(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the draft at the passage that is to change, and link the two."""
    suggestion = _find(request, pk)
    try:
        link = taking.take_in(by=request.user, suggestion=suggestion)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(suggestion)
    messages.success(request, f"Version {link.version.name} takes this suggestion in. Change the text here.")
    return redirect(editor_address(suggestion))


def editor_address(suggestion: Suggestion) -> str:
    """The draft's page, at the section that a suggestion is about and with its passage selected."""
    address = reverse("coproduction:charter-edit", args=[suggestion.section.charter_id])
    return f"{address}?{urlencode({'suggestion': suggestion.pk})}#{suggestion.section.key}"
