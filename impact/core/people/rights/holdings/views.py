"""Pages about what is held about me: with an account, by a link from my mailbox, and for staff who answer a request."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit, limits
from impact.core.access.acting.models import ActingFor, Sort
from impact.core.access.permissions import SYSTEM, require
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import Job
from impact.core.people.accounts import SignedInRequest
from impact.core.people.forms import OwnNeedsForm
from impact.core.people.models import Person
from impact.core.people.rights.acting.services import supported
from impact.core.people.rights.holdings import links, services
from impact.core.people.rights.holdings.archive import by_part
from impact.core.people.rights.holdings.forms import FindForm
from impact.core.people.rights.holdings.looked import CHANGES, looked_at
from impact.core.people.rights.holdings.models import DataArchive, DataLink
from impact.core.people.rights.holdings.reading import Subject, held_about, recorded_by, subject_of
from impact.core.people.rights.requests.forms import AskForm
from impact.core.people.rights.requests.models import RightsRequest
from impact.core.people.rights.requests.services import ask_for
from impact.core.people.services import own_person, update_person
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages, errors_on, form_page, show_conflict, show_error
from impact.core.web.views import alone

ROWS = 20  # of a table; the download has them all
LIMITS = {"ask": "20/h/ip,3/h/key", "open": "60/h/ip"}  # an office or a library has one address
BUSY = "Too many people have asked from where you are, or for this address. Wait an hour, then try again."
FILE_NAME = "my-data.zip"


def _context(subject: Subject) -> dict[str, Any]:
    """The page: a part for each kind of thing, a table for each heading."""
    held = list(held_about(subject, limit=ROWS))
    return {
        "subject": subject,
        "parts": [
            (name, [{"held": table, "rows": table.texts(), "more": table.total - ROWS} for table in tables])
            for name, tables in by_part(held)
        ],
        "looked": looked_at(subject)[:ROWS],
        "recorded": recorded_by(subject),
        "shared": sorted(subject.shared),
        "kept_days": services.KEPT_FOR.days,
    }


# --- With an account -----------------------------------------------------------------------------
@never_cache
@require_GET
def my_data(request: SignedInRequest) -> HttpResponse:
    """Everything that is held about me, with ways to correct it, download it and ask for the rest."""
    person = own_person(by=request.user)
    archive = services.archives_of(request.user).filter(person=person, request__isnull=True).first()
    changes = [link for find in CHANGES for link in find(person)]
    context = {"archive": archive, "changes": changes, **_context(subject_of(person))}
    return render(request, "core/rights/holdings/my_data.html", context)


def _of_supported(request: SignedInRequest, pk: int) -> ActingFor:
    """The row of a supporter whom the person lets see what is held, today. For anyone else it is not there."""
    acting = get_object_or_404(ActingFor.objects.by(request.user).select_related("person__user"), pk=pk)
    if not supported(request.user, acting, Sort.DATA):
        raise Http404("Not yours to see.")
    return acting


@never_cache
@require_GET
def acting_data(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is held about someone I support, who chose that I see it. They see that I looked."""
    acting = _of_supported(request, pk)
    audit.record_reading(request.user, "my_data", acting.person)
    return render(request, "core/acting/acting_data.html", {"acting": acting, **_context(subject_of(acting.person))})


@require_POST
def acting_data_ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have the download of someone I support made."""
    acting = _of_supported(request, pk)
    archive = services.ask_for_archive(by=request.user, person=acting.person)
    return redirect("core:my-data-archive", archive.pk)


@require_POST
def my_data_ask(request: SignedInRequest) -> HttpResponse:
    """Have my download made."""
    person = own_person(by=request.user)
    archive = services.ask_for_archive(by=request.user, person=person)
    return redirect("core:my-data-archive", archive.pk)


@require_POST
def rights_request_archive(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have the download of someone made to answer their request. For staff."""
    require(request.user, "core.answer_requests")
    row = get_object_or_404(RightsRequest.objects.visible_to(request.user).select_related("person"), pk=pk)
    with errors_as_messages(request):
        archive = services.ask_for_archive(by=request.user, person=row.person, request=row)
        return redirect("core:my-data-archive", archive.pk)
    return redirect(row)


