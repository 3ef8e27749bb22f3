"""Pages about outcomes: those of one site by frame, one measure with its chart, and the measures of every site."""

import copy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm
from impact.core.web.listing import list_file, list_rows, wants_file
from sites.progress.delivery.pages import crumbs_to, remove_page, save_page
from sites.progress.outcomes.measures import services
from sites.progress.outcomes.measures.filters import MeasureFilter
from sites.progress.outcomes.measures.forms import MeasureForm, ReadingForm
from sites.progress.outcomes.measures.models import Frame, OutcomeMeasure, Reading, change_in_words
from sites.progress.outcomes.measures.pages import by_frame, measures_of, shown
from sites.registry.models import Site
from sites.registry.views import editable_site, inside_site


def _crumbs(site: Site, measure: OutcomeMeasure | None = None) -> list[tuple[str, str]]:
    crumbs = [*crumbs_to(site), ("Outcomes", reverse("sites:outcome-list", args=[site.slug]))]
    return [*crumbs, (measure.name, measure.get_absolute_url())] if measure else crumbs


def _find(site: Site, pk: int) -> OutcomeMeasure:
    return get_object_or_404(site.measures.select_related("site"), pk=pk)


def _find_reading(measure: OutcomeMeasure, pk: int) -> Reading:
    return get_object_or_404(measure.readings.select_related("measure__site"), pk=pk)


@require_GET
def all_outcomes(request: HttpRequest) -> Any:
    """The measures of every site whose inside the reader may see: filter, sort, page, export."""
    listing = list_rows(
        request,
        OutcomeMeasure.objects.visible_to(request.user).with_latest().select_related("site"),
        MeasureFilter,
        sorts={"site": ("Site", "site__name"), "frame": ("About", "frame"), "latest": ("Newest reading", "-latest_on")},
        default="site",
    )
    if wants_file(request):
        columns = {
            "Site": lambda m: m.site.name,
            "About": lambda m: m.get_frame_display(),
            "Measure": lambda m: m.name,
            "What is counted": lambda m: m.definition,
            "Unit": lambda m: m.unit,
            "Source": lambda m: m.source,
            "Baseline": lambda m: m.baseline_value,
            "Date of the baseline": lambda m: m.baseline_on,
            "Latest": lambda m: m.latest_value,
            "Date of the latest": lambda m: m.latest_on,
            "Change": lambda m: change_in_words(m, m.latest_value)[0],
            "Illustrative": lambda m: "yes" if m.is_illustrative else "no",
        }
        return list_file(request, "outcomes", columns, listing.rows)
    for row in listing.page:
        row.baseline_words = row.in_words(row.baseline_value)
        row.latest_words = row.in_words(row.latest_value)
        row.change, row.tone = change_in_words(row, row.latest_value)
    context = {"listing": listing, "is_everywhere": has_perm(request.user, "sites.view_internal")}
    return render(request, "sites/progress/outcomes/all_outcomes.html", context)


@require_GET
def outcome_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The outcomes of one site, in the five frames."""
    site = inside_site(request, slug)
    rows = measures_of(site)
    context = {
        "site": site,
        "frames": by_frame(rows),
        "number": len(rows),
        "may_edit": has_perm(request.user, "sites.edit_site", site),
    }
    return render(request, "sites/progress/outcomes/outcome_list.html", context)


@require_GET
def outcome_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One measure: what it counts, its chart and every reading."""
    site = inside_site(request, slug)
    measure = get_object_or_404(site.measures.prefetch_related("readings"), pk=pk)
    measure.site = site
    context = {"site": site, "found": shown(measure), "may_edit": has_perm(request.user, "sites.edit_site", site)}
    return render(request, "sites/progress/outcomes/outcome_detail.html", context)


@require_http_methods(["GET", "POST"])
def outcome_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a measure; a frame in the address is chosen."""
    site = editable_site(request, slug)
    asked = request.GET.get("frame", "")
    form = MeasureForm(request.POST or None, initial={"frame": asked if asked in Frame.values else ""})
    return save_page(
        request,
        form,
        lambda: services.add_measure(by=request.user, site=site, **form.changes),
        title="Add an outcome measure",
        lead="One thing that the site wants to change, and how you will know.",
        button="Add measure",
        done="The measure is added. Next, add its first reading.",
        crumbs=_crumbs(site),
    )


@require_http_methods(["GET", "POST"])
def outcome_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change a measure."""
    site = editable_site(request, slug)
    measure = _find(site, pk)
    form = MeasureForm(request.POST or None, instance=copy.copy(measure))
    return save_page(
        request,
        form,
        lambda: services.update_measure(
            by=request.user, measure=_find(site, pk), expected=form.cleaned_data["version"], **form.changes
        ),
        compare=tuple(form.fields.keys() - {"version"}),
        title="Edit outcome measure",
        button="Save measure",
        done="Saved.",
        crumbs=_crumbs(site, measure),
        links=[("Remove measure", reverse("sites:outcome-remove", args=[slug, pk]))],
    )


@require_http_methods(["GET", "POST"])
def outcome_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a measure with its readings, after asking."""
    site = editable_site(request, slug)
    measure = _find(site, pk)
    return remove_page(
        request,
        measure,
        lambda seen: services.remove_measure(by=request.user, measure=measure, expected=seen),
        title="Remove this measure?",
        lead="Only if it was added by mistake. Its readings are removed too.",
        button="Remove measure",
        done="The measure was removed.",
        crumbs=_crumbs(site),
    )


@require_http_methods(["GET", "POST"])
def reading_add(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Add a reading."""
    site = editable_site(request, slug)
    measure = _find(site, pk)
    form = ReadingForm(request.POST or None, measure=measure)
    return save_page(
        request,
        form,
        lambda: services.add_reading(by=request.user, measure=measure, **form.changes),
        title="Add a reading",
        lead=measure.name,
        button="Add reading",
        done="The reading is added.",
        crumbs=_crumbs(site, measure),
    )


@require_http_methods(["GET", "POST"])
def reading_edit(request: HttpRequest, slug: str, pk: int, reading: int) -> HttpResponse:
    """Correct a reading."""
    site = editable_site(request, slug)
    measure = _find(site, pk)
    row = _find_reading(measure, reading)
    form = ReadingForm(request.POST or None, instance=copy.copy(row), measure=measure)
    return save_page(
        request,
        form,
        lambda: services.update_reading(
            by=request.user,
            reading=_find_reading(measure, reading),
            expected=form.cleaned_data["version"],
            **form.changes,
        ),
        compare=("on", "value", "note"),
        title="Edit reading",
        lead=measure.name,
        button="Save reading",
        done="Saved.",
        crumbs=_crumbs(site, measure),
        links=[("Remove reading", reverse("sites:reading-remove", args=[slug, pk, reading]))],
    )


@require_http_methods(["GET", "POST"])
def reading_remove(request: HttpRequest, slug: str, pk: int, reading: int) -> HttpResponse:
    """Remove a reading, after asking."""
    site = editable_site(request, slug)
    measure = _find(site, pk)
    row = _find_reading(measure, reading)
    return remove_page(
        request,
        row,
        lambda seen: services.remove_reading(by=request.user, reading=row, expected=seen),
        title="Remove this reading?",
        lead=f"Of “{measure.name}”. Only if it was recorded by mistake.",
        button="Remove reading",
        done="The reading was removed.",
        crumbs=_crumbs(site, measure),
    )
