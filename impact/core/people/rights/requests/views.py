"""Pages of the register of requests: a person's own, and the steps of those who answer them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person
from impact.core.people.rights.holdings.services import FOR_A_COPY
from impact.core.people.rights.requests import services
from impact.core.people.rights.requests.forms import (
    AnswerForm,
    AskForm,
    ExtendForm,
    IdentityForm,
    RecordForm,
    RequestFilter,
)
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.people.services import own_person
from impact.core.web.forms import (
    Crumbs,
    errors_as_messages,
    errors_on,
    form_page,
    step_page,
    whole_number,
)
from impact.core.web.listing import list_file, list_rows, wants_file


# --- My requests ---------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def my_requests(request: SignedInRequest) -> HttpResponse:
    """What I asked about what is held about me, where each request stands, and a form to ask."""
    person = own_person(by=request.user)
    form = AskForm(request.POST or None, initial={"kind": request.GET.get("kind", "")})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            asked = services.ask_for(by=request.user, person=person, **form.cleaned_data)
            messages.success(request, f"We have your request. We will answer by {day(asked.due_on)}.")
            return redirect("core:my-requests")
    rows = person.rights_requests.select_related("recorded_by__person").order_by("-received_on", "-pk")
    return render(request, "core/rights/my_requests.html", {"form": form, "rows": rows})


@require_POST
def my_request_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back a request of mine."""
    row = get_object_or_404(
        RightsRequest.objects.select_related("person").filter(person__user_id=request.user.pk), pk=pk
    )
    with errors_as_messages(request):
        services.withdraw_request(by=request.user, request=row)
        messages.success(request, "You have taken your request back. You can ask again at any time.")
    return redirect("core:my-requests")


# --- The register --------------------------------------------------------------------------------
@require_GET
def rights_requests(request: SignedInRequest) -> HttpResponseBase:
    """Requests of people about what we hold: what waits, the soonest due first."""
    require(request.user, "core.answer_requests")
    listing = list_rows(
        request,
        RightsRequest.objects.visible_to(request.user).select_related("person"),
        RequestFilter,
        sorts={"due": ("Due date", "due_on"), "received": ("Newest", "-received_on"), "name": ("Name", "person__name")},
        default="due",
    )
    if wants_file(request):
        columns: dict[str, Callable[[RightsRequest], Any]] = {
            "Number": lambda r: r.pk,
            "Asked for": lambda r: r.get_kind_display(),
            "How it came": lambda r: r.get_how_display(),
            "Received on": lambda r: r.received_on,
            "Due on": lambda r: r.due_on,
            "Extended": lambda r: "yes" if r.extended_on else "no",
            "State": lambda r: r.get_state_display(),
            "Ended on": lambda r: r.done_on,
        }
        return list_file(request, "requests", columns, listing.rows)
    audit.record_reading(request.user, "rights_requests", request.user, rows=listing.total)
    late = RightsRequest.objects.overdue(clock.today()).count()
    return render(request, "core/rights/request_list.html", {"listing": listing, "late": late})


def _find(request: HttpRequest, pk: int) -> RightsRequest:
    require(request.user, "core.answer_requests")
    rows = RightsRequest.objects.visible_to(request.user)
    found: RightsRequest = get_object_or_404(rows.select_related("person__user", "recorded_by__person"), pk=pk)
    return found


