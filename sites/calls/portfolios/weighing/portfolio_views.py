"""Portfolios: the list, one with its applications to tick, and two to four side by side."""

import copy
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.basics.vocabulary import pounds
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_conflict, show_error, whole_number
from sites.calls.applications.models import Application
from sites.calls.portfolios.characteristics import Candidate, Group, groups_of
from sites.calls.portfolios.models import Portfolio
from sites.calls.portfolios.optimising import worth
from sites.calls.portfolios.pages import crumbs_of, find_round, parts_of, why_gone
from sites.calls.portfolios.weighing import services
from sites.calls.portfolios.weighing.candidates import candidates_of, inside
from sites.calls.portfolios.weighing.figures import Wishes, figures
from sites.calls.portfolios.weighing.forms import NameForm, PortfolioForm, ShownForm
from sites.calls.rounds.models import Round
from sites.calls.rounds.pages import round_tabs

IN_TABLE = ("nation", "organisation_kind")  # characteristics with a column of their own
MARKS = {
    "is_first_time:yes": "First time",
    "is_user_led:yes": "Led by users or carers",
    "is_under_pressure:yes": "Under pressure",
}
MOST_COMPARED = 4


def find_portfolio(request: HttpRequest, round: Round, pk: int) -> Portfolio:
    """A portfolio of a round that the reader may see."""
    rows = Portfolio.objects.visible_to(request.user).select_related("round", "made_by__person")
    return get_object_or_404(rows, pk=pk, round=round)


def _list_crumb(round: Round) -> tuple[str, str]:
    return "Portfolios", reverse("sites:portfolio-list", args=[round.slug])


@require_GET
def portfolio_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The portfolios of a round with their figures, to open or to compare."""
    round = find_round(request, slug)
    mix = services.mix_of(round)
    wishes, groups = services.wishes_of(mix), groups_of(round)
    by_key = {row.key: row for row in candidates_of(round, with_values=mix.is_locked)}
    rows = Portfolio.objects.visible_to(request.user).filter(round=round)
    shown = [
        {"portfolio": row, "figures": figures(inside(row, by_key), wishes, groups)}
        for row in rows.select_related("round").prefetch_related("applications")
    ]
    context = {
        "round": round,
        "crumbs": crumbs_of(round, ("Portfolios", "")),
        "tabs": round_tabs(request.user, round, "mix"),
        "parts": parts_of(round, "sites:portfolio-list"),
        "mix": mix,
        "rows": shown,
        "count": len(by_key),
        "may_edit": has_perm(request.user, "sites.edit_portfolio"),
    }
    return render(request, "sites/calls/portfolios/portfolio_list.html", context)


@require_http_methods(["GET", "POST"])
def portfolio_add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Start an empty portfolio."""
    round = find_round(request, slug)
    require(request.user, "sites.edit_portfolio")
    form = PortfolioForm(request.POST or None, instance=Portfolio(round=round))
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            portfolio = services.add_portfolio(by=request.user, round=round, **form.changes)
            messages.success(request, "Portfolio started. Tick the applications that belong in it.")
            return redirect(portfolio)
    return form_page(
        request, form, title="Start a portfolio", button="Start portfolio", crumbs=crumbs_of(round, _list_crumb(round))
    )


