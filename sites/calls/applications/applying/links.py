"""Private links into an application: made, sent, recognised, listed and ended. A link is kept as a hash alone.

Several organisations, or colleagues, may share a mailbox: each of its applications has links of its own. A further kind of
link proves the mailbox as such for a day: it opens the list of what the mailbox has in a round, and lets it start another.
"""

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
from sites.calls.applications.models import Application, MailboxLink, PrivateLink, hashed
from sites.calls.rounds.models import Round

LIVE_LINKS = 5  # of one mailbox to one application; a new one ends the oldest
MOST_HELPERS = 10
MOST_OF_A_MAILBOX = 10  # applications in one round, without those withdrawn
NOTED_AGAIN_AFTER = timedelta(minutes=10)
SUBJECT = "Your application to IMPACT"  # it lights up on a locked phone, so it says no more
State = Application.State


def send(to: str, template: str, subject: str = SUBJECT, **context: Any) -> None:
    """Write an email about an application to the outbox. None of them holds anything that an applicant wrote."""
    body = render_to_string(f"emails/{template}.txt", {**context, "site_url": settings.SITE_URL}).strip() + "\n"
    outbox.send_later(event="application", to=to, subject=subject, body=body)


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

    A mailbox that has applications in this round gets links to those, and one to start another. The caller cannot tell
    which it was.
    """
    require(by, "sites.enter_application")
    round = Round.objects.select_for_update().get(pk=round.pk)  # two starts at once take turns
    email = email.strip().lower()
    if known := applications_of(round, email, helped=False):
        _send_links(round, email, known)
        return
    _begin(by, round, email, contact_name, answers)


def _begin(by: Actor, round: Round, email: str, contact_name: str, answers: Mapping[str, Any]) -> PrivateLink:
    """An application with its first link, which is on its way."""
    application = services.start_application(by=by, round=round, email=email, contact_name=contact_name)
    if answers:
        application = services.save_draft(by=by, application=application, answers=answers)
    return _send_links(round, email, [Opens(application)], is_new=True)[0]


@transaction.atomic
def start_another(*, by: Actor, mailbox: MailboxLink, contact_name: str, answers: Mapping[str, Any]) -> PrivateLink:
    """Begin a further application for someone who has proved the mailbox, apart from its others; the link that opens it."""
    require(by, "sites.enter_application")
    round = Round.objects.select_for_update().get(pk=mailbox.round_id)
    own = applications_of(round, mailbox.email, helped=False)
    if len(own) >= MOST_OF_A_MAILBOX:
        raise StateConflict(
            f"This address has {MOST_OF_A_MAILBOX} applications in this round, which is the most. Withdraw one that you no "
            "longer need, or use another address.",
            code="too_many",
        )
    return _begin(by, round, mailbox.email, contact_name, answers)


@transaction.atomic
def send_links(*, by: Actor, round: Round, email: str) -> None:
    """Send a mailbox new links to what it may open in a round; if that is nothing, an email that says so."""
    require(by, "sites.enter_application")
    email = email.strip().lower()
    if known := applications_of(round, email):
        _send_links(round, email, known)
    else:
        send(email, "application_unknown", round=round)


@dataclass(frozen=True)
class Opens:
    """An application that a mailbox may open, as its applicant or as a helper."""

    application: Application
    is_helper: bool = False


def applications_of(round: Round, email: str, *, helped: bool = True) -> list[Opens]:
    """What a mailbox may open in a round, without what is over: its own first, then those that it helps with."""
    open_ones = round.applications.filter(source=Application.Source.ONLINE).exclude(
        state__in=[State.WITHDRAWN, State.ERASED]
    )
    found = [Opens(application) for application in open_ones.filter(email=email).order_by("pk")]
    if helped:
        helps = Q(links__email=email, links__is_helper=True, links__ended_at__isnull=True)
        found += [Opens(application, True) for application in open_ones.filter(helps).distinct().order_by("pk")]
    return found


def _send_links(round: Round, email: str, rows: list[Opens], *, is_new: bool = False) -> list[PrivateLink]:
    """Send a link to each application, and, where there were some before, one to the list of them; the links."""
    tokens = [_make(row.application, email, is_helper=row.is_helper) for row in rows]
    send(
        email,
        "application_link",
        round=round,
        is_new=is_new,
        links=[
            {"application": row.application, "is_helper": row.is_helper, "address": link_address(token)}
            for row, token in zip(rows, tokens, strict=True)
        ],
        list_address="" if is_new else link_address(_make_for_mailbox(round, email)),
    )
    by_hash = PrivateLink.objects.select_related("application__round").in_bulk(
        [hashed(token) for token in tokens], field_name="token_hash"
    )
    return [by_hash[hashed(token)] for token in tokens]


def _make_for_mailbox(round: Round, email: str) -> str:
    """Make a link that proves a mailbox; its token, which is not kept."""
    token = secrets.token_urlsafe(32)
    MailboxLink.objects.create(round=round, email=email, token_hash=hashed(token))
    return token


def mailbox_of(token: str) -> MailboxLink | None:
    """The link behind a token that proves a mailbox, live or not; None for one that we never made."""
    return MailboxLink.objects.select_related("round").filter(token_hash=hashed(token)).first()


@transaction.atomic
def open_listed(*, by: Actor, mailbox: MailboxLink, reference: str) -> PrivateLink | None:
    """The link with which someone who has proved a mailbox opens one application of its list; None if it is not there."""
    require(by, "sites.enter_application")
    rows = applications_of(mailbox.round, mailbox.email)
    row = next((row for row in rows if row.application.reference == reference), None)
    if row is None:
        return None
    live = row.application.links.filter(email=mailbox.email, is_helper=row.is_helper, ended_at__isnull=True)
    found: PrivateLink | None = live.order_by("-pk").first()
    if found is None:
        made = hashed(_make(row.application, mailbox.email, is_helper=row.is_helper))
        found = PrivateLink.objects.get(token_hash=made)
    return found


@transaction.atomic
def invite_helper(*, by: Actor, application: Application, email: str) -> None:
    """Send a colleague a link of their own, with which they may write but not submit or withdraw."""
    require(by, "sites.enter_application")
    application = _locked(application)
    email = email.strip().lower()
    if application.state in {State.WITHDRAWN, State.ERASED}:
        raise StateConflict("This application was withdrawn, so no one can be invited to it.", code="withdrawn")
    if email == application.email:
        raise ValidationError(
            {
                "email": "This is your own address. A colleague who reads this mailbox too can open the link in it. "
                "For anyone else, enter their own address."
            }
        )
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
    MailboxLink.objects.filter(round=application.round_id, email=email).delete()  # they would open it again
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
