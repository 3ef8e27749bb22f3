"""The demonstration's charter, agreement, waypoints and register, built through the services on the days they tell of.

What is written and said, by whom and when is in data files.
"""

from datetime import date

from django.db import transaction

from coproduction.agreement import services
from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.services import write_section
from coproduction.charter.writing.starting import start_charter
from coproduction.group.members import deciding_members
from coproduction.involvements.models import Involvement
from coproduction.involvements.services import (
    add_involvement,
    mark_development,
    mark_good_practice,
    record_change,
    record_said,
)
from coproduction.management.demo import agreement, news, shapes
from coproduction.management.demo import group as the_group
from coproduction.management.demo.acting import build_acting
from coproduction.management.demo.corrections import correct
from coproduction.management.demo.equality import build_equality
from coproduction.management.demo.involvements import publish, take_part
from coproduction.management.demo.pay import build_claims
from coproduction.management.demo.reading import build_easy_read
from coproduction.management.demo.reflections import build_reflections
from coproduction.management.demo.suggestions import add_suggestions, take_in_what_was_answered
from coproduction.management.demo.waypoints import answer, take_stock_every
from coproduction.waypoints.services import plan_waypoint, record_waypoint
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import Person, User
from networks.groups.models import Group
from sites.organisations.models import Organisation
from sites.registry.models import Site


def build(accounts: dict[str, User]) -> None:
    """Build the advisory group's charter and its register of involvements, where missing."""
    group = Group.objects.get(slug="advisory-group")
    lead = accounts["engagement"]
    member = accounts["member"]
    if not Charter.objects.filter(group=group).exists():
        _charter(lead, member, group)
    build_easy_read(lead, group)
    if not Involvement.objects.filter(group=group).exists():
        _involvements(lead, member, group)
    build_claims(lead, member, group)
    build_reflections(lead, member, group)
    build_equality(lead)
    the_group.build(accounts, group)
    news.build(accounts)
    build_acting(accounts)


@transaction.atomic
def _charter(lead: User, member: User, group: Group) -> None:
    data = read(__file__, "charter.toml", shapes.Charter)
    suggested = read(__file__, "suggestions.toml", dict[int, list[shapes.Suggestion]])
    waypoints = read(__file__, "waypoints.toml", dict[str, shapes.Waypoint])
    first, second, third = data.versions.values()
    with clock.standing_on(first.written_on):
        charter = start_charter(by=lead, group=group, title=data.title, is_illustrative=True)
    people = _others(group, member, suggested[1][0].on)
    agreement.ask_to_be_named(lead, group, people)
    take_stock_every(lead, charter, 0, first.proposed_on)
    version = _write(lead, charter, first, first.texts)
    _propose(lead, version, first)
    _plan(lead, charter, waypoints, first.proposed_on)
    add_suggestions(lead, member, people, version, suggested[1])
    if first.withdrawn_on:
        with clock.standing_on(first.withdrawn_on):
            services.withdraw_version(by=lead, version=version, reason=first.withdrawn_because)
    _hold(lead, member, people, charter, waypoints)
    with clock.standing_on(second.written_on):
        take_in_what_was_answered(lead, charter)
    version = _write(lead, charter, second, second.texts)
    asked = _propose(lead, version, second)
    _positions(lead, member, people, asked)
    if second.agreed_on:
        with clock.standing_on(second.agreed_on):
            services.agree_version(by=lead, version=version)
        _plan(lead, charter, waypoints, second.agreed_on)
    add_suggestions(lead, member, people, version, suggested.get(2, []))
    corrected = correct(lead, version, second.correction)
    _hold(lead, member, people, charter, waypoints)
    _plan(lead, charter, waypoints)
    take_stock_every(lead, charter, 6, third.written_on)
    for waypoint in charter.waypoints.ahead():
        answer(lead, member, people, waypoint, waypoints[waypoint.title])
    agreement.let_someone_join(lead, group, people, asked)
    with clock.standing_on(third.written_on):
        take_in_what_was_answered(lead, charter)
    version = _write(lead, charter, third, {**second.texts, **corrected, **third.texts})
    _positions(lead, member, people, _propose(lead, version, third))
    add_suggestions(lead, member, people, version, suggested[3])


