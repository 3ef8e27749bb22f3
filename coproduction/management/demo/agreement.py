"""What surrounds the demonstration's answers: reminders, a talk about an objection, and a member who joined later."""

from datetime import date

from coproduction.agreement.models import AgreementRound
from coproduction.agreement.objections.models import Objection
from coproduction.agreement.objections.services import plan_talk, record_talk
from coproduction.agreement.reminders.services import remind_of_rounds
from coproduction.group.members import deciding_members
from coproduction.management.demo import shapes
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import Consent, Person, User
from networks.groups.models import Group
from networks.members.services import add_member, end_membership, record_member_consent


def story() -> shapes.Agreement:
    """What agreement.toml tells."""
    return read(__file__, "agreement.toml", shapes.Agreement)


def ask_to_be_named(lead: User, group: Group, people: list[Person]) -> None:
    """Some members agree that the others see that they have answered."""
    told = story()
    with clock.standing_on(told.asked_on):
        for number in told.may_be_named:
            record_member_consent(
                by=lead,
                membership=deciding_members(group).get(person=people[number - 1]),
                purpose=Consent.Purpose.ANSWERED,
                is_given=True,
                given_on=told.asked_on,
            )


def catch_up(lead: User, people: list[Person], agreement: AgreementRound, since: date, until: date) -> None:
    """What happened in a round after one day and up to another: reminders, and talks planned and held."""
    told = story()
    for talk in told.talks:
        if talk.version != agreement.version.number:
            continue
        about = Objection.objects.filter(round=agreement, person=people[talk.member - 1])
        if since < talk.planned_on <= until:
            with clock.standing_on(talk.planned_on):
                plan_talk(by=lead, objection=about.get(), talker=lead.person, talk_by=talk.talk_by)
        if since < talk.talked_on <= until:
            with clock.standing_on(talk.talked_on):
                record_talk(by=lead, objection=about.get(), talked_on=talk.talked_on, words=talk.words)
    for day in told.reminded_on:
        if since < day <= until:
            with clock.standing_on(day):
                remind_of_rounds(by=SYSTEM, on=day)


def let_someone_join(lead: User, group: Group, people: list[Person], agreement: AgreementRound) -> None:
    """A member leaves, and another joins after the text was agreed and is asked where they stand."""
    told = story()
    row = told.late_joiner
    with clock.standing_on(row.last_day):
        leaver = deciding_members(group).get(person=people[row.in_place_of - 1])
        end_membership(by=lead, membership=leaver, ends_on=row.last_day, reason="Has a new job.")
    with clock.standing_on(row.starts_on):
        add_member(
            by=lead,
            group=group,
            name=row.name,
            perspective=row.perspective,
            starts_on=row.starts_on,
            is_illustrative=True,
        )
    catch_up(lead, people, agreement, row.last_day, max(told.reminded_on))