@require_GET
def rights_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what was asked, what is done and what comes next."""
    row = _find(request, pk)
    audit.record_reading(request.user, "rights_request", row)
    may_erase = row.kind == RightsRequest.Kind.ERASE and has_perm(request.user, "core.erase_person")
    context = {
        "row": row,
        "steps": _steps(row),
        "may_extend": row.is_open and not row.extended_on and not row.is_overdue,
        "may_erase": row.is_open and may_erase,
        "may_answer": row.is_open and row.identity_on is not None,
        "answer_label": "Refuse request" if row.kind == RightsRequest.Kind.ERASE else "Answer",
        "may_copy": row.is_open and row.identity_on is not None and row.kind in FOR_A_COPY,
        "history": audit.history(row),
    }
    return render(request, "core/rights/request_detail.html", context)


def _steps(row: RightsRequest) -> list[dict[str, Any]]:
    """What is done of a request, and what is still to do."""
    by = f", written down by {row.recorded_by.display_name}" if row.recorded_by else ""
    steps: list[dict[str, Any]] = [
        {"title": "Received", "is_done": True, "detail": f"{row.get_how_display()} on {day(row.received_on)}{by}."},
        {
            "title": "Check that they made the request",
            "is_done": row.identity_on is not None,
            "detail": row.identity_how or _known_since(row),
        },
    ]
    if row.extended_on:
        detail = f"Until {day(row.due_on)}{f': {row.extension_reason}' if row.extension_reason else '.'}"
        steps.append({"title": "Extended", "is_done": True, "detail": detail})
    if row.is_open:
        who = " The engagement lead or an administrator deletes." if row.kind == RightsRequest.Kind.ERASE else ""
        steps.append({"title": "Do it and answer", "is_done": False, "detail": f"By {day(row.due_on)}.{who}"})
    else:
        steps.append({"title": row.get_state_display(), "is_done": True, "detail": f"On {day(row.done_on)}."})
    return steps


def _known_since(row: RightsRequest) -> str:
    """When it was made sure who asked. How is gone once what we held is deleted."""
    return f"Done on {day(row.identity_on)}." if row.identity_on else "Not done yet."


def _crumbs(row: RightsRequest) -> Crumbs:
    return [
        ("People", reverse("core:people")),
        ("Requests", reverse("core:rights-requests")),
        (str(row), row.get_absolute_url()),
    ]


@require_http_methods(["GET", "POST"])
def rights_request_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down a request that came by phone, letter or email."""
    require(request.user, "core.answer_requests")
    person = get_object_or_404(Person, pk=pk)
    form = RecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            row = services.ask_for(by=request.user, person=person, **form.cleaned_data)
            messages.success(request, f"The request is in the register. The answer is due on {day(row.due_on)}.")
            return redirect(row)
    crumbs = [("People", reverse("core:people")), (person.name, reverse("core:person-detail", args=[pk]))]
    title = f"Record a request from {person.name}"
    return form_page(request, form, title=title, button="Record request", crumbs=crumbs)


@require_http_methods(["GET", "POST"])
def rights_request_identity(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write down how we know that the person asked."""
    row = _find(request, pk)
    form = IdentityForm(request.POST or None, row=row)
    return step_page(
        request,
        form,
        save=lambda: services.confirm_identity(by=request.user, request=row, **form.given),
        now=lambda now: {"how": now.identity_how},
        done=lambda now: "Saved.",
        crumbs=_crumbs(row),
        title=f"How do you know that {row.person.name} asked?",
        button="Save",
    )


@require_http_methods(["GET", "POST"])
def rights_request_extend(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put the answer off by two months, once."""
    row = _find(request, pk)
    form = ExtendForm(request.POST or None, row=row)
    return step_page(
        request,
        form,
        save=lambda: services.extend(by=request.user, request=row, **form.given),
        now=lambda now: {"reason": now.extension_reason},
        done=lambda now: f"The answer is now due on {day(now.due_on)}. {now.person.name} has been told.",
        crumbs=_crumbs(row),
        title="Take longer to answer",
        button="Extend request",
        lead=f"The answer is then due on {day(row.latest_due)}. Only for many or complex requests, and only once.",
    )


@require_http_methods(["GET", "POST"])
def rights_request_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close a request with what the person is told."""
    row = _find(request, pk)
    form = AnswerForm(request.POST or None, row=row)
    return step_page(
        request,
        form,
        save=lambda: services.answer_request(by=request.user, request=row, **form.given),
        now=lambda now: {"state": now.state, "answer": now.answer},
        done=lambda now: f"The request is closed. {now.person.name} has been told.",
        crumbs=_crumbs(row),
        title=f"Answer {row.person.name}",
        button="Send answer",
        quote=row.words,
    )


@require_POST
def rights_request_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that the person took their request back."""
    row = _find(request, pk)
    with errors_as_messages(request):
        services.withdraw_request(by=request.user, request=row, expected=whole_number(request.POST.get("version")))
        messages.success(request, "The request is recorded as withdrawn.")
    return redirect(row)
