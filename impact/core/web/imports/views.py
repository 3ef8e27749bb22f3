"""Bringing in spreadsheets: the kinds there are, the file, the preview, what became of it, and taking it back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm
from impact.core.jobs.models import Job
from impact.core.people.accounts import SignedInRequest
from impact.core.web.files.tables import BYTES_LIMIT, ROWS_LIMIT
from impact.core.web.forms import Form, errors_as_messages, errors_on
from impact.core.web.imports import parts, services, undo
from impact.core.web.imports.models import SheetImport, SheetRow
from impact.core.web.imports.shapes import CHANGE, IMPORTERS, NEW, OUTCOMES, SAME, Importer, importers_for
from impact.core.web.listing import file_response

SHOWN, PROBLEMS_SHOWN, PAST = 12, 300, 50
CELLS = 5  # columns of the preview's table
State = SheetImport.State
EDIT = ["GET", "HEAD", "POST"]


class FileForm(Form):
    """The spreadsheet."""

    file = forms.FileField(
        label="File",
        help_text=f"CSV or Excel (.xlsx), up to {BYTES_LIMIT // 1024 // 1024} MB and {ROWS_LIMIT:,} rows.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods,text/csv"}),
    )


def visible_to(user: Any) -> QuerySet[SheetImport]:
    """Imports of the kinds that someone may bring in; all, without their rows, for those who may undo any."""
    if has_perm(user, "core.undo_import"):
        return SheetImport.objects.all()
    kinds = [importer.kind for importer in importers_for(user)]
    return SheetImport.objects.filter(kind__in=kinds)


def _require_some(user: Any) -> None:
    if not importers_for(user) and not has_perm(user, "core.undo_import"):
        raise PermissionDenied("You do not have permission to bring in spreadsheets.")


def _importer(request: HttpRequest, kind: str) -> Importer:
    if kind not in IMPORTERS:
        raise Http404
    IMPORTERS[kind].require(request.user)
    return IMPORTERS[kind]


def _find(request: HttpRequest, pk: int) -> SheetImport:
    _require_some(request.user)
    return get_object_or_404(visible_to(request.user).select_related("added_by__person", "undone_by__person"), pk=pk)


def _own(request: HttpRequest, pk: int) -> SheetImport:
    """One's own file: its rows are no one else's to read or to save."""
    sheet = _find(request, pk)
    _importer(request, sheet.kind)
    services.require_own(request.user, sheet)
    return sheet


def _saved_by(sheet: SheetImport) -> str:
    return sheet.added_by.display_name if sheet.added_by else "IMPACT platform"


def _state(sheet: SheetImport) -> dict[str, str]:
    """What a list says of where a file is."""
    if sheet.state == State.CHECKED and sheet.wrong:
        return {"state": "needs-attention", "label_of_state": "Needs attention"}
    return {"state": sheet.state, "label_of_state": sheet.get_state_display()}


@never_cache
@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """What can be brought in, and what was."""
    _require_some(request.user)
    rows = visible_to(request.user).select_related("added_by__person")
    mine = Q(state__in=[State.DONE, State.UNDONE]) | Q(state__in=SheetImport.OPEN, added_by=request.user.pk)
    past = [
        {"sheet": sheet, "label": IMPORTERS[sheet.kind].label, "by": _saved_by(sheet), **_state(sheet)}
        for sheet in rows.filter(mine, kind__in=IMPORTERS)[:PAST]
    ]
    context = {"importers": importers_for(request.user), "past": past}
    return render(request, "core/web/imports/import_list.html", context)


@never_cache
@require_http_methods(EDIT)
def import_start(request: SignedInRequest, kind: str) -> HttpResponse:
    """Choose a file of one kind; it is checked, and nothing is saved yet."""
    importer = _importer(request, kind)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with errors_on(form):
            data = file.read(BYTES_LIMIT + 1)
            return redirect(services.keep_preview(by=request.user, importer=importer, name=file.name, data=data))
    context = {"form": form, "importer": importer, "columns": importer.columns_for(request.user)}
    return render(request, "core/web/imports/import_start.html", context)


@require_GET
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """The headings of one kind, with a row as an example."""
    importer = _importer(request, kind)
    columns = {column.heading: _cell(column.heading) for column in importer.columns_for(request.user)}
    example = {column.heading: column.example for column in importer.columns_for(request.user)}
    return file_response(request.GET.get("format"), f"{kind}-template", columns, [example])  # type: ignore[return-value]


def _cell(heading: str) -> Any:
    return lambda row: row[heading]


@never_cache
@require_GET
def import_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A file that waits, with what each row would do; or one that was saved, with a way to take it back."""
    sheet = _find(request, pk)
    importer = IMPORTERS[sheet.kind]
    may_read = importer.may_use(request.user) and sheet.added_by_id == request.user.pk
    job = services.job_of(sheet)
    is_stuck = sheet.state == State.UNDOING and job is not None and job.state in (Job.State.FAILED, Job.State.CANCELLED)
    context: dict[str, Any] = {
        "sheet": sheet,
        "importer": importer,
        "by": _saved_by(sheet),
        "job": job,
        "is_stuck": is_stuck,
        "may_retry": has_perm(request.user, "core.retry_job"),
        "doing": DOING.get(State(sheet.state)),
        "may_read": may_read,
        "outcome": "Taking back what was saved has stopped part-way." if is_stuck else _outcome(sheet),
        "changed_label": "Will change" if sheet.is_open else "Changed",
        "until": sheet.done_at + undo.WITHIN if sheet.done_at else None,
        "may_save": may_read and sheet.state == State.CHECKED and not sheet.wrong and bool(sheet.saved),
        "may_stop": may_read and sheet.state == State.QUEUED,
        "may_drop": may_read and not sheet.is_busy,
        "may_undo": undo.may_undo(request.user, sheet) and not undo.why_not(sheet),
        "why_not": undo.why_not(sheet) if sheet.state == State.DONE else "",
    }
    if request.headers.get("HX-Request"):  # the page asks how far the job is, and is loaded again when that has changed
        if sheet.is_busy and not is_stuck and request.GET.get("was") == sheet.state:
            return render(request, "core/web/imports/_progress.html", context)
        return HttpResponse(headers={"HX-Refresh": "true"})
    if sheet.is_open and may_read and not sheet.is_busy:
        context |= _preview(sheet, importer)
    return render(request, "core/web/imports/import_detail.html", context)


