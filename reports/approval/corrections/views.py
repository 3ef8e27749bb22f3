"""Pages about correcting a published report: start, write, build, and each step to publication."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import Job
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    Crumbs,
    Form,
    errors_as_messages,
    errors_on,
    form_page,
    show_conflict,
    show_error,
    whole_number,
)
from reports.approval.corrections import services
from reports.approval.corrections.forms import ApproveCorrectionForm, CorrectedWordsForm, CorrectionForm, ReturnForm
from reports.approval.corrections.freezing import KINDS
from reports.approval.corrections.models import Correction
from reports.editions.services import latest_job
from reports.editions.views import job_context
from reports.quotes.frozen import no_longer_printable
from reports.quotes.models import Quote
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import Status, find_report

TITLES = dict(ReportSection.Key.choices)
QUOTE_REASON = "A quote was withdrawn by the person who said it. The report leaves it out."


def _crumbs(report: AnnualReport, *more: tuple[str, str]) -> Crumbs:
    return [("Reports", reverse("reports:list")), (str(report.year), report.get_absolute_url()), *more]


def _find(request: HttpRequest, year: int) -> Correction:
    """The correction of a report that is not finished; for others than its writers and approvers it is not there."""
    report = find_report(request, year)
    found = services.open_correction_of(report) if has_perm(request.user, "reports.view_unpublished") else None
    if found is None:
        raise Http404("This report has no correction under way.")
    found.report = report
    return found


@never_cache
@require_http_methods(["GET", "POST"])
def correction_open(request: SignedInRequest, year: int) -> HttpResponse:
    """Start a correction. From the notice of a withdrawn quote, its reason is filled in."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    if services.open_correction_of(report) is not None and request.method == "GET":
        return redirect("reports:correction", year)
    asked = whole_number(request.GET.get("quote"))
    is_for_quote = asked is not None and Quote.objects.withdrawn().filter(report=report, pk=asked).exists()
    form = CorrectionForm(request.POST or None, initial={"reason": QUOTE_REASON if is_for_quote else ""})
    del form.fields["version"]
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.open_correction(by=request.user, report=report, **form.cleaned_data)
            messages.success(
                request, "The correction is started. The published report stays as it is until you publish it."
            )
            return redirect("reports:correction", year)
    if report.status != Status.PUBLISHED and request.method == "GET":
        messages.error(request, "Only a published report can be corrected.")
        return redirect(report)
    return form_page(
        request,
        form,
        title=f"Correct the {year} report",
        button="Start correction",
        crumbs=_crumbs(report),
        lead="You start from the words and figures of the published edition. The leadership team approves the corrected "
        "edition, which then replaces it. The former one is kept, and listed as replaced.",
    )


@never_cache
@require_GET
def correction(request: SignedInRequest, year: int) -> HttpResponse:
    """A correction under way: what it changes, its edition, and the next step."""
    row = _find(request, year)
    report, user = row.report, request.user
    data = row.replaces.snapshot.data
    may_edit = has_perm(user, "reports.edit_report", report)
    built = row.built()
    job = latest_job(report)
    is_writing = row.status == Correction.Status.WRITING
    progress = job_context(request, report, job if row.snapshot_id and built is None else None)
    stale = bool(built and no_longer_printable(built.snapshot.data))
    context: dict[str, Any] = {
        "correction": row,
        **progress,
        "report": report,
        "built": built,
        "is_stale": stale,
        "left_out": len(no_longer_printable(data)),
        "recounted": [KINDS[kind][0] for kind in row.recounted],
        "sections": [
            {"key": key, "title": TITLES[key], "is_changed": key in row.words}
            for key in TITLES
            if key in data["sections"]
        ],
        "may_write": may_edit and is_writing,
        "may_build": row.status in services.BUILT
        and has_perm(user, "reports.build_edition", report)
        and (built is None or stale)
        and not progress["is_waiting"],
        "steps": _steps(request, row, is_ready=built is not None and not stale),
    }
    return render(request, "reports/approval/corrections/correction.html", context)


