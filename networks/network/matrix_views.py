"""What the nations of one network said: the matrix of themes, one theme side by side, and the words behind a figure."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from impact.core.basics.vocabulary import Nation
from impact.core.web.listing import files_of, list_file, list_rows, wants_file
from networks.groups.models import Group, Network
from networks.log.models import Contribution, ContributionQuerySet
from networks.network import matrix
from networks.network.filters import SaidByNationFilter, SaidCountFilter, SaidFilter, SaidListFilter
from networks.themes.models import Theme

KINDS = [("enablers", "enabler"), ("barriers", "barrier"), ("others", SaidFilter.OTHER)]


def _find(request: HttpRequest, slug: str) -> Network:
    return get_object_or_404(Network.objects.visible_to(request.user), slug=slug)


def _kept_query(request: HttpRequest, asked: SaidFilter, *leave_out: str) -> str:
    """The filters in the address, to go on with; ends in "&" when there are any. None where one made no sense."""
    if not asked.is_valid():
        return ""
    query = QueryDict(mutable=True)
    for name in set(asked.filters) & set(SaidFilter.base_filters):
        value = request.GET.get(name)
        if value and name not in leave_out:
            query[name] = value
    return f"{query.urlencode()}&" if query else ""


def matrix_context(network: Network, found: matrix.Matrix, returns: matrix.Returns, query: str = "") -> dict[str, Any]:
    """What the table needs: the nations with what is missing, the totals, and what each figure's link adds."""
    reported = {held.group.nation for held in returns.held}
    waiting = {missing.group.nation for missing in returns.missing}
    return {
        "nations": [
            {"value": value, "label": label, "is_waiting": value in waiting}
            for value, label in zip(found.nations, found.nation_labels, strict=True)
        ],
        "silent": {nation for nation in found.nations if nation not in reported},
        "totals": found.totals,
        "query": query,
    }


SORTS = {"most": "Most mentioned", "theme": "Theme", "enablers": "Enablers", "barriers": "Barriers"}


def _sorted(found: matrix.Matrix, asked: str) -> tuple[list[matrix.Row], str]:
    """The rows in the order asked for: by name, by a kind, or by what one nation said most."""
    if asked == "theme":
        return sorted(found.rows, key=lambda row: row.theme.lower()), asked
    if asked in ("enablers", "barriers"):
        return sorted(found.rows, key=lambda row: (-getattr(row, asked), row.theme.lower())), asked
    if asked in found.nations:
        n = found.nations.index(asked)
        return sorted(found.rows, key=lambda row: (-row.cells[n].total, row.theme.lower())), asked
    return found.rows, "most"


@require_GET
def theme_matrix(request: HttpRequest, slug: str) -> HttpResponse:
    """Themes × nations of one network: filter, sort, export. Every figure opens the words that it counts."""
    network = _find(request, slug)
    returns = matrix.returns_of(network)
    asked = SaidFilter(request.GET, queryset=matrix.said_in(network), request=request, rounds=returns.rounds)
    said = asked.qs if asked.is_valid() else matrix.said_in(network)
    found = matrix.theme_matrix(network, said=said, returns=returns)
    found.rows, sort = _sorted(found, request.GET.get("sort", ""))
    if wants_file(request):
        return _matrix_file(request, network, found)
    query = _kept_query(request, asked)
    labels = {**SORTS, **dict(zip(found.nations, found.nation_labels, strict=True))}
    context = {
        "network": network,
        "form": None,
        "filter_form": asked.form,
        "is_filtered": bool(query),
        "matrix": found,
        "missing": returns.missing,
        "sorts": [{"key": key, "label": label, "is_current": key == sort} for key, label in labels.items()],
        **matrix_context(network, found, returns, _kept_query(request, asked, "kind")),
        "filters": query,
        "files": files_of(request),
    }
    return render(request, "networks/network/theme_matrix.html", context)


def _matrix_file(request: HttpRequest, network: Network, found: matrix.Matrix) -> Any:
    columns: dict[str, Any] = {"Theme": lambda row: row.theme}
    for n, label in enumerate(found.nation_labels):
        for name, _kind in KINDS:
            columns[f"{label}, {name}"] = lambda row, n=n, name=name: getattr(row.cells[n], name)
    for name, _kind in KINDS:
        columns[f"All nations, {name}"] = lambda row, name=name: getattr(row, name)
    rows = [*found.rows, *([found.no_theme] if found.no_theme else []), found.totals]
    return list_file(request, f"{network.slug}-themes", columns, rows)


def _why_unseen(user: Any) -> str:
    """Why some words are counted and not shown, for this reader."""
    if Group.objects.permitted(user, "networks.log_meeting").exists():
        return "you can read what your own local network said, and what others share"
    return "only the networks team and coordinators can read them"


