"""Write one section: its figures, what can be placed and what happened beside it; saved by hand and by itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import clock as clock_time
from impact.core.basics.versions import Conflict
from impact.core.basics.words.diff import word_diff
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, show_error, take_version
from reports.approval.review.services import carried_to
from reports.editions.overview import overview_of, until_counted
from reports.figures.gather import last_day
from reports.formats import placing
from reports.group_reading.services import carried_from_members
from reports.writing import services
from reports.writing.facts import changed_facts, mark_of
from reports.writing.forms import SectionForm
from reports.writing.models import LONGEST_SECTION, ReportSection
from reports.writing.pages import OPEN, Status, find_report
from reports.writing.room import outline, pages, sources
from reports.writing.room.services import also_writing, note_writing

CLASH = "Someone else changed this section. Press “Save” to compare the two texts."


def _choices(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What can be placed, by kind, for the lists beside the text."""
    labels = {
        placing.FIGURE: "Figures",
        placing.TABLE: "Tables",
        placing.CHART: "Charts",
        placing.QUOTE: "Quotes",
        placing.REF: "References to tables and charts",
    }
    found = placing.choices(data)
    return [
        {"label": label, "kind": kind, "rows": [row for row in found if row.kind == kind]}
        for kind, label in labels.items()
    ]


def _put_in(request: HttpRequest, section: ReportSection, data: Mapping[str, Any], body: str) -> str:
    """The text with what was picked from a list at its end; without a script the place cannot be known."""
    wanted = request.POST.get("put", "")
    known = {choice.mark: choice.mark for choice in placing.choices(data)}
    text = known.get(wanted)
    if text is None and (offer := sources.find_offer(section, request.user, data, wanted)):
        text = offer.text
    if text is None:
        messages.error(request, "That is not on the list any more. Pick something else.")
        return body
    messages.info(request, "It is at the end of the text. Move it where it belongs, then save.")
    return f"{body.rstrip()}\n\n{text}\n" if body.strip() else f"{text}\n"


def _shown(request: HttpRequest) -> dict[str, int]:
    """How many sources of each kind to show, as the form asks; wrong values are ignored."""
    found: dict[str, int] = {}
    for given in [*request.POST.getlist("shown_sources"), request.POST.get("more", "")]:
        kind, _, number = given.partition(":")
        if number.isascii() and number.isdecimal() and len(number) < 4:
            found[kind] = max(found.get(kind, 0), int(number))
    return found


def _looked_for(request: HttpRequest) -> str:
    given = request.POST if request.method == "POST" else request.GET
    return " ".join(given.get("look", "").split())[: sources.LONGEST_LOOK]


def _saved_line(request: HttpRequest, state: str, words: str, section: ReportSection | None = None) -> HttpResponse:
    context = {"state": state, "words": words, "section": section}
    return render(request, "reports/writing/room/_saved.html", context)


def _autosave(request: HttpRequest, section: ReportSection, form: SectionForm) -> HttpResponse:
    """Save in the background; what is refused stays on the screen and on the device."""
    try:
        saved = services.write_section(
            by=request.user,
            section=section,
            body=form.data.get("body", ""),
            expected=form.cleaned_data["version"],
            shown=request.POST.get("shown") or None,
            is_autosave=True,
        )
    except Conflict:
        return _saved_line(request, "error", CLASH)
    except ValidationError as error:
        return _saved_line(request, "error", f"Not saved. {error.messages[0]}")
    return _saved_line(request, "saved", f"Saved at {clock_time(timezone.localtime())}", saved)


