"""Two to four sites side by side, in the words and figures of their own pages."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET

from impact.core.web.listing import files_of, list_file, wants_file
from sites.progress.outcomes.pages import side_by_side
from sites.registry.models import Site

FEWEST, MOST = 2, 4
PLACES = ("First site", "Second site", "Third site", "Fourth site")


def _problem(asked: list[str], known: dict[str, Site]) -> str:
    """What is wrong with the choice, and what to do about it; empty when nothing is."""
    if len(asked) > MOST:
        return f"Choose at most {MOST} sites. You chose {len(asked)}."
    if any(slug not in known for slug in asked):
        return "One of these sites does not exist, or is not one that you may see inside. Choose again."
    return ""


@require_GET
def compare(request: HttpRequest) -> Any:
    """``?site=a&site=b``: sites side by side, for those who may see inside them; as a file too."""
    asked = list(dict.fromkeys(slug for slug in request.GET.getlist("site") if slug))
    sites = Site.objects.inside_for(request.user).select_related("topic", "host").prefetch_related("nations")
    known = {site.slug: site for site in sites.filter(slug__in=asked[: MOST + 1])}
    problem = _problem(asked, known)
    chosen = [known[slug] for slug in asked] if not problem and len(asked) >= FEWEST else []
    table = side_by_side(request.user, chosen) if chosen else []
    if chosen and wants_file(request):
        rows = [(part["heading"], row) for part in table for row in part["rows"]]
        columns: dict[str, Any] = {"Part": lambda found: found[0], "Figure": lambda found: found[1]["label"]}
        for place, site in enumerate(chosen):
            columns[site.name] = lambda found, place=place: "; ".join(found[1]["cells"][place]["lines"])
        return list_file(request, "sites-compared", columns, rows)
    options = list(sites.values_list("slug", "name"))
    picked = [*asked[:MOST], *([""] * MOST)]
    context = {
        "sites": chosen,
        "table": table,
        "problem": problem,
        "needs_another": len(asked) == 1,
        "slots": [{"label": label, "number": n, "slug": picked[n]} for n, label in enumerate(PLACES)],
        "options": options,
        "files": files_of(request) if chosen else None,
        "span": len(chosen) + 1,
    }
    return render(request, "sites/progress/outcomes/compare.html", context, status=400 if problem else 200)
