"""The demonstration's charter, agreement, waypoints and register, built through the services on the days they tell of.

What is written and said, by whom and when is in data files.
"""

from datetime import date

from django.db import transaction

from coproduction.agreement import services
from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.services import start_charter, write_section
from coproduction.group.members import deciding_members
from coproduction.involvements.models import Involvement
from coproduction.involvements.services import add_involvement, mark_good_practice, record_change, record_said
from coproduction.management.demo import shapes
from coproduction.management.demo.reading import build_easy_read
from coproduction.suggestions.services import answer_suggestion, suggest_change
from coproduction.waypoints.services import plan_waypoint, record_waypoint
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import Person, User
from networks.groups.models import Group


def build(accounts: dict[str, User]) -> None:
    """Build the advisory group's charter and its register of involvements, where missing."""
    group = Group.objects.get(slug="advisory-group")
    lead = accounts["engagement"]
    member = accounts["member"]
    if not Charter.objects.filter(group=group).exists():
        _charter(lead, member, group)
    build_easy_read(lead, group)
    if not Involvement.objects.filter(group=group).exists():
        _involvements(lead, group)


@transaction.atomic
def _charter(lead: User, member: User, group: Group) -> None:
    data = read(__file__, "charter.toml", shapes.Charter)
    suggested = read(__file__, "suggestions.toml", dict[int, list[shapes.Suggestion]])
    waypoints = read(__file__, "waypoints.toml", dict[str, shapes.Waypoint])
    first, second, third = data.versions.values()
    with clock.standing_on(first.written_on):
        charter = start_charter(by=lead, group=group, title=data.title, is_illustrative=True)
    people = _others(group, member, suggested[1][0].on)
    version = _write(lead, charter, first, first.texts)
    _propose(lead, version, first)
    _plan(lead, charter, waypoints, first.proposed_on)
    _suggestions(lead, people, version, suggested[1])
    if first.withdrawn_on:
        with clock.standing_on(first.withdrawn_on):
            services.withdraw_version(by=lead, version=version, reason=first.withdrawn_because)
    _hold(lead, charter, waypoints)
    version = _write(lead, charter, second, second.texts)
    _positions(lead, member, people, _propose(lead, version, second))
    if second.agreed_on:
        with clock.standing_on(second.agreed_on):
            services.agree_version(by=lead, version=version)
        _plan(lead, charter, waypoints, second.agreed_on)
    _hold(lead, charter, waypoints)
    _plan(lead, charter, waypoints)
    version = _write(lead, charter, third, {**second.texts, **third.texts})
    _positions(lead, member, people, _propose(lead, version, third))
    _suggestions(lead, people, version, suggested[3])


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


def _suggestions(lead: User, people: list[Person], version: CharterVersion, rows: list[shapes.Suggestion]) -> None:
    """What members said about a draft, and the answer that each of them got or waits for."""
    for row in rows:
        section = version.charter.sections.get(key=row.section)
        person = people[row.member - 1]
        with clock.standing_on(row.on):
            suggestion = suggest_change(by=lead, section=section, version=version, words=row.words, person=person)
        if row.answered_on:
            with clock.standing_on(row.answered_on):
                answer_suggestion(by=lead, suggestion=suggestion, status=row.status, answer=row.answer)


def _positions(lead: User, member: User, people: list[Person], agreement: AgreementRound) -> None:
    """Members without an account speak through the engagement lead; the one with an account answers alone."""
    for row in read(__file__, "positions.csv", list[shapes.Position]):
        if row.version != agreement.version.number:
            continue
        with clock.standing_on(row.on):
            services.take_position(
                by=lead if row.member else member,
                agreement=agreement,
                text_hash=agreement.version.text_hash,
                stance=row.stance,
                reason=row.reason,
                person=people[row.member - 1] if row.member else None,
            )


def _plan(lead: User, charter: Charter, rows: dict[str, shapes.Waypoint], on: date | None = None) -> None:
    """Plan the waypoints that were planned on this day, or all that are not planned yet."""
    planned = set(charter.waypoints.values_list("title", flat=True))
    for title, row in rows.items():
        if title not in planned and on in (None, row.planned_on):
            with clock.standing_on(row.planned_on):
                plan_waypoint(by=lead, charter=charter, title=title, due_on=row.due_on)


def _hold(lead: User, charter: Charter, rows: dict[str, shapes.Waypoint]) -> None:
    """Hold the waypoints that are planned by now and have not been held."""
    for waypoint in charter.waypoints.filter(held_on=None).order_by("pk"):
        row = rows[waypoint.title]
        if row.held_on and row.outcome:
            with clock.standing_on(row.held_on):
                record_waypoint(
                    by=lead,
                    waypoint=waypoint,
                    held_on=row.held_on,
                    where_we_are=row.where_we_are,
                    heading=row.heading,
                    outcome=row.outcome,
                )


@transaction.atomic
def _involvements(lead: User, group: Group) -> None:
    for title, row in read(__file__, "involvements.toml", dict[str, shapes.Involvement]).items():
        with clock.standing_on(row.asked_on):
            involvement = add_involvement(
                by=lead,
                group=group,
                title=title,
                asked_by=row.asked_by,
                asked=row.asked,
                asked_on=row.asked_on,
                is_illustrative=row.is_illustrative,
            )
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
                )
                if row.is_good_practice:
                    mark_good_practice(by=lead, involvement=involvement, is_good_practice=True)
