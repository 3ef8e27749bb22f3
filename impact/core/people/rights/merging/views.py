"""Pages for joining two records of one person: find the other record, see all that happens, do it."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.basics.dates import day
from impact.core.notices.choices import address_of
from impact.core.people import lookup
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person, User
from impact.core.people.rights.merging import services
from impact.core.people.rights.merging.forms import LABELS, FindForm, MergeForm
from impact.core.web.forms import errors_on


def follow_merged(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lead from the address of a record that was joined to that of the record it is part of. The view has asked who may."""

    @wraps(view)
    def follow(request: HttpRequest, pk: int, **more: Any) -> HttpResponseBase:
        try:
            return view(request, pk=pk, **more)
        except Http404:
            now = services.where_now(pk) if request.method in ("GET", "HEAD") else None
            if now is None or request.resolver_match is None:
                raise
            return redirect(request.resolver_match.view_name, permanent=True, **{**more, "pk": now})

    return follow


@never_cache
@require_GET
def person_merge_find(request: SignedInRequest, pk: int) -> HttpResponse:
    """Find the other record of a person who was added twice."""
    require(request.user, "core.merge_people")
    person = get_object_or_404(Person.objects.select_related("user"), pk=pk)
    form = FindForm(request.GET or None)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    found = services.could_be_one_with(person, q)
    audit.record_reading(request.user, "people", request.user, rows=len(found))
    return render(request, "core/rights/merge_find.html", {"person": person, "form": form, "q": q, "found": found})


@never_cache
@require_http_methods(["GET", "POST"])
def person_merge(request: SignedInRequest, pk: int, other: int) -> HttpResponse:
    """All that joining two records would do, side by side; and doing it."""
    require(request.user, "core.merge_people")
    rows = Person.objects.select_related("user", "needs_recorded_by__person")
    first, second = get_object_or_404(rows, pk=pk), get_object_or_404(rows.exclude(pk=pk), pk=other)
    kept, goes = services.in_order(first, second)
    plan = services.plan_of(kept, goes)
    mark = services.mark_of(kept, goes, plan)
    form = MergeForm(request.POST or None, kept=kept, other=goes, initial={"seen": mark})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            says, seen = form.says, form.cleaned_data["seen"]
            joined = services.merge_people(by=request.user, kept=kept, other=goes, seen=seen, says=says)
            is_told = bool(address_of(joined))
            told = f"We have told {joined.name} by email." if is_told else f"We have no address: tell {joined.name}."
            messages.success(request, f"The two records are one. {told}")
            return redirect("core:person-detail", kept.pk)
    if form.is_bound:
        form.data = {**form.data.dict(), "seen": mark}  # type: ignore[attr-defined]  # of the page that is drawn now
    for person in (kept, goes):
        audit.record_reading(request.user, "person", person)
    swapped = services.in_order(goes, kept)[0].pk == goes.pk
    context = {
        "kept": kept,
        "goes": goes,
        "plan": plan,
        "form": form,
        "said": _side_by_side(kept, goes, request.user),
        "swap": reverse("core:person-merge", args=[goes.pk, kept.pk]) if swapped else "",
        "only_address": bool(kept.email) and kept.email == goes.email and kept.name.casefold() != goes.name.casefold(),
    }
    return render(request, "core/rights/merge.html", context)


def _side_by_side(kept: Person, goes: Person, user: User) -> list[tuple[str, str, str]]:
    """What the two records say, where they are, and what they agreed to, in words."""

    def words(person: Person, name: str) -> str:
        shown = getattr(person, f"get_{name}_display", None)
        return str(shown() if shown else getattr(person, name)) or "Not recorded"

    found = [(label, words(kept, name), words(goes, name)) for name, label in LABELS.items()]
    both = (kept, goes)
    for heading, places in lookup.PLACES.items():
        ours, theirs = (_listed(f"{at.name} ({at.role}, {at.when})" for at in places(who, user)) for who in both)
        found.append((heading, ours, theirs))
    found.append(("What they agreed to", _listed(_consents(kept)), _listed(_consents(goes))))
    return [*found, ("Account", _account(kept), _account(goes))]


def _listed(lines: Iterable[str]) -> str:
    return "; ".join(lines) or "None"


def _consents(person: Person) -> Iterator[str]:
    for row in person.consents.all():
        yield f"{row.get_purpose_display()}: {'yes' if row.is_given else 'no'}, {day(row.given_on)}"


def _account(person: Person) -> str:
    if person.user is None:
        return "None"
    return f"Signs in with {person.user.email}" if person.user.is_active else f"Closed: {person.user.email}"
