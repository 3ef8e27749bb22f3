"""What taking part costs: for staff with filters and files, for leadership one year with what tells of few withheld."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.web.listing import files_of, list_file, wants_file
from networks.meetings.planning.bookings.models import Booking
from networks.meetings.planning.bookings.views import booking_columns
from networks.meetings.planning.costs import figures as costs
from networks.meetings.planning.costs.filters import CostFilter
from networks.meetings.planning.directory.links import places


@require_GET
def booking_costs(request: HttpRequest) -> HttpResponseBase:
    """Costs by category, nation, kind of group and year."""
    if has_perm(request.user, "networks.view_costs"):
        return _staff(request)
    if has_perm(request.user, "networks.view_cost_totals"):
        year = costs.year_of(request.GET.get("year"), clock.today())
        rows, as_of = costs.safe_totals(year)
        context = {"year": year, "years": costs.years_shown(), "rows": rows, "as_of": as_of}
        return render(request, "networks/meetings/planning/booking_costs_safe.html", context)
    raise PermissionDenied


def _staff(request: HttpRequest) -> HttpResponseBase:
    rows = Booking.objects.select_related("meeting__group", "provider", "material").order_by("meeting__starts_at", "pk")
    filterset = CostFilter(request.GET, queryset=rows, request=request)
    found = filterset.qs if filterset.is_valid() else rows
    if wants_file(request):
        columns = {
            "Category": lambda b: b.category.label,
            "Kind of group": lambda b: b.meeting.group.get_kind_display(),
        }
        return list_file(request, "booking-costs", {**columns, **booking_columns()}, found)
    counted = costs.costs_of(found)
    year = filterset.form.cleaned_data.get("year") if filterset.is_valid() else None
    chosen = {name for name in filterset.form.fields if request.GET.get(name)}
    context = {
        "form": filterset.form,
        "tables": [(heading, costs.totals(counted, by)) for by, (heading, _key, _labels) in costs.BY.items()],
        "elsewhere": costs.elsewhere(request.user, year) if chosen <= {"year"} else [],  # it knows of no other filter
        "files": files_of(request),
        "places": places(request),
        "is_filtered": bool(chosen),
    }
    return render(request, "networks/meetings/planning/booking_costs.html", context)
