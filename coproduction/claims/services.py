"""Claims: sent by the member, approved or sent back by the engagement lead, or taken back; and who else may see them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from coproduction.claims.models import Claim, SharedPay
from coproduction.claims.money import in_pence, in_pounds
from coproduction.claims.offers import require_same_group
from coproduction.claims.steps import lock, require_state, save_new, step, tell_leads, tell_member, write
from coproduction.group.members import deciding_members, require_past_day, say_day
from coproduction.group.models import SupportLink, require_told
from coproduction.involvements.models import Involvement
from impact.core.access import audit
from impact.core.access.acting import noting
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.people.models import Person
from impact.core.web.files import uploads
from impact.core.web.files.store import Kept, kept
from impact.core.web.files.uploads import MB, Upload
from networks.groups.models import Group
from networks.meetings.models import Meeting
from sites.registry.models import Site

State = Claim.State
FOLDER = "receipts"
MOST_BYTES = 10 * MB  # of a receipt
OWN_CLAIM = "This is your own claim. Ask another engagement lead to deal with it."


@transaction.atomic
def claim_expense(
    *,
    by: Actor,
    group: Group,
    person: Person,
    kind: str,
    what: str,
    on: date,
    amount: Decimal,
    reference: str = "",
    meeting: Meeting | None = None,
    involvement: Involvement | None = None,
    site: Site | None = None,
    receipt: Any = None,
    told: str = "",
    is_illustrative: bool = False,
) -> Claim:
    """Claim an expense: travel, care while the member took part, phone or internet, or something else. In pounds.

    ``receipt``: a file, told by its contents.
    """
    claim = Claim(
        group=group,
        person=person,
        kind=kind,
        state=State.CLAIMED,
        what=what.strip(),
        on=require_past_day(on, "on"),
        reference=reference.strip(),
        meeting=meeting,
        involvement=involvement,
        site=site,
        recorded_by_id=by.pk,
        is_illustrative=is_illustrative,
    )
    require(by, "coproduction.claim", claim)
    claim.told = require_told(by, person, told)
    if kind == Claim.Kind.TIME:
        raise ValidationError({"kind": "Pay for time starts with an offer. Choose an expense."})
    if not deciding_members(group, on).filter(person=person).exists():
        raise ValidationError({"on": f"{say_day(on)} is not a day on which this person was a member. Check the date."})
    require_same_group(group, meeting, involvement)
    claim.pence = in_pence(amount)
    for name, value in _receipt(receipt).items():
        setattr(claim, name, value)
    save_new(claim)
    _claimed(by, claim)
    return claim


@transaction.atomic
def claim_time(
    *, by: Actor, claim: Claim, amount: Decimal | None = None, told: str = "", expected: int | None = None
) -> Claim:
    """Claim the pay for hours that were taken up: all of it, or less if the member prefers (``amount``, in pounds)."""
    require(by, "coproduction.claim", claim)
    claim = lock(claim)
    told = require_told(by, claim.person, told)
    require_state(claim, "claim it", State.TAKEN_UP)
    if claim.is_unpaid:
        raise StateConflict("This time is given without pay. Change the answer to the offer first.", code="unpaid")
    if claim.on > clock.today():
        raise StateConflict(f"This is for {say_day(claim.on)}. Claim it on that day or later.", code="too_early")
    write(claim, _sent(by, claim, told) | {"pence": _pay(claim, amount)}, expected)
    _claimed(by, claim)
    return claim


def _pay(claim: Claim, amount: Decimal | None) -> int | None:
    """What is asked for some hours: never more than they come to."""
    full = claim.full_pence or 0
    pence = full if amount is None else in_pence(amount)
    if pence > full:
        raise ValidationError({"amount": f"Enter at most {in_pounds(full)}: that is what the hours come to."})
    return pence


def _sent(by: Actor, claim: Claim, told: str) -> dict[str, Any]:
    return {"state": State.CLAIMED, "returned_because": "", "recorded_by_id": by.pk, "told": told}


def _claimed(by: Actor, claim: Claim) -> None:
    step(by, claim, told=claim.told)
    audit.record(by, "claim.claimed", claim)
    tell_leads(by, claim, "A claim waits for you", "Open it, then approve it or send it back.")
    if by.pk != claim.person.user_id:
        tell_member(claim, "A claim was sent for you", "If something is wrong, open it and take it back.")


@transaction.atomic
def claim_again(
    *,
    by: Actor,
    claim: Claim,
    amount: Decimal,
    what: str | None = None,
    on: date | None = None,
    reference: str | None = None,
    receipt: Any = None,
    told: str = "",
    expected: int | None = None,
) -> Claim:
    """Put right a claim that was sent back, and send it again. Of time, the amount alone can change."""
    require(by, "coproduction.claim", claim)
    claim = lock(claim)
    told = require_told(by, claim.person, told)
    require_state(claim, "send it again", State.RETURNED)
    changes = _sent(by, claim, told)
    if claim.is_time:
        changes["pence"] = _pay(claim, amount)
    else:
        changes |= {
            "pence": in_pence(amount),
            "what": claim.what if what is None else what.strip(),
            "on": require_past_day(on or claim.on, "on"),
            "reference": claim.reference if reference is None else reference.strip(),
            **_receipt(receipt),
        }
        if not deciding_members(claim.group, changes["on"]).filter(person=claim.person).exists():
            raise ValidationError({"on": "Enter a day on which this person was a member."})
    write(claim, changes, expected)
    _claimed(by, claim)
    return claim


@transaction.atomic
def add_receipt(*, by: Actor, claim: Claim, receipt: Any, told: str = "", expected: int | None = None) -> Claim:
    """Put a receipt with an expense that is not approved yet, in place of the one before."""
    require(by, "coproduction.claim", claim)
    claim = lock(claim)
    require_told(by, claim.person, told)
    require_state(claim, "add a receipt", State.CLAIMED, State.RETURNED)
    if claim.is_time:
        raise StateConflict("Pay for time needs no receipt. Claim an expense instead.", code="time")
    write(claim, _receipt(receipt), expected)
    audit.record(by, "claim.receipt_added", claim)
    return claim


def accept_receipt(file: Any) -> Upload:
    """A receipt as it was sent, told by its contents: a photograph, which is re-encoded, or a PDF."""
    if isinstance(file, Upload):
        return file
    start = file.read(5)
    file.seek(0)
    if start != b"%PDF-":
        try:
            return uploads.accept_photo(file, limit=MOST_BYTES)
        except ValidationError as error:
            if error.message == uploads.NO_PHOTO:
                raise ValidationError(
                    "Send a photo of the receipt (JPEG, PNG or WebP) or a PDF.", code="type"
                ) from None
            raise
    try:
        return uploads.accept_paper(file, allowed=("pdf",), limit=MOST_BYTES)
    except uploads.ActiveContent:
        raise ValidationError("We cannot take this PDF. Take a photo of the receipt and choose that.") from None


def _receipt(file: Any) -> dict[str, Any]:
    """The fields of a claim that its receipt fills, once the file is kept; none without a file."""
    if not file:
        return {}
    try:
        upload = accept_receipt(file)
    except ValidationError as error:
        raise ValidationError({"receipt": error.messages}) from None
    return {
        "receipt": uploads.keep(upload, under=FOLDER),
        "receipt_name": upload.name,
        "receipt_type": upload.content_type,
        "receipt_size": upload.size,
        "receipt_sha256": upload.sha256,
    }


@kept(FOLDER)
def _receipts() -> Iterator[Kept]:
    for claim in Claim.objects.exclude(receipt="").order_by("pk").iterator():
        yield Kept(f"Receipt of claim {claim.pk}", str(claim.receipt), claim.receipt_sha256, claim.receipt_size)


@transaction.atomic
def take_back_claim(*, by: Actor, claim: Claim, told: str = "", expected: int | None = None) -> Claim:
    """Take back a claim that is not approved yet. Time can be claimed again later; an expense can be entered again."""
    require(by, "coproduction.claim", claim)
    claim = lock(claim)
    told = require_told(by, claim.person, told)
    require_state(claim, "take it back", State.CLAIMED, State.RETURNED)
    state = State.TAKEN_UP if claim.is_time else State.WITHDRAWN
    changes = {"state": state, "returned_because": "", "recorded_by_id": by.pk, "told": told}
    write(claim, changes | ({"pence": None} if claim.is_time else {}), expected)
    step(by, claim, state=State.WITHDRAWN, told=told)
    audit.record(by, "claim.withdrawn", claim)
    tell_leads(by, claim, "A claim was taken back", "There is nothing to do.")
    if by.pk != claim.person.user_id:
        tell_member(claim, "A claim of yours was taken back", "Open it to see where it stands.")
    return claim


# --- The engagement lead -------------------------------------------------------------------------
def _require_not_own(by: Actor, claim: Claim) -> None:
    """No one decides about money for themselves, whatever their role, nor for a member they support or a colleague for
    whom they cover."""
    if claim.roles_of(by) or noting.acting_for(by) == claim.person_id:
        raise PermissionDenied(OWN_CLAIM)


@transaction.atomic
def approve_claim(*, by: Actor, claim: Claim, expected: int | None = None) -> Claim:
    """Agree that a claim is to be paid. Never one's own."""
    require(by, "coproduction.manage_claims")
    claim = lock(claim)
    _require_not_own(by, claim)
    require_state(claim, "approve it", State.CLAIMED)
    write(claim, {"state": State.APPROVED, "approved_by_id": by.pk}, expected)
    step(by, claim)
    audit.record(by, "claim.approved", claim)
    tell_member(claim, "Your claim was approved", "It goes to finance now. You hear again when it is paid.")
    return claim


