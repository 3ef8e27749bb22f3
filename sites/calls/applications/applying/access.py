"""Who is at an application's pages: the session that its private link was exchanged for, checked at every request; and how
often strangers may ask for links or try them, counted without third parties."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from impact.core.access import limits
from impact.core.basics import clock
from impact.core.web.files.uploads import MB
from sites.calls.applications.applying import links
from sites.calls.applications.models import Application, MailboxLink, PrivateLink
from sites.calls.rounds.models import FINISHING_TIME, Round

MOST_AT_ONCE = 25 * MB  # two files and the answers beside them
SESSION = "applications"  # reference → private link, in the session
MAILBOXES = "mailboxes"  # round's slug → link that proved a mailbox, in the session
NOT_WORDS = {"csrfmiddlewaretoken", "do", "version"}

# A library or an office has one address, so the limits of one are wide. A mailbox gets few messages from all of them together.
LIMITS = {
    "mail": "30/10m/ip",
    "mailbox": "4/h/key",
    "guess": "60/10m/ip",
    "invite": "20/h/key",
    "copy": "20/h/key",
}

View = Callable[..., HttpResponseBase]


def is_within(request: HttpRequest, action: str, key: str = "", *, only_look: bool = False) -> bool:
    """Whether a limit still allows this; counts it unless ``only_look``."""
    return limits.is_within(request, LIMITS, action, app="sites.applying", key=key, only_look=only_look)


def finishing_time(round: Round) -> datetime | None:
    """Until when a round that has just closed takes answers begun before; None while it is open, and later."""
    now = clock.now()
    if round.takes_answers(now) or not round.takes_answers(now, begun=True):
        return None
    return round.closes_at + FINISHING_TIME


def give_access(request: HttpRequest, link: PrivateLink) -> None:
    """Let this browser open the application of a link, and nothing else, until it is closed or hours have passed."""
    if not request.user.is_authenticated:
        request.session.set_expiry(0)
    request.session[SESSION] = {**request.session.get(SESSION, {}), link.application.reference: link.pk}


def give_list(request: HttpRequest, mailbox: MailboxLink) -> None:
    """Let this browser open what a mailbox has in a round, until it is closed or the link has had its day."""
    if not request.user.is_authenticated:
        request.session.set_expiry(0)
    request.session[MAILBOXES] = {**request.session.get(MAILBOXES, {}), mailbox.round.slug: mailbox.pk}


def mailbox_in(request: HttpRequest, round: Round) -> MailboxLink | None:
    """The mailbox that this browser has proved for a round, if that still counts."""
    pk = request.session.get(MAILBOXES, {}).get(round.slug)
    found = MailboxLink.objects.filter(pk=pk, round=round).first() if pk else None
    if found is None or not found.is_live(clock.now()):
        return None
    found.round = round
    return found


def allowance(request: HttpRequest) -> int:
    """How many bytes a page of an application may send at once: none without a live link."""
    session = getattr(request, "session", None)
    held = session.get(SESSION, {}).values() if session is not None else []
    is_live = held and PrivateLink.objects.filter(pk__in=list(held), ended_at__isnull=True).exists()
    return MOST_AT_ONCE if is_live else 0


def take_access(request: HttpRequest, application: Application) -> None:
    """Let this browser no longer open an application, nor the list that it stands in."""
    for session, gone in ((SESSION, application.reference), (MAILBOXES, application.round.slug)):
        request.session[session] = {key: pk for key, pk in request.session.get(session, {}).items() if key != gone}


def _link(request: HttpRequest, slug: str, reference: str) -> PrivateLink | None:
    pk = request.session.get(SESSION, {}).get(reference)
    if pk is None:
        return None
    rows = PrivateLink.objects.select_related(
        "application__round", "application__question_set", "application__statement"
    )
    found = rows.filter(pk=pk, application__reference=reference, application__round__slug=slug).first()
    if found:  # one object, so that what its questions remember is found once
        found.application.question_set.round = found.application.round
    return found


def may_ask_for_deletion(link: PrivateLink) -> bool:
    """Whether this is the applicant's own link, which only the withdrawal ended: its holder may have the rest deleted."""
    withdrawn_at = link.application.withdrawn_at
    if link.is_helper or link.application.state != Application.State.WITHDRAWN or withdrawn_at is None:
        return False
    return link.ended_at is None or link.ended_at >= withdrawn_at


def to_withdrawn(link: PrivateLink) -> HttpResponse:
    """To the page of a withdrawn application, where its applicant can have it deleted as well."""
    return redirect("sites:apply-withdraw", link.application.round.slug, link.application.reference)


def gone(request: HttpRequest, link: PrivateLink) -> HttpResponse:
    """What a link that no longer opens anything says: that the application was withdrawn, or the link ended. No more."""
    application = link.application
    context = {
        "round": application.round,
        "is_withdrawn": application.state == Application.State.WITHDRAWN,
        "is_erased": application.state == Application.State.ERASED,
        "may_ask": may_ask_for_deletion(link),
        "is_asked": application.erasure_asked_on is not None,
        "takes_answers": application.round.takes_answers(clock.now()),
    }
    return render(request, "sites/calls/applications/apply/link_gone.html", context, status=410)


def no_access(request: HttpRequest, slug: str) -> HttpResponse:
    """Without a session, ask for the link. What was being written is shown, so that it can be copied."""
    round = get_object_or_404(Round.objects.filter(is_announced=True), slug=slug)
    if request.method != "POST":
        return redirect("sites:apply-return", round.slug)
    sent = [(name, text) for name, text in request.POST.items() if name not in NOT_WORDS and not name.endswith("-was")]
    context = {"round": round, "words": [text for _name, text in sent if len(str(text)) > 20]}
    return render(request, "sites/calls/applications/apply/no_access.html", context, status=403)


def with_link(*methods: str, by_applicant: bool = False, when_withdrawn: bool = False) -> Callable[[View], View]:
    """A page of an application: the view gets the live link whose session this is. ``by_applicant``: not for helpers.

    ``when_withdrawn``: also for the applicant whose link ended because they withdrew.
    """

    def decorate(view: View) -> View:
        @never_cache
        @require_http_methods(list(methods))
        @wraps(view)
        def answer(request: HttpRequest, slug: str, reference: str, **kwargs: Any) -> HttpResponseBase:
            link = _link(request, slug, reference)
            if link is None:
                return no_access(request, slug)
            if not link.is_live(clock.now()) or link.application.is_over:
                if not may_ask_for_deletion(link):
                    return gone(request, link)
                return view(request, link, **kwargs) if when_withdrawn else to_withdrawn(link)
            if by_applicant and link.is_helper:
                return page(request, link, "not_helper", 403)
            links.note_opened(link)
            return view(request, link, **kwargs)

        return login_not_required(answer)

    return decorate


def page(request: HttpRequest, link: PrivateLink, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page of an application."""
    application = link.application
    are_out = application.round.is_released
    context |= {
        "link": link,
        "application": application,
        "round": application.round,
        "finishing": None if are_out else finishing_time(application.round),
        "takes_answers": application.round.takes_answers(clock.now(), begun=True),
        "are_results_out": are_out,
    }
    return render(request, f"sites/calls/applications/apply/{template}.html", context, status=status)
