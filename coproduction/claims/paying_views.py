"""Pages of paid involvement for the engagement lead: offers, every claim, and what goes to finance."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coproduction.claims import offers, paying, services
from coproduction.claims.forms import ClaimFilter, OfferForm, PaidForm, ReasonForm
from coproduction.claims.models import Claim, PaymentBatch
from coproduction.claims.money import in_pence, in_pounds
from coproduction.claims.views import HOME, find_claim, write_claim
from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.basics import clock
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_error, whole_number
from impact.core.web.listing import file_response, files_of, list_file, list_rows, wants_file
from networks.groups.models import Group, GroupKind

MANAGE = "coproduction.manage_claims"
Columns = Mapping[str, Callable[[Any], Any]]
FOR_FINANCE: Columns = {
    "Claim": lambda c: c.pk,
    "Name": lambda c: c.person.name,
    "Email": lambda c: c.person.user.email if c.person.user else c.person.email,
    "Kind": lambda c: c.get_kind_display(),
    "What it is for": lambda c: c.what,
    "Day": lambda c: c.on,
    "Hours": lambda c: c.hours_taken if c.hours_taken is not None else "",
    "Rate in pounds": lambda c: Decimal(c.rate_pence) / 100 if c.rate_pence else "",
    "Amount in pounds": lambda c: Decimal(c.pence or 0) / 100,
    "Receipt": lambda c: c.reference,
}
EVERYTHING: Columns = {
    **FOR_FINANCE,
    "Amount in pounds": lambda c: Decimal(c.pence) / 100 if c.amount else "",
    "Hours offered": lambda c: c.hours_offered if c.hours_offered is not None else "",
    "Status": lambda c: c.stands,
    "Paid on": lambda c: c.batch.paid_on if c.batch else "",
    "Reference of the payment": lambda c: c.batch.reference if c.batch else "",
}


@require_GET
def claim_list(request: SignedInRequest) -> HttpResponseBase:
    """Every offer and claim: filter, sort, page, export."""
    require(request.user, MANAGE)
    mine = Claim.objects.visible_to(request.user)
    listing = list_rows(
        request,
        mine.select_related("person__user", "group", "batch"),
        ClaimFilter,
        sorts={"day": ("Day", "on"), "name": ("Name", "person__name"), "stands": ("Status", "state")},
        default="-day",
    )
    if wants_file(request):
        audit.record_reading(request.user, "pay_exported", request.user, each_time=True)
        return list_file(request, "claims", EVERYTHING, listing.rows)
    context = {
        "listing": listing,
        "to_approve": mine.in_states(Claim.State.CLAIMED).count(),
        "to_pay": mine.in_states(Claim.State.APPROVED).count(),
        "has_group": _group() is not None,
    }
    return render(request, "coproduction/claims/list.html", context)


def _group() -> Group | None:
    return Group.objects.filter(kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()


CRUMBS = [HOME, ("Pay and expenses", "/co-production/pay/")]


@require_http_methods(["GET", "POST"])
def claim_offer(request: SignedInRequest) -> HttpResponse:
    """Offer a member pay for their time."""
    require(request.user, MANAGE)
    group = _group()
    if group is None:
        raise Http404
    form = OfferForm(request.POST or None, group=group, user=request.user, initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        with errors_on(form):
            given["rate_pence"] = in_pence(given.pop("rate"), "rate")
            claim = offers.offer_time(by=request.user, group=group, **given)
            messages.success(request, f"The offer to {claim.person.name} is made.")
            return redirect(claim)
    return form_page(
        request,
        form,
        title="Offer paid time",
        button="Make offer",
        crumbs=CRUMBS,
        lead="The member is told, and says how much of it they take up.",
    )


# --- Decide about a claim ------------------------------------------------------------------------
@require_POST
def claim_approve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Agree that a claim is to be paid."""
    claim = find_claim(request, pk)
    require(request.user, MANAGE)
    with errors_as_messages(request):
        services.approve_claim(by=request.user, claim=claim, expected=whole_number(request.POST.get("version")))
        messages.success(request, f"Approved. The claim of {claim.person.name} waits to be paid.")
    return redirect(claim)