DOING = {State.QUEUED: "Checking", State.WRITING: "Saving", State.UNDOING: "Taking back"}


def _outcome(sheet: SheetImport) -> str:
    """What became of a file, in a sentence."""
    if sheet.state == State.REFUSED and sheet.stayed:
        why = "Something has changed since the preview" if sheet.wrong else "Saving stopped part-way"
        stayed, them = ("1 thing", "it") if sheet.stayed == 1 else (f"{sheet.stayed:,} things", "them")
        return f"{why}. What was saved was removed, but {stayed} stayed: someone has changed or used {them} since."
    if sheet.state == State.REFUSED and not sheet.wrong:
        return "Saving stopped part-way, so nothing was saved. Choose the file again."
    if sheet.state == State.CHECKED and sheet.wrong:
        need = "1 row needs" if sheet.wrong == 1 else f"{sheet.wrong:,} rows need"
        return f"{need} attention. Nothing was saved."
    return {
        State.CHECKED: "Look at what the rows will do, then save them."
        if sheet.saved
        else "All of it is there already.",
        State.QUEUED: "The rows are checked once more, then saved. You can leave this page.",
        State.WRITING: "The rows are being saved. You can leave this page, and undo the import when it is done.",
        State.UNDOING: "This import is being undone. You can leave this page."
        if sheet.done_at
        else "Saving stopped part-way. What was saved is being taken back.",
        State.REFUSED: "Something has changed since the preview, so nothing was saved.",
        State.DONE: f"Saved by {_saved_by(sheet)}.",
        State.UNDONE: "This import was undone.",
        State.DROPPED: "This file was put aside. Nothing of it was saved.",
    }[State(sheet.state)]


