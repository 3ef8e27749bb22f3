"""Pages of webhooks: an account's own, and all of them for those who look after background work."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.jobs.webhooks import services
from impact.core.jobs.webhooks.catalogue import events
from impact.core.jobs.webhooks.forms import DeliveryFilter, WebhookForm, event_choices
from impact.core.jobs.webhooks.models import Webhook, WebhookDelivery
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    Crumbs,
    edit_page,
    errors_as_messages,
    errors_on,
    form_page,
    removal_page,
    whole_number,
)
from impact.core.web.listing import list_rows

FEW = 4  # on the first page; the page of webhooks has all


def attention(user: Any) -> list[dict[str, str]]:
    """Webhooks that do not work, for those who look after background work and for their owners."""
    if not has_perm(user, "core.keep_webhooks"):
        return []
    is_broken = ~Q(off_reason__in=["", Webhook.Off.OWNER])
    rows = Webhook.objects.visible_to(user).filter(is_broken | Q(is_active=True, failures__gt=0))
    return [
        {
            "title": f"Webhook: {hook.name}",
            "href": hook.get_absolute_url(),
            "detail": "Messages do not arrive." if hook.is_active else hook.get_off_reason_display(),
            "tone": "yellow" if hook.is_active else "red",
        }
        for hook in rows.order_by("is_active", "name")[:FEW]
    ]


@require_GET
def webhooks(request: SignedInRequest) -> HttpResponse:
    """Webhooks: whether they work, and what each is told of."""
    require(request.user, "core.keep_webhooks")
    hooks = Webhook.objects.visible_to(request.user).select_related("owner__person")
    mine: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for hook in hooks:
        rows = mine if hook.owner_id == request.user.pk else others
        rows.append({"webhook": hook, "address": hook.address_for(request.user)})
    return render(request, "core/webhooks/webhook_list.html", {"mine": mine, "others": others})


def _find(request: HttpRequest, pk: int) -> Webhook:
    rows = Webhook.objects.visible_to(request.user).select_related("owner__person")
    found: Webhook = get_object_or_404(rows, pk=pk)
    return found


def _crumbs(webhook: Webhook | None = None) -> Crumbs:
    crumbs = [("Webhooks", reverse("core:webhooks"))]
    return [*crumbs, (webhook.name, webhook.get_absolute_url())] if webhook else crumbs


def _detail(request: SignedInRequest, webhook: Webhook, *, secret: str = "") -> HttpResponse:
    """A webhook with its messages; with its secret only in answer to what made it."""
    listing = list_rows(
        request,
        WebhookDelivery.objects.filter(webhook=webhook),
        DeliveryFilter,
        sorts={"date": ("Date", "made_at"), "event": ("Event", "event")},
        default="-date",
    )
    words = dict(event_choices())
    is_own = webhook.owner_id == request.user.pk
    context = {
        "webhook": webhook,
        "address": webhook.address_for(request.user),
        "secret": secret,
        "listing": listing,
        "rows": [{"delivery": row, "words": words.get(row.event, row.event)} for row in listing.page],
        "told_of": [events()[name].words for name in webhook.events if name in events()],
        "is_own": is_own,
        "may_switch": is_own or has_perm(request.user, "core.retry_job"),
        "failed": WebhookDelivery.objects.failed().filter(webhook=webhook).count(),
        "history": audit.history(webhook, limit=8),
    }
    return render(request, "core/webhooks/webhook_detail.html", context)


@never_cache
@require_GET
def webhook(request: SignedInRequest, pk: int) -> HttpResponse:
    """One webhook: what it is told of, and what became of each message."""
    return _detail(request, _find(request, pk))


@never_cache
@require_http_methods(["GET", "POST"])
def webhook_add(request: SignedInRequest) -> HttpResponse:
    """Make a webhook. Its secret is shown in the answer, this once."""
    require(request.user, "core.keep_webhooks")
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            services.look_up_address(by=request.user, address=form.cleaned_data["address"])
            made, secret = services.add_webhook(by=request.user, **form.changes)
            return _detail(request, made, secret=secret)
    lead = "A program of yours is told when something happens here, so that it need not keep asking."
    return form_page(request, form, title="Add a webhook", button="Add webhook", crumbs=_crumbs(), lead=lead)


@require_http_methods(["GET", "POST"])
def webhook_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one's own webhook."""
    row = _find(request, pk)
    services.require_own(request.user, row)
    form = WebhookForm(request.POST or None, instance=row)

    def save(fresh: Webhook, form: WebhookForm) -> None:
        services.look_up_address(by=request.user, address=form.cleaned_data["address"])
        services.change_webhook(
            by=request.user, webhook=fresh, expected=form.cleaned_data.get("version"), **form.changes
        )

    crumbs = _crumbs(row)
    context = {"title": "Change webhook", "button": "Save", "crumbs": crumbs, "back": crumbs[-1][1]}
    return edit_page(request, row, form, save, "forms/page.html", context)


