"""Pages about news by email: signing up, choosing from the mailbox's own link, and leaving."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import limits
from impact.core.web.forms import show_error
from sites.updates.subscriptions import services
from sites.updates.subscriptions.forms import SignUpForm, WishForm
from sites.updates.subscriptions.models import Subscriber, Wish

LIMITS = {"sign_up": "60/h/ip,3/h/key"}  # an office or a library has one address; a mailbox gets few messages
BUSY = "Too many people have signed up from where you are. Wait an hour, then try again."


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask for news by email. The answer is the same for every address."""
    form = SignUpForm(request.POST or None, initial={"wishes": [Wish.ROUNDS, Wish.NEWS]})
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].strip().lower()
        if not limits.is_within(request, LIMITS, "sign_up", app="sites.news", key=email):
            form.add_error(None, BUSY)
            return render(request, "sites/updates/sign_up.html", {"form": form}, status=429)
        if not form.cleaned_data["website"]:
            services.sign_up(email=email, wishes=form.cleaned_data["wishes"], topics=form.cleaned_data["topics"])
        return redirect("sites:sign-up-asked")
    return render(request, "sites/updates/sign_up.html", {"form": form})


@login_not_required
@require_GET
def sign_up_asked(request: HttpRequest) -> HttpResponse:
    """What happens after someone asked."""
    context = {"title": "Check your email", "days": services.UNCONFIRMED_FOR.days}
    return render(request, "sites/updates/sign_up_asked.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "sites/updates/unsubscribed.html", {"title": "This address is not on our list"}, status=404)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm and change what one mailbox is told, from the link in it. Opening it changes nothing: scanners open links."""
    subscriber = services.subscriber_of(token)
    if subscriber is None:
        return _gone(request)
    now = {
        "wishes": [wish for wish in Wish.values if getattr(subscriber, wish)],
        "topics": list(subscriber.topics.all()),
    }
    form = WishForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            services.choose(subscriber=subscriber, **form.cleaned_data)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved." if subscriber.confirmed_at else "Thank you. You are on the list.")
            return redirect(request.path)
    context = {"form": form, "subscriber": subscriber, "token": token}
    return render(request, "sites/updates/subscription.html", context)


@login_not_required
@never_cache
@csrf_exempt  # a mail program posts here by itself (RFC 8058); the signed link is the proof
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leave the list: one press here, or one press in a mail program."""
    subscriber: Subscriber | None = services.subscriber_of(token)
    if subscriber is None:
        return _gone(request)
    if request.method == "POST":
        services.leave(subscriber=subscriber)
        return render(request, "sites/updates/unsubscribed.html", {"title": "You are off the list", "has_left": True})
    return render(request, "sites/updates/unsubscribe.html", {"subscriber": subscriber})
