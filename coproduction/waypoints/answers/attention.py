"""Which waypoints wait for a member's answer, or for the answers of those whom someone supports."""

from typing import Any

from django.urls import reverse

from coproduction.group.members import DECIDING_ROLES, say_day
from coproduction.group.models import SupportLink
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Waypoint
from networks.groups.models import Membership


def waypoints_to_answer(user: Any) -> list[dict[str, str]]:
    """Dicts of title, href, detail and tone for ``<c-attention>``: open waypoints without an answer of the member."""
    if not user.pk:
        return []
    items = []
    member_of = Membership.objects.current().filter(person__user_id=user.pk, role__in=DECIDING_ROLES).values("group_id")
    links = SupportLink.objects.in_force().one_each().filter(supporter__user_id=user.pk).select_related("member")
    supported: dict[int, list[Any]] = {}
    for link in links:
        supported.setdefault(link.group_id, []).append(link.member)
    for waypoint in Waypoint.objects.visible_to(user).open().select_related("charter"):
        answered = set(WaypointAnswer.objects.filter(waypoint=waypoint).values_list("person_id", "person__user_id"))
        until = f"You can answer until {say_day(waypoint.due_on)}."
        group = waypoint.charter.group_id
        if (group,) in set(member_of.values_list("group_id")) and user.pk not in {owner for _pk, owner in answered}:
            href = reverse("coproduction:waypoint-answer", args=[waypoint.pk])
            items.append({"title": f"{waypoint.title}: say where you think we are", "href": href, "detail": until})
        for member in supported.get(group, []):
            if member.pk not in {pk for pk, _owner in answered}:
                href = reverse("coproduction:waypoint-answer-for", args=[waypoint.pk, member.pk])
                title = f"{waypoint.title}: ask {member} where they think we are"
                items.append({"title": title, "href": href, "detail": until})
    return [{**item, "tone": "yellow"} for item in items]