@transaction.atomic
def return_claim(*, by: Actor, claim: Claim, reason: str, expected: int | None = None) -> Claim:
    """Send a claim back to the member, saying what has to change."""
    require(by, "coproduction.manage_claims")
    claim = lock(claim)
    _require_not_own(by, claim)
    require_state(claim, "send it back", State.CLAIMED, State.APPROVED)
    if not reason.strip():
        raise ValidationError({"reason": "Say why, so that the member knows what to change."})
    changes = {"state": State.RETURNED, "returned_because": reason.strip(), "approved_by_id": None}
    write(claim, changes, expected)
    step(by, claim, words=reason)
    audit.record(by, "claim.returned", claim)
    tell_member(claim, "Your claim was sent back", "Open it to read why, put it right, and send it again.")
    return claim


# --- Who else may see it -------------------------------------------------------------------------
def _require_member(by: Actor, link: SupportLink) -> None:
    """The member decides; for one without an account the engagement lead writes down what they said."""
    if link.member.user_id is None or link.member.user_id != by.pk:
        require(by, "coproduction.manage_claims")
        if link.member.user_id is not None:
            raise PermissionDenied("This member has an account, and decides about this there.")
        if link.supporter.user_id == by.pk:
            raise PermissionDenied("You would be the one who sees it. Ask another engagement lead.")


