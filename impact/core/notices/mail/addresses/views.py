"""Pages about addresses at which email does not arrive."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from impact.core.access.permissions import require
from impact.core.jobs import failures
from impact.core.jobs.models import FailedAddress
from impact.core.notices.mail.addresses import services
from impact.core.people.accounts import SignedInRequest
from impact.core.people.services import own_person
from impact.core.web.forms import errors_as_messages


def _sent(request: HttpRequest, number: int) -> None:
    waiting = "" if not number else " 1 email is sent now." if number == 1 else f" {number} emails are sent now."
    messages.success(request, f"We write to this address again.{waiting}")


@require_POST
def address_settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that an address works again."""
    require(request.user, "core.retry_job")
    failed = get_object_or_404(FailedAddress, pk=pk)
    with errors_as_messages(request):
        _sent(request, failures.settle(by=request.user, failed=failed))
    return redirect("core:background")


@require_POST
def address_correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put the right address in place of one that failed."""
    require(request.user, "core.edit_person")
    failed = get_object_or_404(FailedAddress, pk=pk)
    with errors_as_messages(request):
        person = request.POST.get("person", "")
        done = services.correct(
            by=request.user,
            failed=failed,
            email=request.POST.get("email", ""),
            person=int(person) if person.isascii() and person.isdigit() else None,
        )
        _sent(request, done.sent)
        if done.sealed:
            links = "1 private link was" if done.sealed == 1 else f"{done.sealed} private links were"
            words = f"{links} not sent on, as only the old mailbox may open it. They can ask for a new one."
            messages.warning(request, words)
        if done.left:
            emails = "1 waiting email is" if done.left == 1 else f"{done.left} waiting emails are"
            words = f"{emails} not sent on: others had this address too, and we cannot tell whose it is. Phone them."
            messages.warning(request, words)
    return redirect("core:background")


@require_POST
def my_address_works(request: SignedInRequest) -> HttpResponse:
    """Say that one's own address works again."""
    with errors_as_messages(request):
        _sent(request, services.mine_works(by=request.user, person=own_person(by=request.user)))
    return redirect("core:notice-choices")
