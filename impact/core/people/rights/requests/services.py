"""Requests of people about what we hold: received, checked, put off once, answered or withdrawn."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person
from impact.core.people.rights.holdings.reading import subject_of
from impact.core.people.rights.requests.models import RightsRequest, months_after

Kind, How, State = RightsRequest.Kind, RightsRequest.How, RightsRequest.State
ONCE = frozenset({Kind.SEE, Kind.COPY, Kind.ERASE})  # asking again while one waits adds nothing
WITH_WORDS = frozenset({Kind.OBJECT, Kind.CORRECT, Kind.RESTRICT})  # no one can answer these without any


def _known_by(by: Actor, person: Person) -> str:
    """How we know that it was they who asked; empty where staff have still to make sure, as with a mailbox of several."""
    if by is not SYSTEM:
        return "They were signed in." if person.user_id is not None and person.user_id == by.pk else ""
    return "" if subject_of(person).shared else "They used the link sent to their mailbox."


def _tell(request: RightsRequest, step: str, title: str, words: str) -> None:
    """Tell the person, in words that name no request: others may read over their shoulder."""
    tell(
        people=[request.person],
        event="rights-request",
        title=title,
        words=f"This is about the request you made on {day(request.received_on)}. {words}",
        path=reverse("core:my-requests"),
        key=f"rights_request:{request.pk}:{step}",
    )


@transaction.atomic
def ask_for(
    *, by: Actor, person: Person, kind: str, words: str = "", how: str = How.SITE, received_on: date | None = None
) -> RightsRequest:
    """Put a request into the register: a person's own, one that came by a link of theirs (SYSTEM), or one that staff
    received. Due in one month. Asking again to see, copy or delete while one waits gives that one."""
    is_own = person.user_id is not None and person.user_id == by.pk
    if not is_own:
        require(by, "core.answer_requests")
    on = received_on or clock.today()
    clock.reject_future("received_on", on)
    person = Person.objects.select_for_update().get(pk=person.pk)
    if kind not in Kind.values:
        raise ValidationError({"kind": "Choose what they ask for."})
    waiting = RightsRequest.objects.waiting().filter(person=person, kind=kind).first() if kind in ONCE else None
    if waiting:
        return waiting
    if kind in WITH_WORDS and not words.strip():
        raise ValidationError({"words": "Write what this is about, in a sentence or two."})
    known = _known_by(by, person)
    request = RightsRequest(
        person=person,
        kind=kind,
        words=words.strip(),
        how=how,
        received_on=on,
        due_on=months_after(on, RightsRequest.MONTHS),
        recorded_by_id=None if is_own or by is SYSTEM else by.pk,
        identity_how=known,
        identity_on=clock.today() if known else None,
    )
    request.full_clean()
    request.save()
    audit.record(
        by, "rights_request.received", request, kind=str(kind), how=str(how), due_on=request.due_on.isoformat()
    )
    _tell(request, "received", "We have your request", f"We will answer by {day(request.due_on)}.")
    return request


def _locked(request: RightsRequest, expected: int | None) -> RightsRequest:
    """The request as it is now, while it waits for an answer."""
    now = RightsRequest.objects.select_for_update(of=("self",)).select_related("person").get(pk=request.pk)
    if expected is not None and now.version != expected:
        raise Conflict(now)
    if not now.is_open:
        raise StateConflict(f"This request ended on {day(now.done_on)}. Reload the page to see how.")
    return now


@transaction.atomic
def confirm_identity(*, by: Actor, request: RightsRequest, how: str, expected: int | None = None) -> RightsRequest:
    """Write down how we know that the person themselves asked."""
    require(by, "core.answer_requests")
    request = _locked(request, expected)
    if not how.strip():
        raise ValidationError({"how": "Say how you know, such as “Called back on the number we hold”."})
    save_changes(request, {"identity_how": how.strip(), "identity_on": clock.today()}, expected=None)
    audit.record(by, "rights_request.identity_confirmed", request)
    return request


@transaction.atomic
def extend(*, by: Actor, request: RightsRequest, reason: str, expected: int | None = None) -> RightsRequest:
    """Put the answer off by two months, once, while the first month runs; the person has to be told why."""
    require(by, "core.answer_requests")
    request = _locked(request, expected)
    if request.extended_on:
        raise StateConflict("This request was extended before. It can be extended once.")
    if request.is_overdue:
        raise ValidationError("The month is over, so it can no longer be extended. Answer now.")
    if not reason.strip():
        raise ValidationError({"reason": "Enter the reason. The person is told of it."})
    changes = {"extended_on": clock.today(), "extension_reason": reason.strip(), "due_on": request.latest_due}
    save_changes(request, changes, expected=None)
    audit.record(by, "rights_request.extended", request, due_on=request.due_on.isoformat())
    words = f"We need longer to answer, until {day(request.due_on)}. The reason is with your request on this site."
    _tell(request, "extended", "We need longer to answer your request", words)
    return request


@transaction.atomic
def answer_request(
    *, by: Actor, request: RightsRequest, state: str, answer: str, expected: int | None = None
) -> RightsRequest:
    """Close a request as done or refused, with what the person is told."""
    require(by, "core.answer_requests")
    request = _locked(request, expected)
    if state not in (State.DONE, State.REFUSED):
        raise ValidationError({"state": "Choose how it ended."})
    if not answer.strip():
        raise ValidationError({"answer": "Write what you tell the person, and for a refusal the reason."})
    if request.identity_on is None:
        raise ValidationError("First write down how you know that it was this person who asked.")
    if request.kind == Kind.ERASE and state == State.DONE:
        raise ValidationError(
            "A request to delete is done by deleting, which the engagement lead or an administrator does."
        )
    _end(by, request, state, answer.strip())
    _tell(request, "answered", "We have answered your request", "Our answer is with your request on this site.")
    return request


def _end(by: Actor, request: RightsRequest, state: str, answer: str) -> None:
    changes = {"state": state, "answer": answer, "done_on": clock.today(), "answered_by_id": by.pk}
    save_changes(request, changes, expected=None)
    audit.record(by, f"rights_request.{state}", request, kind=request.kind)


@transaction.atomic
def withdraw_request(*, by: Actor, request: RightsRequest, expected: int | None = None) -> RightsRequest:
    """End a request because the person no longer wants it: they themselves, or staff whom they told."""
    if request.person.user_id is None or request.person.user_id != by.pk:
        require(by, "core.answer_requests")
    request = _locked(request, expected)
    _end(by, request, State.WITHDRAWN, "")
    return request