@require_GET
def theme_detail(request: HttpRequest, slug: str, theme: str) -> HttpResponseBase:
    """What each nation said about one theme, side by side. Figures for all; words as far as the reader may see them."""
    user = request.user
    network = _find(request, slug)
    about = get_object_or_404(Theme.objects.select_related("merged_into"), slug=theme)
    if about.merged_into:
        address = reverse("networks:theme-detail", args=[network.slug, about.merged_into.slug])
        return redirect(f"{address}?{request.GET.urlencode()}" if request.GET else address)
    returns = matrix.returns_of(network)
    of_theme = matrix.said_in(network).filter(Q(theme=about) | Q(theme__merged_into=about))
    asked = SaidByNationFilter(request.GET, queryset=of_theme, request=request, rounds=returns.rounds)
    asked.filters["nation"].extra["choices"] = [(n, Nation(n).label) for n in returns.nations]
    said: ContributionQuerySet = asked.qs if asked.is_valid() else of_theme
    rows = matrix.rows_of(said, returns.nations)
    row = rows[0] if rows else matrix.Row(about.name, about.slug, [matrix.Cell(nation) for nation in returns.nations])
    readable = (
        said.readable_by(user)
        .with_quotable()
        .select_related("meeting__group")
        .order_by("meeting__group__nation", "meeting__starts_at", "position")
    )
    if wants_file(request):
        return list_file(request, f"{network.slug}-{about.slug}", WORD_COLUMNS, readable)
    words: dict[str, list[Contribution]] = {nation: [] for nation in returns.nations}
    for entry in readable:
        words[entry.meeting.group.nation].append(entry)
    only = asked.form.cleaned_data.get("nation") if asked.form.is_valid() else ""
    crowded = {g.nation for g in returns.groups if sum(o.nation == g.nation for o in returns.groups) > 1}
    query = _kept_query(request, asked)
    context = {
        "network": network,
        "theme": about,
        "row": row,
        "columns": [
            {
                "cell": cell,
                "words": words[cell.nation],
                "unseen": cell.total - len(words[cell.nation]),
                "names_groups": cell.nation in crowded,
                **_reporting(cell.nation, returns, asked),
            }
            for cell in row.cells
            if not only or cell.nation == only
        ],
        "only": only,
        "filter_form": asked.form,
        "is_filtered": bool(query) or bool(only),
        "is_narrowed": bool(query),
        "query": _kept_query(request, asked, "kind"),
        "open_ids": set(Group.objects.visible_to(user).filter(site=network).values_list("pk", flat=True)),
        "why_unseen": _why_unseen(user),
        "may_share": Group.objects.permitted(user, "networks.share_learning").exists(),
        "files": files_of(request),
    }
    return render(request, "networks/network/theme_detail.html", context)


def _reporting(nation: str, returns: matrix.Returns, asked: SaidFilter) -> dict[str, Any]:
    """Whether a nation has reported on the meetings asked about, and what is still missing."""
    numbers = {h.number for h in returns.held if h.group.nation == nation and asked.covers(h.number, h.on)}
    return {
        "reported": sorted(numbers),
        "missing": [missing for missing in returns.missing if missing.group.nation == nation],
    }


WORD_COLUMNS: dict[str, Any] = {
    "Nation": lambda c: c.meeting.group.get_nation_display(),
    "Local network": lambda c: c.meeting.group.name,
    "Meeting": lambda c: c.meeting.number,
    "Date": lambda c: timezone.localtime(c.meeting.starts_at).date(),
    "Theme": lambda c: c.theme.name if c.theme else "",
    "Kind": lambda c: c.get_kind_display(),
    "Level": lambda c: c.get_level_display(),
    "Perspective": lambda c: c.get_perspective_display(),
    "What was said": lambda c: c.words,
    "May be quoted": lambda c: "yes" if c.is_quotable else "no",
}


@require_GET
def said_list(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The words behind the totals of a network: filter, sort, page, export."""
    user = request.user
    network = _find(request, slug)
    returns = matrix.returns_of(network)

    def narrowing(*args: Any, **kwargs: Any) -> SaidListFilter:
        return SaidListFilter(*args, rounds=returns.rounds, **kwargs)

    everything = matrix.said_in(network)
    readable = everything.readable_by(user).with_quotable()
    rounds = returns.rounds
    counted, shown = (
        (asked.qs if asked.is_valid() else rows).count()
        for rows in (everything, readable)
        for asked in [SaidCountFilter(request.GET, queryset=rows, request=request, rounds=rounds)]
    )
    listing = list_rows(
        request,
        readable.select_related("meeting__group", "theme"),
        narrowing,  # type: ignore[arg-type]
        sorts={
            "meeting": ("Meeting", "-meeting__starts_at"),
            "theme": ("Theme", "theme__name"),
            "nation": ("Nation", "meeting__group__nation"),
            "kind": ("Kind", "kind"),
        },
        default="meeting",
    )
    if wants_file(request):
        return list_file(request, f"{network.slug}-said", WORD_COLUMNS, listing.rows)
    context = {
        "network": network,
        "listing": listing,
        "counted": counted,
        "unseen": counted - shown,
        "why_unseen": _why_unseen(user),
        "open_ids": set(Group.objects.visible_to(user).filter(site=network).values_list("pk", flat=True)),
    }
    return render(request, "networks/network/said_list.html", context)
