"""The networks part of the demonstration, built through the same services as the pages use."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.basics.vocabulary import Format, Nation
from impact.core.jobs.models import OutboxEmail
from impact.core.people import services as core_services
from impact.core.people.models import Person, User
from networks.actions.services import add_action, close_action
from networks.groups.models import Group, GroupKind, Membership
from networks.groups.services import add_group, explain_guard
from networks.log.models import Contribution
from networks.log.saving import LogInput, mark, save_log
from networks.log.services import add_contribution, add_decision, record_attendance
from networks.management.demo import learning, papers, people, record
from networks.management.demo import words_more as words
from networks.management.demo.scale import build_scale
from networks.management.demo.words import AGENDAS, DAYS, ENDS, LIVED, MATERIALS, PURPOSES, SAID, STARTS, TITLES, Said
from networks.materials.services import add_material
from networks.meetings import services
from networks.meetings.invitations.services import answer_invitation
from networks.meetings.models import Meeting
from networks.members.joining.models import JoinInvitation
from networks.members.joining.services import answer_join_invitation, invite_member
from networks.members.services import add_member, appoint_coordinator, write_handover
from networks.themes.models import Theme
from networks.themes.services import find_or_add_theme
from sites.registry.models import Site

__all__ = ["build", "build_scale"]

RECRUITED = date(2022, 7, 4)
HANDED_OVER = date(2022, 12, 1)
STARTS_ON, ENDS_ON = date(2022, 7, 25), date(2023, 1, 31)
# How far each local network has come: meetings logged, meetings debriefed.
PROGRESS = {
    Nation.ENGLAND: (3, 3),
    Nation.SCOTLAND: (3, 2),
    Nation.WALES: (2, 2),
    Nation.NORTHERN_IRELAND: (0, 0),
}


def build(accounts: dict[str, User]) -> None:
    """Build the local networks of the first pilot, the coordinators' circle and the advisory group, where missing."""
    before = OutboxEmail.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    _themes()
    for nation in people.NETWORKS:
        _local_network(nation, accounts)
    _coordinators_circle(accounts)
    _advisory_group(accounts)
    learning.build(accounts)
    record.build(accounts)
    # These people are invented, so nothing leaves: what the services wrote to them counts as sent.
    OutboxEmail.objects.filter(pk__gt=before, sent_at__isnull=True).update(sent_at=clock.now())


def _at(day: date, time: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time))


@transaction.atomic
def _themes() -> None:
    for name, description in words.THEMES.items():
        theme = find_or_add_theme(by=SYSTEM, name=name)
        Theme.objects.filter(pk=theme.pk, description="").update(description=description)


@transaction.atomic
def _local_network(nation: str, accounts: dict[str, User]) -> None:
    slug = f"choice-and-control-{nation.replace('_', '-')}"
    if Group.objects.filter(slug=slug).exists():
        return
    place, account, members = people.NETWORKS[nation]
    coordinator = accounts[account]
    with clock.standing_on(RECRUITED):
        group = add_group(
            by=SYSTEM,
            kind=GroupKind.LOCAL_NETWORK,
            name=f"Choice and control, {Nation(nation).label}",
            slug=slug,
            site=Site.objects.get(slug="choice-and-control"),
            nation=nation,
            place=place,
            starts_on=STARTS_ON,
            ends_on=ENDS_ON,
            is_illustrative=True,
            about="People who draw on care and support, carers, front-line workers, funders and providers. They meet "
            "four times to work out what choice and control takes in supported living.",
        )
        is_handed_over = nation == Nation.NORTHERN_IRELAND
        first = _first_coordinator(group) if is_handed_over else coordinator.person
        appoint_coordinator(by=SYSTEM, group=group, person=first)
        _members(coordinator if not is_handed_over else SYSTEM, group, members)
        if is_handed_over:
            coordinator = accounts["staff"]  # who keeps the group going between two coordinators
    with clock.standing_on(RECRUITED + timedelta(days=7)):
        if nation == Nation.NORTHERN_IRELAND:
            explain_guard(by=coordinator, group=group, guard="perspectives", reason=words.EXPLANATION_NI)
        meetings = {number: _plan(coordinator, group, number, nation) for number in DAYS}
    if nation == Nation.ENGLAND:
        _answers(coordinator, meetings[4])
    logged, debriefed = PROGRESS[Nation(nation)]
    for number, meeting in meetings.items():
        _materials(coordinator, meeting, number, nation)
        if number <= logged:
            _log(coordinator, meeting, number, nation, members)
        if number <= debriefed:
            _debrief(accounts["staff"], meeting, words.DEBRIEFS[number, nation])
    _close_actions(coordinator, group)
    papers.note_progress(coordinator, group)
    if is_handed_over:
        _hand_over(group, accounts[account])


