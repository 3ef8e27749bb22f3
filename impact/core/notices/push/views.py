"""The page on which people choose how they hear from us, with their devices; and switching devices on and off."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from impact.core.notices import choices
from impact.core.notices.push import keys, services
from impact.core.notices.push.models import PushDevice
from impact.core.notices.views import choices_page
from impact.core.people.accounts import SignedInRequest
from impact.core.people.services import own_person
from impact.core.templatetags.impact import device_name

SECRET = sensitive_post_parameters("endpoint", "p256dh", "auth")


@require_http_methods(["GET", "POST"])
def notice_choices(request: SignedInRequest) -> HttpResponse:
    """How I hear from us, and which of my devices show messages."""
    person = own_person(by=request.user)
    crumbs = [("Your details", reverse("core:my-details"))]
    push = {
        "key": keys.public_key() if keys.is_on() else "",
        "devices": PushDevice.objects.visible_to(request.user) if keys.is_on() else [],
    }
    return choices_page(
        request,
        person,
        choices.choose,
        title="How you hear from us",
        crumbs=crumbs,
        done=request.path,
        more={"push": push},
    )


@SECRET
@require_POST
def push_add(request: SignedInRequest) -> HttpResponse:
    """Switch messages on for the device that asks, after its owner pressed the button and the browser agreed."""
    given = keys.Subscription(*(request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")))
    try:
        services.look_up_address(by=request.user, endpoint=given.endpoint)
        name = device_name(request.headers.get("User-Agent"))
        services.switch_on(by=request.user, subscription=given, name=name, session=_session(request))
    except ValidationError as error:
        return JsonResponse({"error": error.messages[0]}, status=400)
    messages.success(request, "Messages are on for this device.")
    return JsonResponse({}, status=201)


@SECRET
@require_POST
def push_here(request: SignedInRequest) -> HttpResponse:
    """Say that I am signed in on a device. The answer tells its browser whether it is still a device of mine."""
    endpoint = request.POST.get("endpoint", "")
    device = services.use(by=request.user, endpoint=endpoint, session=_session(request)) if keys.is_on() else None
    return JsonResponse({"device": device.pk if device else None})


@require_POST
def push_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a device of mine: it shows nothing more."""
    device = get_object_or_404(PushDevice.objects.visible_to(request.user), pk=pk)
    services.remove(by=request.user, device=device)
    messages.success(request, f"{device.name} shows no more messages. You can switch them on again there.")
    return redirect(reverse("core:notice-choices") + "#devices")


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""
