"""The five assemblies of the demonstration, what they proposed, and how the topics of 2023 were chosen."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from networks.groups.models import Group, GroupKind
from networks.groups.services import add_group, explain_guard
from networks.log.saving import Guest, LogInput, mark, save_log
from networks.management.demo import shapes
from networks.meetings import services
from networks.meetings.models import Meeting
from sites.topics.lists import services as lists
from sites.topics.models import CRITERIA, Topic
from sites.topics.proposals import services as proposals
from sites.topics.proposals.importing import import_counts
from sites.topics.proposals.models import Proposal
from sites.topics.scoring import services as scoring
from sites.topics.scoring.models import TopicYear

STARTS, ENDS = time(10, 30), time(12, 30)
SURVEY = Path(__file__).with_name("data") / "survey_2023.csv"
Topics = dict[str, Topic]


def build(accounts: dict[str, User]) -> None:
    """Make the assemblies with their meetings and proposals, and the choice of 2023, where they are missing."""
    plan = read(__file__, "assemblies.toml", shapes.Assemblies)
    chosen = read(__file__, "choosing_2023.toml", shapes.Choosing)
    groups = {slug: _assembly(slug, row, plan, accounts["staff"]) for slug, row in plan.assemblies.items()}
    if not TopicYear.objects.filter(year=chosen.year).exists():
        _choose(plan, chosen, groups, accounts)


def _times(on: date) -> dict[str, datetime]:
    times = {"starts_at": STARTS, "ends_at": ENDS}
    return {name: timezone.make_aware(datetime.combine(on, at)) for name, at in times.items()}


@transaction.atomic
def _assembly(slug: str, row: shapes.Assembly, plan: shapes.Assemblies, staff: User) -> Group:
    """An assembly with its two meetings of 2022 and the first of 2023."""
    if found := Group.objects.filter(slug=slug).first():
        return found
    with clock.standing_on(plan.starts_on):
        group = add_group(
            by=SYSTEM,
            kind=GroupKind.ASSEMBLY,
            name=row.name,
            slug=slug,
            nation=row.nation,
            place=row.place,
            starts_on=plan.starts_on,
            is_illustrative=True,
            about=plan.about,
        )
        explain_guard(by=SYSTEM, group=group, guard="size", reason=plan.size_reason)
    for on, programme in zip(row.on, plan.programme, strict=True):
        _meeting(staff, group, on, programme, plan, row.place)
    return group


def _meeting(
    by: User, group: Group, on: date, row: shapes.AssemblyMeeting, plan: shapes.Assemblies, place: str
) -> Meeting:
    planned_on = min(on - timedelta(days=42 if row.notes else 140), plan.planned_by)
    with clock.standing_on(planned_on):
        meeting = services.plan_meeting(
            by=by,
            group=group,
            title=row.title,
            purpose=row.purpose,
            **_times(on),
            mode=Meeting.Mode.IN_PERSON,
            place=f"Town hall, {place}",
            access_arrangements=plan.access_arrangements,
            announce=True,
            is_illustrative=True,
        )
        items = [{"title": item.title, "minutes": item.minutes, "owner": item.owner} for item in row.agenda]
        services.set_agenda(by=by, meeting=meeting, items=items)
    if row.notes and row.debrief:
        with clock.standing_on(on + timedelta(days=2)):
            came = [Guest(name=one.name, perspective=one.perspective or "") for one in plan.speakers]
            log = LogInput(notes=row.notes, notes_was=mark(""), guests=came)
            save_log(by=by, meeting=meeting, log=log, finish=True)
        held_on = on + timedelta(days=6)
        with clock.standing_on(held_on):
            meeting.refresh_from_db()
            services.debrief_meeting(
                by=by,
                meeting=meeting,
                held_on=held_on,
                went_well=row.debrief.went_well,
                to_change=row.debrief.to_change,
                agreed_next=row.debrief.agreed_next,
            )
    return meeting


@transaction.atomic
def _choose(plan: shapes.Assemblies, row: shapes.Choosing, groups: dict[str, Group], accounts: dict[str, User]) -> None:
    """Everything about 2023, from the proposals to the published list; and what is proposed for 2024 so far."""
    staff = accounts["staff"]
    topics = {key: Topic.objects.get(slug=candidate.slug) for key, candidate in row.topics.items()}
    made = _proposals(plan, groups, staff)
    with clock.standing_on(row.surveyed_on):
        import_counts(by=staff, year=row.year, data=SURVEY.read_bytes(), is_illustrative=True)
    survey = {p.title: p for p in Proposal.objects.filter(year=row.year, source=Proposal.Source.SURVEY)}
    outcomes = [(made[p.title], p) for one in plan.assemblies.values() for p in one.proposals]
    with clock.standing_on(row.decided_on):
        _decide(staff, [*((survey[title], outcome) for title, outcome in row.survey.items()), *outcomes], topics)
    with clock.standing_on(row.staff.on):
        proposals.record_proposal(
            by=staff,
            year=row.staff.for_year,
            title=row.staff.title,
            why=row.staff.why,
            source=Proposal.Source.STAFF,
            nations=row.staff.nations,
            is_illustrative=True,
        )
    _score(row, topics, accounts)
    _list(row, topics, accounts)


def _proposals(plan: shapes.Assemblies, groups: dict[str, Group], staff: User) -> dict[str, Proposal]:
    """What the assemblies proposed, by title."""
    made = {}
    for slug, assembly in plan.assemblies.items():
        meetings = {meeting.number: meeting for meeting in groups[slug].meetings.all()}
        for said in assembly.proposals:
            meeting = meetings[said.meeting]
            with clock.standing_on(meeting.starts_on + timedelta(days=2)):
                made[said.title] = proposals.record_proposal(
                    by=staff,
                    year=said.year,
                    title=said.title,
                    why=said.why,
                    source=Proposal.Source.ASSEMBLY,
                    group=groups[slug],
                    meeting=meeting,
                    nations=[],
                    proposed_by=said.proposed_by,
                    is_illustrative=True,
                )
    return made


def _decide(staff: User, rows: list[tuple[Proposal, shapes.Outcome]], topics: Topics) -> None:
    """What became of each proposal; those taken on come first, so that others can be merged into them."""
    by_title = {proposal.title: proposal for proposal, _outcome in rows}
    for proposal, outcome in sorted(rows, key=lambda row: not row[1].topic):
        if outcome.topic:
            proposals.take_on_proposal(by=staff, proposal=proposal, topic=topics[outcome.topic])
        elif outcome.into:
            proposals.merge_proposal(by=staff, proposal=proposal, into=by_title[outcome.into])
        elif outcome.set_aside:
            proposals.set_aside_proposal(by=staff, proposal=proposal, reason=outcome.set_aside)


def _score(row: shapes.Choosing, topics: Topics, accounts: dict[str, User]) -> None:
    """Five people score each topic with their reasons, and scoring is closed."""
    names = next(iter(row.topics.values())).scores
    with clock.standing_on(row.opened_on):
        year = scoring.open_scoring(
            by=accounts["staff"],
            year=row.year,
            scorers=[accounts[name] for name in names],
            score_by=row.score_by,
            is_illustrative=True,
        )
    with clock.standing_on(row.scored_on):
        for key, candidate in row.topics.items():
            for name, given in candidate.scores.items():
                scores: dict[str, Any] = {}
                for n, (field, _label) in enumerate(CRITERIA):
                    scores |= {field: int(given[2 * n]), f"{field}_why": given[2 * n + 1]}
                scoring.save_sheet(by=accounts[name], year=year, topic=topics[key], **scores)
    with clock.standing_on(row.closed_on):
        scoring.close_scoring(by=accounts["staff"], year=year)


def _list(row: shapes.Choosing, topics: Topics, accounts: dict[str, User]) -> None:
    """The list is written, agreed and published."""
    year = TopicYear.objects.get(year=row.year)
    choices = [lists.Choice(topics[key], one.place, one.reason) for key, one in row.topics.items()]
    with clock.standing_on(row.drafted_on):
        lists.draft_list(by=accounts["staff"], year=year, choices=choices, introduction=row.introduction)
    with clock.standing_on(row.agreed_on):
        lists.agree_list(by=accounts["leadership"], year=year)
    with clock.standing_on(row.published_on):
        lists.publish_list(by=accounts["staff"], year=year)
