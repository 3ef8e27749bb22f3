"""Photographs of flip charts: add several, say what they show, take off, put back, and look at them."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.people.models import Person
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages, removal_page, whole_number
from networks.log.record import photos as services
from networks.log.record import shown
from networks.log.record.forms import PhotosForm
from networks.log.record.models import MeetingPhoto, ShownInPhoto
from networks.log.record.photos import may_see_photo, small_name
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs

Problems = dict[int, str]
A_PAGE = 60


@require_http_methods(["GET", "POST"])
def meeting_photos(request: HttpRequest, pk: int) -> HttpResponse:
    """Add photographs to a log, and describe those that are there."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    if request.method == "GET":
        if meeting.act in ("done", "cancelled"):
            context = {"meeting": meeting, "act": meeting.act, "wish": "log"}
            return render(request, "networks/log/meeting_closed.html", context)
        return _page(request, meeting, PhotosForm())
    if request.POST.get("do") == "describe":
        return _describe(request, meeting)
    form = PhotosForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, meeting, form)
    return _add(request, meeting, form)


def _add(request: HttpRequest, meeting: Meeting, form: PhotosForm) -> HttpResponse:
    """Each photograph by itself: a bad one among ten does not cost the other nine."""
    added = 0
    for file in form.cleaned_data["files"]:
        try:
            services.add_photo(by=request.user, meeting=meeting, file=file)
            added += 1
        except ValidationError as error:
            form.add_error("photos", [f"{file.name[:60]}: {message}" for message in error.messages])
    if added:
        told = "1 photo has been added to the log." if added == 1 else f"{added} photos have been added to the log."
        messages.success(request, f"{told} Now describe what {'it shows' if added == 1 else 'they show'}.")
    if form.errors:
        return _page(request, meeting, form)
    return redirect("networks:photos-edit", meeting.pk)


