"""The page on which a draft of the charter is written: one form for all sections."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from coproduction.charter.editing import Saved, Words, mark_of, write_draft
from coproduction.charter.forms import DraftForm, SectionTextForm
from coproduction.charter.models import Charter, CharterVersion, SectionText
from coproduction.charter.pages import charter_for, draft_of, reading_context, sections_of
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.web.forms import errors_on


def _form(text: SectionText, data: QueryDict | None = None) -> SectionTextForm:
    initial = {"revision": text.revision, "seen": mark_of(text.body), "body": text.body}
    form = SectionTextForm(data, initial=initial, prefix=f"s{text.section_id}")
    form.fields["body"].label = f"Text of “{text.section.title}”"
    return form


def _again(form: SectionTextForm, theirs: SectionText) -> None:
    """Let a second save of the same form replace what someone else saved, now that its writer has read it."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data[form.add_prefix("revision")] = str(theirs.revision)  # type: ignore[index]
    form.data[form.add_prefix("seen")] = mark_of(theirs.body)  # type: ignore[index]
    form.add_error(
        "body",
        "Someone else saved this section while you were writing. Both texts are here: compare, then save again.",
    )


def _renew(form: SectionTextForm, text: SectionText) -> None:
    """Let a form that stays on the page after its section was saved go on from there."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data[form.add_prefix("revision")] = str(text.revision)  # type: ignore[index]
    form.data[form.add_prefix("seen")] = mark_of(text.body)  # type: ignore[index]


def _typed(request: HttpRequest, charter: Charter) -> list[dict[str, str]]:
    """What was typed in a draft that was put to the members, or withdrawn, in the meantime; to copy from."""
    found = []
    for section in charter.sections.all():
        body = request.POST.get(f"s{section.pk}-body", "")[:20_000]
        if body.strip() and mark_of(body) != request.POST.get(f"s{section.pk}-seen"):
            found.append({"title": section.title, "body": body})
    return found


def _told(saved: Saved) -> str:
    names = [f"“{text.section.title}”" for text in saved.written]
    if not names:
        return "Nothing had changed, so there was nothing to save."
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Saved: {listed}."


def _save(request: HttpRequest, draft: CharterVersion, forms: dict[int, SectionTextForm]) -> Saved | None:
    """Save what the page holds; None where an entry must be put right first, in which case nothing was saved."""
    if any(form.errors for form in forms.values()):
        return None
    words = {pk: Words(**form.cleaned_data) for pk, form in forms.items()}
    with errors_on(next(iter(forms.values()))):
        return write_draft(by=request.user, version=draft, words=words)
    return None


@require_http_methods(["GET", "POST"])
def charter_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the draft. Every button saves every section; two people writing the same section lose nothing."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    draft = draft_of(charter)
    if draft is None:
        context: dict[str, Any] = reading_context(request, charter)
        form = None if context["proposed"] else DraftForm(charter=charter)
        context |= {"draft_form": form, "typed": _typed(request, charter)}
        return render(
            request, "coproduction/charter/charter_edit_none.html", context, status=409 if context["typed"] else 200
        )
    answered = Suggestion.objects.answered()
    rows = sections_of(draft, answered.filter(section__charter=charter))
    data = request.POST if request.method == "POST" else None
    # A section that the page does not hold, because it was added since, is left alone.
    forms = {
        row["section"].pk: _form(row["text"], data)
        for row in rows
        if data is None or f"s{row['section'].pk}-body" in data
    }
    saved = _save(request, draft, forms) if data is not None and forms else None
    if saved is not None and not saved.clashes:
        at = request.POST.get("at", "")
        is_section = at in {row["section"].key for row in rows}
        messages.success(request, _told(saved), extra_tags=f"at-{at}" if is_section else "")
        if "propose" in request.POST:
            return redirect("coproduction:charter-propose", charter.pk)
        return redirect(reverse("coproduction:charter-edit", args=[charter.pk]) + (f"#{at}" if is_section else ""))
    clashes = saved.clashes if saved else {}
    for text in saved.written if saved else []:
        _renew(forms[text.section_id], text)
    for section_id, theirs in clashes.items():
        _again(forms[section_id], theirs)
    for row in rows:
        row["form"] = forms.get(row["section"].pk) or _form(row["text"])
        row["theirs"] = clashes.get(row["section"].pk)
    context = reading_context(request, charter) | {
        "version": draft,
        "rows": rows,
        "forms": list(forms.values()) if data is not None else [],
        "saved_too": _told(saved) if saved and saved.written else "",
        "is_unsaved": data is not None,
        "waiting": Suggestion.objects.waiting().filter(section__charter=charter).count(),
        "history": audit.history(draft, *(row["text"] for row in rows)),
    }
    return render(request, "coproduction/charter/charter_edit.html", context, status=409 if clashes else 200)