def _others(group: Group, member: User, on: date) -> list[Person]:
    """The members who have no account, in the order in which they joined the list."""
    rows = deciding_members(group, on).exclude(person__user_id=member.pk).select_related("person")
    return [row.person for row in rows.order_by("pk")]


def _write(lead: User, charter: Charter, row: shapes.Version, texts: dict[str, str]) -> CharterVersion:
    version = charter.versions.get(status=CharterVersion.Status.DRAFT)
    with clock.standing_on(row.written_on):
        for key, body in texts.items():
            text = version.texts.select_related("section", "version").get(section__key=key)
            write_section(by=lead, text=text, body=body)
    return version


def _propose(lead: User, version: CharterVersion, row: shapes.Version) -> AgreementRound:
    with clock.standing_on(row.proposed_on):
        return services.propose_version(by=lead, version=version, closes_on=row.closes_on, change_note=row.change_note)


def _positions(lead: User, member: User, people: list[Person], asked: AgreementRound) -> None:
    """Members without an account speak through the engagement lead; the one with an account answers alone."""
    day = asked.opened_on
    for row in read(__file__, "positions.csv", list[shapes.Position]):
        if row.version != asked.version.number:
            continue
        agreement.catch_up(lead, people, asked, day, row.on)
        day = row.on
        with clock.standing_on(row.on):
            services.take_position(
                by=lead if row.member else member,
                agreement=asked,
                text_hash=asked.version.text_hash,
                stance=row.stance,
                reason=row.reason,
                person=people[row.member - 1] if row.member else None,
                told=row.told or "",
            )


def _plan(lead: User, charter: Charter, rows: dict[str, shapes.Waypoint], on: date | None = None) -> None:
    """Plan the waypoints that were planned on this day, or all that are not planned yet."""
    planned = set(charter.waypoints.values_list("title", flat=True))
    for title, row in rows.items():
        if title not in planned and on in (None, row.planned_on):
            with clock.standing_on(row.planned_on):
                plan_waypoint(
                    by=lead,
                    charter=charter,
                    title=title,
                    due_on=row.due_on,
                    opens_on=row.opens_on,
                    questions="\n".join(row.questions),
                )


def _hold(lead: User, member: User, people: list[Person], charter: Charter, rows: dict[str, shapes.Waypoint]) -> None:
    """Hold the waypoints that are planned by now and have not been held."""
    for waypoint in charter.waypoints.filter(held_on=None).order_by("pk"):
        row = rows[waypoint.title]
        if row.held_on and row.outcome and row.finding:
            answer(lead, member, people, waypoint, row)
            with clock.standing_on(row.held_on):
                record_waypoint(
                    by=lead,
                    waypoint=waypoint,
                    held_on=row.held_on,
                    summary=row.summary,
                    finding=row.finding,
                    no_change_reason=row.no_change_reason,
                    outcome=row.outcome,
                )


@transaction.atomic
def _involvements(lead: User, member: User, group: Group) -> None:
    people = _others(group, member, clock.today())
    for title, row in read(__file__, "involvements.toml", dict[str, shapes.Involvement]).items():
        with clock.standing_on(row.asked_on):
            involvement = add_involvement(
                by=lead,
                group=group,
                title=title,
                asked_by=row.asked_by,
                site=Site.objects.get(slug=row.site) if row.site else None,
                workstream=row.workstream,
                organisation=Organisation.objects.get(slug=row.organisation) if row.organisation else None,
                purpose=row.purpose,
                wanted_by=row.wanted_by,
                time_needed=row.time_needed,
                payment=row.payment,
                asked=row.asked,
                asked_on=row.asked_on,
                is_illustrative=row.is_illustrative,
            )
        take_part(lead, member, people, involvement, row)
        if row.said_on:
            with clock.standing_on(row.said_on):
                record_said(by=lead, involvement=involvement, said=row.said, said_on=row.said_on)
        if row.changed_on and row.outcome:
            with clock.standing_on(row.changed_on):
                record_change(
                    by=lead,
                    involvement=involvement,
                    outcome=row.outcome,
                    changed=row.changed,
                    changed_on=row.changed_on,
                    evidence_link=row.evidence_link,
                )
                if row.is_good_practice:
                    mark_good_practice(by=lead, involvement=involvement, is_good_practice=True)
                if row.is_development:
                    mark_development(by=lead, involvement=involvement, is_development=True)
            publish(lead, involvement, row)