def _first_coordinator(group: Group) -> Person:
    """Someone without an account, who ran a group in its first months."""
    return core_services.add_person(by=SYSTEM, name=people.FIRST_COORDINATOR, nation=group.nation, is_illustrative=True)


def _hand_over(group: Group, to: User) -> None:
    """The first coordinator leaves a note for the one who follows."""
    leaving = group.memberships.get(role=Membership.Role.COORDINATOR)
    with clock.standing_on(HANDED_OVER - timedelta(days=3)):
        write_handover(by=SYSTEM, membership=leaving, note=words.HANDOVER_NI)
    with clock.standing_on(HANDED_OVER):
        appoint_coordinator(by=SYSTEM, group=group, person=to.person)
    with clock.standing_on(date(2023, 1, 11)):
        _invite(to, group, *people.INVITED)


def _invite(by: Actor, group: Group, name: str, perspective: str, **more: Any) -> JoinInvitation:
    email = f"{name.lower().replace(' ', '.')}@people.example"
    return invite_member(
        by=by, group=group, name=name, email=email, perspective=perspective, is_illustrative=True, **more
    )


def _members(by: Actor, group: Group, members: list[people.Member]) -> None:
    """Everyone joins by the link in their invitation, except those without e-mail, whom the coordinator records."""
    for n, (name, perspective, needs) in enumerate(members, start=1):
        starts_on = clock.today() + timedelta(days=n % 3)
        if name in people.WITHOUT_EMAIL:
            add_member(
                by=by,
                group=group,
                name=name,
                perspective=perspective,
                starts_on=starts_on,
                is_illustrative=True,
                **needs,
            )
            continue
        invitation = _invite(by, group, name, perspective, starts_on=starts_on)
        answer_join_invitation(by=SYSTEM, invitation=invitation, answer="yes", **needs)


def _plan(by: Actor, group: Group, number: int, nation: str) -> Meeting:
    day = DAYS[number][nation]
    is_in_person = nation == Nation.WALES and number >= 3
    meeting = services.plan_meeting(
        by=by,
        group=group,
        title=TITLES[number],
        purpose=PURPOSES[number],
        starts_at=_at(day, STARTS),
        ends_at=_at(day, ENDS),
        mode=Meeting.Mode.IN_PERSON if is_in_person else Meeting.Mode.ONLINE,
        place="Village hall" if is_in_person else "",
        access_arrangements="Captions on. A break at half time." if not is_in_person else "Step-free. Lifts arranged.",
        join_url=f"https://meet.example/{nation.replace('_', '-')}" if not is_in_person else "",
        # one draft, of which members do not know yet
        announce=(number, nation) != (4, Nation.NORTHERN_IRELAND),
        is_illustrative=True,
    )
    agenda = [{"title": title, "minutes": minutes, "owner": owner} for title, minutes, owner in AGENDAS[number]]
    services.set_agenda(by=by, meeting=meeting, items=agenda)
    return meeting


def _answers(by: Actor, meeting: Meeting) -> None:
    """A few answers to a meeting to come: by link, told by phone, and some that are still missing."""
    asked = {row.person.name: row for row in meeting.invitations.select_related("person")}
    for name, answer, needs, is_told in words.ANSWERS:
        with clock.standing_on(date(2023, 1, 10)):
            answer_invitation(by=by if is_told else SYSTEM, invitation=asked[name], answer=answer, access_needs=needs)


