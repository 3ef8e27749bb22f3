"""Private links into an application: made, sent, recognised, listed and ended. A link is kept as a hash alone."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import outbox
from sites.calls.applications import services
from sites.calls.applications.models import Application, PrivateLink, hashed
from sites.calls.rounds.models import Round

LIVE_LINKS = 5  # of one mailbox to one application; a new one ends the oldest
MOST_HELPERS = 10
NOTED_AGAIN_AFTER = timedelta(minutes=10)
SUBJECT = "Your application to IMPACT"  # it lights up on a locked phone, so it says no more
State = Application.State


def send(to: str, template: str, subject: str = SUBJECT, **context: Any) -> None:
    """Write an email about an application to the outbox. None of them holds anything that an applicant wrote."""
    body = render_to_string(f"emails/{template}.txt", {**context, "site_url": settings.SITE_URL}).strip() + "\n"
    outbox.send_later(to=to, subject=subject, body=body)


def link_address(token: str) -> str:
    """The whole address that an email holds."""
    return settings.SITE_URL + reverse("sites:apply-link", args=[token])


def _make(application: Application, email: str, *, is_helper: bool = False) -> str:
    """Make a link for a mailbox; its token, which is not kept."""
    live = application.links.filter(email=email, is_helper=is_helper, ended_at__isnull=True).order_by("-pk")
    old = list(live.values_list("pk", flat=True)[LIVE_LINKS - 1 :])
    PrivateLink.objects.filter(pk__in=old).update(ended_at=clock.now())
    token = secrets.token_urlsafe(32)
    PrivateLink.objects.create(application=application, email=email, is_helper=is_helper, token_hash=hashed(token))
    return token


@transaction.atomic
def start_online(*, by: Actor, round: Round, email: str, contact_name: str, answers: Mapping[str, Any]) -> None:
    """Begin an application for a mailbox and send its private link there; its owner proves it by opening the link.

    A mailbox that has an application in this round gets a link to that one. The caller cannot tell which it was.
    """
    require(by, "sites.enter_application")
    round = Round.objects.select_for_update().get(pk=round.pk)  # two starts at once take turns
    email = email.strip().lower()
    if known := _applications_of(round, email):
        _send_links(round, email, known)
        return
    application = services.start_application(by=by, round=round, email=email, contact_name=contact_name)
    if answers:
        services.save_draft(by=by, application=application, answers=answers)
    _send_links(round, email, [(application, False)], is_new=True)


@transaction.atomic
def send_links(*, by: Actor, round: Round, email: str) -> None:
    """Send a mailbox new links to what it may open in a round; if that is nothing, an email that says so."""
    require(by, "sites.enter_application")
    email = email.strip().lower()
    if known := _applications_of(round, email, helped=True):
        _send_links(round, email, known)
    else:
        send(email, "application_unknown", round=round)


def _applications_of(round: Round, email: str, *, helped: bool = False) -> list[tuple[Application, bool]]:
    """(application, whether as a helper) of a mailbox in a round, without those that are over."""
    open_ones = round.applications.filter(source=Application.Source.ONLINE).exclude(
        state__in=[State.WITHDRAWN, State.ERASED]
    )
    found = [(application, False) for application in open_ones.filter(email=email).order_by("pk")]
    if helped:
        helps = Q(links__email=email, links__is_helper=True, links__ended_at__isnull=True)
        found += [(application, True) for application in open_ones.filter(helps).distinct().order_by("pk")]
    return found


def _send_links(round: Round, email: str, rows: list[tuple[Application, bool]], *, is_new: bool = False) -> None:
    links = [
        {
            "reference": application.reference,
            "is_helper": is_helper,
            "address": link_address(_make(application, email, is_helper=is_helper)),
        }
        for application, is_helper in rows
    ]
    send(email, "application_link", round=round, links=links, is_new=is_new)


@transaction.atomic
def invite_helper(*, by: Actor, application: Application, email: str) -> None:
    """Send a colleague a link of their own, with which they may write but not submit or withdraw."""
    require(by, "sites.enter_application")
    application = _locked(application)
    email = email.strip().lower()
    if application.state in {State.WITHDRAWN, State.ERASED}:
        raise StateConflict("This application was withdrawn, so no one can be invited to it.", code="withdrawn")
    if email == application.email:
        raise ValidationError({"email": "This is your own address. Enter a colleague’s."})
    helpers = set(application.links.filter(is_helper=True, ended_at__isnull=True).values_list("email", flat=True))
    if email not in helpers and len(helpers) >= MOST_HELPERS:
        raise ValidationError({"email": f"{MOST_HELPERS} colleagues have links. End one before you invite another."})
    token = _make(application, email, is_helper=True)
    send(
        email,
        "application_helper",
        subject="An invitation from IMPACT",
        application=application,
        address=link_address(token),
    )
    audit.record(by, "application.helper_invited", application)


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)


@transaction.atomic
def end_links(*, by: Actor, application: Application, email: str) -> None:
    """End every link of a mailbox to an application, from its next request on."""
    require(by, "sites.enter_application")
    live = _locked(application).links.filter(email=email, ended_at__isnull=True)
    if live.update(ended_at=clock.now()):
        audit.record(by, "application.link_ended", application)


def link_of(token: str) -> PrivateLink | None:
    """The link behind a token, live or not; None for one that we never made. Found by its hash, so that how long it
    takes says nothing about how near a guess was."""
    return PrivateLink.objects.select_related("application__round").filter(token_hash=hashed(token)).first()


def note_opened(link: PrivateLink) -> None:
    """Keep when a link was last used, to the nearest ten minutes, for its application's list of people."""
    now = clock.now()
    if link.opened_at is None or link.opened_at < now - NOTED_AGAIN_AFTER:
        PrivateLink.objects.filter(pk=link.pk).update(opened_at=now)


@dataclass(frozen=True)
class Holder:
    """A mailbox with links to an application."""

    pk: int  # of its newest link
    email: str
    is_helper: bool
    sent_at: datetime
    opened_at: datetime | None


def holders(application: Application) -> list[Holder]:
    """Who has live links to an application, and when each last used theirs: the applicant first."""
    found: dict[str, Holder] = {}
    for link in application.links.filter(ended_at__isnull=True).order_by("created_at", "pk"):
        before = found.get(link.email)
        opened = max((at for at in (link.opened_at, before and before.opened_at) if at), default=None)
        found[link.email] = Holder(link.pk, link.email, link.is_helper, link.created_at, opened)
    return sorted(found.values(), key=lambda holder: (holder.is_helper, holder.email))
