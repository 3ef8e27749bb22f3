"""The roster of a site: filling it, where each unit stands."""

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from impact.core.basics import clock
from impact.core.web.files.tables import BYTES_LIMIT
from impact.core.web.forms import errors_as_messages, errors_on, whole_number
from sites.progress.units import importing
from sites.progress.units import services as roster
from sites.progress.units.forms import DelistForm, RosterFileForm, RosterPasteForm, UnitChangeForm, UnitForm
from sites.registry.models import Site
from sites.registry.part_views import part_page
from sites.registry.views import find_site


# --- The roster ----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def site_roster(request: HttpRequest, slug: str) -> HttpResponse:
    """Record where a unit of the roster now stands."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    asked = whole_number(request.GET.get("unit"))
    unit = site.units.filter(pk=asked, listed_to__isnull=True).first() if asked else None
    leave = (f"{unit} left the roster instead", reverse("sites:unit-delist", args=[slug, unit.pk])) if unit else None
    return part_page(
        request,
        site,
        UnitChangeForm(request.POST or None, site=site, initial={"unit": unit.pk} if unit else {}),
        lambda data: roster.record_unit_change(by=request.user, **data),
        title="Record a change on the roster",
        lead="Earlier records stay, so that past figures do not change.",
        button="Record change",
        done="The change is recorded.",
        anchor="#coverage",
        other=leave,
    )


@require_http_methods(["GET", "POST"])
def unit_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a unit on the roster."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    return part_page(
        request,
        site,
        UnitForm(request.POST or None),
        lambda data: roster.list_unit(by=request.user, site=site, **data),
        title=f"Add a {site.unit_name or 'unit'} to the roster",
        button="Add to roster",
        done="Added to the roster, as not yet approached.",
        anchor="#coverage",
        other=("Add several at once from a file", reverse("sites:roster-import", args=[slug])),
    )


@require_http_methods(["GET", "POST"])
def roster_paste(request: HttpRequest, slug: str) -> HttpResponse:
    """Put many units on the roster: check what was pasted, then add all or none."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    form = RosterPasteForm(request.POST or None)
    rows: list[roster.PastedRow] = []
    if request.method == "POST" and form.is_valid():
        text, listed_from = form.cleaned_data["names"], form.cleaned_data["listed_from"]
        rows = roster.check_pasted(site, text, listed_from)
        if request.POST.get("do") == "add" and not any(row.problem for row in rows):
            with errors_on(form):
                number = roster.list_units(by=request.user, site=site, text=text, listed_from=listed_from)
                messages.success(request, f"{number} added to the roster, as not yet approached.")
                return redirect(reverse("sites:detail", args=[slug]) + "#coverage")
    problems = sum(bool(row.problem) for row in rows)
    need = "1 line needs" if problems == 1 else f"{problems} lines need"
    context = {
        "form": form,
        "site": site,
        "rows": rows,
        "problems": problems,
        "outcome": f"{need} attention. Nothing was saved" if problems else f"{len(rows)} will be added",
        "title": "Add several to the roster",
    }
    return render(request, "sites/progress/units/roster_paste.html", context)


ROSTER_SALT = "sites.roster"  # what a preview showed comes back signed, so that nothing is kept in between
PREVIEW_AGE = 24 * 60 * 60  # seconds


@require_http_methods(["GET", "POST"])
def roster_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Fill the roster from a file: what each row would do first, then all or none."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    if "checked" in request.POST:
        return _import_checked(request, site)
    form = RosterFileForm(request.POST or None, request.FILES or None)
    checked: importing.Checked | None = None
    signed = ""
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            if not site.unit_name:
                raise ValidationError("First say what the roster counts: edit the site to do this.")
            file = form.cleaned_data["file"]
            data = file.read(BYTES_LIMIT + 1)
            checked = importing.check_file(site, data, form.cleaned_data["listed_from"])
            signed = signing.dumps(
                {"site": site.pk, "rows": importing.as_csv(checked)}, salt=ROSTER_SALT, compress=True
            )
    problems = len(checked.problems) if checked else 0
    need = "1 row needs" if problems == 1 else f"{problems} rows need"
    context = {
        "form": form,
        "site": site,
        "checked": checked,
        "shown": _first_wrong(checked.rows) if checked else [],
        "problems": problems,
        "signed": "" if problems else signed,
        "outcome": f"{need} attention. Nothing was saved" if problems else f"{_units(site, checked)} will be added",
    }
    return render(request, "sites/progress/units/roster_import.html", context)


ROWS_SHOWN = 100


def _first_wrong(rows: list[importing.ImportRow]) -> list[importing.ImportRow]:
    """The rows that a preview shows: those with a problem first, then the first of the others."""
    return sorted(rows, key=lambda row: not row.problem)[:ROWS_SHOWN]


def _units(site: Site, checked: importing.Checked | None) -> str:
    number = len(checked.rows) if checked else 0
    return f"1 {site.unit_name or 'unit'}" if number == 1 else f"{number} rows"


def _import_checked(request: HttpRequest, site: Site) -> HttpResponse:
    """Add what a preview showed."""
    address = reverse("sites:roster-import", args=[site.slug])
    try:
        shown = signing.loads(request.POST["checked"], salt=ROSTER_SALT, max_age=PREVIEW_AGE)
    except signing.BadSignature:
        messages.error(request, "This preview is too old. Choose the file again.")
        return redirect(address)
    with errors_as_messages(request):
        if shown["site"] != site.pk:
            raise ValidationError("This preview was of another site. Choose the file again.")
        units = importing.import_units(
            by=request.user, site=site, data=shown["rows"].encode(), listed_from=clock.today()
        )
        number = len(units)
        messages.success(request, f"{number} {'unit was' if number == 1 else 'units were'} added to the roster.")
        return redirect(reverse("sites:detail", args=[site.slug]) + "#coverage")
    return redirect(address)


@require_http_methods(["GET", "POST"])
def unit_delist(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a unit off the roster after a day."""
    site = find_site(request, slug)
    require(request.user, "sites.edit_site", site)
    unit = get_object_or_404(site.units.select_related("site"), pk=pk)
    return part_page(
        request,
        site,
        DelistForm(request.POST or None),
        lambda data: roster.delist_unit(by=request.user, unit=unit, **data),
        title=f"Remove {unit} from the roster",
        lead="For example because it closed. Figures for earlier days still count it.",
        button="Remove from roster",
        done=f"{unit} has left the roster.",
        anchor="#coverage",
    )
