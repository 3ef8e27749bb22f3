"""A way to one's data for people without an account: a link that goes to their mailbox, works once and for a day.

The answer to a request is the same for every address: the page only puts a job in the table, and one email goes out
whether the mailbox is known or not.
"""

import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job
from impact.core.people.accounts import hash_token
from impact.core.people.models import Person
from impact.core.people.rights.holdings.models import LINK_FOR, DataLink
from impact.core.people.rights.holdings.reading import Subject, is_held, subject_of, subject_of_mailbox

SEND = "core.send_my_data_link"
SUBJECT = "Your request to IMPACT"  # it lights up on a locked phone, so it says no more
OPEN_FOR = timedelta(hours=1)  # once the link was used, in that browser
IN_SESSION = "my_data_link"


@transaction.atomic
def ask_for_link(*, email: str) -> Job:
    """Take an address; whether we know it is found out in the background, so that neither answer nor time tells."""
    return queue.enqueue(
        by=SYSTEM,
        kind=SEND,
        dedupe_key=f"my-data-link:{secrets.token_hex(16)}",
        payload={"email": mailbox_key(email)},
    )


def people_at(email: str) -> tuple[list[Person], bool]:
    """The people without an account whose mailbox this is, and whether someone signs in with it."""
    theirs = same_mailbox("email", email)
    without = Person.objects.filter(theirs, user__isnull=True).order_by("pk")
    has_account = EmailAddress.objects.filter(theirs, verified=True, user__is_active=True).exists()
    return list(without), has_account


def send_link(job: Job) -> dict[str, int]:
    """Write the one email that answers a request, and forget the address that the job held."""
    email = str(job.payload["email"])
    Job.objects.filter(pk=job.pk).update(payload={})
    job.payload = {}
    people, has_account = people_at(email)
    is_known = is_held(subject_of_mailbox(email))  # asked for every address, so that it takes as long
    links = [(person, _make(email, person)) for person in people]
    context = {
        "links": [(f"{person.initials}, here since {person.created_at:%B %Y}", link) for person, link in links],
        "mailbox_link": _make(email, None) if is_known and not people and not has_account else "",
        "sign_in": settings.SITE_URL + reverse("core:my-data") if has_account else "",
        "site_url": settings.SITE_URL,
    }
    body = render_to_string("emails/my_data_link.txt", context).strip() + "\n"
    outbox.send_later(event="my-data-link", to=email, subject=SUBJECT, body=body)
    return {"links": len(links)}


def _make(email: str, person: Person | None) -> str:
    token = secrets.token_urlsafe(32)
    now = clock.now()
    row = DataLink(person=person, email=email, token_hash=hash_token(token), created_at=now, expires_at=now + LINK_FOR)
    row.full_clean()
    row.save()
    return settings.SITE_URL + reverse("core:data-link", args=[token])


def _still_theirs(link: DataLink) -> bool:
    """Whether the mailbox is still the person's, and they have no account to sign in with instead."""
    if link.person is None:
        people, has_account = people_at(link.email)
        return not people and not has_account
    return link.person.user_id is None and mailbox_key(link.person.email) == link.email


def find_link(token: str) -> DataLink | None:
    """The link behind a token while it opens something: not used, not expired, and the address has not changed."""
    rows = DataLink.objects.filter(token_hash=hash_token(token), used_at__isnull=True, expires_at__gt=clock.now())
    link = rows.select_related("person").first()
    return link if link and _still_theirs(link) else None


@transaction.atomic
def use_link(*, token: str) -> DataLink | None:
    """Use a link up. Of two at once one wins."""
    link = find_link(token)
    if link is None:
        return None
    if not DataLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=clock.now()):
        return None
    audit.record(SYSTEM, "my_data.link_used", link.person or link)
    return link


def open_in(request: HttpRequest, link: DataLink) -> None:
    """Let this browser see what the link is for, for an hour."""
    request.session.cycle_key()
    request.session[IN_SESSION] = link.pk


def close_in(request: HttpRequest) -> None:
    """Close it in this browser."""
    request.session.pop(IN_SESSION, None)
    request.session.cycle_key()


def opened_in(request: HttpRequest) -> DataLink | None:
    """The link that this browser has used within the hour, while the mailbox is still theirs."""
    pk = request.session.get(IN_SESSION)
    if not isinstance(pk, int):
        return None
    rows = DataLink.objects.filter(Q(used_at__gt=clock.now() - OPEN_FOR), pk=pk)
    link = rows.select_related("person").first()
    return link if link and _still_theirs(link) else None


def about(link: DataLink) -> Subject:
    """Whose data a link opens."""
    return subject_of(link.person) if link.person else subject_of_mailbox(link.email)
