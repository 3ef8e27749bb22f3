"""The page on which someone gets a calendar address, and the address itself."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_on
from networks.meetings.invitations.calendars import services
from networks.meetings.invitations.calendars.forms import CalendarForm
from networks.meetings.invitations.calendars.models import CalendarFeed


@never_cache
@require_http_methods(["GET", "POST"])
def my_calendar(request: SignedInRequest) -> HttpResponse:
    """My calendar address: make one (shown once), replace it, end it."""
    feed = CalendarFeed.objects.filter(user=request.user).first()
    form = CalendarForm(
        request.POST if request.method == "POST" else None,
        may_cover_all=services.may_cover_all(request.user),
        initial={"covers": feed.covers if feed else CalendarFeed.Covers.MINE},
    )
    context: dict[str, Any] = {"form": form, "feed": feed}
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            token = services.make_feed(by=request.user, covers=form.chosen)
            address = str(settings.SITE_URL) + reverse("networks:calendar-feed", args=[token])
            webcal = "webcal://" + address.partition("://")[2]
            context |= {"address": address, "webcal": webcal, "was": feed}
            context["feed"] = CalendarFeed.objects.get(user=request.user)
    return render(request, "networks/meetings/invitations/calendars/my_calendar.html", context)


@require_POST
def my_calendar_end(request: SignedInRequest) -> HttpResponse:
    """Make my calendar address stop working."""
    if services.end_feed(by=request.user):
        messages.success(request, "Your calendar address no longer works. Remove the calendar from your app as well.")
    else:
        messages.info(request, "You have no calendar address.")
    return redirect("networks:my-calendar")


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar app reads. The right to see each meeting is asked again every time."""
    feed = services.feed_of(token)
    if feed is None:
        raise Http404("There is no calendar at this address.")
    services.note_reading(feed)
    data = services.calendar_of(feed)
    etag = quote_etag(hashlib.sha256(data).hexdigest()[:32])
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="meetings.ics"'
    response = get_conditional_response(request, etag=etag, response=response) or response
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-store"
    return response
