"""The search page, and suggestions while typing. What is typed is kept nowhere and is in no log."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from impact.core.access import limits
from impact.core.web.search import words
from impact.core.web.search.finding import Asked, BadCursor, Results, find, suggest
from impact.core.web.search.forms import SearchForm

# Visitors of one network share an address; someone signed in is counted alone, wherever they are.
LIMITS = {"visitor": "60/m/ip", "signed_in": "120/m/key", "suggest": "300/m/key"}


def is_too_much(request: HttpRequest, action: str = "signed_in") -> bool:
    """Whether someone searches more often than people do."""
    key = str(request.user.pk) if request.user.is_authenticated else ""
    return not limits.is_within(request, LIMITS, action if key else "visitor", app="search", key=key)


@never_cache
@login_not_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Find anything that one may see; visitors find what is published."""
    given = request.GET.copy()
    given["q"] = " ".join(given.get("q", "").replace("\0", " ").split())
    form = SearchForm(given, is_signed_in=request.user.is_authenticated)
    context: dict[str, Any] = {"form": form, "q": given["q"], "results": None}
    if given["q"]:
        if is_too_much(request):
            return render(request, "core/web/search/search.html", {**context, "is_too_much": True}, status=429)
        if form.is_valid():
            context |= _looked(request, form)
    return render(request, "core/web/search/search.html", context)


def _looked(request: HttpRequest, form: SearchForm) -> dict[str, Any]:
    """What was found, with links to each kind and to the next page."""
    data = form.cleaned_data
    asked = Asked(data["q"], data["kind"], data["nation"], data["after"], data["before"])
    cursor = request.GET.get("cursor", "")
    try:
        results = find(request.user, asked, cursor=cursor)
    except BadCursor:
        cursor = ""
        results = find(request.user, asked)
    return {
        "results": results,
        "kinds": _kinds(request, results, asked.kind),
        "cursor": {"next": f"?{_query(request, cursor=results.next)}" if results.next else ""},
        "first": f"?{_query(request)}" if cursor else "",
        "clear": f"?{_query(request, kind='', nation='', after='', before='')}",
        "is_filtered": any((asked.kind, asked.nation, asked.after, asked.before)),
        "instead": f"?{_query(request, q=results.instead)}" if results.instead else "",
        "shortest": words.SHORTEST_GUESS,
    }


def _kinds(request: HttpRequest, results: Results, chosen: str) -> list[dict[str, Any]]:
    """Links to what was found of each kind, with how many."""
    every = sum(count.number for count in results.counts)
    more = any(count.is_more for count in results.counts)
    links = [{"label": "Everything", "number": every, "is_more": more, "current": not chosen, "kind": ""}]
    links += [
        {"label": c.label, "number": c.number, "is_more": c.is_more, "current": c.kind == chosen, "kind": c.kind}
        for c in results.counts
    ]
    return [{**link, "href": f"?{_query(request, kind=str(link['kind']))}"} for link in links]


def _query(request: HttpRequest, **changes: str) -> str:
    """The query of this page with some parts changed, from its first page on."""
    query = request.GET.copy()
    query.pop("cursor", None)
    for name, value in changes.items():
        query[name] = value
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return query.urlencode()


@never_cache
@require_GET
def search_suggest(request: HttpRequest) -> HttpResponse:
    """Links to things whose title begins as typed."""
    text = request.GET.get("q", "")[: words.LONGEST]
    if is_too_much(request, "suggest"):
        return render(request, "core/web/search/_suggestions.html", {"rows": []}, status=429)
    return render(request, "core/web/search/_suggestions.html", {"rows": suggest(request.user, text)})
