"""The catalogue of a report's figures, and the page that a printed code leads to."""

from difflib import get_close_matches
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from impact.core.web.listing import file_response, files_of, wants_file
from reports.figures.catalogue import INDICATORS, Indicator, by_code, by_name
from reports.figures.pages.forms import CatalogueFilter, CodeForm
from reports.figures.pages.lines import Line, Reading, editions_of, lines_of, reading_of
from reports.figures.pages.tracing import trace
from reports.writing.models import AnnualReport
from reports.writing.pages import OPEN, find_report

COLUMNS = {
    "Code": lambda line: line.indicator.code,
    "Figure": lambda line: line.indicator.title,
    "Value": lambda line: line.shown.value if line.shown.value is not None else line.shown.words,
    "Unit": lambda line: line.indicator.unit,
    "Year before": lambda line: line.before.value if line.before else None,
    "Change": lambda line: line.change,
    "Changed since the last edition": lambda line: line.marked,
    "Definition": lambda line: line.indicator.definition,
    "Source": lambda line: line.indicator.source,
    "Period": lambda line: line.indicator.period,
    "Owner": lambda line: line.indicator.owner,
    "Name": lambda line: line.indicator.name,
}


def _number(request: HttpRequest, name: str) -> int | None:
    """A whole number from the address; None where it is left out. Anything else names nothing that there is."""
    given = request.GET.get(name, "").strip()
    if not given:
        return None
    if not given.isascii() or not given.isdecimal() or len(given) > 6:
        raise Http404(f"“{given[:20]}” is no number.")
    return int(given)


@never_cache
@login_not_required
@require_GET
def figure_list(request: HttpRequest, year: int) -> HttpResponseBase:
    """Every figure of a report: what it is, who answers for it, its value, last year's, and what has changed."""
    report = find_report(request, year)
    reading = reading_of(request.user, report, _number(request, "edition"))
    lines = lines_of(request.user, reading)
    form = CatalogueFilter(request.GET)
    chosen = form.chosen(lines)
    if wants_file(request):
        return file_response(request.GET.get("format"), f"figures-{year}", COLUMNS, chosen)
    context = {
        "report": report,
        "reading": reading,
        "editions": editions_of(request.user, report),
        "lines": chosen,
        "all": len(lines),
        "changed": sum(line.was is not None for line in lines),
        "has_before": any(line.before for line in lines),
        "is_empty": not any(line.shown.value for line in lines),
        "form": form,
        "files": files_of(request),
    }
    return render(request, "reports/figures/figure_list.html", context)


@never_cache
@login_not_required
@require_GET
def figure_lookup(request: HttpRequest) -> HttpResponse:
    """Type a printed code to see what the figure means and where it comes from."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("reports:figure", form.cleaned_data["code"].strip().upper().replace("/", ""))
    newest = AnnualReport.objects.visible_to(request.user).filter(status=AnnualReport.Status.PUBLISHED).first()
    return render(request, "reports/figures/figure_lookup.html", {"form": form, "newest": newest})


def _closest(code: str) -> Indicator | None:
    """The figure that someone may have meant: known by its name, or with one digit too many or too few."""
    word = code.strip().lower()
    if found := by_name(word) or by_code(f"F{word.lstrip('f').lstrip('0')}"):
        return found
    names = get_close_matches(word, [one.name for one in INDICATORS], n=1, cutoff=0.75)
    return by_name(names[0]) if names else None


def _unknown(request: HttpRequest, code: str, words: str = "") -> HttpResponse:
    """What codes look like, for someone whose code or edition there is not."""
    context = {
        "code": code[:20],
        "words": words,
        "meant": None if words else _closest(code[:40]),
        "last": INDICATORS[-1].code,
        "form": CodeForm(),
    }
    return render(request, "reports/figures/unknown_code.html", context, status=404)


@never_cache
@login_not_required
@require_GET
def figure_page(request: HttpRequest, code: str) -> HttpResponse:
    """One figure by its printed code: its definition and value for everyone, its rows for those who may see them."""
    indicator = by_code(code)
    if indicator is None:
        return _unknown(request, code)
    if code != indicator.code:
        query = request.META.get("QUERY_STRING", "")
        address = redirect("reports:figure", indicator.code)
        address["Location"] += f"?{query}" if query else ""
        return address
    try:
        report, reading = _reading(request)
    except Http404:
        return _unknown(request, code, "There is no such year or edition, or it has not been published.")
    context: dict[str, Any] = {"figure": indicator, "report": report, "reading": reading, "form": CodeForm()}
    if reading is not None and report is not None:
        line = next(line for line in lines_of(request.user, reading) if line.indicator is indicator)
        context |= _page_of(request, line, reading)
        context["others"] = _others(request, reading)
    return render(request, "reports/figures/figure_page.html", context)


def _reading(request: HttpRequest) -> tuple[AnnualReport | None, Reading | None]:
    """The report and edition that the address names; without a year the newest published one, else the newest."""
    year, number = _number(request, "year"), _number(request, "edition")
    reports = AnnualReport.objects.visible_to(request.user).select_related("approved_edition")
    if year is None:
        published = reports.filter(status=AnnualReport.Status.PUBLISHED).order_by("-year").first()
        report = published or reports.order_by("-year").first()
        if report is None:
            return None, None
    else:
        report = reports.filter(year=year).first()
        if report is None:
            raise Http404("There is no report for this year.")
    return report, reading_of(request.user, report, number)


def _others(request: HttpRequest, reading: Reading) -> list[tuple[str, str]]:
    """(label, query) of the same figure in other editions and years that the reader may open."""
    report = reading.report
    found = []
    if reading.edition and report.status in OPEN:
        found.append((f"{report.year}, counted now", f"year={report.year}"))
    found += [
        (f"{report.year}, edition {one.number}", f"year={report.year}&edition={one.number}")
        for one in editions_of(request.user, report)
        if reading.edition is None or one.number != reading.edition.number
    ]
    years = AnnualReport.objects.visible_to(request.user).exclude(pk=report.pk).order_by("-year")
    return found + [(str(year), f"year={year}") for year in years.values_list("year", flat=True)]


def _page_of(request: HttpRequest, line: Line, reading: Reading) -> dict[str, Any]:
    """What the page says of one figure in one edition, and the rows for those who are signed in."""
    traced = None
    if request.user.is_authenticated:
        traced = trace(request.user, line.indicator, reading, request.GET.get("page"))
    table = line.shown.table
    return {
        "line": line,
        "columns": table["columns"] if table else [],
        "rows": _cells(table) if table else [],
        "traced": traced,
        "is_signed_in": request.user.is_authenticated,
    }


def _cells(table: Any) -> list[list[tuple[str, str, bool]]]:
    """Each row as (heading, words, whether it is a number); a withheld count is said in a word."""
    return [
        [
            (heading, "withheld" if cell is None else str(cell), cell is None or isinstance(cell, int))
            for heading, cell in zip(table["columns"], row, strict=True)
        ]
        for row in table["rows"]
    ]
