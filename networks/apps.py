from typing import Any

from django.apps import AppConfig, apps

from impact.core.access.permissions import has_perm
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Nation
from impact.core.web.search.registry import SCOPES, Follows, Searchable, register

OF_MEETING = "JOIN networks_meeting m ON m.id = t.meeting_id"
# A meeting that moves, to another day or group, takes along what was said there and its papers.
MOVES = Follows("networks_meeting", ("group_id", "starts_at"), "t.meeting_id = NEW.id")


def groups_of(user: Any, nation: str) -> list[int] | None:
    """The groups in which it is worth looking for what belongs to one, of the nation that is asked for."""
    if has_perm(user, "networks.view_all"):
        return None
    groups = apps.get_model("networks", "Group").objects.visible_to(user).order_by()
    if nation:
        groups = groups.filter(nation__in=[nation, Nation.UK.value])
    return list(groups.values_list("pk", flat=True))


def themes(kind: Searchable, user: Any) -> Any:
    """Themes, for those who may open their pages: members read of themes where they are spoken of."""
    own = apps.get_model("networks", "Group").objects.permitted(user, "networks.view_aggregates")
    may_open = has_perm(user, "networks.view_aggregates") or own.exists()
    return kind.manager.visible_to(user) if may_open else kind.manager.none()


def members(kind: Searchable, user: Any) -> Any:
    """People in the groups whose people someone sees. Who sees the page of all people finds them there, once."""
    if has_perm(user, "core.view_people"):
        return kind.manager.none()
    own = apps.get_model("networks", "Group").objects.permitted(user, "networks.view_people")
    return kind.manager.filter(group__in=own)


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
    Searchable(  # for those who do not see the page of all people: coordinators find who is in their groups
        kind="member",
        model="networks.Membership",
        one="Member",
        many="Members of your groups",
        title="p.name",
        scope="t.group_id",
        joins="JOIN core_person p ON p.id = t.person_id",
        follows=(Follows("core_person", ("name",), "t.person_id = NEW.id"),),
        visible=members,
        nation="group__nation",
        related=("group",),
        url=lambda member: f"{member.group.get_absolute_url()}#members",
        place=lambda member: (
            f"{member.get_role_display()}{' until ' + day(member.ends_on) if member.ends_on else ''}, {member.group.name}"
        ),
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
        body="w.text",
        day="m.starts_at",
        scope="m.group_id",
        joins=f"{OF_MEETING} LEFT JOIN networks_papertext w ON w.material_id = t.id",
        follows=(MOVES, Follows("networks_papertext", ("text",), "t.id = NEW.material_id", comes_and_goes=True)),
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
        kind="venue",
        model="networks.Venue",
        one="Venue",
        many="Venues",
        title="t.name",
        body="t.address || ' · ' || t.notes",
        nation="nation",
        place=lambda venue: venue.address or venue.get_nation_display(),
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
        from impact.core.people import services as people
        from impact.core.people.rights.acting import duties, leaving
        from impact.core.people.rights.erasure import services as erasure
        from impact.core.people.rights.holdings import looked
        from impact.core.web.imports.shapes import register as register_imports

        # Any process that looks for due jobs can do ours, and check_files knows our files.
        from networks.actions import digests  # noqa: F401
        from networks.documents import tasks  # noqa: F401
        from networks.documents.materials import services as papers
        from networks.documents.materials.reading import tasks as reading  # noqa: F401
        from networks.groups.changes.event_words import WORDS
        from networks.log.attendance.forgetting import forget_in_reports
        from networks.log.record import shown
        from networks.meetings.invitations import emails
        from networks.meetings.invitations import tasks as reminders  # noqa: F401
        from networks.meetings.invitations.services import renew_replies
        from networks.meetings.planning.bookings.own import tasks as booking_tasks  # noqa: F401
        from networks.meetings.planning.bookings.pages import arranged_lines
        from networks.meetings.planning.bookings.services import confirm_by_file
        from networks.meetings.planning.costs import tasks as cost_tasks  # noqa: F401
        from networks.members import handover
        from networks.members.joining.moving_in.groups import GROUPS
        from networks.members.joining.moving_in.meetings import MEETINGS
        from networks.members.joining.moving_in.people import PEOPLE
        from networks.members.joining.one_record import register as register_joins
        from networks.members.places import coordinators_among, coordinators_of, seen_with_group
        from networks.members.places import groups_of as places_in_groups
        from networks.network.services import network_only_rows
        from sites.registry.services import register_model_guard

        papers.AFTER_FILE.append(confirm_by_file)
        emails.ARRANGED.append(arranged_lines)
        audit.register_event_labels(WORDS)
        register(*FOUND)
        SCOPES.append(groups_of)
        audit.restrict_events("networks.restrictednote", "networks.view_restricted")
        for model in ("booking", "bookingneed"):  # they tell what someone needs
            audit.restrict_events(f"networks.{model}", "networks.view_costs")
        lookup.PLACES["Groups"] = places_in_groups
        looked.TOGETHER.append(seen_with_group)
        looked.NAMED.append(coordinators_among)
        register_model_guard(network_only_rows)
        people.NEW_ADDRESS.append(renew_replies)
        consents.ASKED_BY.append(coordinators_of)
        consents.AFTERWARDS.append(shown.follow_consent)
        consents.EFFECTS.append(shown.effects_on_photos)
        erasure.REFUSALS.append(handover.leads_alone)
        erasure.BEFORE.append(handover.end_memberships)
        duties.register(handover.COORDINATING, handover.ACTIONS)
        leaving.ENDS += [handover.meetings_run, handover.calendar_of]
        leaving.CLOSING.append(handover.end_coordination)
        erasure.BEFORE += [forget_in_reports, shown.delete_pictures]
        register_joins()
        register_imports(GROUPS, PEOPLE, MEETINGS)