TONES = {NEW: "green", CHANGE: "yellow", SAME: "grey", "": "red"}


def _preview(sheet: SheetImport, importer: Importer) -> dict[str, Any]:
    """The first rows, every problem, and what is worth knowing."""
    lines = sheet.lines.all()
    wrong = [{"line": row.line, **problem} for row in lines.filter(outcome="").iterator() for problem in row.problems]
    notes = [{"line": row.line, "words": note} for row in lines.exclude(notes=[]).iterator() for note in row.notes]
    filled = {name for row in lines[:SHOWN] for name, cell in row.cells.items() if cell}
    columns = [column for column in importer.columns if column.name in filled][:CELLS]
    return {
        "is_kept": lines.exists(),
        "wrong": wrong[:PROBLEMS_SHOWN],
        "wrong_more": max(0, len(wrong) - PROBLEMS_SHOWN),
        "notes": notes[:PROBLEMS_SHOWN],
        "columns": columns,
        "shown": [_shown(row, columns) for row in lines[:SHOWN]],
    }


def _shown(row: SheetRow, columns: list[Any]) -> dict[str, Any]:
    cells = [{"heading": column.heading, "text": row.cells.get(column.name, "")} for column in columns]
    return {"line": row.line, "cells": cells, "outcome": OUTCOMES[row.outcome], "tone": TONES[row.outcome]}


@require_GET
def import_errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as it was sent, with a column that says what is wrong in each row."""
    sheet = _own(request, pk)
    importer = IMPORTERS[sheet.kind]
    if not sheet.is_open or not sheet.lines.exists():
        raise Http404
    filled = {name for row in sheet.lines.iterator() for name in row.cells}
    columns: dict[str, Any] = {
        column.heading: (lambda row, name=column.name: row.cells.get(name, ""))
        for column in importer.columns_for(request.user)
        if column.name in filled or column.is_needed
    }
    columns["Errors"] = lambda row: " ".join(
        f"{problem['column']}: {problem['words']}" if problem["column"] else problem["words"]
        for problem in row.problems
    )
    kind = request.GET.get("format")
    return file_response(kind, f"{sheet.kind}-with-errors", columns, list(sheet.lines.all()))  # type: ignore[return-value]


@require_POST
def import_save(request: SignedInRequest, pk: int) -> HttpResponse:
    """Save what the preview showed."""
    sheet = _own(request, pk)
    with errors_as_messages(request):
        sheet = services.save_preview(by=request.user, sheet=sheet)
        if sheet.state == State.DONE:
            messages.success(request, f"{sheet.new} new, {sheet.changed} changed, {sheet.same} there already.")
    return redirect(sheet)


@require_POST
def import_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete the rows of a file that is not to be saved."""
    sheet = _own(request, pk)
    with errors_as_messages(request):
        was_busy = sheet.is_busy
        services.drop_preview(by=request.user, sheet=sheet)
        if not was_busy:
            return redirect("core:import-start", sheet.kind)
        messages.success(request, "Stopped. Nothing was saved.")
    return redirect(sheet)


@never_cache
@require_http_methods(EDIT)
def import_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """What taking an import back would remove and what would stay; then do it."""
    sheet = _find(request, pk)
    undo.require_undo(request.user, sheet)
    if request.method == "POST":
        with errors_as_messages(request):
            if sheet.things.count() > services.LARGE:
                return redirect(parts.undo_later(by=request.user, sheet=sheet))
            plan = undo.undo_import(by=request.user, sheet=sheet)
            messages.success(request, f"Undone. {_times(plan)}")
            for name, why in plan.stays[:PAST]:
                messages.warning(request, f"{name} stays. {why}")
        return redirect(sheet)
    reason = undo.why_not(sheet)
    context = {"sheet": sheet, "importer": IMPORTERS[sheet.kind], "reason": reason}
    if not reason:
        context["plan"] = undo.plan_undo(sheet)
    return render(request, "core/web/imports/import_undo.html", context)


def _times(plan: undo.Plan) -> str:
    number = len(plan.goes) + len(plan.back)
    return f"{number} {'thing was' if number == 1 else 'things were'} removed or changed back."
