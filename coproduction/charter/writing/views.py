"""The page on which a draft of the charter is written: one form for all sections, which also saves itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.charter import services
from coproduction.charter.forms import LONGEST, CharterForm, DraftForm, SectionTextForm
from coproduction.charter.models import Charter, CharterVersion, SectionText
from coproduction.charter.pages import charter_for, draft_of, reading_context, sections_of
from coproduction.charter.writing import sections
from coproduction.charter.writing.editing import Saved, Words, mark_of, write_draft
from coproduction.charter.writing.starting import guidance_for, known_of, outline_for, questions_for, start_charter
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.dates import clock as clock_time
from impact.core.basics.markdown import render_markdown
from impact.core.web.forms import errors_as_messages, errors_on, show_error
from networks.groups.models import Group

Forms = dict[int, SectionTextForm]


# --- Starting ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def charter_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start the charter of a group that has none."""
    if has_perm(request.user, "coproduction.view_all"):
        groups = Group.objects.all()
    else:
        groups = Group.objects.visible_to(request.user)
    group = get_object_or_404(groups, slug=slug)
    require(request.user, "coproduction.edit_charter", group)
    form = CharterForm(request.POST or None, initial={"title": "How we work together"})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            charter = start_charter(by=request.user, group=group, title=form.cleaned_data["title"])
            messages.success(request, "The charter has a first draft. Read what is known, then propose it.")
            return redirect("coproduction:charter-edit", charter.pk)
    known = known_of(group)
    outline = [
        {
            "title": row.title,
            "kind": row.kind,
            "body": row.body.format(**known),
            "questions": row.questions.splitlines(),
        }
        for row in outline_for(group)
    ]
    return render(
        request,
        "coproduction/charter/writing/charter_start.html",
        {"form": form, "group": group, "outline": outline, "known": known},
    )


@require_POST
def draft_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next draft."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    form = DraftForm(request.POST, charter=charter)
    with errors_as_messages(request):
        start_from = form.cleaned_data["start_from"] if form.is_valid() else None
        draft = services.draft_version(by=request.user, charter=charter, start_from=start_from)
        messages.success(request, f"{draft.label} is open. Only you can read it until you propose it.")
        return redirect("coproduction:charter-edit", charter.pk)
    return redirect(charter)


# --- The forms of the page -----------------------------------------------------------------------
def _shown(text: SectionText) -> dict[str, Any]:
    """What a form holds of a section, with the marks that tell later what its writer changed."""
    return {
        "revision": text.revision,
        "seen": mark_of(text.body),
        "was": text.title,
        "title": text.title,
        "body": text.body,
    }


def _form(text: SectionText, data: QueryDict | None = None) -> SectionTextForm:
    form = SectionTextForm(data, initial=_shown(text), prefix=f"s{text.section_id}")
    form.fields["body"].label = f"Text of “{text.title}”"
    form.fields["title"].label = f"Title of “{text.title}”"
    return form