@never_cache
@require_POST
def webhook_secret(request: SignedInRequest, pk: int) -> HttpResponse:
    """Replace the secret of one's own webhook, or end the old one now."""
    row = _find(request, pk)
    expected = whole_number(request.POST.get("version"))
    with errors_as_messages(request):
        if request.POST.get("end_old"):
            services.end_old_secret(by=request.user, webhook=row, expected=expected)
            messages.success(request, "The old secret no longer signs.")
        else:
            secret = services.replace_secret(by=request.user, webhook=row, expected=expected)
            return _detail(request, _find(request, pk), secret=secret)
    return redirect(row)


@require_POST
def webhook_test(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send one's own webhook a test."""
    row = _find(request, pk)
    with errors_as_messages(request):
        delivery = services.send_test(by=request.user, webhook=row)
        messages.success(request, "The test is on its way. Reload in a moment to see the answer.")
        return redirect(delivery)
    return redirect(row)


@require_POST
def webhook_switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch a webhook on or off."""
    row, is_on = _find(request, pk), bool(request.POST.get("on"))
    with errors_as_messages(request):
        services.switch(by=request.user, webhook=row, is_on=is_on)
        messages.success(request, f"The webhook is switched {'on' if is_on else 'off'}.")
    return redirect(row)


@require_POST
def webhook_replay(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send all messages again that failed."""
    row = _find(request, pk)
    with errors_as_messages(request):
        number = services.send_failed_again(by=request.user, webhook=row)
        messages.success(request, f"Sending {number} message{'' if number == 1 else 's'} again.")
    return redirect(row)


@require_http_methods(["GET", "POST"])
def webhook_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete one's own webhook, with what is known of its messages."""
    row = _find(request, pk)
    services.require_own(request.user, row)
    title = f"Delete the webhook “{row.name}”?"
    if request.method == "POST":
        try:
            services.delete_webhook(by=request.user, webhook=row, expected=whole_number(request.POST.get("version")))
        except Conflict as conflict:
            return removal_page(
                request, conflict, now=row.address, title=title, button="Delete it anyway", back=row.get_absolute_url()
            )
        messages.success(request, "The webhook is deleted.")
        return redirect("core:webhooks")
    return render(request, "core/webhooks/webhook_delete.html", {"webhook": row, "title": title})


# --- Messages ------------------------------------------------------------------------------------
def _message(request: HttpRequest, pk: int) -> WebhookDelivery:
    rows = WebhookDelivery.objects.visible_to(request.user).select_related("webhook")
    found: WebhookDelivery = get_object_or_404(rows, pk=pk)
    return found


@never_cache
@require_GET
def webhook_delivery(request: SignedInRequest, pk: int) -> HttpResponse:
    """One message: what it says, and how each attempt to deliver it was answered."""
    row = _message(request, pk)
    is_own = row.webhook.owner_id == request.user.pk
    context = {
        "delivery": row,
        "webhook": row.webhook,
        "words": dict(event_choices()).get(row.event, row.event),
        "attempts": row.tried.all(),
        "is_own": is_own,
        "is_held": row.lease_until is not None and row.lease_until > timezone.now(),
        "may_send": row.state != row.State.WAITING and (is_own or has_perm(request.user, "core.retry_job")),
    }
    return render(request, "core/webhooks/webhook_delivery.html", context)


@require_POST
def webhook_delivery_replay(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send one message again."""
    row = _message(request, pk)
    with errors_as_messages(request):
        services.send_again(by=request.user, delivery=row)
        messages.success(request, "Sending again. Reload in a moment to see the answer.")
    return redirect(row)