def _materials(by: Actor, meeting: Meeting, number: int, nation: str) -> None:
    for n, (title, kind, formats) in enumerate(MATERIALS[number]):
        if number == 4:
            sent_on = date(2023, 1, 12) if n == 0 and nation in (Nation.ENGLAND, Nation.SCOTLAND) else None
        else:
            # one paper for Scotland's second meeting went out three days before it
            is_late = (number, nation, n) == (2, Nation.SCOTLAND, 2)
            sent_on = meeting.starts_on - timedelta(days=3 if is_late else 14)
        given = [*formats, Format.WELSH] if nation == Nation.WALES else formats
        with clock.standing_on(sent_on or date(2023, 1, 9)):
            material = add_material(
                by=by, meeting=meeting, title=title, evidence_kind=kind, formats=given, sent_on=sent_on
            )
            papers.give_files(by, material, given)
    papers.give_history(by, meeting, nation)


def _log(by: Actor, meeting: Meeting, number: int, nation: str, members: list[people.Member]) -> None:
    belonging = list(meeting.group.memberships.select_related("person").order_by("pk"))
    apologies = {(number * 2) % len(belonging), (number * 5 + 1) % len(belonging)}
    statuses = {
        m.person_id: "apologies" if n in apologies and m.role == Membership.Role.MEMBER else "present"
        for n, m in enumerate(belonging)
    }
    with clock.standing_on(meeting.starts_on + timedelta(days=1)):
        record_attendance(by=by, meeting=meeting, statuses=statuses, guests=words.GUESTS.get((number, nation), []))
        said = [_say(by, meeting, row) for row in SAID[number, nation]]
        for decision in words.DECISIONS.get((number, nation), []):
            add_decision(by=by, meeting=meeting, words=decision)
        for source, what, owner, due_on, _status, _outcome in words.ACTIONS.get((number, nation), []):
            add_action(
                by=by,
                group=meeting.group,
                meeting=meeting,
                contribution=said[source],
                what=what,
                owner=owner,
                due_on=due_on,
            )
        save_log(
            by=by,
            meeting=meeting,
            log=LogInput(notes=words.NOTES[number], notes_was=mark("")),
            finish=True,
        )


def _say(by: Actor, meeting: Meeting, row: Said) -> Contribution:
    kind, theme, level, perspective, text, may_quote = row
    return add_contribution(
        by=by,
        meeting=meeting,
        kind=kind,
        theme=theme,
        new_theme=True,
        level=level,
        perspective=perspective,
        words=text,
        may_quote=may_quote,
    )


def _debrief(by: Actor, meeting: Meeting, texts: tuple[str, str, str]) -> None:
    went_well, to_change, agreed_next = texts
    held_on = meeting.starts_on + timedelta(days=6)
    with clock.standing_on(held_on):
        services.debrief_meeting(
            by=by,
            meeting=meeting,
            held_on=held_on,
            went_well=went_well,
            to_change=to_change,
            agreed_next=agreed_next,
        )


def _close_actions(by: Actor, group: Group) -> None:
    ends = {row[1]: row for rows in words.ACTIONS.values() for row in rows if row[4] != "open"}
    for action in group.actions.filter(what__in=ends):
        _source, _what, _owner, due_on, status, outcome = ends[action.what]
        with clock.standing_on(due_on):
            close_action(by=by, action=action, status=status, outcome=outcome)


