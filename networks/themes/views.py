"""Pages about themes: all of them, one with its history, renaming, merging and undoing, and what to offer while typing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import form_page, removal_page, show_conflict, show_error, whole_number
from impact.core.web.listing import list_file, list_rows, wants_file
from networks.groups.models import Group, Network
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from networks.network.matrix import Cell, Matrix, Row, rows_of
from networks.themes import services
from networks.themes.curate import delete_theme, merge_preview, merge_theme, revise_theme, undo_merge, undoable_merge
from networks.themes.filters import ThemeFilter
from networks.themes.forms import MergeThemeForm, ThemeForm
from networks.themes.models import Theme, ThemeChange

PAIRS_SHOWN = 6
THEMES_COMPARED = 1000  # beyond it, near names are shown only while typing
UNUSED_SHOWN = 50


def _readable_groups(user: Any) -> Any:
    """Groups whose figures the user may read: None for all of them; a coordinator's own networks; else refused."""
    if has_perm(user, "networks.view_aggregates"):
        return None
    own = Group.objects.permitted(user, "networks.view_aggregates")
    if not own.exists():
        raise PermissionDenied("Themes are looked after by the networks team.")
    return Group.objects.filter(Q(pk__in=own) | Q(site__in=Network.objects.visible_to(user).values("pk"))).values("pk")


@require_GET
def theme_list(request: HttpRequest) -> HttpResponseBase:
    """Every theme: how often and where it is spoken of, which may mean the same, and apart those not used yet."""
    groups = _readable_groups(request.user)
    listing = list_rows(
        request,
        Theme.objects.in_use().spoken_of().with_use(groups),
        ThemeFilter,
        sorts={
            "name": ("Name", "name"),
            "used": ("How often", "-used"),
            "enablers": ("Enablers", "-enablers"),
            "barriers": ("Barriers", "-barriers"),
            "nations": ("Nations", "-nations"),
            "last": ("Last used", "-last_used_at"),
        },
        default="name",
    )
    if wants_file(request):
        columns = {
            "Theme": lambda t: t.name,
            "Description": lambda t: t.description,
            "Enablers": lambda t: t.enablers,
            "Barriers": lambda t: t.barriers,
            "Others": lambda t: t.others,
            "Nations": lambda t: t.nations,
            "Last used": lambda t: day(t.last_used_at),
        }
        return list_file(request, "themes", columns, listing.rows)
    may_curate = has_perm(request.user, "networks.curate_theme")
    pairs = []
    if may_curate and not listing.is_filtered and listing.page.number == 1:
        known = Theme.objects.in_use().spoken_of()
        pairs = services.similar_pairs(known[:THEMES_COMPARED], limit=PAIRS_SHOWN)
    context = {
        "listing": listing,
        "may_curate": may_curate,
        "pairs": pairs,
        "is_partial": groups is not None,
        **_unused(request, listing.page.number),
    }
    return render(request, "networks/themes/theme_list.html", context)


def _unused(request: HttpRequest, page: int) -> dict[str, Any]:
    """Themes that no log uses yet, below the first page of the list, as far as the search finds them."""
    if page > 1 or request.GET.get("use"):
        return {}
    rows = Theme.objects.unused().search(request.GET.get("q", "").strip()).order_by("name")
    deletable = Theme.objects.deletable()
    shown = list(rows.annotate(is_deletable=Exists(deletable.filter(pk=OuterRef("pk"))))[:UNUSED_SHOWN])
    return {"unused": shown, "unused_total": len(shown) if len(shown) < UNUSED_SHOWN else rows.count()}


@require_GET
def theme_about(request: HttpRequest, slug: str) -> HttpResponse:
    """One theme: what it covers, where it is spoken of, and everything that was done to it. Old addresses lead on."""
    user = request.user
    groups = _readable_groups(user)
    theme = get_object_or_404(Theme.objects.visible_to(user).select_related("merged_into"), slug=slug)
    may_curate = has_perm(user, "networks.curate_theme")
    if theme.merged_into:
        messages.info(request, f"“{theme.name}” is now part of this theme.")
        return redirect(theme.merged_into)
    theme = Theme.objects.with_use(groups).get(pk=theme.pk)
    is_unused = Theme.objects.unused().filter(pk=theme.pk).exists()
    said = Contribution.objects.kept().filter(theme=theme, meeting__status__in=Meeting.HELD)
    if groups is not None:
        said = said.filter(meeting__group__in=groups)
    changes = ThemeChange.objects.filter(Q(theme=theme) | Q(other=theme)).select_related("theme", "other", "by__person")
    context = {
        "theme": theme,
        "places": _places(said, user),
        "earlier": Theme.objects.filter(merged_into=theme),
        "changes": [_told(change, theme, may_curate=may_curate) for change in changes],
        "near": services.similar_themes(theme.name) if may_curate else [],
        "may_curate": may_curate,
        "is_partial": groups is not None,
        "is_unused": is_unused,
        "may_delete": may_curate and is_unused and Theme.objects.deletable().filter(pk=theme.pk).exists(),
    }
    return render(request, "networks/themes/theme_about.html", context)


def _places(said: Any, user: Any) -> list[dict[str, Any]]:
    """Networks, and groups outside any network, with how often the theme was spoken of there."""
    kinds = Contribution.Kind
    counted = (
        said.order_by()
        .values("meeting__group__site__slug", "meeting__group__site__name")
        .annotate(
            enablers=Count("pk", filter=Q(kind=kinds.ENABLER)),
            barriers=Count("pk", filter=Q(kind=kinds.BARRIER)),
            others=Count("pk", filter=~Q(kind__in=[kinds.ENABLER, kinds.BARRIER])),
        )
        .order_by("meeting__group__site__name")
    )
    return [
        {**row, "slug": row["meeting__group__site__slug"], "name": row["meeting__group__site__name"]} for row in counted
    ]


