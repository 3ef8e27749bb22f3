"""The networks part of the demonstration, built through the same services as the pages use. The data are in files."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from impact.core.access.permissions import SYSTEM, Actor, has_perm
from impact.core.basics import clock
from impact.core.basics.versions import mark
from impact.core.basics.vocabulary import EvidenceKind, Format, Nation
from impact.core.jobs.models import OutboxEmail
from impact.core.management.demo import read
from impact.core.people import services as core_services
from impact.core.people.consents import ASK_AGAIN_AFTER, WORDING
from impact.core.people.models import Consent, Person, User
from networks.actions.models import SOONEST
from networks.actions.services import add_action, close_action, record_progress
from networks.documents.materials.services import add_material
from networks.groups.models import Group, GroupKind, Membership
from networks.groups.services import add_group, explain_guard
from networks.log.models import Contribution
from networks.log.saving import LogInput, save_log
from networks.log.services import add_contribution, add_decision, record_attendance
from networks.management.demo import bookings, choosing, imports, learning, papers, record, shapes
from networks.management.demo.scale import build_scale
from networks.meetings import services
from networks.meetings.invitations.services import answer_invitation
from networks.meetings.models import Meeting
from networks.meetings.planning.costs.figures import renew_totals
from networks.meetings.planning.costs.models import CostsShown
from networks.members.joining.models import JoinInvitation
from networks.members.joining.services import answer_join_invitation, invite_member
from networks.members.services import (
    add_member,
    appoint_coordinator,
    end_membership,
    record_member_consent,
    write_handover,
)
from networks.themes.models import Theme
from networks.themes.services import find_or_add_theme
from sites.registry.models import Site

__all__ = ["build", "build_scale"]

STARTS, ENDS = time(13, 30), time(15, 30)  # of every meeting


def build(accounts: dict[str, User]) -> None:
    """Build the local networks of the first pilot, the coordinators' circle, the advisory group and the
    assemblies with the topics of 2023, where missing."""
    before = OutboxEmail.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    shared = read(__file__, "local_networks.toml", shapes.LocalNetworks)
    networks = shapes.local_networks()
    _themes()
    bookings.build_directory(accounts["staff"], shared.recruited_on)
    for nation, own in networks.items():
        _local_network(nation, own, shared, accounts)
    _coordinators_circle(shared.recruited_on, [accounts[own.coordinator] for own in networks.values()], accounts)
    _advisory_group(accounts)
    learning.build(accounts, networks)
    record.build(accounts)
    choosing.build(accounts)
    if not CostsShown.objects.exists():
        renew_totals(clock.today())
    imports.build(accounts)
    # These people are invented, so nothing leaves: what the services wrote to them counts as sent.
    OutboxEmail.objects.filter(pk__gt=before, sent_at__isnull=True).update(sent_at=clock.now())


def _times(day: date) -> dict[str, datetime]:
    times = {"starts_at": STARTS, "ends_at": ENDS}
    return {name: timezone.make_aware(datetime.combine(day, at)) for name, at in times.items()}


@transaction.atomic
def _themes() -> None:
    for name, description in read(__file__, "themes.toml", dict[str, str]).items():
        theme = find_or_add_theme(by=SYSTEM, name=name)
        Theme.objects.filter(pk=theme.pk, description="").update(description=description)


@transaction.atomic
def _local_network(
    nation: Nation, own: shapes.LocalNetwork, shared: shapes.LocalNetworks, accounts: dict[str, User]
) -> None:
    slug = f"choice-and-control-{nation.replace('_', '-')}"
    if Group.objects.filter(slug=slug).exists():
        return
    coordinator = accounts[own.coordinator]
    with clock.standing_on(shared.recruited_on):
        group = add_group(
            by=SYSTEM,
            kind=GroupKind.LOCAL_NETWORK,
            name=f"Choice and control, {nation.label}",
            slug=slug,
            site=Site.objects.get(slug="choice-and-control"),
            nation=nation,
            place=own.place,
            starts_on=shared.starts_on,
            ends_on=shared.ends_on,
            is_illustrative=True,
            about=shared.about,
        )
        first = _first_coordinator(group, own.handover) if own.handover else coordinator.person
        appoint_coordinator(by=SYSTEM, group=group, person=first)
        _members(coordinator if not own.handover else SYSTEM, group, own.members)
        if own.handover:
            coordinator = accounts["staff"]  # who keeps the group going between two coordinators
    with clock.standing_on(shared.recruited_on + timedelta(days=7)):
        for explained in own.explanations:
            explain_guard(by=coordinator, group=group, guard=explained.guard, reason=explained.reason)
        rows = [
            (_plan(coordinator, group, row, programme, shared.access_arrangements), row, programme)
            for row, programme in zip(own.meetings, shared.meetings, strict=True)
        ]
    for meeting, row, _programme in rows:
        _answers(coordinator, meeting, row.answers)
        bookings.book_for(coordinator, meeting)
    for meeting, row, programme in rows:
        _materials(coordinator, meeting, row, programme)
        if row.said:
            visitor = accounts["member"].person if row.has_visitor else None
            _log(coordinator, meeting, row, programme.notes, visitor)
        if row.debrief:
            _debrief(accounts["staff"], meeting, row.debrief)
        if row.said:
            bookings.finish_for(coordinator, meeting)
    _close_actions(coordinator, group, own)
    _note_progress(coordinator, group, shared.progress)
    if own.handover:
        _hand_over(group, own.handover, accounts[own.coordinator])
    for invited in own.invited:
        with clock.standing_on(invited.on):
            _invite(accounts[own.coordinator], group, invited.name, invited.perspective)


def _first_coordinator(group: Group, handover: shapes.Handover) -> Person:
    """Someone without an account, who ran a group in its first months."""
    name = handover.first_coordinator
    return core_services.add_person(by=SYSTEM, name=name, nation=group.nation, is_illustrative=True)


def _hand_over(group: Group, handover: shapes.Handover, to: User) -> None:
    """The first coordinator leaves a note for the one who follows."""
    leaving = group.memberships.get(role=Membership.Role.COORDINATOR)
    with clock.standing_on(handover.on - timedelta(days=3)):
        write_handover(by=SYSTEM, membership=leaving, note=handover.note)
    with clock.standing_on(handover.on):
        appoint_coordinator(by=SYSTEM, group=group, person=to.person)


def _invite(by: Actor, group: Group, name: str, perspective: str, **more: Any) -> JoinInvitation:
    email = f"{name.lower().replace(' ', '.')}@people.example"
    return invite_member(
        by=by, group=group, name=name, email=email, perspective=perspective, is_illustrative=True, **more
    )


def _members(by: Actor, group: Group, members: list[shapes.Member]) -> None:
    """Everyone joins by the link in their invitation, except those without email, whom the coordinator records."""
    for n, row in enumerate(members, start=1):
        starts_on = clock.today() + timedelta(days=n % 3)
        if row.has_email:
            invitation = _invite(by, group, row.name, row.perspective, starts_on=starts_on)
            answer_join_invitation(by=SYSTEM, invitation=invitation, answer="yes", **row.needs)
        else:
            add_member(
                by=by,
                group=group,
                name=row.name,
                perspective=row.perspective,
                starts_on=starts_on,
                is_illustrative=True,
                **row.needs,
            )


def _plan(by: Actor, group: Group, row: shapes.Meeting, programme: shapes.Programme, access: str) -> Meeting:
    is_in_person = bool(row.place)
    meeting = services.plan_meeting(
        by=by,
        group=group,
        title=programme.title,
        purpose=programme.purpose,
        **_times(row.on),
        mode=Meeting.Mode.IN_PERSON if is_in_person else Meeting.Mode.ONLINE,
        place=row.place,
        access_arrangements=row.access_arrangements or access,
        join_url=f"https://meet.example/{group.nation.replace('_', '-')}" if not is_in_person else "",
        announce=row.is_announced,
        is_illustrative=True,
    )
    services.set_agenda(by=by, meeting=meeting, items=_agenda(programme.agenda))
    return meeting


def _agenda(items: list[shapes.AgendaItem]) -> list[dict[str, Any]]:
    return [asdict(item) for item in items]


def _answers(by: Actor, meeting: Meeting, answers: list[shapes.Answer]) -> None:
    """A few answers to a meeting to come: by link, told by phone, and some that are still missing."""
    asked = {row.person.name: row for row in meeting.invitations.select_related("person")}
    for row in answers:
        with clock.standing_on(row.on):
            answer_invitation(
                by=by if row.is_recorded else SYSTEM,
                invitation=asked[row.name],
                answer=row.answer,
                access_needs=row.needs,
            )


def _materials(by: Actor, meeting: Meeting, row: shapes.Meeting, programme: shapes.Programme) -> None:
    nation = meeting.group.nation
    day = programme.papers_wait_since or meeting.starts_on - timedelta(days=14)
    for paper in programme.papers:
        sent_on = row.sent_on.get(paper.title, None if programme.papers_wait_since else day)
        given = [*paper.formats, Format.WELSH] if nation == Nation.WALES else paper.formats
        with clock.standing_on(sent_on or day):
            material = add_material(
                by=by, meeting=meeting, title=paper.title, evidence_kind=paper.kind, formats=given, sent_on=sent_on
            )
            papers.give_files(by, material, given)
    papers.give_history(by, meeting, nation)


def _log(by: Actor, meeting: Meeting, row: shapes.Meeting, notes: str, visitor: Person | None) -> None:
    belonging = list(meeting.group.memberships.filter(ends_on=None).select_related("person").order_by("pk"))
    apologies = {(meeting.number * 2) % len(belonging), (meeting.number * 5 + 1) % len(belonging)}
    statuses = {
        m.person_id: "apologies" if n in apologies and m.role == Membership.Role.MEMBER else "present"
        for n, m in enumerate(belonging)
    }
    guests = [(guest.name, str(guest.perspective or "")) for guest in row.guests]
    if visitor:
        with clock.standing_on(meeting.starts_on):
            visit = add_member(by=SYSTEM, group=meeting.group, person=visitor, perspective="draws_on_care")
        statuses[visitor.pk] = "present"
    with clock.standing_on(meeting.starts_on + timedelta(days=1)):
        record_attendance(by=by, meeting=meeting, statuses=statuses, guests=guests)
        said = [
            (_say(by, meeting, one, _speaker(by, meeting, one, n, visitor)), one.action)
            for n, one in enumerate(row.said)
        ]
        if visitor:
            end_membership(by=SYSTEM, membership=visit, ends_on=clock.today(), reason="Came to one meeting")
        for decision in row.decisions:
            add_decision(by=by, meeting=meeting, words=decision)
        for contribution, action in said:
            if action:
                add_action(
                    by=by,
                    group=meeting.group,
                    meeting=meeting,
                    contribution=contribution,
                    what=action.what,
                    owner=action.owner,
                    due_on=action.due_on,
                )
        save_log(by=by, meeting=meeting, log=LogInput(notes=notes, notes_was=mark("")), finish=True)


def _speaker(by: Actor, meeting: Meeting, row: shapes.Said, number: int, visitor: Person | None) -> Person | None:
    """One of the members with the perspective, who agrees to be quoted; None where no one notes who said what."""
    if not row.is_speaker_noted or not has_perm(by, "networks.view_speakers", meeting):
        return None
    rows = meeting.expected_members().filter(perspective=row.perspective, role=Membership.Role.MEMBER)
    if visitor:
        rows = rows.filter(person=visitor) if row.is_by_visitor else rows.exclude(person=visitor)
    members = list(rows.select_related("person").order_by("pk"))
    if not members:
        return None
    chosen = members[number % len(members)]
    if not chosen.person.consents.filter(purpose=Consent.Purpose.QUOTES).exists():
        _agree_to_quotes(by, chosen, meeting.starts_on)
    return chosen.person


def _agree_to_quotes(by: Actor, member: Membership, on: date) -> None:
    """A member with an account answers the question themselves; the coordinator notes what others said."""
    purpose, until = Consent.Purpose.QUOTES, on + ASK_AGAIN_AFTER
    if user := member.person.user:
        core_services.record_consent(
            by=user,
            person=member.person,
            purpose=purpose,
            wording=WORDING[purpose],
            is_given=True,
            given_on=on,
            expires_on=until,
        )
        return
    record_member_consent(by=by, membership=member, purpose=purpose, is_given=True, given_on=on, expires_on=until)


def _say(by: Actor, meeting: Meeting, row: shapes.Said, speaker: Person | None = None) -> Contribution:
    return add_contribution(
        by=by,
        meeting=meeting,
        kind=row.kind,
        theme=row.theme,
        new_theme=True,
        level=row.level,
        perspective=row.perspective,
        words=row.words,
        speaker=speaker,
    )


def _debrief(by: Actor, meeting: Meeting, row: shapes.Debrief) -> None:
    held_on = meeting.starts_on + timedelta(days=6)
    with clock.standing_on(held_on):
        services.debrief_meeting(by=by, meeting=meeting, held_on=held_on, **asdict(row))


def _close_actions(by: Actor, group: Group, own: shapes.LocalNetwork) -> None:
    actions = [said.action for meeting in own.meetings for said in meeting.said if said.action]
    ends = {action.what: action for action in actions if action.status != "open"}
    for action in group.actions.filter(what__in=ends):
        end = ends[action.what]
        with clock.standing_on(end.due_on):
            close_action(by=by, action=action, status=end.status, outcome=end.outcome)


def _note_progress(by: Actor, group: Group, progress: shapes.Progress) -> None:
    late = group.actions.filter(status="open").order_by(SOONEST, "pk")
    for action, words in zip(late, progress.words, strict=False):
        with clock.standing_on(progress.on):
            record_progress(by=by, action=action, words=words)


@transaction.atomic
def _coordinators_circle(recruited_on: date, coordinators: list[User], accounts: dict[str, User]) -> None:
    if Group.objects.filter(slug="coordinators-circle").exists():
        return
    circle = read(__file__, "coordinators_circle.toml", shapes.Circle)
    staff = accounts["staff"]
    with clock.standing_on(recruited_on):
        group = add_group(
            by=SYSTEM,
            kind=GroupKind.COORDINATORS,
            name=circle.name,
            slug="coordinators-circle",
            nation=Nation.UK,
            is_illustrative=True,
            about=circle.about,
        )
        add_member(by=SYSTEM, group=group, person=staff.person, role=Membership.Role.CHAIR)
        for coordinator in coordinators:
            add_member(by=SYSTEM, group=group, person=coordinator.person)
    with clock.standing_on(circle.next.planned_on):
        meeting = _plan_ahead(staff, group, circle.next)
        services.set_agenda(by=staff, meeting=meeting, items=_agenda(circle.next.agenda))


def _plan_ahead(by: Actor, group: Group, row: shapes.Ahead, **more: Any) -> Meeting:
    return services.plan_meeting(
        by=by,
        group=group,
        title=row.title,
        purpose=row.purpose,
        **_times(row.on),
        join_url=row.join_url,
        announce=True,
        is_illustrative=True,
        **more,
    )


@transaction.atomic
def _advisory_group(accounts: dict[str, User]) -> None:
    if Group.objects.filter(slug="advisory-group").exists():
        return
    advisory = read(__file__, "advisory_group.toml", shapes.AdvisoryGroup)
    lead = accounts["engagement"]
    with clock.standing_on(advisory.starts_on):
        group = add_group(
            by=SYSTEM,
            kind=GroupKind.ADVISORY_GROUP,
            name=advisory.name,
            slug="advisory-group",
            nation=Nation.UK,
            starts_on=advisory.starts_on,
            is_illustrative=True,
            about=advisory.about,
        )
        _members(lead, group, advisory.members)
        add_member(by=SYSTEM, group=group, person=accounts["member"].person, perspective="draws_on_care")
    for row in advisory.meetings:
        _advisory_meeting(lead, group, row, advisory)
    with clock.standing_on(advisory.next.planned_on):
        meeting = _plan_ahead(lead, group, advisory.next, access_arrangements=advisory.access_arrangements)
        for item in _agenda(advisory.next.agenda):
            services.add_agenda_item(by=lead, meeting=meeting, **item)


def _advisory_meeting(lead: User, group: Group, row: shapes.AdvisoryMeeting, advisory: shapes.AdvisoryGroup) -> None:
    with clock.standing_on(row.on - timedelta(days=21)):
        meeting = services.plan_meeting(
            by=lead,
            group=group,
            title=row.title,
            purpose=row.purpose,
            **_times(row.on),
            access_arrangements=advisory.access_arrangements,
            announce=True,
            is_illustrative=True,
        )
        for item in _agenda(row.agenda):
            services.add_agenda_item(by=lead, meeting=meeting, **item)
    with clock.standing_on(row.on - timedelta(days=14)):
        add_material(
            by=lead,
            meeting=meeting,
            title=f"Paper for the meeting: {row.title.lower()}",
            evidence_kind=EvidenceKind.LIVED,
            formats=advisory.formats,
            sent_on=row.on - timedelta(days=14),
        )
    with clock.standing_on(row.on + timedelta(days=1)):
        came = list(group.memberships.order_by("pk").values_list("person_id", flat=True))
        statuses = {pk: "apologies" if n == row.on.month % 9 else "present" for n, pk in enumerate(came)}
        record_attendance(by=lead, meeting=meeting, statuses=statuses)
        for said in row.said:
            _say(lead, meeting, said)
        add_decision(by=lead, meeting=meeting, words=row.decision)
        save_log(by=lead, meeting=meeting, log=LogInput(notes=row.notes, notes_was=mark("")), finish=True)
    _debrief(lead, meeting, row.debrief)
