"""Pages of reports about a network, a site or a quarter: the list, one report, its words, its editions and their files."""

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db.models import Max, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.dates import clock as clock_time
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import Job
from impact.core.web.forms import Crumbs, edit_page, errors_as_messages, errors_on, form_page
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Network
from reports.editions.making import views as making
from reports.formats.content.language import ENGLISH
from reports.formats.files.kinds import LANGUAGES, STANDARD
from reports.subjects import services
from reports.subjects.forms import QuarterForm, SubjectReportFilter, WordsForm
from reports.subjects.models import FORMS, SubjectEdition, SubjectFile, SubjectReport
from reports.subjects.printing import document
from sites.registry.models import Site

log = structlog.get_logger(__name__)

Kind = SubjectReport.Kind
TABS = (("Annual reports", "reports:list"), ("Networks, sites and funders", "reports:others"))


def tabs(current: str) -> list[dict[str, Any]]:
    """The two lists of reports."""
    return [{"label": label, "href": reverse(name), "current": name == current} for label, name in TABS]


def find_subject(request: HttpRequest, kind: str, slug: str) -> SubjectReport:
    """The report, if the reader may see it."""
    rows = SubjectReport.objects.visible_to(request.user).select_related("site", "finished_edition")
    about = {"quarter": slug.upper()} if kind == Kind.FUNDERS else {"site__slug": slug}
    return get_object_or_404(rows, kind=kind, **about)


def _crumbs(report: SubjectReport) -> Crumbs:
    return [("Reports", reverse("reports:others")), (report.title, report.get_absolute_url())]


# --- The list ------------------------------------------------------------------------------------
@require_GET
def subject_list(request: HttpRequest) -> HttpResponseBase:
    """Reports about networks, sites and quarters that the reader may see."""
    rows = SubjectReport.objects.visible_to(request.user).select_related("site", "finished_edition")
    shown = Q(editions__in=SubjectEdition.objects.visible_to(request.user).values("pk"))
    listing = list_rows(
        request,
        rows.annotate(newest=Max("editions__number", filter=shown), as_of=Max("editions__as_of", filter=shown)),
        SubjectReportFilter,
        sorts={"about": ("About", "kind"), "figures": ("Figures to", "as_of"), "finished": ("Finished", "finished_on")},
        default="about",
        then="site__name",
    )
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Report": lambda r: r.title,
            "About": lambda r: r.get_kind_display(),
            "Editions": lambda r: r.newest or 0,
            "Figures to": lambda r: r.as_of,
            "Finished on": lambda r: r.finished_on,
        }
        return list_file(request, "reports", columns, listing.rows)
    context = {
        "listing": listing,
        "tabs": tabs("reports:others"),
        "may_start": has_perm(request.user, services.WRITE),
    }
    return render(request, "reports/subjects/subject_list.html", context)


@require_http_methods(["GET", "POST"])
def funders_start(request: HttpRequest) -> HttpResponse:
    """Start a quarter's note to funders. Reports of networks and sites are started from their own pages."""
    require(request.user, services.WRITE)
    form = QuarterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            report = services.start_report(by=request.user, kind=Kind.FUNDERS, **form.cleaned_data)
            messages.success(request, "The note is started. Build its first edition when you are ready.")
            return redirect(report)
    return form_page(
        request,
        form,
        title="Start a note to funders",
        button="Start note",
        crumbs=[("Reports", reverse("reports:others"))],
        lead="It shows the outcomes of every site against the frame, as they stood at the end of a quarter.",
    )


# --- One report ----------------------------------------------------------------------------------
def _not_started(request: HttpRequest, kind: str, slug: str) -> SubjectReport:
    """The report that could be started about a network or site that the reader may see; otherwise 404."""
    if kind == Kind.NETWORK:
        site: Site = get_object_or_404(Network.objects.visible_to(request.user), slug=slug)
    elif kind == Kind.SITE:
        site = get_object_or_404(Site.objects.inside_for(request.user), slug=slug)
    else:
        raise Http404
    report = SubjectReport(kind=kind, site=site)
    if not has_perm(request.user, services.WRITE, report):
        raise Http404
    return report