def _renew(form: SectionTextForm, text: SectionText) -> None:
    """Let a form that stays on the page go on from its section as it is saved now."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    for name in ("revision", "seen", "was"):
        form.data[form.add_prefix(name)] = str(_shown(text)[name])  # type: ignore[index]


def _again(form: SectionTextForm, theirs: SectionText) -> None:
    """Let a second save of the same form replace what someone else saved, now that its writer has read it."""
    _renew(form, theirs)
    form.add_error(
        "body",
        "Someone else saved this section while you were writing. Both texts are here: compare, then save again.",
    )


def _typed(request: HttpRequest, charter: Charter) -> list[dict[str, str]]:
    """What was typed in a draft that was put to the members, or withdrawn, in the meantime; to copy from."""
    found = []
    for section in charter.sections.all():
        body = request.POST.get(f"s{section.pk}-body", "")
        if body.strip() and mark_of(body) != request.POST.get(f"s{section.pk}-seen"):
            found.append({"title": section.title, "body": body})
    return found


def _told(saved: Saved) -> str:
    names = [f"“{text.title}”" for text in saved.written]
    if not names:
        return "Nothing had changed, so there was nothing to save."
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Saved: {listed}."


def _save(request: HttpRequest, draft: CharterVersion, forms: Forms) -> Saved | None:
    """Save what the page holds, section by section; None where the draft cannot be written any more."""
    words = {pk: Words(**form.cleaned_data) for pk, form in forms.items() if form.is_valid()}
    if not forms:
        return Saved()
    with errors_on(next(iter(forms.values()))):
        saved = write_draft(by=request.user, version=draft, words=words)
        for pk, error in saved.refused.items():
            show_error(forms[pk], error)
        return saved
    return None


# --- The page ------------------------------------------------------------------------------------
def _saved_line(
    request: HttpRequest, state: str, text: str, kept: list[SectionText], status: int = 200
) -> HttpResponse:
    marks = [(f"s{row.section_id}", _shown(row)) for row in kept]
    context = {"state": state, "text": text, "marks": marks}
    return render(request, "coproduction/charter/writing/_saved.html", context, status=status)


def _after_autosave(request: HttpRequest, draft: CharterVersion, forms: Forms, saved: Saved | None) -> HttpResponse:
    """Tell the page which sections are stored; the rest stays on the screen and on the device."""
    if saved is None:
        return _saved_line(request, "error", "Not saved: this text can no longer be changed.", [], 409)
    state, words = "saved", f"All changes saved at {clock_time(timezone.localtime())}"
    refused = [error for form in forms.values() for errors in form.errors.values() for error in errors]
    if saved.clashes:
        state, words = "error", "Someone else changed the same section. Save the draft to compare the two texts."
    elif refused:
        state, words = "error", f"One section is not saved. {refused[0]}"
    kept = [
        text
        for text in draft.texts.all()
        if text.section_id in forms
        and not forms[text.section_id].errors
        and text.body == forms[text.section_id].cleaned_data["body"]
        and forms[text.section_id].cleaned_data["title"] in (None, text.title)
    ]
    return _saved_line(request, state, words, kept)


def _no_draft(request: HttpRequest, charter: Charter) -> HttpResponse:
    """There is nothing to write in: say where to go, and give back what was typed meanwhile."""
    if request.POST.get("do") == "autosave":
        return _saved_line(request, "error", "Not saved: this text can no longer be changed.", [], 409)
    context: dict[str, Any] = reading_context(request, charter)
    form = None if context["proposed"] else DraftForm(charter=charter)
    context |= {"draft_form": form, "typed": _typed(request, charter)}
    status = 409 if context["typed"] else 200
    return render(request, "coproduction/charter/writing/charter_edit_none.html", context, status=status)


def _go_on(request: HttpRequest, charter: Charter, rows: list[dict[str, Any]], saved: Saved) -> HttpResponse:
    """Everything is saved: do what the button says, and show the place again."""
    do, _colon, key = request.POST.get("do", "").partition(":")
    at = key or request.POST.get("at", "")
    row = next((row for row in rows if row["section"].key == at), None)
    edit = reverse("coproduction:charter-edit", args=[charter.pk])
    if do == "retire" and row:
        return redirect("coproduction:section-retire", charter.pk, at)
    if do in (sections.UP, sections.DOWN) and row:
        with errors_as_messages(request):
            moved = sections.shift_section(by=request.user, text=row["text"], way=do)
            count = len(rows)
            messages.success(
                request, f"“{moved.title}” is now section {moved.position} of {count}.", extra_tags=f"at-{at}"
            )
            ends = {1: sections.DOWN, count: sections.UP}
            return redirect(f"{edit}#{ends.get(moved.position, do)}-{at}")
        return redirect(edit)
    messages.success(request, _told(saved), extra_tags=f"at-{at}" if row else "")
    if "propose" in request.POST:
        return redirect("coproduction:charter-propose", charter.pk)
    return redirect(edit + (f"#{at}" if row else ""))


@require_http_methods(["GET", "POST"])
def charter_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the draft. Every button saves every section; two people writing the same section lose nothing."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    draft = draft_of(charter)
    if draft is None:
        return _no_draft(request, charter)
    answered = Suggestion.objects.answered()
    rows = sections_of(draft, answered.filter(section__charter=charter))
    data = request.POST if request.method == "POST" else None
    # A section that the page does not hold, because it was added since, is left alone.
    forms = {
        row["section"].pk: _form(row["text"], data)
        for row in rows
        if data is None or f"s{row['section'].pk}-body" in data
    }
    saved, do = Saved(), request.POST.get("do", "")
    previewed = do.removeprefix("preview:") if do.startswith("preview:") else ""
    if data is not None and not previewed:
        found = _save(request, draft, forms)
        if do == "autosave":
            return _after_autosave(request, draft, forms, found)
        if found and not found.clashes and not any(form.errors for form in forms.values()):
            return _go_on(request, charter, rows, found)
        saved = found or saved
    for text in saved.written:
        _renew(forms[text.section_id], text)
    for section_id, theirs in saved.clashes.items():
        _again(forms[section_id], theirs)
    for row in rows:
        row["form"] = forms.get(row["section"].pk) or _form(row["text"])
        row["theirs"] = saved.clashes.get(row["section"].pk)
        row["guidance"] = guidance_for(row["section"])
        row["questions"] = questions_for(row["section"])
        if row["section"].key == previewed:
            row["preview"] = render_markdown(str(row["form"]["body"].value() or "")[:LONGEST])
    problems = [form for form in forms.values() if data is not None and form.errors]
    context = reading_context(request, charter) | {
        "version": draft,
        "rows": rows,
        "forms": problems if not previewed else [],
        "saved_too": _told(saved) if saved.written else "",
        "is_unsaved": data is not None,
        "absent": sections.absent_sections(draft),
        "waiting": Suggestion.objects.waiting().filter(section__charter=charter).count(),
        "history": audit.history(draft, *(row["text"] for row in rows)),
    }
    status = 409 if saved.clashes else 200
    return render(request, "coproduction/charter/writing/charter_edit.html", context, status=status)


@require_POST
def section_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A section's text as members would read it. Nothing is saved."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.edit_charter", charter)
    body = request.POST.get("body", "")
    context = {"html": render_markdown(body[:LONGEST]), "is_cut": len(body) > LONGEST, "limit": LONGEST}
    return render(request, "coproduction/charter/writing/_preview.html", context)
