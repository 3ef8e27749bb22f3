"""What the page of an involvement says of those who take part, as far as its reader may know."""

from typing import Any

from coproduction.group.members import deciding_members
from coproduction.group.models import SupportLink
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.models import Participation
from impact.core.access.permissions import has_perm
from impact.core.basics.suppression import suppress
from impact.core.people.accounts import SignedInRequest
from impact.core.people.models import Person

COUNTED = {"invited": "Invited", "accepted": "Said yes", "declined": "Said no", "took_part": "Took part"}


def counts_of(rows: list[Participation], *, is_exact: bool) -> dict[str, int | None]:
    """How many were invited, said yes, said no and took part: exact, or suppressed one by one. None: withheld."""
    counts = {
        "invited": len(rows),
        "accepted": sum(row.state == Participation.State.ACCEPTED for row in rows),
        "declined": sum(row.state == Participation.State.DECLINED for row in rows),
        "took_part": sum(row.took_part for row in rows),
    }
    return {name: n if is_exact else suppress({name: n}).cells[name] for name, n in counts.items()}


def supported_in(user: Any, involvement: Involvement) -> list[Person]:
    """Members of the group for whom a user may write something down: those they support, or all for the engagement lead."""
    people = Person.objects.filter(pk__in=deciding_members(involvement.group).values("person")).order_by("name")
    people = people.exclude(user_id=user.pk, user__isnull=False)
    if has_perm(user, "coproduction.record_for_member", involvement):
        return list(people)
    links = SupportLink.objects.in_force().filter(group=involvement.group, supporter__user_id=user.pk)
    return list(people.filter(pk__in=links.values("member")))


def _writes_for(user: Any, involvement: Involvement, rows: list[Participation]) -> list[dict[str, Any]]:
    """Whom the reader may write for, each with the invitation that still waits for a yes or no."""
    waiting = {row.person_id for row in rows if row.state == Participation.State.INVITED}
    return [{"person": one, "is_invited": one.pk in waiting} for one in supported_in(user, involvement)]


def taking_part(request: SignedInRequest, involvement: Involvement) -> dict[str, Any]:
    """Counts for everyone who may read the involvement; members' words for the group; names for the engagement lead."""
    user = request.user
    rows = list(
        Participation.objects.filter(involvement=involvement).select_related(
            "person", "recorded_by__person", "involvement"
        )
    )
    sees_words = has_perm(user, "coproduction.view_names", involvement)
    is_lead = has_perm(user, "coproduction.edit_involvement", involvement)
    counts = counts_of(rows, is_exact=sees_words)
    is_waiting = involvement.outcome == Involvement.Outcome.WAITING
    is_member = deciding_members(involvement.group).filter(person__user_id=user.pk).exists()
    mine = next((row for row in rows if row.person.user_id == user.pk), None)
    return {
        "counts": [
            (label, "Too few to show" if counts[key] is None else counts[key])
            for key, label in COUNTED.items()
            if rows or counts["invited"] is None
        ],
        "part": mine,
        "may_say": is_waiting and is_member,
        "may_reply": is_waiting and is_member and mine is not None,
        "people": rows if is_lead else [],
        "own_words": [
            {"row": row, "name": str(row.person) if is_lead or row is mine else "A member"}
            for row in rows
            if row.words and sees_words
        ],
        "writes_for": _writes_for(user, involvement, rows) if is_waiting else [],
        "is_waiting": is_waiting,
    }
