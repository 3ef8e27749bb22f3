"""Edit one chapter, with its figures beside it and which of them changed since its text was written."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_as_messages, show_error, take_version
from reports.editions.overview import overview_of
from reports.figures.gather import last_day
from reports.writing import services
from reports.writing.facts import changed_facts, mark_of
from reports.writing.forms import SectionForm
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import OPEN, find_report

Status = AnnualReport.Status


@require_http_methods(["GET", "POST"])
def section_edit(request: HttpRequest, year: int, key: str) -> HttpResponse:
    """Write one chapter, with its figures beside it; look at it before saving."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    section = get_object_or_404(ReportSection.objects.select_related("report"), report=report, key=key)
    may_edit = has_perm(request.user, "reports.edit_report", report)
    if request.method == "POST":
        require(request.user, "reports.edit_report", report)
    facts = overview_of(report)["facts"][key]
    if "confirm" in request.POST:
        with errors_as_messages(request):
            services.confirm_figures(by=request.user, section=section, shown=request.POST.get("shown", ""))
            messages.success(request, f"The text of “{section.get_key_display()}” is confirmed.")
        return redirect("reports:section-edit", year, key)
    form = SectionForm(request.POST or None, instance=section, initial={"version": section.version})
    theirs = preview = None
    is_valid = request.method == "POST" and form.is_valid()
    if is_valid and "preview" in request.POST:
        preview = form.cleaned_data["body"]
    elif is_valid:
        fresh = ReportSection.objects.select_related("report").get(pk=section.pk)
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
            return redirect("reports:section-edit", year, key)
    saved = ReportSection.objects.get(pk=section.pk)
    sections = list(report.sections.all())
    place = [row.key for row in sections].index(key)
    context = {
        "report": report,
        "section": saved,
        "form": form if may_edit and report.status == Status.WRITING else None,
        "may_edit": may_edit,
        "theirs": theirs,
        "shown": mark_of(facts),
        "changes": changed_facts(saved.figures_seen, facts) if saved.body and report.status in OPEN else [],
        "preview": preview,
        "facts": facts,
        "as_of": last_day(report.year),
        "sections": sections,
        "before": sections[place - 1] if place else None,
        "after": sections[place + 1] if place + 1 < len(sections) else None,
    }
    return render(request, "reports/writing/section_edit.html", context, status=409 if theirs else 200)
