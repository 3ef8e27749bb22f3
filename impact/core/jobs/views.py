"""Background work for staff: unsent email, failed jobs, and the outbox of a demonstration."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django_filters
from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import FailedAddress, Job, OutboxEmail
from impact.core.notices.mail.addresses.services import people_at
from impact.core.people.models import Person
from impact.core.web.forms import errors_as_messages
from impact.core.web.listing import list_rows

SHOWN = 50
JOBS_TOLD_FOR = timedelta(days=30)
JOBS_ON_HOME_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Trouble:
    """Counts of addresses at which email does not arrive, of unsent emails and of failed jobs."""

    addresses: int
    unsent: int
    failed: int


def trouble() -> Trouble:
    """Emails that could not be sent so far, and jobs that failed within a week."""
    return Trouble(
        FailedAddress.objects.open().count(),
        OutboxEmail.objects.stuck().count(),
        failed_jobs().filter(finished_at__gt=timezone.now() - JOBS_ON_HOME_FOR).count(),
    )


def failed_jobs() -> Any:
    """Jobs that ended without what they were asked for, newest first."""
    recent = timezone.now() - JOBS_TOLD_FOR
    return Job.objects.filter(state=Job.State.FAILED, finished_at__gt=recent).order_by("-finished_at")


def attention(user: Any) -> list[dict[str, str]]:
    """Items about background work for the staff home page."""
    if not has_perm(user, "core.view_jobs"):
        return []
    found, href = trouble(), reverse("core:background")
    items = []
    if found.addresses:
        addresses = "1 address" if found.addresses == 1 else f"{found.addresses} addresses"
        detail = "Correct it, or say that it works again."
        title = f"Email does not arrive at {addresses}"
        items.append({"title": title, "href": f"{href}#addresses", "detail": detail, "tone": "red"})
    if found.unsent:
        emails = "1 email has" if found.unsent == 1 else f"{found.unsent} emails have"
        detail = "See why, and send again once the cause is fixed."
        items.append({"title": f"{emails} not been sent", "href": href, "detail": detail, "tone": "red"})
    if found.failed:
        work = "1 background job" if found.failed == 1 else f"{found.failed} background jobs"
        detail = "See why, and try again."
        items.append({"title": f"{work} failed", "href": f"{href}#jobs", "detail": detail, "tone": "red"})
    return items


@never_cache
@require_GET
def background(request: HttpRequest) -> HttpResponse:
    """Email that was not sent and jobs that failed, with the reason and a way to try again."""
    require(request.user, "core.view_jobs")
    emails = OutboxEmail.objects.stuck().order_by("pk")
    failed = failed_jobs()
    may_correct = has_perm(request.user, "core.edit_person")
    held = FailedAddress.objects.open()[:SHOWN]
    people: dict[str, list[Person]] = {}
    for person in people_at(*held) if may_correct else ():
        people.setdefault(mailbox_key(person.email), []).append(person)
    addresses = [{"row": row, "people": people.get(row.address, [])} for row in held]
    context = {
        "emails": emails[:SHOWN],
        "email_count": emails.count(),
        "addresses": addresses,
        "address_count": FailedAddress.objects.open().count(),
        "may_correct": may_correct,
        "jobs": [{"job": job, "label": queue.LABELS.get(job.kind, job.kind)} for job in failed[:SHOWN]],
        "job_count": failed.count(),
        "waiting": Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).count(),
        "may_retry": has_perm(request.user, "core.retry_job"),
        "is_demo": settings.DEMO,
    }
    return render(request, "core/jobs/background.html", context)


@require_POST
def send_again(request: HttpRequest) -> HttpResponse:
    """Try one unsent email again, or all of them."""
    require(request.user, "core.retry_job")
    chosen = request.POST.get("email", "")
    rows = OutboxEmail.objects.stuck()
    if chosen:
        rows = rows.filter(pk=int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else rows.none()
    with errors_as_messages(request):
        number = outbox.send_again(by=request.user, emails=list(rows.values_list("pk", flat=True)))
        messages.success(request, f"Sending {number} email{'' if number == 1 else 's'} again. Reload in a minute.")
    return redirect("core:background")


# --- The mail of a demonstration -------------------------------------------------------------------
class OutboxFilter(django_filters.FilterSet):
    """Narrow the list of emails."""

    q = django_filters.CharFilter(label="Address or subject", method="filter_q")

    class Meta:
        model = OutboxEmail
        fields: list[str] = []

    def filter_q(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        value = value.replace("\0", "")
        return queryset.filter(Q(to__icontains=value) | Q(subject__icontains=value))


def _demonstration_only(request: HttpRequest) -> None:
    """Elsewhere no one reads other people's mail here, and its text is dropped once it is sent."""
    if not settings.DEMO:
        raise Http404
    require(request.user, "core.view_jobs")


@never_cache
@require_GET
def outbox_list(request: HttpRequest) -> HttpResponse:
    """Every email that the demonstration would have sent, newest first."""
    _demonstration_only(request)
    listing = list_rows(
        request,
        OutboxEmail.objects.all(),
        OutboxFilter,
        sorts={"date": ("Date", "created_at"), "to": ("To", "to"), "subject": ("Subject", "subject")},
        default="-date",
    )
    return render(request, "core/jobs/outbox_list.html", {"listing": listing})


@never_cache
@require_GET
def outbox_email(request: HttpRequest, pk: int) -> HttpResponse:
    """One email of the demonstration, as its reader would see it."""
    _demonstration_only(request)
    email = get_object_or_404(OutboxEmail, pk=pk)
    return render(request, "core/jobs/outbox_email.html", {"email": email})


# --- Jobs ----------------------------------------------------------------------------------------
def _job_for(request: HttpRequest, pk: Any) -> Job:
    mine = Q() if has_perm(request.user, "core.view_jobs") else Q(created_by_id=request.user.pk)
    return get_object_or_404(Job.objects.filter(mine), pk=pk)


@never_cache
@require_GET
def job_progress(request: HttpRequest, pk: Any) -> HttpResponse:
    """How far a job is: the fragment that a page swaps in while it waits."""
    return render(request, "core/jobs/_job.html", {"job": _job_for(request, pk)})


@require_POST
def job_retry(request: HttpRequest, pk: Any) -> HttpResponse:
    """Try a failed job again."""
    job = _job_for(request, pk)
    with errors_as_messages(request):
        queue.retry(by=request.user, job=job)
        messages.success(request, "Trying again.")
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")