@never_cache
@require_http_methods(["GET", "POST"])
@until_counted
def section_edit(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Write one section, with everything that a writer needs beside it; look at it before saving."""
    section = pages.find_section(request, year, key)
    report = section.report
    may_edit = has_perm(request.user, "reports.edit_report", report)
    if request.method == "POST":
        require(request.user, "reports.edit_report", report)
    form = SectionForm(request.POST or None, instance=section, initial={"version": section.version})
    is_valid = request.method == "POST" and form.is_valid()
    fresh = ReportSection.objects.select_related("report").get(pk=section.pk)
    if request.POST.get("do") == "autosave" and is_valid:
        return _autosave(request, fresh, form)
    overview = overview_of(report)
    facts = overview["facts"][key]
    if "confirm" in request.POST:
        with errors_as_messages(request):
            services.confirm_figures(by=request.user, section=fresh, shown=request.POST.get("shown", ""))
            messages.success(request, f"The text of “{section.get_key_display()}” is confirmed.")
        return redirect("reports:section-edit", year, key)
    data = pages.placing_data(report, may_wait=request.method != "POST")
    theirs = None
    is_unsaved = False
    if is_valid and request.POST.keys() & {"preview", "put", "find", "more"}:
        typed = form.data.get("body", "").replace("\r\n", "\n")  # as browsers send lines
        is_unsaved = "put" in request.POST or typed != fresh.body
        if "put" in request.POST:
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["body"] = _put_in(request, fresh, data, form.data.get("body", ""))  # type: ignore[index]
    elif is_valid:
        try:
            services.write_section(
                by=request.user,
                section=fresh,
                body=form.cleaned_data["body"],
                expected=form.cleaned_data["version"],
                shown=request.POST.get("shown") or None,
            )
        except Conflict as conflict:
            theirs = conflict.current
            take_version(form, theirs)
            form.add_error(None, conflict)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, f"“{section.get_key_display()}” is saved.")
            kept = f"?{urlencode({'look': look})}#offers" if (look := _looked_for(request)) else ""
            return redirect(reverse("reports:section-edit", args=[year, key]) + kept)
        is_unsaved = True
    context = _context(request, section, form, facts, data, may_edit)
    context |= {"theirs": theirs, "is_unsaved": is_unsaved, "counted_at": overview["counted_at"]}
    if theirs is not None:
        context["pieces"] = word_diff(theirs.body, str(form.data.get("body", "")))
    elif "preview" in request.POST:
        html, wrong = pages.shown(form.data.get("body", "")[:LONGEST_SECTION], data, section.get_key_display())
        context |= {"preview": html, "wrong": wrong, "is_previewed": True}
    return render(request, "reports/writing/room/section_edit.html", context, status=409 if theirs else 200)


def _context(
    request: SignedInRequest,
    section: ReportSection,
    form: SectionForm,
    facts: list[Any],
    data: Mapping[str, Any],
    may_edit: bool,
) -> dict[str, Any]:
    """What the page shows beside the text."""
    report, key = section.report, section.key
    saved = ReportSection.objects.select_related("owner__person", "report").get(pk=section.pk)
    sections = list(report.sections.all())
    place = [row.key for row in sections].index(key)
    comments = pages.comments_on(saved, request.user)
    html, wrong = pages.shown(saved.body, data, saved.get_key_display())
    look = _looked_for(request)
    number = {saved.pk: sum(row.is_open for row in comments)}
    (row,) = outline.outline([saved], data, number, clock.today())
    is_writable = may_edit and report.status == Status.WRITING
    return {
        "report": report,
        "section": saved,
        "form": form if is_writable else None,
        "may_edit": may_edit,
        "may_comment": report.status in OPEN and has_perm(request.user, "reports.comment", report),
        "shown": mark_of(facts),
        "changes": changed_facts(saved.figures_seen, facts) if facts and saved.body and report.status in OPEN else [],
        "facts": facts,
        "as_of": last_day(report.year),
        "sections": sections,
        "before": sections[place - 1] if place else None,
        "after": sections[place + 1] if place + 1 < len(sections) else None,
        "text": pages.with_passages(html, comments),
        "wrong_now": wrong,
        "comments": comments,
        "carried": [*carried_to(saved), *carried_from_members(request.user, saved)] if report.status in OPEN else [],
        "row": row,
        "lists": _choices(data) if is_writable else [],
        "has_sources": is_writable and sources.has_sources(saved),
        "look": look,
        "offers": sources.offers_for(saved, request.user, data, look=look, show=_shown(request)) if is_writable else [],
        "others": also_writing(request.user, saved) if is_writable else [],
        "newest_version": saved.versions.first(),
        "longest": LONGEST_SECTION,
    }


@never_cache
@require_POST
def section_preview(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """A section's text as people would read it. Nothing is saved."""
    section = pages.find_section(request, year, key)
    require(request.user, "reports.edit_report", section.report)
    body = request.POST.get("body", "")
    html, wrong = pages.shown(body[:LONGEST_SECTION], pages.placing_data(section.report), section.get_key_display())
    context = {"preview": html, "wrong": wrong, "is_cut": len(body) > LONGEST_SECTION, "longest": LONGEST_SECTION}
    context["words"] = outline.count_words(body[:LONGEST_SECTION])
    return render(request, "reports/writing/room/_preview.html", context)


@never_cache
@require_POST
def section_here(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Note that this page is open, and say who else writes here; nothing to swap in where that is as it was."""
    section = pages.find_section(request, year, key)
    require(request.user, "reports.edit_report", section.report)
    note_writing(by=request.user, section=section)
    others = also_writing(request.user, section)
    if request.POST.get("others", "") == ", ".join(others):
        return HttpResponse(status=204)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("reports:section-edit", year, key)
    return render(
        request, "reports/writing/room/_others.html", {"others": others, "section": section, "report": section.report}
    )


@require_GET
def placed(request: SignedInRequest, year: int, kind: str, name: str) -> HttpResponse:
    """One figure, table, chart or quote as a section would show it."""
    section = pages.find_section(request, year, ReportSection.Key.SUMMARY)
    data = pages.placing_data(section.report)
    choice = next((row for row in placing.choices(data) if (row.kind, row.name) == (kind, name)), None)
    if choice is None:
        raise Http404("There is nothing of this name to place.")
    html, _wrong = pages.shown(choice.mark, data, "")
    context = {"choice": choice, "html": html, "report": section.report, "as_of": last_day(year)}
    template = "_placed" if request.htmx else "placed"  # type: ignore[attr-defined]
    return render(request, f"reports/writing/room/{template}.html", context)


@never_cache
@require_GET
@until_counted
def room(request: SignedInRequest, year: int) -> HttpResponse:
    """The whole report at a glance: who writes what by when, how far it is, and what is still missing."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    sections = list(report.sections.select_related("owner__person", "report"))
    data = pages.placing_data(report, may_wait=True)
    rows = outline.outline(sections, data, pages.open_comments(report, request.user), clock.today())
    owed = [row for row in rows if row.missing]
    context = {
        "report": report,
        "rows": rows,
        "words": sum(row.words for row in rows),
        "done": sum(row.section.status == ReportSection.Status.DONE for row in rows),
        "missing": owed,
        "unplaced": outline.unplaced([row.section.body for row in rows], data) if report.status in OPEN else [],
        "may_edit": has_perm(request.user, "reports.edit_report", report) and report.status in OPEN,
        "calendar": reverse("reports:calendar", args=[year]),
    }
    return render(request, "reports/writing/room/room.html", context)
