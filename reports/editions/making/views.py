"""Pages of an edition's forms: which there are, making one, downloading one, and the report to read online."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.jobs.models import Job
from impact.core.web.forms import errors_as_messages
from reports.editions.making import services
from reports.editions.making.models import EditionForm
from reports.editions.models import Edition
from reports.editions.views import corrections_shown, held_back
from reports.figures.catalogue import INDICATORS
from reports.formats import document
from reports.formats.content.language import ENGLISH
from reports.formats.files.kinds import KINDS, LANGUAGES, STANDARD, Kind
from reports.quotes.frozen import as_may_be_shown
from reports.writing.models import AnnualReport
from reports.writing.pages import Status, find_report

log = structlog.get_logger(__name__)


def _find_edition(request: HttpRequest, year: int, number: int) -> Edition:
    rows = Edition.objects.visible_to(request.user).select_related("report__approved_edition", "snapshot")
    return get_object_or_404(rows, report__year=year, number=number)


def forms_context(request: HttpRequest, edition: Edition | None) -> dict[str, Any]:
    """What the panel of an edition's forms shows."""
    if edition is None:
        return {"form_rows": [], "forms_edition": None}
    is_held_back = edition.is_held_back_from(request.user)
    kinds = {key: kind for key, kind in KINDS.items() if not (is_held_back and kind.holds_quotes)}
    where = [edition.report.year, edition.number]
    shown = panel(
        edition,
        services.standings(request.user, edition),
        kinds,
        may_make=has_perm(request.user, "reports.build_edition", edition.report),
        ask_url=reverse("reports:edition-forms", args=where),
        waiting_url=reverse("reports:forms-waiting", args=where),
    )
    return {**shown, "is_held_back": is_held_back}


def panel(
    edition: Any,
    standings: list[services.Standing],
    kinds: Mapping[str, Kind],
    *,
    may_make: bool,
    ask_url: str,
    waiting_url: str,
) -> dict[str, Any]:
    """A row for each form, a cell for each language, and what is being made."""
    found = {(one.kind.key, one.language): one for one in standings}
    rows = []
    for kind in kinds.values():
        cells = [_cell(edition, found.get((kind.key, language)), kind.key, language) for language in LANGUAGES]
        if may_make or any(cell["href"] for cell in cells):
            rows.append({"kind": kind, "cells": cells})
    return {
        "form_rows": rows,
        "forms_edition": edition,
        "may_make": may_make,
        "ask_url": ask_url,
        "waiting_url": waiting_url,
        "waiting": [one for one in found.values() if one.state == "being_made"],
    }


def _cell(edition: Any, one: services.Standing | None, form: str, language: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"language": language, "language_label": LANGUAGES[language], "standing": one, "href": ""}
    if one is None:
        if (form, language) == (STANDARD, ENGLISH):
            cell |= {"href": edition.get_absolute_url(), "size": edition.size, "pages": edition.pages}
        return cell
    cell["button"] = "Try again" if one.state == "failed" else "Update" if one.row else "Make"
    cell["may_ask"] = one.state in ("failed", "not_made") or one.may_be_made_anew
    if one.row:
        cell |= {"href": one.row.get_absolute_url(), "size": one.row.size, "pages": one.row.pages, "row": one.row}
    return cell