@never_cache
@require_GET
def my_data_archive(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far the download is, and the file once it is made."""
    archive = get_object_or_404(services.archives_of(request.user), pk=pk)
    row = archive.request
    return _archive_page(
        request,
        archive,
        page=reverse("core:my-data-archive", args=[pk]),
        file=reverse("core:my-data-file", args=[pk]),
        back=row.get_absolute_url() if row else reverse("core:my-data"),
        again=reverse("core:rights-request-archive", args=[row.pk]) if row else reverse("core:my-data-ask"),
    )


def _unkept(response: HttpResponse) -> HttpResponse:
    """Keep a page out of caches and search engines. Its address is no key, and its forms need an origin to be checked."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store, private"
    return response


def _archive_page(
    request: HttpRequest, archive: DataArchive, *, page: str, file: str, back: str, again: str
) -> HttpResponse:
    job = archive.job
    is_waiting = bool(job and not archive.file and not job.is_finished)
    context = {
        "archive": archive,
        "job": job if job and job.state != Job.State.SUCCEEDED else None,
        "is_waiting": is_waiting,
        "page_url": page,
        "file_url": file,
        "back": back,
        "again": again,
    }
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    response = render(request, f"core/rights/holdings/{'_job' if is_part else 'archive_page'}.html", context)
    if is_part and not is_waiting:
        response["HX-Refresh"] = "true"
    return _unkept(response)


def _handed_out(archive: DataArchive, by: Any) -> FileResponse:
    """The file itself, for no cache to keep."""
    if not archive.file:
        raise Http404
    try:
        response = uploads.serve_file(archive.file, name=FILE_NAME, content_type="application/zip")
    except FileNotFoundError:
        raise Http404 from None
    services.note_download(by=by, archive=archive)
    return alone(response)


@never_cache
@require_GET
def my_data_file(request: SignedInRequest, pk: int) -> FileResponse:
    """The file, for the person or for the member of staff who had it made to answer a request."""
    return _handed_out(get_object_or_404(services.archives_of(request.user), pk=pk), request.user)


# --- Without an account --------------------------------------------------------------------------
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def data_find(request: HttpRequest) -> HttpResponse:
    """Ask by email what is held about me. The answer is the same for every address."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not limits.is_within(request, LIMITS, "ask", app="core.my_data", key=email):
            form.add_error(None, BUSY)
            return render(request, "core/rights/holdings/find.html", {"form": form}, status=429)
        if not form.cleaned_data["website"]:
            links.ask_for_link(email=email)
        return redirect("core:data-find-sent")
    return render(request, "core/rights/holdings/find.html", {"form": form})


@login_not_required
@require_GET
def data_find_sent(request: HttpRequest) -> HttpResponse:
    """What happens after someone asked."""
    return render(request, "core/rights/holdings/find_sent.html")


def _gone(request: HttpRequest) -> HttpResponse:
    return alone(render(request, "core/rights/holdings/link_gone.html", status=404))


@never_cache
@csrf_exempt  # the link is what allows it; without a referrer, browsers send no origin to check
@login_not_required
@require_http_methods(["GET", "POST"])
def data_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open what a link from the mailbox is for. Only a POST uses it up: mail programs open links."""
    if not limits.is_within(request, LIMITS, "open", app="core.my_data"):
        return alone(HttpResponse(BUSY, status=429, content_type="text/plain; charset=utf-8"))
    if request.method == "GET":
        if links.find_link(token) is None:
            return _gone(request)
        return alone(render(request, "core/rights/holdings/link.html"))
    link = links.use_link(token=token)
    if link is None:
        return _gone(request)
    links.open_in(request, link)
    return alone(redirect("core:data-mine"))


Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, DataLink, Rest], Any]


def with_link(*methods: str) -> Callable[[View[Rest]], Callable[Concatenate[HttpRequest, Rest], Any]]:
    """A page for someone whose browser has used a link within the hour; others are asked for their address."""

    def wrap(view: View[Rest]) -> Callable[Concatenate[HttpRequest, Rest], Any]:
        @login_not_required
        @never_cache
        @require_http_methods(list(methods))
        @wraps(view)
        def opened(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> Any:
            link = links.opened_in(request)
            if link is None:
                return redirect("core:data-find")
            return _unkept(view(request, link, *args, **kwargs))

        return opened

    return wrap


@with_link("GET", "POST")
def data_mine(request: HttpRequest, link: DataLink) -> HttpResponse:
    """What is held about someone who came by a link, with a form to ask for the rest."""
    form = AskForm(request.POST or None) if link.person else None
    if request.method == "POST" and form is not None and link.person and form.is_valid():
        with errors_on(form):
            asked = ask_for(by=SYSTEM, person=link.person, **form.cleaned_data)
            messages.success(request, f"We have your request. We will answer by {day(asked.due_on)}.")
            return redirect("core:data-mine")
    context = {"link": link, "form": form, "archive": services.archives_by_link(link).first()}
    return render(request, "core/rights/holdings/my_data.html", {**context, **_context(links.about(link))})


@with_link("GET", "POST")
def data_needs(request: HttpRequest, link: DataLink) -> HttpResponse:
    """My language, how I read papers and what I need, for someone who came by a link."""
    person = link.person
    if person is None:
        raise Http404
    form = OwnNeedsForm(request.POST or None, instance=person, initial={"version": person.version}, is_own=True)
    differences = None
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in OwnNeedsForm.Meta.fields}
        try:
            fresh = Person.objects.get(pk=person.pk)
            update_person(by=SYSTEM, person=fresh, expected=form.cleaned_data["version"], own_words=True, **changes)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("core:data-mine")
    return form_page(
        request,
        form,
        title="What you need",
        button="Save",
        crumbs=[("What is held about you", reverse("core:data-mine"))],
        lead="Tell us how you like to read papers and what you need, so that we can plan for it before each meeting.",
        differences=differences,
    )


@with_link("POST")
def data_mine_ask(request: HttpRequest, link: DataLink) -> HttpResponse:
    """Have the download made for someone who came by a link."""
    archive = services.ask_for_archive(by=SYSTEM, person=link.person, email=link.email)
    return redirect("core:data-mine-archive", archive.pk)


@with_link("GET")
def data_mine_archive(request: HttpRequest, link: DataLink, pk: int) -> HttpResponse:
    """How far the download is, for someone who came by a link."""
    archive = get_object_or_404(services.archives_by_link(link), pk=pk)
    return _archive_page(
        request,
        archive,
        page=reverse("core:data-mine-archive", args=[pk]),
        file=reverse("core:data-mine-file", args=[pk]),
        back=reverse("core:data-mine"),
        again=reverse("core:data-mine-ask"),
    )


@with_link("GET")
def data_mine_file(request: HttpRequest, link: DataLink, pk: int) -> FileResponse:
    """The file, for someone who came by a link."""
    return _handed_out(get_object_or_404(services.archives_by_link(link), pk=pk), SYSTEM)


@with_link("POST")
def data_mine_close(request: HttpRequest, link: DataLink) -> HttpResponse:
    """Close the page in this browser before the hour is over."""
    links.close_in(request)
    messages.success(request, "Closed. No one can open it in this browser without a new link.")
    return redirect("core:data-find")
