"""The demonstration's charter, agreement, waypoints and register, built through the services on the days they tell of."""

from datetime import date

from django.db import transaction

from coproduction.agreement import services
from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.services import start_charter, write_section
from coproduction.group.members import deciding_members
from coproduction.involvements.models import Involvement
from coproduction.involvements.services import add_involvement, mark_good_practice, record_change, record_said
from coproduction.management.demo import words
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.services import answer_suggestion, suggest_change
from coproduction.waypoints.services import plan_waypoint, record_waypoint
from impact.core.basics import clock
from impact.core.people.models import Person, User
from networks.groups.models import Group


def build(accounts: dict[str, User]) -> None:
    """Build the advisory group's charter and its register of involvements, where missing."""
    group = Group.objects.get(slug="advisory-group")
    lead = accounts["engagement"]
    member = accounts["member"]
    if not Charter.objects.filter(group=group).exists():
        _charter(lead, member, group)
    if not Involvement.objects.filter(group=group).exists():
        _involvements(lead, group)


def _others(group: Group, member: User) -> list[Person]:
    """The members who have no account, in the order in which they joined the list."""
    rows = deciding_members(group, words.ON_FIRST[0][2]).exclude(person__user_id=member.pk).select_related("person")
    return [row.person for row in rows.order_by("pk")]


def _write(lead: User, version: CharterVersion, texts: dict[str, str]) -> None:
    for text in version.texts.select_related("section", "version"):
        if text.section.key in texts:
            write_section(by=lead, text=text, body=texts[text.section.key])


@transaction.atomic
def _charter(lead: User, member: User, group: Group) -> None:
    people = _others(group, member)
    with clock.standing_on(date(2022, 3, 3)):
        charter = start_charter(by=lead, group=group, title="How we work together", is_illustrative=True)
        first = charter.versions.get()
        _write(lead, first, words.FIRST)
    with clock.standing_on(date(2022, 3, 10)):
        services.propose_version(by=lead, version=first, closes_on=date(2022, 6, 30))
        for title, due, *_rest in words.WAYPOINTS[:1]:
            plan_waypoint(by=lead, charter=charter, title=title, due_on=due)
    _suggestions(lead, people, first)
    with clock.standing_on(date(2022, 6, 30)):
        services.withdraw_version(
            by=lead,
            version=first,
            reason="Members’ suggestions change several sections. A second version takes them in.",
        )
    _hold_waypoint(lead, charter, 0)
    second = charter.versions.get(status=CharterVersion.Status.DRAFT)
    with clock.standing_on(date(2022, 8, 25)):
        _write(lead, second, words.SECOND)
    with clock.standing_on(date(2022, 9, 15)):
        agreement = services.propose_version(
            by=lead,
            version=second,
            closes_on=date(2022, 10, 6),
            change_note="Takes in what you suggested in March and June, and fills the sections that were open.",
        )
    _positions(lead, member, people, agreement, words.ON_SECOND)
    with clock.standing_on(date(2022, 10, 13)):
        services.agree_version(by=lead, version=second)
        for title, due, *_rest in words.WAYPOINTS[1:]:
            plan_waypoint(by=lead, charter=charter, title=title, due_on=due)
    _hold_waypoint(lead, charter, 1)
    _hold_waypoint(lead, charter, 2)
    with clock.standing_on(date(2022, 12, 9)):
        for title, due in words.AHEAD:
            plan_waypoint(by=lead, charter=charter, title=title, due_on=due)
    third = charter.versions.get(status=CharterVersion.Status.DRAFT)
    with clock.standing_on(date(2022, 12, 20)):
        _write(lead, third, words.THIRD)
    with clock.standing_on(date(2023, 1, 9)):
        agreement = services.propose_version(
            by=lead,
            version=third,
            closes_on=date(2023, 1, 31),
            change_note="After the December waypoint: more room in our meetings, our topics for 2023, and hearing back "
            "from other teams.",
        )
    _positions(lead, member, people, agreement, words.ON_THIRD)
    number, key, day, said = words.OPEN_SUGGESTION
    with clock.standing_on(day):
        section = charter.sections.get(key=key)
        suggest_change(by=lead, section=section, version=third, words=said, person=people[number])


def _suggestions(lead: User, people: list[Person], version: CharterVersion) -> None:
    """What members said about the first draft, and the answer each of them got."""
    sections = {section.key: section for section in version.charter.sections.all()}
    for number, key, day, said, status, answer, answered in words.ON_FIRST:
        with clock.standing_on(day):
            suggestion = suggest_change(
                by=lead, section=sections[key], version=version, words=said, person=people[number]
            )
        with clock.standing_on(answered):
            answer_suggestion(by=lead, suggestion=suggestion, status=Suggestion.Status(status), answer=answer)


def _positions(
    lead: User, member: User, people: list[Person], agreement: AgreementRound, stood: list[words.Stood]
) -> None:
    """Members without an account speak through the engagement lead; the one with an account answers alone."""
    for number, stance, reason, day in stood:
        with clock.standing_on(day):
            services.take_position(
                by=member if number is None else lead,
                agreement=agreement,
                text_hash=agreement.version.text_hash,
                stance=stance,
                reason=reason,
                person=None if number is None else people[number],
            )


def _hold_waypoint(lead: User, charter: Charter, number: int) -> None:
    title, _due, held, where_we_are, heading, outcome = words.WAYPOINTS[number]
    with clock.standing_on(held):
        record_waypoint(
            by=lead,
            waypoint=charter.waypoints.get(title=title),
            held_on=held,
            where_we_are=where_we_are,
            heading=heading,
            outcome=outcome,
        )


@transaction.atomic
def _involvements(lead: User, group: Group) -> None:
    for title, asked_by, asked, asked_on, said, changed, is_good, is_illustrative in words.INVOLVEMENTS:
        with clock.standing_on(asked_on):
            involvement = add_involvement(
                by=lead,
                group=group,
                title=title,
                asked_by=asked_by,
                asked=asked,
                asked_on=asked_on,
                is_illustrative=is_illustrative,
            )
        if said:
            with clock.standing_on(said[1]):
                record_said(by=lead, involvement=involvement, said=said[0], said_on=said[1])
        if changed:
            outcome, what, day = changed
            with clock.standing_on(day):
                record_change(by=lead, involvement=involvement, outcome=outcome, changed=what, changed_on=day)
                if is_good:
                    mark_good_practice(by=lead, involvement=involvement, is_good_practice=True)