@never_cache
@require_http_methods(["GET", "POST"])
def edition_forms(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """One edition's forms with where each stands; POST asks for one."""
    edition = _find_edition(request, year, number)
    require(request.user, "reports.view_unpublished")
    here = reverse("reports:edition-forms", args=[year, number])
    if request.method == "POST":
        require(request.user, "reports.build_edition", edition.report)
        form, language = request.POST.get("form", ""), request.POST.get("language", ENGLISH)
        with errors_as_messages(request):
            job = services.request_form(by=request.user, edition=edition, form=form, language=language)
            tell_of(request, job, f"{KINDS[form].label}, {LANGUAGES[language]}")
        return redirect(f"{here}#forms")
    context = {"report": edition.report, "edition": edition, **forms_context(request, edition)}
    return render(request, "reports/editions/making/edition_forms.html", context)


def tell_of(request: HttpRequest, job: Job, label: str) -> None:
    """Say that a form is being made, or that it is there already."""
    if job.state == Job.State.SUCCEEDED:
        messages.info(request, f"{label}: nothing has changed since it was made, so it is up to date.")
    else:
        messages.info(request, f"{label} is being made. You can carry on with other things.")


@never_cache
@require_GET
def forms_waiting(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """How far the forms are that are being made: the fragment that the panel swaps in while it waits."""
    edition = _find_edition(request, year, number)
    require(request.user, "reports.view_unpublished")
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("reports:edition-forms", year, number)
    return waiting(request, forms_context(request, edition))


def waiting(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The fragment of what is being made; the whole page is loaded again once nothing is."""
    response = render(request, "reports/editions/making/_waiting.html", context)
    if not context["waiting"]:
        response["HX-Refresh"] = "true"  # the page has new files, or a reason, to show
    return response


@login_not_required
@require_GET
def form_download(request: HttpRequest, year: int, number: int, form: str, language: str) -> HttpResponseBase:
    """The newest file of one form: of a published report's editions for everyone, others for those who work on it."""
    edition = _find_edition(request, year, number)
    row = newest_form(request.user, edition, form, language)
    if row.kind.holds_quotes and edition.is_held_back_from(request.user):
        return held_back(request, edition)
    return serve_form(row)


def newest_form(user: Any, edition: Edition, form: str, language: str) -> EditionForm:
    """The newest file of a form that the reader may have, or 404."""
    rows = EditionForm.objects.visible_to(user).filter(edition=edition, form=form, language=language)
    row = rows.select_related("edition__report").defer("contents").newest_first().first()
    if row is None:
        raise Http404("This form of the report has not been made.")
    return row


def serve_form(row: EditionForm) -> FileResponse:
    """A form's file as an attachment, which no browser runs in our own pages."""
    try:
        file = default_storage.open(row.file)
    except FileNotFoundError:
        log.error("edition_form.file_missing", form=row.pk)
        raise Http404("The file of this form is missing from the storage.") from None
    if row.edition.report.status != Status.PUBLISHED:
        log.info("edition_form.downloaded", form=row.pk)
    response = FileResponse(file, as_attachment=True, filename=row.file_name, content_type=row.kind.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


# --- Reading online ------------------------------------------------------------------------------
@login_not_required
@require_GET
def report_read(request: HttpRequest, year: int) -> HttpResponse:
    """A published report as a page for everyone: the words and figures of its approved edition.

    Those who may see the rows behind a figure get the way to them.
    """
    report = find_report(request, year)
    if report.status != AnnualReport.Status.PUBLISHED:
        raise Http404("This report has not been published.")
    edition = report.approved_edition
    assert edition  # noqa: S101  a constraint says so
    snapshot = edition.snapshot
    words = document.context(
        as_may_be_shown(snapshot.data), taken_on=document.local_day(snapshot), fingerprint=snapshot.sha256
    )
    context = {
        **document.chapters_on_page(words, figure_query=f"year={year}&edition={edition.number}"),
        "report": report,
        "edition": edition,
        "is_held_back": "quotes" in snapshot.data and edition.holds_withdrawn_words(),
        "corrected": corrections_shown(report),
        "figure_links": _figure_links(request, snapshot),
    }
    return render(request, "reports/editions/making/report_read.html", context)


def _figure_links(request: HttpRequest, snapshot: Any) -> list[dict[str, str]]:
    """Each figure with its code, value and the page of the rows behind it, for those who may see them."""
    if not has_perm(request.user, "reports.view_unpublished"):
        return []
    figures = snapshot.data["figures"]
    return [
        {"code": one.code, "title": one.title, "words": one.words(figures), "href": f"/f/{one.code}/"}
        for one in INDICATORS
        if one.value(figures) is not None
    ]
