"""The page on which the text in force is corrected."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from coproduction.charter.corrections.forms import CorrectionForm, FixForm
from coproduction.charter.corrections.services import (
    FEW,
    Change,
    Fixed,
    all_changes,
    changes_of,
    correct_version,
    corrected_text,
    correction_obstacle,
)
from coproduction.charter.models import CharterVersion
from coproduction.charter.pages import charter_for
from coproduction.group.members import say_day
from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_on


def _changes(
    version: CharterVersion, fixes: dict[int, FixForm]
) -> tuple[dict[int, Fixed], list[Change], list[str], int]:
    """The sections as typed, what changes in them, what is in the way, and how many words change in all."""
    if not all(form.is_valid() for form in fixes.values()):
        return {}, [], [], 0
    fixed = {pk: Fixed(form.cleaned_data["title"], form.cleaned_data["body"]) for pk, form in fixes.items()}
    try:
        changes, whole = changes_of(version, fixed), all_changes(version, fixed)
    except ValidationError as error:
        return fixed, [], error.messages, 0
    return fixed, changes, [], sum(change.words for change in whole)


@require_http_methods(["GET", "POST"])
def charter_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct spelling or layout of the text in force: first the words, then what changes, then in force."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    version, obstacle = charter.agreed_version, correction_obstacle(charter)
    if version is None or (obstacle and request.method == "GET"):
        context = {"charter": charter, "obstacle": obstacle}
        return render(request, "coproduction/charter/corrections/correction_none.html", context)
    data = request.POST if request.method == "POST" else None
    texts = list(version.texts.select_related("section"))
    fixes = {}
    for text in texts:
        initial = {"title": text.title, "body": text.body}
        fixes[text.section_id] = FixForm(data, initial=initial, prefix=f"s{text.section_id}")
        fixes[text.section_id].fields["title"].label = f"Title of “{text.title}”"
        fixes[text.section_id].fields["body"].label = f"Text of “{text.title}”"
    fixed, changes, problems, words = _changes(version, fixes) if data else ({}, [], [], 0)
    form = CorrectionForm(data, initial={"text_hash": version.text_hash}, asks_if_sure=words > FEW)
    status, is_changed_since = 200, bool(data) and request.POST.get("text_hash") != version.text_hash
    if is_changed_since:
        problems, changes, status = [*Conflict(version).messages], [], 409
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["text_hash"] = version.text_hash  # type: ignore[index]
    is_confirming = request.POST.get("do") == "confirm" and bool(changes)
    if is_confirming and form.is_valid():
        with errors_on(form):
            new = correct_version(
                by=request.user,
                version=version,
                fixed=fixed,
                note=form.cleaned_data["note"],
                is_sure=form.cleaned_data.get("is_sure", False),
                expected_hash=form.cleaned_data["text_hash"],
            )
            messages.success(
                request,
                f"{new.label} is in force. Members have been told, and can stop it until "
                f"{say_day(new.stop_until) if new.stop_until else ''}.",
            )
            return redirect(new)
    if not is_confirming and data is not None:
        form = CorrectionForm(
            initial={"text_hash": version.text_hash, "note": request.POST.get("note", "")}, asks_if_sure=words > FEW
        )
    context = {
        "charter": charter,
        "version": version,
        "base": corrected_text(version),
        "rows": [{"text": text, "form": fixes[text.section_id]} for text in texts],
        "fixes": [fix for fix in fixes.values() if fix.errors] if data else [],
        "form": form,
        "changes": [] if request.POST.get("do") == "edit" else changes,
        "words": words,
        "asks_if_sure": words > FEW,
        "problems": problems,
    }
    return render(request, "coproduction/charter/corrections/charter_correct.html", context, status=status)
