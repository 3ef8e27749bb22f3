"""A word in each field that few may read, and who these are: tests/test_permissions.py looks for the words as every persona."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from coproduction.claims.models import Claim
from coproduction.group.meetings.models import SupportBooking
from coproduction.reflections.equality.models import EqualityReply
from impact.core.access.acting.models import ActingFor
from impact.core.basics import clock
from impact.core.people.models import NeedsProposal, Person
from impact.core.people.services import record_consent
from networks.log.record.models import RestrictedNote
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.planning.bookings.models import BookingNeed
from sites.registry.caseload.models import Supervision

NATIONAL = frozenset({"staff", "engagement_lead"})


@dataclass(frozen=True)
class Canary:
    """A word, where it is put, and the personas who may read it there."""

    word: str
    put: Callable[[SimpleNamespace, str], Any]
    readers: frozenset[str]


def _consent(w: SimpleNamespace, word: str) -> None:
    member = w.people["member"]
    record_consent(
        by=member, person=member.person, purpose="photos", wording=word, is_given=True, given_on=clock.today()
    )


def _update(rows: Any, field: str) -> Callable[[SimpleNamespace, str], Any]:
    def put(w: SimpleNamespace, word: str) -> None:
        assert rows(w).update(**{field: word}), field

    return put


def _equality(w: SimpleNamespace, word: str) -> None:
    EqualityReply.objects.create(round=w.equality_round, stratum=":", pseudonym="0" * 64, answers={"disability": word})


CANARIES = [
    Canary(
        "canaryneeds",
        _update(lambda w: Person.objects.filter(pk=w.people["member"].person.pk), "access_arrangements"),
        NATIONAL | {"member", "coordinator"},
    ),
    Canary(
        "canaryproposed",
        _update(lambda w: NeedsProposal.objects.filter(pk=w.needs_proposal.pk), "access_arrangements"),
        frozenset({"member"}),
    ),
    Canary(
        "canaryreply",
        _update(lambda w: MeetingInvitation.objects.filter(pk=w.invited.pk), "access_needs"),
        NATIONAL | {"member", "coordinator"},
    ),
    Canary(
        "canarysupervised",
        _update(lambda w: Supervision.objects.filter(pk=w.supervision.pk), "note"),
        NATIONAL,
    ),
    Canary(
        "canaryrestricted",
        _update(lambda w: RestrictedNote.objects.filter(pk=w.flag.pk), "words"),
        NATIONAL | {"coordinator"},
    ),
    Canary("canaryconsent", _consent, NATIONAL | {"member", "coordinator"}),
    Canary(
        "canarysupport",
        _update(lambda w: SupportBooking.objects.filter(pk=w.booking.pk), "words"),
        NATIONAL | {"member", "coordinator"},
    ),
    Canary(
        "canarybooking",
        _update(lambda w: BookingNeed.objects.filter(pk=w.booking_need.pk), "words"),
        NATIONAL | {"member", "coordinator"},
    ),
    Canary("canaryequality", _equality, frozenset()),
    Canary(
        "canaryclaim",
        _update(lambda w: Claim.objects.filter(pk=w.claim.pk), "what"),
        frozenset({"member", "engagement_lead"}),
    ),
    Canary(
        "canaryacting",
        _update(lambda w: ActingFor.objects.filter(pk=w.acting.pk), "note"),
        frozenset({"member", "outsider"}),
    ),
]
READERS = {canary.word: canary.readers for canary in CANARIES}


def plant(w: SimpleNamespace) -> None:
    """Put every word where it belongs."""
    for canary in CANARIES:
        canary.put(w, canary.word)


def body_of(response: Any) -> bytes:
    """What an answer holds, also one that is a stream or an Excel file."""
    body: bytes = b"".join(response.streaming_content) if getattr(response, "streaming", False) else response.content
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return b"".join(packed.read(name) for name in packed.namelist())
    return body


def words_in(body: bytes | str) -> set[str]:
    """The words that are there."""
    text = body if isinstance(body, bytes) else body.encode()
    return {word for word in READERS if word.encode() in text} if b"canary" in text else set()


def not_for(persona: str, body: bytes | str) -> set[str]:
    """The words that are there and that this persona may not read."""
    return {word for word in words_in(body) if persona not in READERS[word]}
