"""The applicant's PDF: asking for it, how far it is, and handing it out."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from impact.core.access.permissions import SYSTEM
from impact.core.jobs.models import Job
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages
from sites.calls.applications.applying import access
from sites.calls.applications.applying.access import page, with_link
from sites.calls.applications.applying.copies import services
from sites.calls.applications.models import PrivateLink


def _job(link: PrivateLink) -> dict[str, Any]:
    """The copy and the job that builds it, for the page and its fragment."""
    copy = services.copy_of(link.application)
    job = copy.job if copy and not copy.file else None
    shown = job if job and job.state != Job.State.SUCCEEDED else None
    return {"copy": copy, "job": shown, "is_waiting": bool(shown and not shown.is_finished)}


@with_link("GET", "POST")
def apply_copy(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """Ask for a PDF of what was submitted, and wait for it."""
    application = link.application
    address = reverse("sites:apply-copy", args=[application.round.slug, application.reference])
    if request.method == "POST":
        if not access.is_within(request, "copy", application.reference):
            return page(request, link, "copy", 429, is_limited=True, revision=application.revision, **_job(link))
        with errors_as_messages(request):
            services.request_copy(by=SYSTEM, application=application)
        return redirect(address)
    context = _job(link)
    if request.htmx:  # type: ignore[attr-defined]
        response = render(
            request,
            "sites/calls/applications/apply/_copy_job.html",
            {**context, "round": application.round, "application": application},
        )
        if not context["is_waiting"]:
            response["HX-Refresh"] = "true"
        return response
    return page(request, link, "copy", revision=application.revision, **context)


@with_link("GET")
def apply_copy_file(request: HttpRequest, link: PrivateLink) -> FileResponse:
    """Hand out the PDF."""
    copy = services.copy_of(link.application)
    if copy is None or not copy.file:
        raise Http404
    name = f"application-{link.application.reference}-{copy.revision.number}.pdf"
    try:
        return uploads.serve_file(copy.file, name=name, content_type="application/pdf")
    except FileNotFoundError:
        raise Http404 from None