@never_cache
@require_http_methods(["GET", "POST"])
def subject(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """One report: where it stands and its editions. POST starts the report of a network or site that has none."""
    try:
        report = find_subject(request, kind, slug)
    except Http404:
        report = _not_started(request, kind, slug)
        if request.method == "POST":
            with errors_as_messages(request):
                report = services.start_report(by=request.user, kind=kind, site=report.site)
                messages.success(request, "The report is started. Write a few words, then build its first edition.")
            return redirect(report)
        return render(request, "reports/subjects/subject_start.html", {"report": report})
    if request.method == "POST":
        require(request.user, services.WRITE, report)
        return redirect(report)  # someone else has started it
    editions = list(
        SubjectEdition.objects.visible_to(request.user)
        .filter(report=report)
        .defer("data")
        .order_by("-number")
        .prefetch_related("files")
    )
    for edition in editions:
        edition.report = report
        edition.pdf = _newest(edition)  # type: ignore[attr-defined]
    newest = editions[0] if editions else None
    may_write = has_perm(request.user, services.WRITE, report)
    built = next((edition for edition in editions if edition.pdf), None)  # type: ignore[attr-defined]
    may_finish = bool(may_write and built and built.pk != report.finished_edition_id)
    context = {
        "report": report,
        "editions": editions,
        "newest": newest,
        "built": built,
        "about": _about(request, report),
        "may_write": may_write,
        "may_finish": may_finish,
        "withdrawn": services.withdrawn_words(built) if built and may_write else 0,
        **forms_context(request, newest),
        "history": audit.history(report) if may_write else [],
        **_job(report, newest, may_write),
    }
    return render(request, "reports/subjects/subject_detail.html", context)


def _about(request: HttpRequest, report: SubjectReport) -> Crumbs:
    """The way to what a report is about, for those who may see its page."""
    if report.site is None:
        return []
    if report.kind == Kind.NETWORK:
        network = Network.objects.visible_to(request.user).filter(pk=report.site.pk).first()
        return [("Open the network", network.get_absolute_url())] if network else []
    if Site.objects.visible_to(request.user).filter(pk=report.site.pk).exists():
        return [("Open the site", report.site.get_absolute_url())]
    return []


def _newest(edition: SubjectEdition) -> SubjectFile | None:
    """The newest PDF in English of an edition whose files are fetched."""
    rows = [row for row in edition.files.all() if (row.form, row.language) == (STANDARD, ENGLISH)]
    for row in rows:
        row.edition = edition
    return max(rows, key=lambda row: row.pk, default=None)


def _job(report: SubjectReport, newest: SubjectEdition | None, may_write: bool) -> dict[str, Any]:
    """The build of the newest edition's PDF while it runs, or why it failed."""
    job = services.build_of(newest) if may_write else None
    shown = job if job and job.state != Job.State.SUCCEEDED else None
    return {
        "report": report,
        "job": shown,
        "is_waiting": bool(shown and not shown.is_finished),
        "may_cancel": bool(shown and not shown.is_finished),
    }


def forms_context(request: HttpRequest, edition: SubjectEdition | None) -> dict[str, Any]:
    """What the panel of an edition's forms shows: the same as for an annual report."""
    if edition is None:
        return {"form_rows": [], "forms_edition": None}
    where = [edition.report.kind, edition.report.slug, edition.number]
    return making.panel(
        edition,
        services.standings(request.user, edition),
        FORMS,
        may_make=has_perm(request.user, services.WRITE, edition.report),
        ask_url=reverse("reports:subject-forms", args=where),
        waiting_url=reverse("reports:subject-forms-waiting", args=where),
    )


@require_http_methods(["GET", "POST"])
def subject_words(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Write the words before and after the figures."""
    report = find_subject(request, kind, slug)
    require(request.user, services.WRITE, report)
    form = WordsForm(request.POST or None, instance=report)

    if request.POST.get("do") == "autosave":
        return _autosave(request, find_subject(request, kind, slug), form)

    def save(row: SubjectReport, form: WordsForm) -> None:
        expected = form.cleaned_data["version"]
        services.edit_words(by=request.user, report=row, expected=expected, **form.changes)

    context = {"report": find_subject(request, kind, slug), "crumbs": _crumbs(report)}
    return edit_page(request, report, form, save, "reports/subjects/subject_words.html", context)


def _autosave(request: HttpRequest, report: SubjectReport, form: WordsForm) -> HttpResponse:
    """Save in the background; what is refused stays on the screen and on the device."""
    context: dict[str, Any] = {"state": "error"}
    if not form.is_valid():
        context["words"] = f"Not saved. {next(iter(form.errors.values()))[0]}"
    else:
        expected, given = (
            form.cleaned_data["version"],
            {name: form.cleaned_data[name] for name in ("opening", "closing")},
        )
        try:
            saved = services.edit_words(by=request.user, report=report, expected=expected, is_autosave=True, **given)
            context = {"state": "saved", "words": f"Saved at {clock_time(timezone.localtime())}", "section": saved}
        except Conflict:
            context["words"] = "Someone else changed these words. Press “Save words” to compare the two texts."
        except ValidationError as error:
            context["words"] = f"Not saved. {error.messages[0]}"
    return render(request, "reports/writing/room/_saved.html", context)


@require_POST
def subject_build(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Freeze the report as it is now and have a worker make its PDF."""
    report = find_subject(request, kind, slug)
    require(request.user, services.WRITE, report)
    with errors_as_messages(request):
        edition, job = services.request_edition(by=request.user, report=report)
        if job.state == Job.State.SUCCEEDED:
            messages.info(request, f"Nothing has changed since edition {edition.number}, so it is up to date.")
        else:
            messages.info(request, f"Edition {edition.number} is being built. You can carry on with other things.")
    return redirect(report)


@never_cache
@require_GET
def subject_job(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """How far the build is: the fragment that the report's page swaps in while it waits."""
    report = find_subject(request, kind, slug)
    require(request.user, services.WRITE, report)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(report)
    context = _job(report, report.editions.order_by("-number").first(), True)
    response = render(request, "reports/subjects/_job.html", context)
    if not context["is_waiting"]:
        response["HX-Refresh"] = "true"  # the page has a new file, or a reason, to show
    return response


@require_POST
def subject_cancel(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """Stop the build that waits or runs."""
    report = find_subject(request, kind, slug)
    require(request.user, services.WRITE, report)
    with errors_as_messages(request):
        services.cancel_build(by=request.user, report=report)
        messages.success(request, "The build was cancelled. Nothing else has changed.")
    return redirect(report)


# --- One edition ---------------------------------------------------------------------------------
def find_edition(request: HttpRequest, kind: str, slug: str, number: int) -> SubjectEdition:
    """The edition, if the reader may see it."""
    report = find_subject(request, kind, slug)
    edition = get_object_or_404(SubjectEdition.objects.visible_to(request.user), report=report, number=number)
    edition.report = report
    return edition


@require_GET
def subject_read(request: HttpRequest, kind: str, slug: str, number: int) -> HttpResponse:
    """An edition as a page: the words and figures that it froze."""
    edition = find_edition(request, kind, slug, number)
    words = document.context(
        edition.data,
        taken_on=timezone.localtime(edition.taken_at).date(),
        fingerprint=edition.sha256,
        number=edition.number,
        is_page=True,
    )
    return render(
        request, "reports/subjects/subject_read.html", {**words, "subject": edition.report, "edition": edition}
    )


@require_POST
def subject_finish(request: HttpRequest, kind: str, slug: str, number: int) -> HttpResponse:
    """Give one exact edition to those whom the report is for."""
    edition = find_edition(request, kind, slug, number)
    require(request.user, services.WRITE, edition.report)
    with errors_as_messages(request):
        services.finish_report(by=request.user, report=edition.report, edition=edition)
        messages.success(request, f"Edition {edition.number} is the finished report. Those it is for have been told.")
    return redirect(edition.report)


@never_cache
@require_http_methods(["GET", "POST"])
def subject_forms(request: HttpRequest, kind: str, slug: str, number: int) -> HttpResponse:
    """One edition's forms with where each stands; POST asks for one."""
    edition = find_edition(request, kind, slug, number)
    if request.method == "POST":
        require(request.user, services.WRITE, edition.report)
        form, language = request.POST.get("form", ""), request.POST.get("language", ENGLISH)
        with errors_as_messages(request):
            job = services.request_file(by=request.user, edition=edition, form=form, language=language)
            making.tell_of(request, job, f"{FORMS[form].label}, {LANGUAGES[language]}")
        return redirect(f"{request.path}#forms")
    crumbs = [*_crumbs(edition.report), (f"Forms of edition {number}", "")]
    context = {"report": edition.report, "edition": edition, "crumbs": crumbs}
    return render(request, "reports/subjects/subject_forms.html", {**context, **forms_context(request, edition)})


@never_cache
@require_GET
def subject_forms_waiting(request: HttpRequest, kind: str, slug: str, number: int) -> HttpResponse:
    """How far the forms are that are being made: the fragment that the panel swaps in while it waits."""
    edition = find_edition(request, kind, slug, number)
    require(request.user, services.WRITE, edition.report)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("reports:subject-forms", kind, slug, number)
    return making.waiting(request, forms_context(request, edition))


@require_GET
def subject_file(request: HttpRequest, kind: str, slug: str, number: int, form: str, language: str) -> HttpResponseBase:
    """The newest file of one form in one language, as an attachment."""
    edition = find_edition(request, kind, slug, number)
    return serve_file(newest_file(request.user, edition, form, language))


def newest_file(user: Any, edition: SubjectEdition, form: str, language: str) -> SubjectFile:
    """The newest file of a form that the reader may have, or 404."""
    rows = SubjectFile.objects.visible_to(user).filter(edition=edition, form=form, language=language)
    row = rows.defer("contents").newest_first().first()
    if row is None:
        raise Http404("This form of the report has not been made.")
    row.edition = edition
    return row


def serve_file(row: SubjectFile) -> FileResponse:
    """A file as an attachment, which no browser runs in our own pages."""
    try:
        file = default_storage.open(row.file)
    except FileNotFoundError:
        log.error("subject_file.missing", file=row.pk)
        raise Http404("The file of this report is missing from the storage.") from None
    log.info("subject_file.downloaded", file=row.pk)
    response = FileResponse(file, as_attachment=True, filename=row.file_name, content_type=row.kind.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
