"""What is done beside a section: its plan, its versions, and comments on it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from coproduction.suggestions.passages import LONGEST
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.basics.words.diff import plain, word_diff
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import Crumbs, errors_on, form_page, show_conflict, show_error, whole_number
from reports.approval.review import services as review
from reports.writing import services
from reports.writing.models import ReportSection, SectionVersion
from reports.writing.pages import Status
from reports.writing.room import pages
from reports.writing.room.forms import CommentForm, PlanForm
from reports.writing.room.services import restore_version


def _crumbs(section: ReportSection) -> Crumbs:
    year = section.report.year
    return [
        ("Reports", reverse("reports:list")),
        (str(year), reverse("reports:room", args=[year])),
        (section.get_key_display(), reverse("reports:section-edit", args=[year, section.key])),
    ]


@require_http_methods(["GET", "POST"])
def section_plan(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Say who writes a section, by when, and how far it is."""
    section = pages.find_section(request, year, key)
    require(request.user, "reports.edit_report", section.report)
    form = PlanForm(request.POST or None, instance=section)
    differences = None
    if request.method == "POST" and form.is_valid():
        fresh = ReportSection.objects.select_related("report").get(pk=section.pk)
        try:
            services.plan_section(by=request.user, section=fresh, expected=form.cleaned_data["version"], **form.changes)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("reports:section-edit", year, key)
    return form_page(
        request,
        form,
        title=f"Owner, day and status of “{section.get_key_display()}”",
        button="Save",
        crumbs=_crumbs(section),
        differences=differences,
    )


# --- Versions ------------------------------------------------------------------------------------
def _version(section: ReportSection, number: str | None) -> SectionVersion | None:
    wanted = whole_number(number)
    return section.versions.filter(number=wanted).first() if wanted is not None and wanted < 2**31 else None


@require_http_methods(["GET", "POST"])
def section_versions(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """The versions of a section: two compared, and one put back."""
    section = pages.find_section(request, year, key)
    may_edit = has_perm(request.user, "reports.edit_report", section.report)
    if request.method == "POST":
        require(request.user, "reports.edit_report", section.report)
        version = _version(section, request.POST.get("number"))
        if version is None:
            raise Http404("There is no such version.")
        try:
            restore_version(by=request.user, version=version, expected=whole_number(request.POST.get("version")))
        except Conflict:
            messages.error(
                request, "Someone changed the section meanwhile. Compare again before you restore a version."
            )
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, f"Version {version.number} is back. What was there is kept as a version too.")
            return redirect("reports:section-edit", year, key)
        return redirect("reports:section-versions", year, key)
    rows = list(section.versions.select_related("saved_by__person").defer("body"))
    new = _version(section, request.GET.get("new")) or section.versions.first()
    old = _version(section, request.GET.get("old"))
    if old is None and new is not None:
        old = section.versions.filter(number__lt=new.number).first()
    context = {
        "report": section.report,
        "section": section,
        "versions": rows,
        "old": old,
        "new": new,
        "pieces": word_diff(plain(old.body), plain(new.body)) if old and new else [],
        "is_same": bool(old and new and old.body == new.body),
        "may_restore": may_edit and section.report.status == Status.WRITING,
    }
    return render(request, "reports/writing/room/versions.html", context)


# --- Comments ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def section_comment(request: SignedInRequest, year: int, key: str) -> HttpResponse:
    """Comment on a section or a passage of it."""
    section = pages.find_section(request, year, key)
    require(request.user, "reports.comment", section.report)
    initial = {
        "passage": request.GET.get("quote", "")[:LONGEST],
        "before": request.GET.get("before", "")[-200:],
        "after": request.GET.get("after", "")[:200],
    }
    form = CommentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = review.comment_on_report(
                by=request.user,
                report=section.report,
                section=section,
                text=pages.seen_text(section),
                **form.cleaned_data,
            )
            messages.success(request, "Your comment is saved.")
            return redirect(row)
    return form_page(
        request,
        form,
        title=f"Comment on “{section.get_key_display()}”",
        button="Save comment",
        crumbs=_crumbs(section),
        lead="Those who write and approve the report read it. It is resolved, or carried to next year with a reason.",
    )
