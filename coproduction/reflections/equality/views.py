"""Pages of equality monitoring: published figures for leadership and staff, and what the national team does in a round."""

from typing import Any

import qrcode
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage

from coproduction.reflections.equality import services
from coproduction.reflections.equality.forms import FiguresForm, OpenForm
from coproduction.reflections.equality.models import EqualityRound
from coproduction.reflections.forms import ClosingForm
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.people.accounts import SignedInRequest
from impact.core.people.rights.equality.figures import Table, tables
from impact.core.web.forms import errors_as_messages, errors_on, form_page, step_page
from impact.core.web.listing import files_of, list_file, wants_file
from impact.core.web.views import alone

CRUMBS = [("Co-production", "/co-production/"), ("Equality monitoring", "/equality/")]


def find_round(request: HttpRequest, pk: int) -> EqualityRound:
    """A round that the reader may see; else 404."""
    return get_object_or_404(EqualityRound.objects.visible_to(request.user), pk=pk)


@require_GET
def equality_list(request: SignedInRequest) -> HttpResponseBase:
    """Published figures by year, kind of group and nation, and the round that is open. Filters add up what is published."""
    require(request.user, "coproduction.view_equality")
    rounds = list(EqualityRound.objects.visible_to(request.user))
    closed = [one for one in rounds if one.figures is not None]
    form = FiguresForm(request.GET or None, years=[one.year for one in closed])
    chosen = form.cleaned_data if form.is_valid() else {}
    year, kind, nation = (chosen.get(name, "") for name in ("year", "kind", "nation"))
    shown = next((one for one in closed if str(one.year) == year), closed[0] if closed else None)
    found = tables(shown.figures, kind=kind, nation=nation) if shown and shown.figures else []
    if wants_file(request):
        return list_file(request, "equality", FILE, _lines(shown, found))
    context = {
        "form": form,
        "rounds": rounds,
        "open": [one for one in rounds if one.is_open],
        "waiting": [one for one in rounds if one.figures is None and not one.is_open],
        "shown": shown,
        "is_filtered": bool(kind or nation),
        "tables": [{"table": one, "bars": _bars(one)} for one in found],
        "files": files_of(request) if found else [],
        "may_manage": has_perm(request.user, "coproduction.manage_equality"),
        "may_open": has_perm(request.user, "coproduction.manage_equality")
        and not any(one.year == clock.today().year for one in rounds),
        "this_year": clock.today().year,
    }
    return render(request, "coproduction/reflections/equality/figures.html", context)


FILE = {
    "Year": lambda line: line[0],
    "Question": lambda line: line[1].label,
    "Answer": lambda line: line[2].label,
    "People": lambda line: "withheld" if line[2].value is None else line[2].value,
    "Note": lambda line: "More in groups that withhold it" if line[2].is_part and line[2].value is not None else "",
}


def _lines(shown: EqualityRound | None, found: list[Table]) -> list[tuple[int, Table, Any]]:
    return [(shown.year, table, row) for table in found for row in table.rows] if shown else []


def _bars(table: Table) -> list[dict[str, Any]]:
    """The rows of a chart."""
    note = "and more, withheld"
    return [
        {"label": row.label, "value": row.value, "note": note if row.is_part and row.value is not None else ""}
        for row in table.rows
    ]


@require_http_methods(["GET", "POST"])
def equality_open(request: SignedInRequest) -> HttpResponse:
    """Open this year's round and send the links."""
    require(request.user, "coproduction.manage_equality")
    form = OpenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            one = services.open_round(by=request.user, **form.cleaned_data)
            messages.success(request, "It is open, and everyone with an email address gets a private link.")
            return redirect(one)
    return form_page(
        request,
        form,
        title=f"Open equality monitoring of {clock.today().year}",
        button="Open and send links",
        crumbs=CRUMBS,
        lead="Each person is asked once, by a private link. No one sees who answered, or what one person said.",
    )


@require_GET
def equality_round(request: SignedInRequest, pk: int) -> HttpResponse:
    """One round: whom it asks, until when, and what can be done. While it is open it shows no figure at all."""
    one = find_round(request, pk)
    may_manage = has_perm(request.user, "coproduction.manage_equality", one)
    context = {
        "round": one,
        "crumbs": [*CRUMBS, (str(one.year), one.get_absolute_url())],
        "may_manage": may_manage and one.is_open,
        "without_email": services.without_email(one) if may_manage and one.is_open else 0,
        "history": audit.history(one),
    }
    return render(request, "coproduction/reflections/equality/round.html", context)


@require_http_methods(["GET", "POST"])
def equality_closing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change the last day for answers."""
    one = find_round(request, pk)
    require(request.user, "coproduction.manage_equality", one)
    form = ClosingForm(request.POST or None, row=one, initial={"closes_on": one.closes_on})
    return step_page(
        request,
        form,
        save=lambda: services.change_closing(by=request.user, round=one, **form.given),
        now=lambda row: {"closes_on": row.closes_on},
        done=lambda row: "The last day is changed.",
        title="Change the last day",
        button="Save last day",
        crumbs=[*CRUMBS, (str(one.year), one.get_absolute_url())],
    )


@require_POST
def equality_remind(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send reminders. It is not said to how many."""
    one = find_round(request, pk)
    require(request.user, "coproduction.manage_equality", one)
    with errors_as_messages(request):
        services.remind(by=request.user, round=one)
        messages.success(
            request, "Emails are on the way: a new link for those who have not answered, thanks for the others."
        )
    return redirect(one)


def _picture(address: str) -> SafeString:
    """An address as a picture that a phone's camera reads."""
    drawn = qrcode.make(address, image_factory=SvgPathImage, box_size=10).to_string(encoding="unicode")
    return mark_safe(drawn.replace("<svg ", '<svg class="letter__picture" aria-hidden="true" ', 1))  # noqa: S308  drawn here


@never_cache
@require_POST
def equality_letters(request: SignedInRequest, pk: int) -> HttpResponse:
    """Letters with private links, to be printed at once: they are kept nowhere."""
    one = find_round(request, pk)
    require(request.user, "coproduction.manage_equality", one)
    with errors_as_messages(request):
        letters = services.make_letters(by=request.user, round=one)
        for letter in letters:
            letter["picture"] = _picture(letter["address"])
            letter["welsh_address"] = f"{letter['address']}?words=cy"
            letter["welsh_picture"] = _picture(letter["welsh_address"]) if letter["is_welsh"] else ""
        context = {"round": one, "letters": letters}
        response = alone(render(request, "coproduction/reflections/equality/letters.html", context))
        response["Referrer-Policy"] = "same-origin"  # its own address is no key, and its menu holds a form
        return response
    return redirect(one)
