"""Pages for erasing a person: exactly what goes, what stays and why; and holds."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.people.rights.erasure import rows, services
from impact.core.people.rights.erasure.forms import EraseForm, HoldForm
from impact.core.people.rights.erasure.models import LegalHold
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.web.forms import errors_on, form_page


@never_cache
@require_http_methods(["GET", "POST"])
def person_erase(request: SignedInRequest, pk: int) -> HttpResponse:
    """What erasing a person would delete, empty and keep; and, with the name typed again, doing it."""
    require(request.user, "core.erase_person")
    person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
    asked = RightsRequest.objects.waiting().filter(person=person, kind=RightsRequest.Kind.ERASE).first()
    refusals = services.refusals(person)
    form = EraseForm(request.POST or None, name=person.name)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            name = form.cleaned_data["name"]
            erasure = services.erase_person(by=request.user, person=person, name=name, request=asked)
            messages.success(request, f"Deleted. Their place in the records is “{erasure.pseudonym}” from now on.")
            return redirect("core:people")
    subject = rows.subject_of(person)
    lines = rows.plan(subject)
    audit.record_reading(request.user, "erasure_plan", person)
    context = {
        "person": person,
        "asked": asked,
        "refusals": refusals,
        "form": form,
        "pseudonym": services.pseudonym_of(person),
        "parts": [(part, list(found)) for part, found in groupby(lines, key=lambda line: line.part)],
        "totals": _totals(lines),
        "shared": sorted(subject.shared),
    }
    return render(request, "core/rights/person_erase.html", context)


def _totals(lines: list[rows.Line]) -> list[dict[str, Any]]:
    """How many rows go, are emptied and stay."""
    words = [("Deleted", "deleted", "red"), ("Emptied", "emptied", "yellow")]
    found = [
        {"number": sum(line.number for line in lines if line.what == what), "label": label, "tone": tone}
        for what, label, tone in words
    ]
    stays = sum(line.number for line in lines if line.what.startswith("Stays"))
    return [*found, {"number": stays, "label": "stays" if stays == 1 else "stay", "tone": "grey"}]


@require_http_methods(["GET", "POST"])
def person_hold(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a legal hold on a person, or lift it."""
    require(request.user, "core.set_hold")
    person = get_object_or_404(Person, pk=pk)
    hold = LegalHold.objects.in_force().filter(person=person).select_related("placed_by__person").first()
    form = HoldForm(request.POST or None, hold=hold)
    differences: list[dict[str, str]] | None = None
    is_held = hold.pk if hold else None
    # Without this, a reason to lift a hold that a colleague has just lifted would place another one.
    if request.method == "POST" and form.is_valid() and form.cleaned_data["hold"] != is_held:
        form.data = {**form.data.dict(), "hold": is_held or ""}  # type: ignore[attr-defined]
        was = "placed a hold on" if hold else "lifted the hold on"
        form.add_error(None, f"A colleague {was} {person.name} while you were writing. Your words are kept below.")
        differences = []
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            reason = form.cleaned_data["reason"]
            if hold:
                services.lift_hold(by=request.user, hold=hold, reason=reason)
                messages.success(request, "The hold is lifted.")
            else:
                services.place_hold(by=request.user, person=person, reason=reason)
                messages.success(request, f"Nothing about {person.name} is deleted until the hold is lifted.")
            return redirect("core:person-detail", pk)
    crumbs = [("People", reverse("core:people")), (person.name, reverse("core:person-detail", args=[pk]))]
    lead = "Nothing about this person is deleted while the hold is in force: not when they ask, and not by age."
    title, button = (f"Lift the hold on {person.name}", "Lift hold") if hold else (f"Hold {person.name}", "Place hold")
    quote = hold.reason if hold else ""
    return form_page(
        request, form, title=title, button=button, crumbs=crumbs, lead=lead, quote=quote, differences=differences
    )