@require_http_methods(["GET", "POST"])
def portfolio_detail(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The applications of a round to tick, beside the mix that they make. "Update" works it out without saving."""
    round = find_round(request, slug)
    portfolio = find_portfolio(request, round, pk)
    mix = services.mix_of(round)
    candidates = candidates_of(round, with_values=mix.is_locked)
    saved = set(portfolio.applications.values_list("pk", flat=True))
    sent: QueryDict | None = request.POST if request.method == "POST" else None
    ticked = saved if sent is None else {n for text in sent.getlist("applications") if (n := whole_number(text))}
    version = portfolio.version
    errors: list[str] = []
    clash: dict[str, Any] | None = None
    if sent is not None:
        require(request.user, "sites.edit_portfolio")
        version = whole_number(sent.get("version")) or portfolio.version
        if "save" in sent:
            try:
                services.update_portfolio(by=request.user, portfolio=portfolio, expected=version, applications=ticked)
            except Conflict as conflict:
                errors, version = conflict.messages, conflict.current.version
                clash = _differences(candidates, saved, ticked)
            except ValidationError as error:
                errors = error.messages
            else:
                messages.success(request, "Saved.")
                return redirect(portfolio)
    form = ShownForm(sent or request.GET, groups=(groups := groups_of(round)), has_values=mix.is_locked)
    form.is_valid()
    context = {
        "round": round,
        "crumbs": crumbs_of(round, _list_crumb(round), (portfolio.name, "")),
        "portfolio": portfolio,
        "version": version,
        "mix": mix,
        "errors": errors,
        "clash": clash,
        "shown_form": form,
        "may_edit": has_perm(request.user, "sites.edit_portfolio"),
        "is_changed": sent is not None and ticked != saved,
        "gone": [
            (row.reference, why_gone(row))
            for row in Application.objects.filter(pk__in=saved - {row.key for row in candidates}).order_by("reference")
        ],
        "history": audit.history(portfolio),
        **table_of(candidates, ticked, form, groups, services.wishes_of(mix)),
    }
    return render(request, "sites/calls/portfolios/portfolio_detail.html", context, status=409 if clash else 200)


def table_of(
    candidates: Sequence[Candidate], ticked: set[int], form: ShownForm, groups: Sequence[Group], wishes: Wishes
) -> dict[str, Any]:
    """The rows that the table shows, what is ticked but not shown, and the figures of all that is ticked."""
    words = {value.trait: value.label for group in groups for value in group.values}
    rows, hidden = [], []
    for row in form.in_order(candidates):
        is_ticked = row.key in ticked
        shown = {
            "row": row,
            "is_ticked": is_ticked,
            "traits": " ".join(sorted(row.traits)),
            "money": pounds(row.money),
            "pence": str(int(row.money * 100)),
            "worth": "" if row.value is None else str(worth(row.value)),
            "nation": _said(row, "nation", words),
            "kind": _said(row, "organisation_kind", words),
            "marks": [label for trait, label in MARKS.items() if trait in row.traits],
        }
        if form.shows(row, is_ticked=is_ticked):
            rows.append(shown)
        elif is_ticked:
            hidden.append(shown)
    chosen = [row for row in candidates if row.key in ticked]
    return {"rows": rows, "hidden": hidden, "total": len(candidates), "figures": figures(chosen, wishes, groups)}


def _said(row: Candidate, name: str, words: dict[str, str]) -> str:
    """What an application says for a characteristic with one value."""
    return ", ".join(words.get(trait, "") for trait in row.traits if trait.startswith(f"{name}:")) or "Not said"


def _differences(candidates: Sequence[Candidate], theirs: set[int], yours: set[int]) -> dict[str, list[Candidate]]:
    """What someone else saved beside what is ticked here."""
    return {
        "theirs": [row for row in candidates if row.key in theirs - yours],
        "yours": [row for row in candidates if row.key in yours - theirs],
    }


@require_http_methods(["GET", "POST"])
def portfolio_edit(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Rename a portfolio, or say better what it is for."""
    round = find_round(request, slug)
    portfolio = find_portfolio(request, round, pk)
    require(request.user, "sites.edit_portfolio")
    form = PortfolioForm(request.POST or None, instance=copy.copy(portfolio))
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_portfolio(
                by=request.user, portfolio=portfolio, expected=form.cleaned_data["version"], **form.changes
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(portfolio)
    crumbs = crumbs_of(round, _list_crumb(round), (portfolio.name, portfolio.get_absolute_url()))
    return form_page(request, form, title="Rename portfolio", button="Save", crumbs=crumbs, differences=differences)


@require_http_methods(["GET", "POST"])
def portfolio_copy(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Begin another portfolio with the same applications."""
    round = find_round(request, slug)
    portfolio = find_portfolio(request, round, pk)
    require(request.user, "sites.edit_portfolio")
    form = NameForm(request.POST or None, initial={"name": f"{portfolio.name}, copy"[:120]})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            made = services.copy_portfolio(by=request.user, portfolio=portfolio, name=form.cleaned_data["name"])
            messages.success(request, "Copied.")
            return redirect(made)
    crumbs = crumbs_of(round, _list_crumb(round), (portfolio.name, portfolio.get_absolute_url()))
    return form_page(request, form, title=f"Copy {portfolio.name}", button="Copy portfolio", crumbs=crumbs)


@require_POST
def portfolio_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Remove a portfolio."""
    round = find_round(request, slug)
    portfolio = find_portfolio(request, round, pk)
    require(request.user, "sites.edit_portfolio")
    with errors_as_messages(request):
        services.remove_portfolio(
            by=request.user, portfolio=portfolio, expected=whole_number(request.POST.get("version"))
        )
        messages.success(request, f"{portfolio.name} is removed.")
        return redirect("sites:portfolio-list", round.slug)
    return redirect(portfolio)


@require_GET
def portfolio_compare(request: SignedInRequest, slug: str) -> HttpResponse:
    """Two to four portfolios side by side: figures, and which applications are only in some of them."""
    round = find_round(request, slug)
    mix = services.mix_of(round)
    wishes, groups = services.wishes_of(mix), groups_of(round)
    asked = {n for text in request.GET.getlist("p") if (n := whole_number(text))}
    rows = Portfolio.objects.visible_to(request.user).filter(round=round, pk__in=asked)
    found = list(rows.select_related("round").prefetch_related("applications")[:MOST_COMPARED])
    if len(found) < 2:
        messages.error(request, "Tick two to four portfolios to compare them.")
        return redirect("sites:portfolio-list", round.slug)
    candidates = candidates_of(round, with_values=mix.is_locked)
    by_key = {row.key: row for row in candidates}
    insides = [inside(portfolio, by_key) for portfolio in found]
    keys = [{row.key for row in inside} for inside in insides]
    names = [portfolio.name for portfolio in found]
    all_figures = [figures(inside, wishes, groups) for inside in insides]
    context = {
        "round": round,
        "crumbs": crumbs_of(round, _list_crumb(round), ("Compare", "")),
        "mix": mix,
        "columns": [
            {
                "portfolio": portfolio,
                "figures": each,
                "money": pounds(each.money),
                "only": [row for row in inside if sum(row.key in other for other in keys) == 1],
            }
            for portfolio, each, inside in zip(found, all_figures, insides, strict=True)
        ],
        "standings": _side_by_side(names, [each.standings for each in all_figures]),
        "spread": [
            {
                "label": group.label,
                "rows": _side_by_side(names, [each.spread[n][1] for each in all_figures], skip_empty=True),
            }
            for n, (group, _tallies) in enumerate(all_figures[0].spread)
        ],
        "in_all": [row for row in candidates if all(row.key in inside for inside in keys)],
        "is_cut": len(asked) > MOST_COMPARED,
    }
    return render(request, "sites/calls/portfolios/portfolio_compare.html", context)


def _side_by_side(
    names: Sequence[str], columns: Sequence[Sequence[Any]], *, skip_empty: bool = False
) -> list[list[tuple[str, Any]]]:
    """Rows of a table from one list for each portfolio: its name and its cell."""
    rows = [list(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return [row for row in rows if not skip_empty or any(cell.count for _name, cell in row)]