def _steps(request: HttpRequest, row: Correction, *, is_ready: bool) -> list[dict[str, str]]:
    """What the reader can do next with a correction, the first one first."""
    user, report, found = request.user, row.report, []
    may_edit = has_perm(user, "reports.edit_report", report)
    may_approve = has_perm(user, "reports.approve_report", report)

    def act(label: str, name: str) -> None:
        found.append({"label": label, "href": reverse(f"reports:correction-{name}", args=[report.year])})

    if row.status == Correction.Status.WRITING and may_edit:
        if is_ready:
            act("Send to the leadership team", "submit")
        act("Drop correction", "drop")
    elif row.status == Correction.Status.SUBMITTED:
        if may_approve and is_ready and not services.why_not_approve(user, row):
            act("Approve the correction", "approve")
        if may_approve or may_edit:
            act("Send it back" if may_approve else "Take it back to edit", "send-back")
    elif row.status == Correction.Status.APPROVED:
        if has_perm(user, "reports.publish_report", report) and is_ready:
            act("Publish the correction", "publish")
        act("Send it back", "send-back")
    return found


@never_cache
@require_http_methods(["GET", "POST"])
def correction_edit(request: SignedInRequest, year: int) -> HttpResponse:
    """Change what is corrected, or which figures are counted again."""
    row = _find(request, year)
    require(request.user, "reports.edit_report", row.report)
    initial = {"reason": row.reason, "recounted": row.recounted, "version": row.version}
    form = CorrectionForm(request.POST or None, initial=initial)

    def save(expected: int | None, given: dict[str, Any]) -> None:
        services.change_correction(by=request.user, correction=row, expected=expected, **given)

    def now(row: Correction) -> dict[str, Any]:
        return {"reason": row.reason}

    return _edited(request, row, form, save, now, title="What is corrected", button="Save")


