"""The page that compares two editions of a report."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from impact.core.access.permissions import require
from impact.core.web.forms import whole_number
from reports.editions.comparing.compare import figures_compared, quotes_compared, words_compared
from reports.editions.models import Edition
from reports.writing.pages import find_report


@never_cache
@require_GET
def editions_compare(request: HttpRequest, year: int) -> HttpResponse:
    """Two editions side by side: figures with what changed in words, and words added and removed, chapter by chapter."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    editions = list(Edition.objects.visible_to(request.user).filter(report=report).select_related("snapshot"))
    for edition in editions:
        edition.report = report
    by_number = {edition.number: edition for edition in editions}
    numbers = [whole_number(request.GET.get(name)) for name in ("a", "b")]
    is_asked = any(name in request.GET for name in ("a", "b"))
    older, newer = (by_number.get(number) for number in numbers)  # type: ignore[arg-type]
    if not is_asked and len(editions) > 1:
        newer, older = editions[0], editions[1]
    context = {"report": report, "editions": editions, "older": older, "newer": newer, "problem": ""}
    if len(editions) < 2:
        context["problem"] = "There are not two editions of this report yet."
    elif older is None or newer is None:
        context["problem"] = "Choose two editions of this report from the lists."
    elif older == newer:
        context["problem"] = "Choose two different editions."
    else:
        figures = figures_compared(older.snapshot.data, newer.snapshot.data)
        comparison = words_compared(older.snapshot.data, newer.snapshot.data)
        context |= {
            "figures": figures,
            "changed_figures": [row for row in figures if row.is_changed],
            "comparison": comparison,
            "quotes": quotes_compared(older.snapshot.data, newer.snapshot.data),
            "corrections": newer.snapshot.data.get("corrections", [])[
                len(older.snapshot.data.get("corrections", [])) :
            ],
        }
    return render(request, "reports/editions/comparing/compare.html", context)
