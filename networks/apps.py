from typing import Any

from django.apps import AppConfig, apps

from impact.core.access.permissions import has_perm
from impact.core.web.search.registry import SCOPES, Follows, Searchable, register

OF_MEETING = "JOIN networks_meeting m ON m.id = t.meeting_id"
# A meeting that moves, to another day or group, takes along what was said there and its papers.
MOVES = Follows("networks_meeting", ("group_id", "starts_at"), "t.meeting_id = NEW.id")


def groups_of(user: Any) -> list[int] | None:
    """The groups in which it is worth looking for what belongs to one."""
    if has_perm(user, "networks.view_all"):
        return None
    return list(apps.get_model("networks", "Group").objects.visible_to(user).order_by().values_list("pk", flat=True))


def themes(kind: Searchable, user: Any) -> Any:
    """Themes, for those who may open their pages: members read of themes where they are spoken of."""
    own = apps.get_model("networks", "Group").objects.permitted(user, "networks.view_aggregates")
    may_open = has_perm(user, "networks.view_aggregates") or own.exists()
    return kind.manager.visible_to(user) if may_open else kind.manager.none()


# What can be found of networks, and by which words. Who said something, who came and what they need is not among them.
FOUND = (
    Searchable(
        kind="group",
        model="networks.Group",
        one="Group",
        many="Groups",
        title="t.name",
        body="t.place || ' · ' || t.about",
        day="t.starts_on",
        nation="nation",
        place=lambda group: group.get_kind_display(),
    ),
    Searchable(
        kind="meeting",
        model="networks.Meeting",
        one="Meeting",
        many="Meetings",
        title="t.title",
        body="t.purpose || ' · ' || t.place || CASE WHEN t.status IN ('logged', 'complete') THEN ' · ' || t.notes ELSE '' END",
        day="t.starts_at",
        scope="t.group_id",
        nation="group__nation",
        related=("group",),
        place=lambda meeting: meeting.group.name,
    ),
    Searchable(
        kind="contribution",
        model="networks.Contribution",
        one="Contribution",
        many="Contributions",
        body="t.words",
        day="m.starts_at",
        scope="m.group_id",
        joins=OF_MEETING,
        where="t.removed_at IS NULL",
        follows=(MOVES,),
        nation="meeting__group__nation",
        related=("meeting__group", "theme"),
        url=lambda contribution: contribution.meeting.get_absolute_url(),
        place=lambda contribution: f"{contribution.get_kind_display()}, {contribution.meeting.group.name}",
        order="recorded_at",
    ),
    Searchable(
        kind="paper",
        model="networks.Material",
        one="Paper",
        many="Papers",
        title="t.title",
        day="m.starts_at",
        scope="m.group_id",
        joins=OF_MEETING,
        follows=(MOVES,),
        nation="meeting__group__nation",
        related=("meeting__group",),
        place=lambda paper: paper.meeting.group.name,
    ),
    Searchable(
        kind="action",
        model="networks.Action",
        one="Action",
        many="Actions",
        title="t.what",
        body="t.outcome",
        day="COALESCE(t.due_on, date(t.created_at))",
        scope="t.group_id",
        nation="group__nation",
        related=("group",),
        place=lambda action: action.group.name,
    ),
    Searchable(
        kind="theme",
        model="networks.Theme",
        one="Theme",
        many="Themes",
        title="t.name",
        body="t.description",
        where="t.merged_into_id IS NULL",
        visible=themes,
    ),
    Searchable(
        kind="learning",
        model="networks.SharedLearning",
        one="Shared learning",
        many="Shared learning",
        title="t.title",
        body="t.words",
        day="t.shared_at",
        nation="group__nation",
        related=("group",),
        place=lambda learning: learning.group.name,
    ),
)


class NetworksConfig(AppConfig):
    name = "networks"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import consents, lookup
        from impact.core.people.rights.acting import duties, leaving
        from impact.core.people.rights.erasure import services as erasure
        from impact.core.people.rights.holdings import looked

        # Any process that looks for due jobs can do ours, and check_files knows our files.
        from networks.actions import digests  # noqa: F401
        from networks.documents import tasks  # noqa: F401
        from networks.documents.materials import services  # noqa: F401
        from networks.groups.changes.event_words import WORDS
        from networks.log.record import photos  # noqa: F401
        from networks.meetings.invitations import tasks as reminders  # noqa: F401
        from networks.members import handover
        from networks.members.places import coordinators_among, coordinators_of, seen_with_group
        from networks.members.places import groups_of as places_in_groups
        from networks.network.services import network_only_rows
        from sites.registry.services import register_model_guard

        audit.register_event_labels(WORDS)
        register(*FOUND)
        SCOPES.append(groups_of)
        audit.restrict_events("networks.restrictednote", "networks.view_restricted")
        lookup.PLACES["Groups"] = places_in_groups
        looked.TOGETHER.append(seen_with_group)
        looked.NAMED.append(coordinators_among)
        register_model_guard(network_only_rows)
        consents.ASKED_BY.append(coordinators_of)
        erasure.REFUSALS.append(handover.leads_alone)
        erasure.BEFORE.append(handover.end_memberships)
        duties.register(handover.COORDINATING, handover.ACTIONS)
        leaving.ENDS += [handover.meetings_run, handover.calendar_of]
        leaving.CLOSING.append(handover.end_coordination)