@transaction.atomic
def _coordinators_circle(accounts: dict[str, User]) -> None:
    if Group.objects.filter(slug="coordinators-circle").exists():
        return
    staff = accounts["staff"]
    with clock.standing_on(RECRUITED):
        group = add_group(
            by=SYSTEM,
            kind=GroupKind.COORDINATORS,
            name="Coordinators' circle",
            slug="coordinators-circle",
            nation=Nation.UK,
            is_illustrative=True,
            about="The four coordinators and the Networks Manager compare notes between meetings.",
        )
        add_member(by=SYSTEM, group=group, person=staff.person, role=Membership.Role.CHAIR)
        for _place, account, _members in people.NETWORKS.values():
            add_member(by=SYSTEM, group=group, person=accounts[account].person)
    with clock.standing_on(date(2022, 12, 19)):
        meeting = services.plan_meeting(
            by=staff,
            group=group,
            title="Before the fourth meetings",
            purpose="What each nation needs for its fourth meeting, and how Northern Ireland can report on its first.",
            starts_at=_at(date(2023, 1, 18), STARTS),
            ends_at=_at(date(2023, 1, 18), ENDS),
            join_url="https://meet.example/coordinators",
            announce=True,
            is_illustrative=True,
        )
        services.set_agenda(
            by=staff,
            meeting=meeting,
            items=[
                {"title": "Reports that are still to come", "minutes": 20, "owner": "Networks Manager"},
                {"title": "One thing to borrow from each nation", "minutes": 40, "owner": "Everyone"},
            ],
        )


@transaction.atomic
def _advisory_group(accounts: dict[str, User]) -> None:
    if Group.objects.filter(slug="advisory-group").exists():
        return
    lead = accounts["engagement"]
    began = date(2022, 3, 1)
    with clock.standing_on(began):
        group = add_group(
            by=SYSTEM,
            kind=GroupKind.ADVISORY_GROUP,
            name="Co-production Advisory Group",
            slug="advisory-group",
            nation=Nation.UK,
            starts_on=began,
            is_illustrative=True,
            about="Ten people who draw on care and support or are carers. They develop, support, watch over and review "
            "how IMPACT works with people, and report on it once a year.",
        )
        _members(lead, group, people.ADVISORY_MEMBERS)
        add_member(by=SYSTEM, group=group, person=accounts["member"].person, perspective="draws_on_care")
    for title, day, purpose, notes, said, decision, debrief in words.ADVISORY_MEETINGS:
        with clock.standing_on(day - timedelta(days=21)):
            meeting = services.plan_meeting(
                by=lead,
                group=group,
                title=title,
                purpose=purpose,
                starts_at=_at(day, STARTS),
                ends_at=_at(day, ENDS),
                access_arrangements="Captions on. A break every hour. Papers in each member's format.",
                announce=True,
                is_illustrative=True,
            )
            services.add_agenda_item(by=lead, meeting=meeting, title="How is everybody?", minutes=15, owner="Everyone")
            services.add_agenda_item(by=lead, meeting=meeting, title=title, minutes=75, owner="Engagement lead")
        with clock.standing_on(day - timedelta(days=14)):
            add_material(
                by=lead,
                meeting=meeting,
                title=f"Paper for the meeting: {title.lower()}",
                evidence_kind=LIVED,
                formats=[Format.STANDARD, Format.EASY_READ, Format.LARGE_PRINT, Format.AUDIO],
                sent_on=day - timedelta(days=14),
            )
        with clock.standing_on(day + timedelta(days=1)):
            came = list(group.memberships.order_by("pk").values_list("person_id", flat=True))
            statuses = {pk: "apologies" if n == day.month % 9 else "present" for n, pk in enumerate(came)}
            record_attendance(by=lead, meeting=meeting, statuses=statuses)
            for row in said:
                _say(lead, meeting, row)
            add_decision(by=lead, meeting=meeting, words=decision)
            log = LogInput(notes=notes, notes_was=mark(""))
            save_log(by=lead, meeting=meeting, log=log, finish=True)
        _debrief(lead, meeting, debrief)
    with clock.standing_on(date(2023, 1, 9)):
        meeting = services.plan_meeting(
            by=lead,
            group=group,
            title="The annual report, and our second year",
            purpose="Read the draft annual report. Say where we go next: a waypoint for our charter.",
            starts_at=_at(date(2023, 2, 9), STARTS),
            ends_at=_at(date(2023, 2, 9), ENDS),
            access_arrangements="Captions on. A break every hour. Papers in each member's format.",
            join_url="https://meet.example/advisory-group",
            announce=True,
            is_illustrative=True,
        )
        services.add_agenda_item(by=lead, meeting=meeting, title="Where are we on our course?", minutes=40)
