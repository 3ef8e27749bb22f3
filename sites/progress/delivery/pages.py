"""What the pages about delivery share: the parts of a site's page, a page with one form, and asking before removing."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from impact.core.basics.versions import Conflict
from impact.core.web.forms import Crumbs, form_page, removal_page, show_conflict, show_error
from sites.progress.delivery.forms import RemoveForm
from sites.progress.delivery.models import Commitment, LearningNote
from sites.registry.models import Site

NOTES_SHOWN = 3


def milestones_of(site: Site, on: date) -> list[dict[str, Any]]:
    """The milestones of a site by planned date, each with how far it is from its plan."""
    return [
        {
            "row": milestone,
            "is_overdue": milestone.is_overdue(on),
            "is_expected_past": bool(milestone.expected_on and milestone.expected_on < on and not milestone.actual_on),
            "slippage": milestone.slippage_in_words(on),
            "replans": list(milestone.replans.all()),
        }
        for milestone in site.milestones.prefetch_related("replans")
    ]


def commitments_of(site: Site, on: date) -> list[dict[str, Any]]:
    """What each side promised, with how many of it are kept."""
    rows = list(site.commitments.prefetch_related("earlier_wordings"))
    sides = []
    for side in Commitment.Side:
        own = [row for row in rows if row.side == side]
        sides.append(
            {
                "side": side,
                "rows": [{"row": row, "is_overdue": row.is_overdue(on)} for row in own],
                "kept": sum(row.state == Commitment.State.KEPT for row in own),
            }
        )
    return sides


def site_sections(site: Site, on: date) -> dict[str, Any]:
    """What a site's page shows of its delivery."""
    notes = site.learning_notes.select_related("author__person")
    return {
        "milestones": milestones_of(site, on),
        "sides": commitments_of(site, on),
        "notes": notes[:NOTES_SHOWN],
        "note_count": notes.count(),
    }


def crumbs_to(site: Site, anchor: str = "") -> Crumbs:
    return [("Sites", reverse("sites:list")), (site.name, site.get_absolute_url() + anchor)]


def save_page(
    request: HttpRequest,
    form: Any,
    save: Callable[[], Any],
    *,
    done: str,
    crumbs: Crumbs,
    compare: tuple[str, ...] = (),
    **page: Any,
) -> HttpResponse:
    """A page with one form about a row: on success back to where its row stands.

    When someone else saved first, both states of the fields ``compare`` stand side by side.
    """
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except Conflict as conflict:
            shown = [name for name in compare if name in form.fields]
            differences = show_conflict(form, conflict, {name: getattr(conflict.current, name) for name in shown})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, done)
            return redirect(crumbs[-1][1])
    return form_page(request, form, crumbs=crumbs, differences=differences, **page)


def in_full(row: Any) -> str:
    """What a row says, for asking whether to remove it."""
    if isinstance(row, LearningNote):
        return "\n\n".join(filter(None, [row.worked, row.did_not_work, f"{row}"]))
    return str(row)


def remove_page(
    request: HttpRequest,
    row: Any,
    remove: Callable[[int | None], None],
    *,
    title: str,
    button: str,
    done: str,
    lead: str,
    crumbs: Crumbs,
) -> HttpResponse:
    """Ask before removing a row; when someone changed it meanwhile, show what it says now and ask again."""
    form = RemoveForm(request.POST or None, initial={"version": row.version, "shown": in_full(row)})
    if request.method == "POST" and form.is_valid():
        try:
            remove(form.cleaned_data["version"])
        except Conflict as conflict:
            back, now = crumbs[-1][1], in_full(conflict.current)
            return removal_page(request, conflict, now=now, title=title, button="Remove it anyway", back=back)
        messages.success(request, done)
        return redirect(crumbs[-1][1])
    return form_page(
        request, form, title=title, button=button, lead=lead, crumbs=crumbs, quote=in_full(row), is_warning=True
    )