def _describe(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    problems: Problems = {}
    typed: dict[int, str] = {}
    names = has_perm(request.user, "networks.name_in_photos", meeting)
    for photo in meeting.photos.filter(removed_at__isnull=True):
        if names:
            _name(request, photo)
        alt, version = request.POST.get(f"alt-{photo.pk}"), request.POST.get(f"version-{photo.pk}", "")
        if alt is None or " ".join(alt.split()) == photo.alt:
            continue
        photo.meeting = meeting
        try:
            services.describe_photo(by=request.user, photo=photo, alt=alt, expected=whole_number(version))
        except Conflict as conflict:
            now = conflict.current.alt
            problems[photo.pk] = f"Someone else wrote: “{now}”. Save again to keep yours instead."
            typed[photo.pk] = alt
        except ValidationError as error:
            problems[photo.pk], typed[photo.pk] = error.messages[0], alt
    if problems:
        return _page(request, meeting, PhotosForm(), problems, typed)
    messages.success(request, "Saved.")
    return redirect(reverse("networks:meeting-log", args=[meeting.pk]) + "#photos")


def _name(request: HttpRequest, photo: MeetingPhoto) -> None:
    """Who is shown: what was ticked or unticked since the page was made, so that two people can do it at once."""
    ticked = {number for sent in request.POST.getlist(f"shown-{photo.pk}") if (number := whole_number(sent))}
    before = request.POST.get(f"was-{photo.pk}", "").split()
    was = {number for sent in before if (number := whole_number(sent))}
    if ticked != was:
        with errors_as_messages(request):
            shown.name_people(by=request.user, photo=photo, add=ticked - was, remove=was - ticked)


def _page(
    request: HttpRequest,
    meeting: Meeting,
    form: PhotosForm,
    problems: Problems | None = None,
    typed: dict[int, str] | None = None,
) -> HttpResponse:
    photos: list[Any] = list(meeting.photos.all())
    for photo in photos:
        photo.problem = (problems or {}).get(photo.pk, "")
        photo.typed = (typed or {}).get(photo.pk, photo.alt)
    without = shown.shows_without_yes(photos)
    for photo in photos:
        photo.lacks_yes = photo.pk in without
    names = has_perm(request.user, "networks.name_in_photos", meeting)
    if names:
        _add_people(meeting, photos)
    on_log = [photo for photo in photos if photo.removed_at is None]
    context = {
        "meeting": meeting,
        "asked": shown.not_to_be_shown(request.user, meeting),
        "names": names,
        "crumbs": meeting_crumbs(meeting),
        "form": form,
        "photos": on_log,
        "removed": [photo for photo in photos if photo.removed_at],
        "undescribed": sum(not photo.alt for photo in on_log),
        "problems": [(f"#alt-{pk}", text) for pk, text in (problems or {}).items()],
    }
    return render(request, "networks/log/record/photos_edit.html", context)


def _add_people(meeting: Meeting, photos: list[Any]) -> None:
    """With each picture: who can be ticked, and who is, by name."""
    came = list(shown.may_be_named(meeting))
    rows = ShownInPhoto.objects.filter(photo__in=photos).select_related("person")
    named: dict[int, dict[int, Person]] = {photo.pk: {} for photo in photos}
    for row in rows:
        named[row.photo_id][row.person_id] = row.person
    for photo in photos:
        people = {person.pk: person for person in came} | named[photo.pk]
        photo.people = [(person, person.pk in named[photo.pk]) for person in sorted(people.values(), key=str)]
        photo.named = list(named[photo.pk])


def _photo(request: HttpRequest, pk: int) -> MeetingPhoto:
    rows = MeetingPhoto.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    photo = get_object_or_404(rows.select_related("meeting__group"), pk=pk)
    if not may_see_photo(request.user, photo):
        raise Http404
    return photo


@require_GET
def photo_file(request: HttpRequest, pk: int) -> FileResponse:
    """The picture itself; ``?size=small`` for pages. Who may have it is asked each time."""
    photo = _photo(request, pk)
    small = small_name(photo)
    try:
        if request.GET.get("size") == "small" and default_storage.exists(small):
            photo.file.name = small
        return uploads.serve_file(photo.file, name=f"photo-{photo.pk}.jpg", content_type="image/jpeg")
    except FileNotFoundError:
        raise Http404("This photograph is missing from the storage.") from None


@require_POST
def photo_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a photograph off the log."""
    photo = _photo(request, pk)
    remove = partial(services.remove_photo, expected=whole_number(request.POST.get("version")))
    return _done(request, photo, remove, "Removed from the log. You can restore it below.")


@require_POST
def photo_put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a photograph back on the log."""
    photo = _photo(request, pk)
    return _done(request, photo, services.restore_photo, "Restored to the log.")


def _done(request: HttpRequest, photo: MeetingPhoto, service: Any, told: str) -> HttpResponse:
    try:
        service(by=request.user, photo=photo)
    except Conflict as conflict:
        return removal_page(
            request,
            conflict,
            now=conflict.current.alt,
            title="Remove this photo from the log?",
            button="Remove it anyway",
            back=reverse("networks:photos-edit", args=[photo.meeting_id]),
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect(photo.meeting)
    messages.success(request, told)
    return redirect("networks:photos-edit", photo.meeting_id)


@require_http_methods(["GET", "POST"])
def photos_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Look through the pictures of meetings that someone came to who said no to photographs, and take off those of them."""
    person = shown.said_no_to(request.user, pk)
    if person is None:
        raise Http404
    audit.record_reading(request.user, "consents", person)
    if request.method == "POST":
        ticked = {number for sent in request.POST.getlist("shows") if (number := whole_number(sent))}
        if not ticked:
            messages.error(request, f"Tick the pictures that show {person.name}. If none does, there is nothing to do.")
            return redirect("networks:photos-of", person.pk)
        with errors_as_messages(request):
            taken = shown.take_off(by=request.user, person=person, photos=ticked)
            told = "1 picture is" if taken == 1 else f"{taken} pictures are"
            messages.success(request, f"{told} off the log. Only a new yes brings back what shows {person.name}.")
        return redirect("networks:photos-of", person.pk)
    pages = Paginator(shown.to_look_through(request.user, person), A_PAGE)
    context = {
        "person": person,
        "page": pages.get_page(request.GET.get("page")),
        "is_erased": person.erasures.exists(),
        "crumbs": [("Networks", reverse("networks:list"))],
    }
    return render(request, "networks/log/record/photos_of.html", context)