@transaction.atomic
def share_pay(*, by: Actor, link: SupportLink, told: str = "") -> SharedPay:
    """Let a supporter see a member's pay and claims, and write claims down for them. The member's own wish."""
    _require_member(by, link)
    link = SupportLink.objects.select_for_update(of=("self",)).select_related("member", "supporter").get(pk=link.pk)
    told = require_told(by, link.member, told)
    if not SupportLink.objects.in_force().filter(pk=link.pk).exists():
        raise StateConflict("This person no longer supports the member.", code="ended")
    shared = link.shared_pay.filter(ended_at__isnull=True).first()
    if shared is None:
        shared = SharedPay.objects.create(link=link, started_at=clock.now(), recorded_by_id=by.pk, told=told)
        audit.record(by, "pay.shared", shared)
    return shared


def share_with_supporter(link: SupportLink) -> None:
    """The same for a supporter whom the member named for everything, claims among it: the member’s own choice."""
    SharedPay.objects.create(link=link, started_at=clock.now(), recorded_by_id=link.recorded_by_id)


@transaction.atomic
def stop_sharing_pay(*, by: Actor, link: SupportLink) -> None:
    """Stop letting a supporter see a member's pay and claims, from their next request on."""
    _require_member(by, link)
    for shared in link.shared_pay.select_for_update().filter(ended_at__isnull=True):
        shared.ended_at = clock.now()
        shared.save(update_fields=["ended_at"])
        audit.record(by, "pay.no_longer_shared", shared)


def unpaid_claims(person: Person) -> list[str]:
    """Why a member cannot be erased while we owe them money, in a sentence that says what to do first."""
    waiting = (State.CLAIMED, State.RETURNED, State.APPROVED)
    number = Claim.objects.in_states(*waiting).filter(person=person).count()
    if not number:
        return []
    words = "1 claim of theirs is" if number == 1 else f"{number} claims of theirs are"
    return [f"{words} not paid yet. Pay or withdraw {'it' if number == 1 else 'them'} first."]
