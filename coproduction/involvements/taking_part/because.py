"""What changed because of one member: through what they were asked, what they suggested, and the waypoints they answered."""

from typing import Any

from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.models import Participation
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Waypoint


def because_of(user: Any, limit: int = 5) -> list[dict[str, Any]]:
    """The newest results of what a member took part in: dicts of title, href, key, label, said, happened, on.

    Only their own words are given as what they said; where there are none, what members said together.
    """
    return sorted([*_involvements(user), *_suggestions(user), *_waypoints(user)], key=_day, reverse=True)[:limit]


def _day(item: dict[str, Any]) -> Any:
    return item["on"]


def _involvements(user: Any) -> list[dict[str, Any]]:
    mine = Participation.objects.filter(person__user_id=user.pk).involved()
    words = dict(mine.values_list("involvement_id", "words"))
    rows = Involvement.objects.visible_to(user).settled().filter(pk__in=words)
    return [
        {
            "title": row.title,
            "href": row.get_absolute_url(),
            "key": row.outcome,
            "label": row.get_outcome_display(),
            "said": words[row.pk] or row.said,
            "happened": row.changed,
            "on": row.changed_on,
        }
        for row in rows
    ]


def _suggestions(user: Any) -> list[dict[str, Any]]:
    taken = [Suggestion.Status.TAKEN_UP, Suggestion.Status.ADAPTED]
    rows = Suggestion.objects.visible_to(user).filter(person__user_id=user.pk, status__in=taken)
    return [
        {
            "title": f"Your suggestion on “{row.section.title}”",
            "href": row.get_absolute_url(),
            "key": row.status,
            "label": row.get_status_display(),
            "said": row.words,
            "happened": row.answer,
            "on": row.answered_on,
        }
        for row in rows.select_related("section")
    ]


def _last_words(waypoint: Waypoint) -> str:
    """What the group found about the last question."""
    parts = waypoint.summary_parts
    return parts[-1]["words"] if parts else ""


def _waypoints(user: Any) -> list[dict[str, Any]]:
    answers = WaypointAnswer.objects.of(user).filter(
        waypoint__in=Waypoint.objects.visible_to(user).filter(held_on__isnull=False)
    )
    return [
        {
            "title": row.waypoint.title,
            "href": row.waypoint.get_absolute_url(),
            "key": row.waypoint.outcome,
            "label": row.waypoint.get_outcome_display(),
            "said": " ".join(filter(None, row.words)),
            "happened": row.waypoint.no_change_reason or _last_words(row.waypoint),
            "on": row.waypoint.held_on,
        }
        for row in answers.select_related("waypoint")
    ]