@never_cache
@require_http_methods(["GET", "POST"])
def correction_words(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """The words of one section in the corrected edition."""
    row = _find(request, year)
    require(request.user, "reports.edit_report", row.report)
    sections = row.replaces.snapshot.data["sections"]
    if key not in sections:
        raise Http404("The edition does not have this section.")
    form = CorrectedWordsForm(
        request.POST or None, initial={"body": row.words.get(key, sections[key]), "version": row.version}
    )

    def save(expected: int | None, given: dict[str, Any]) -> None:
        services.correct_words(by=request.user, correction=row, key=key, expected=expected, **given)

    def now(row: Correction) -> dict[str, Any]:
        return {"body": row.words.get(key, sections[key])}

    return _edited(request, row, form, save, now, title=TITLES[key], button="Save text")


def _edited(
    request: HttpRequest,
    row: Correction,
    form: Form,
    save: Callable[[int | None, dict[str, Any]], None],
    now: Callable[[Correction], dict[str, Any]],
    *,
    title: str,
    button: str,
) -> HttpResponse:
    """The page of a form about a correction; a clash shows both texts and keeps what was typed."""
    differences = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            save(given.pop("version"), given)
        except Conflict as conflict:
            differences = show_conflict(form, conflict, now(conflict.current))
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved. Build the corrected edition again when you are done.")
            return redirect("reports:correction", row.report.year)
    crumbs = _crumbs(row.report, ("Correction", row.get_absolute_url()))
    lead = "Only the corrected edition changes. The published one stays as it is."
    return form_page(request, form, title=title, button=button, crumbs=crumbs, lead=lead, differences=differences)


@require_POST
def correction_build(request: SignedInRequest, year: int) -> HttpResponse:
    """Have a worker build the corrected edition."""
    row = _find(request, year)
    require(request.user, "reports.build_edition", row.report)
    with errors_as_messages(request):
        job = services.build_correction(by=request.user, correction=row)
        if job.state != Job.State.SUCCEEDED:
            messages.info(request, "The corrected edition is being built. This takes a few seconds.")
    return redirect("reports:correction", year)


# --- Each step on a page that names what is about to happen -----------------------------------------------
def _confirm(
    request: HttpRequest,
    row: Correction,
    form: Form,
    do: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    words: str,
    button: str,
    done: str,
    is_last: bool = False,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            do(form.cleaned_data)
            messages.success(request, done)
            return redirect(row.report if is_last else row)
    context = {"report": row.report, "form": form, "title": title, "words": words, "button": button}
    return render(
        request,
        "reports/approval/report_confirm.html",
        {**context, "edition": row.built(), "back": row.get_absolute_url()},
    )


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@never_cache
@require_http_methods(["GET", "POST"])
def correction_submit(request: SignedInRequest, year: int) -> HttpResponse:
    """Give the built correction to the leadership team."""
    row = _find(request, year)
    require(request.user, "reports.edit_report", row.report)
    return _confirm(
        request,
        row,
        Form(_posted(request)),
        lambda data: services.send_correction(by=request.user, correction=row),
        title="Send the correction to the leadership team?",
        words="They read the corrected edition, and approve it or send it back.",
        button="Send to the leadership team",
        done="The correction has been sent to the leadership team.",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def correction_send_back(request: SignedInRequest, year: int) -> HttpResponse:
    """Send a correction back to its writers."""
    row = _find(request, year)
    if not has_perm(request.user, "reports.approve_report", row.report):
        require(request.user, "reports.edit_report", row.report)
    return _confirm(
        request,
        row,
        ReturnForm(_posted(request)),
        lambda data: services.return_correction(by=request.user, correction=row, note=data["note"]),
        title="Send the correction back?",
        words="The writers can change it, and then send it to the leadership team again.",
        button="Send it back",
        done="The correction can be changed again.",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def correction_approve(request: SignedInRequest, year: int) -> HttpResponse:
    """Approve one exact corrected edition."""
    row = _find(request, year)
    require(request.user, "reports.approve_report", row.report)
    built = row.built()
    number = built.number if built else 0

    def approve(data: dict[str, Any]) -> None:
        edition = row.report.editions.filter(number=data["edition"]).first()
        if edition is None:
            raise ValidationError("The corrected edition has not been built yet. Ask the writers to build it.")
        services.approve_correction(by=request.user, correction=row, edition=edition)

    return _confirm(
        request,
        row,
        ApproveCorrectionForm(_posted(request), initial={"edition": number}),
        approve,
        title=f"Approve edition {number} to replace edition {row.replaces.number}?"
        if built
        else "There is no edition yet",
        words=f"What is corrected: {row.reason}",
        button=f"Approve edition {number}" if built else "",
        done=f"Edition {number} is approved. The writers can publish it now.",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def correction_publish(request: SignedInRequest, year: int) -> HttpResponse:
    """Replace the published edition with the corrected one."""
    row = _find(request, year)
    require(request.user, "reports.publish_report", row.report)
    return _confirm(
        request,
        row,
        Form(_posted(request)),
        lambda data: services.publish_correction(by=request.user, correction=row),
        title=f"Publish the correction of the {year} report?",
        words=f"Everyone reads the corrected edition from now on, with these words: {row.reason}",
        button="Publish the correction",
        done="The corrected edition is published.",
        is_last=True,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def correction_drop(request: SignedInRequest, year: int) -> HttpResponse:
    """Drop a correction."""
    row = _find(request, year)
    require(request.user, "reports.edit_report", row.report)
    return _confirm(
        request,
        row,
        Form(_posted(request)),
        lambda data: services.drop_correction(by=request.user, correction=row),
        title="Drop the correction?",
        words="The published edition stays. What you wrote in the correction is not used.",
        button="Drop correction",
        done="The correction is dropped.",
        is_last=True,
    )