def _told(change: ThemeChange, theme: Theme, *, may_curate: bool) -> dict[str, Any]:
    """One step of the history in words, from the side of the theme whose page it is."""
    kinds = ThemeChange.Kind
    moved = sum(kind == "contribution" for kind, _pk in change.moved)
    entries = f"{moved} contribution{'' if moved == 1 else 's'}"
    words = {
        kinds.RENAMED: f"Renamed from “{change.was}” to “{change.now}”",
        kinds.DESCRIBED: f"Described: “{change.now}”" if change.now else "Description removed",
        kinds.MERGED: f"“{change.was}” merged into “{change.now}”. {entries} moved",
        kinds.SPLIT: f"“{change.now}” split from “{change.was}” again. {entries} moved back",
    }
    is_standing = change.kind == kinds.MERGED and change.theme.merged_into_id == theme.pk
    return {
        "change": change,
        "words": words[kinds(change.kind)],
        "before": change.was if change.kind == kinds.DESCRIBED else "",
        "who": change.by.display_name if change.by else "IMPACT platform",
        "undo": is_standing and may_curate and undoable_merge(change.theme) == change,
    }


def _curated(request: HttpRequest, slug: str) -> Theme:
    """The theme, for those who may look after it."""
    require(request.user, "networks.curate_theme")
    return get_object_or_404(Theme.objects.visible_to(request.user).select_related("merged_into"), slug=slug)


def _crumbs(theme: Theme) -> list[tuple[str, str]]:
    return [
        ("Networks", reverse("networks:list")),
        ("Themes", reverse("networks:theme-list")),
        (theme.name, theme.get_absolute_url()),
    ]


@require_http_methods(["GET", "POST"])
def theme_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Rename or describe a theme."""
    theme = _curated(request, slug)
    form = ThemeForm(request.POST or None, instance=Theme.objects.get(pk=theme.pk))
    differences = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            saved = revise_theme(
                by=request.user,
                theme=theme,
                name=data["name"],
                description=data["description"],
                expected=data["version"],
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in ThemeForm.Meta.fields}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(saved)
    return form_page(
        request,
        form,
        title=f"Rename or describe “{theme.name}”",
        button="Save",
        crumbs=_crumbs(theme),
        lead="Everything that was coded with it stays. The earlier name keeps leading here.",
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def theme_merge(request: HttpRequest, slug: str) -> HttpResponse:
    """Merge a theme into another: choose it, see what moves and the figures before and after, then merge."""
    theme = _curated(request, slug)
    if theme.merged_into:
        messages.info(request, f"“{theme.name}” was merged into “{theme.merged_into.name}” already.")
        return redirect(theme.merged_into)
    data = request.POST or (request.GET if "into" in request.GET else None)
    form = MergeThemeForm(data, theme=theme)
    into = form.cleaned_data["into"] if form.is_bound and form.is_valid() else None
    status = 200
    if request.method == "POST" and into:
        try:
            merge_theme(
                by=request.user,
                theme=theme,
                into=into,
                reason=form.cleaned_data["reason"],
                expected=form.cleaned_data["version"],
                into_expected=form.cleaned_data["into_version"],
            )
        except Conflict:
            form.add_error(None, "Someone changed one of the two themes meanwhile. Check the figures, then merge.")
            status = 409
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, f"“{theme.name}” is part of “{into.name}” now. You can undo this below.")
            return redirect(into)
    preview = None
    if into:
        preview = _figures(theme, into)
        form = form.for_confirming(into)
    context = {
        "form": form,
        "theme": theme,
        "into": into,
        "preview": preview,
        "near": [] if into else services.similar_themes(theme.name),
        "crumbs": _crumbs(theme),
    }
    return render(request, "networks/themes/theme_merge.html", context, status=status)


@require_POST
def theme_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete a theme that no log uses."""
    theme = _curated(request, slug)
    try:
        delete_theme(by=request.user, theme=theme, expected=whole_number(request.POST.get("version")))
    except Conflict as conflict:
        return removal_page(
            request,
            conflict,
            now=str(conflict.current),
            title=f"Delete “{conflict.current}”?",
            button="Delete it anyway",
            back=theme.get_absolute_url(),
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(theme.merged_into or theme)
    messages.success(request, f"“{theme.name}” is deleted.")
    return redirect("networks:theme-list")


def _figures(theme: Theme, into: Theme) -> dict[str, Any]:
    """What moves, and how often both themes are spoken of in each nation before and after."""
    said = Contribution.objects.kept().filter(theme__in=[theme, into], meeting__status__in=Meeting.HELD)
    rows = {row.slug: row for row in rows_of(said, Nation.values)}
    none = [Cell(nation) for nation in Nation.values]
    before = [rows.get(t.slug, Row(t.name, t.slug, list(none))) for t in (theme, into)]
    spoken_of = {cell.nation for row in before for cell in row.cells if cell.total}
    for row in before:
        row.cells = [cell for cell in row.cells if cell.nation in spoken_of]
    return {
        "moves": merge_preview(theme),
        "nations": [nation.label for nation in Nation if nation in spoken_of],
        "before": before,
        "after": Matrix([nation for nation in Nation.values if nation in spoken_of], before).totals,
    }


@require_POST
def theme_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a merge back."""
    require(request.user, "networks.curate_theme")
    change = get_object_or_404(ThemeChange.objects.select_related("theme", "other"), pk=pk)
    try:
        theme = undo_merge(by=request.user, change=change)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(change.other or change.theme)
    messages.success(request, f"“{theme.name}” is a separate theme again.")
    return redirect(theme)
