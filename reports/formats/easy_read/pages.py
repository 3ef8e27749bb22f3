"""The pages on which a chapter is written in Easy Read and its review is recorded, for any report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    Crumbs,
    errors_as_messages,
    errors_on,
    form_page,
    show_conflict,
    whole_number,
)
from reports.formats.easy_read import services
from reports.formats.easy_read.chapters import Chapter
from reports.formats.easy_read.counting import reviewed_line
from reports.formats.easy_read.drawings import drawings
from reports.formats.easy_read.forms import DrawingsForm, EasyReadForm, FinishReviewForm, ReviewForm
from reports.formats.easy_read.models import EasyReadWords


@dataclass(frozen=True)
class Place:
    """Where the pages of one chapter's Easy Read are, and how people get there."""

    every: str  # all chapters of the report
    edit: str
    send: str
    review: str
    report_title: str
    crumbs: Crumbs  # down to the page of all chapters


def list_page(
    request: HttpRequest, report: Any, rows: Sequence[dict[str, Any]], place: Place, *, may_edit: bool, note: str = ""
) -> HttpResponse:
    """Each chapter of a report with where its Easy Read stands. A row: title, href, easy, is_out_of_date, is_empty."""
    context = {
        **{"report": report, "rows": rows, "place": place, "may_edit": may_edit, "note": note},
        "crumbs": [*place.crumbs[:-1], ("Easy Read", "")],
    }
    return render(request, "reports/formats/easy_read/easy_read.html", context)


def shown_lines(easy: EasyReadWords | None) -> list[dict[str, Any]]:
    """Each sentence with the address of the drawing beside it, for a page."""
    library = drawings()
    return [
        {
            "words": line.words,
            "alt": line.alt,
            "src": static(library[line.picture].path) if line.picture in library else "",
        }
        for line in services.lines_of(easy)
    ]


def edit_page(
    request: SignedInRequest, chapter: Chapter, easy: Any, words: dict[str, Any], place: Place
) -> HttpResponse:
    """Write a chapter in Easy Read beside its words; choose drawings; send it for review. ``words``: its words as shown."""
    may_edit = has_perm(request.user, chapter.permission, chapter.report)
    if request.method == "POST":
        require(request.user, chapter.permission, chapter.report)
    lines = services.lines_of(easy)
    is_drawing = request.method == "POST" and "drawings" in request.POST
    known = {"sentences": "\n".join(line.words for line in lines), "version": easy.version if easy else 0}
    form = EasyReadForm(request.POST if request.method == "POST" and not is_drawing else None, initial=known)
    chosen = DrawingsForm(
        request.POST if is_drawing else None, lines=lines, initial={"version": known["version"]}, prefix="drawing"
    )
    differences = None
    if request.method == "POST" and not is_drawing and form.is_valid():
        with errors_on(form):
            try:
                services.write_easy_read(
                    by=request.user,
                    section=chapter,
                    sentences=form.cleaned_data["sentences"],
                    expected=form.cleaned_data["version"],
                )
            except Conflict as conflict:
                form.cleaned_data["sentences"] = "\n".join(form.cleaned_data["sentences"])
                now = "\n".join(line.words for line in services.lines_of(conflict.current))
                differences = show_conflict(form, conflict, {"sentences": now})
            else:
                messages.success(request, f"The Easy Read of “{chapter.title}” is saved.")
                return redirect(place.edit)
    if is_drawing:
        if chosen.is_valid():
            with errors_as_messages(request):
                services.choose_drawings(
                    by=request.user,
                    section=chapter,
                    pictures=chosen.pictures,
                    expected=chosen.cleaned_data["version"],
                )
                messages.success(request, "The pictures are saved.")
            return redirect(f"{place.edit}#pictures")
        messages.error(request, "Choose a picture from the list for each sentence, or none.")
    shown = [{**line, "field": chosen[name]} for line, name in zip(shown_lines(easy), chosen.names, strict=True)]
    count = chapter.counted()
    is_exact = has_perm(request.user, "coproduction.record_for_member")
    context = {
        "title": chapter.title,
        "place": place,
        "easy": easy,
        "lines": shown,
        "is_out_of_date": bool(easy and easy.words_hash != chapter.mark),
        "form": form if may_edit else None,
        "drawings_form": chosen,
        "may_edit": may_edit,
        "count": count.shown(is_exact=is_exact) if may_edit else None,
        "reviewed_by": reviewed_line(count, easy.reviewed_by) if easy else "",
        "differences": differences,
        "crumbs": [*place.crumbs, (chapter.title, "")],
        **words,
    }
    status = 200 if differences is None else 409
    return render(request, "reports/formats/easy_read/easy_read_edit.html", context, status=status)


def send(
    request: SignedInRequest, chapter: Chapter, place: Place, *, send: Callable[..., Any] = services.send_for_review
) -> HttpResponse:
    """Say that a chapter's Easy Read is ready for members to review, by the service ``send``."""
    require(request.user, chapter.permission, chapter.report)
    with errors_as_messages(request):
        send(by=request.user, section=chapter, expected=whole_number(request.POST.get("version")))
        messages.success(request, f"The Easy Read of “{chapter.title}” waits for review.")
    return redirect(place.edit)


def review_page(request: SignedInRequest, chapter: Chapter, easy: Any, place: Place) -> HttpResponse:
    """Record which members reviewed a chapter's Easy Read."""
    require(request.user, chapter.permission, chapter.report)
    count = chapter.counted()
    kind = FinishReviewForm if count.reviewers else ReviewForm
    form = kind(request.POST or None, initial={"version": easy.version})
    title = f"Who reviewed the Easy Read of “{chapter.title}”?"
    if count.reviewers:
        title = f"Is the Easy Read of “{chapter.title}” reviewed?"
    differences = None
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            try:
                services.review_easy_read(
                    by=request.user,
                    section=chapter,
                    reviewed_by=form.cleaned_data["reviewed_by"],
                    reviewed_on=form.cleaned_data["reviewed_on"],
                    expected=form.cleaned_data["version"],
                )
            except Conflict as conflict:
                differences = show_conflict(form, conflict, {})
            else:
                messages.success(request, f"The review of “{chapter.title}” is saved.")
                return redirect(place.every)
    return form_page(
        request,
        form,
        title=title,
        button="Save review",
        crumbs=[*place.crumbs, (chapter.title, place.edit)],
        lead=f"Printed under it: “Reviewed by {count.members}”, counted from their answers on this site."
        if count.reviewers
        else "Members who read Easy Read should say that it is clear. Only reviewed Easy Read is published.",
        differences=differences,
    )