@require_http_methods(["GET", "POST"])
def claim_return(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a claim back, saying what has to change."""
    claim = find_claim(request, pk)
    require(request.user, MANAGE)
    form = ReasonForm(request.POST or None, initial={"version": claim.version})
    return write_claim(
        request,
        claim,
        form,
        lambda form: services.return_claim(
            by=request.user, claim=claim, reason=form.cleaned_data["reason"], expected=form.cleaned_data["version"]
        ),
        title=f"Send the claim back to {claim.person.name}",
        button="Send back",
        done=f"The claim is sent back to {claim.person.name}.",
        has_reminder=False,
    )


@require_http_methods(["GET", "POST"])
def claim_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraw an offer of paid time."""
    claim = find_claim(request, pk)
    require(request.user, MANAGE)
    form = ReasonForm(request.POST or None, initial={"version": claim.version})
    return write_claim(
        request,
        claim,
        form,
        lambda form: offers.withdraw_offer(
            by=request.user, claim=claim, reason=form.cleaned_data["reason"], expected=form.cleaned_data["version"]
        ),
        title=f"Withdraw the offer to {claim.person.name}",
        button="Withdraw offer",
        done=f"The offer to {claim.person.name} is withdrawn.",
        has_reminder=False,
    )


# --- Finance -------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def claim_payments(request: SignedInRequest) -> HttpResponseBase:
    """Approved claims as a file for finance; record what was paid; earlier payments."""
    require(request.user, MANAGE)
    rows = Claim.objects.visible_to(request.user).to_pay().select_related("person__user", "batch")
    if wants_file(request):
        audit.record_reading(request.user, "pay_exported", request.user, each_time=True)
        return file_response(request.GET.get("format"), "claims-to-pay", FOR_FINANCE, rows)
    claims = list(rows)
    form = PaidForm(request.POST or None, claims=claims)
    if request.method == "POST":
        chosen = {n for n in map(whole_number, request.POST.getlist("claims")) if n is not None}
        if chosen - {claim.pk for claim in claims}:  # paid or sent back since the page was opened
            form.fields["claims"].choices += [(pk, "") for pk in chosen]  # type: ignore[attr-defined]
        if form.is_valid():
            try:
                batch = paying.mark_paid(by=request.user, **form.cleaned_data)
            except ValidationError as error:
                form = PaidForm(request.POST, claims=claims)
                form.full_clean()
                form.errors.pop("claims", None)
                show_error(form, error)
            else:
                messages.success(request, f"The payment “{batch.reference}” is recorded, and the members are told.")
                return redirect("coproduction:claim-payments")
    batches = PaymentBatch.objects.prefetch_related("claims").select_related("made_by__person", "undone_by__person")
    context = {
        "claims": claims,
        "total": in_pounds(sum(claim.pence or 0 for claim in claims)),
        "form": form,
        "files": files_of(request),
        "crumbs": CRUMBS,
        "batches": [
            (batch, len(batch.claims.all()), in_pounds(sum(claim.pence or 0 for claim in batch.claims.all())))
            for batch in batches[:50]
        ],
    }
    return render(request, "coproduction/claims/payments.html", context)


@require_http_methods(["GET", "POST"])
def claim_payment_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Undo a payment that was recorded by mistake or came back."""
    require(request.user, MANAGE)
    batch = get_object_or_404(PaymentBatch, pk=pk)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].help_text = "Kept with the payment. Do not name people."
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            paying.undo_payment(by=request.user, batch=batch, reason=form.cleaned_data["reason"])
            messages.success(request, "The payment is undone. Its claims wait to be paid again.")
            return redirect("coproduction:claim-payments")
    return form_page(
        request,
        form,
        title=f"Undo the payment “{batch.reference}”?",
        button="Undo payment",
        is_warning=True,
        crumbs=[*CRUMBS, ("Payments", reverse("coproduction:claim-payments"))],
        lead="Its claims wait to be paid again, and the members are told.",
    )
