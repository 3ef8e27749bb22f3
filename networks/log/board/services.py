"""The brainstorm board: enablers and barriers side by side, moved about while people talk."""

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable

Kind = Contribution.Kind
COLUMNS = (Kind.ENABLER, Kind.BARRIER)
OTHER_SIDE = {Kind.ENABLER: Kind.BARRIER, Kind.BARRIER: Kind.ENABLER}
DIRECTIONS = ("up", "down", "across", "before", "last")


def columns_of(meeting: Meeting) -> dict[Kind, list[Contribution]]:
    """The cards of both columns, top to bottom."""
    cards: dict[Kind, list[Contribution]] = {kind: [] for kind in COLUMNS}
    kept = meeting.contributions.filter(removed_at__isnull=True, kind__in=COLUMNS)
    for card in kept.select_related("theme").order_by("position", "recorded_at", "pk"):
        cards[Kind(card.kind)].append(card)
    return cards


def _place(column: list[Contribution], card: Contribution, direction: str, before: Contribution | None) -> int:
    """The position of the card in a column, not counting the card itself."""
    at = next((n for n, other in enumerate(column) if other.pk == card.pk), len(column))
    others = [other for other in column if other.pk != card.pk]
    if direction == "up":
        return max(0, at - 1)
    if direction == "down":
        return min(len(others), at + 1)
    if direction == "before" and before is not None:
        return next((n for n, other in enumerate(others) if other.pk == before.pk), len(others))
    return len(others)


@transaction.atomic
def move_contribution(
    *,
    by: Actor,
    contribution: Contribution,
    direction: str,
    kind: str = "",
    before: Contribution | None = None,
) -> Contribution:
    """Move a card ``up`` or ``down`` by one, ``across`` to the end of the other column, ``before`` another card, or
    ``last`` in the column ``kind``. Moving it to the other column makes it the other kind: that is what was meant."""
    require(by, "networks.log_meeting", contribution)
    if direction not in DIRECTIONS:
        raise ValidationError("Move a card up, down or across.")
    meeting = locked(contribution.meeting)
    require_changeable(meeting)
    cards = columns_of(meeting)
    card = next((row for rows in cards.values() for row in rows if row.pk == contribution.pk), None)
    if card is None:
        raise StateConflict("This card is no longer on the board. Someone removed it or changed its kind.")
    was = Kind(card.kind)
    goal = before.kind if before else OTHER_SIDE[was] if direction == "across" else kind or was
    if goal not in COLUMNS:
        raise ValidationError("A card is either an enabler or a barrier.")
    goal = Kind(goal)
    column = [row for row in cards[goal] if row.pk != card.pk]
    column.insert(_place(cards[goal], card, direction, before), card)
    if goal != was:
        save_changes(card, {"kind": goal}, expected=None)
        audit.record(by, "meeting.contribution_changed", meeting, fields=["kind"])
    _renumber(meeting, goal, column)
    return card


def _renumber(meeting: Meeting, kind: Kind, column: list[Contribution]) -> None:
    """Give a column's cards rising places. Other entries of the log keep theirs."""
    places = sorted(row.position for row in column)
    rising: list[int] = []
    for place in places:
        rising.append(max(place, rising[-1] + 1) if rising else place)
    moved = [row for row, place in zip(column, rising, strict=True) if row.position != place]
    for row, place in zip(column, rising, strict=True):
        row.position = place
    Contribution.objects.bulk_update(moved, ["position"])
