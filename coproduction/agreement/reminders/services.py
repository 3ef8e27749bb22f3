"""Reminders before a deadline, the day after it, and asking members who joined later."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet

from coproduction.agreement.models import AgreementRound
from coproduction.agreement.telling import engagement_leads
from coproduction.group.members import deciding_members, say_day
from impact.core.access.permissions import Actor
from impact.core.notices.services import tell
from impact.core.people.models import Person
from networks.groups.models import Membership

WEEK, EVE = 7, 1  # days before the deadline on which those who have not answered are reminded


@transaction.atomic
def remind_of_rounds(*, by: Actor, on: date) -> int:
    """Tell members what waits for their answer, and the engagement lead when a deadline has passed.

    Each notice has a key of its own, with the deadline in it: running this again tells no one twice, and members who
    were given more time are reminded of the new deadline. A day on which this did not run is made up for.
    """
    told = 0
    for agreement in AgreementRound.objects.running().select_related("version__charter__group"):
        told += _ask_those_who_joined(agreement, on)
        left = (agreement.closes_on - on).days
        if EVE < left <= WEEK:
            told += _remind(agreement, on, WEEK)
        elif 0 <= left <= EVE:
            told += _remind(agreement, on, EVE)
        elif left < 0:
            told += _tell_lead(agreement)
    for agreement in AgreementRound.objects.in_force().select_related("version__charter__group"):
        told += _ask_those_who_joined(agreement, on)
    return told


def _people(memberships: QuerySet[Membership]) -> list[Person]:
    return [row.person for row in memberships.select_related("person")]


def _remind(agreement: AgreementRound, on: date, days: int) -> int:
    """Remind members who have not answered, but not those who were first asked on that day or later."""
    day = agreement.closes_on - timedelta(days=days)
    if agreement.opened_on >= day:
        return 0
    waiting = agreement.waiting(on).filter(starts_on__lt=day)
    return tell(
        people=_people(waiting),
        event="agreement-reminder",
        title=f"Please answer by {say_day(agreement.closes_on)}: version {agreement.version.name} of the charter",
        words="You have not said yet where you stand. Any answer helps the group, and you can change it until the "
        "round closes.",
        path=agreement.get_absolute_url(),
        about=agreement,
        key=f"agreement-reminder:{agreement.pk}:{agreement.closes_on}:{days}",
    )


def _tell_lead(agreement: AgreementRound) -> int:
    """Tell the engagement lead that the deadline has passed."""
    return tell(
        people=engagement_leads(),
        event="agreement-deadline",
        title=f"The deadline for version {agreement.version.name} of the charter has passed",
        words=f"Members had until {say_day(agreement.closes_on)}. Close the round, give more time, or withdraw the text.",
        path=agreement.get_absolute_url(),
        about=agreement,
        key=f"agreement-deadline:{agreement.pk}:{agreement.closes_on}",
    )


def _ask_those_who_joined(agreement: AgreementRound, on: date) -> int:
    """Ask members who joined after the round opened to say where they stand."""
    version = agreement.version
    here = deciding_members(version.charter.group, on).filter(starts_on__lte=agreement.opened_on).values("person")
    joined = agreement.waiting(on)
    if agreement.closed_on is None:  # those who joined on the day it opened may have missed the notice as well
        joined = joined.exclude(person__notices__key=f"agreement-asked:{agreement.pk}")
    else:
        joined = joined.exclude(person__in=here)
    if agreement.closed_on is None:
        words = f"The group is being asked to agree it by {say_day(agreement.closes_on)}. Your answer counts too."
    else:
        words = (
            "The group agreed it before you joined. There is a place for your answer: it is kept as a late one, and "
            "the text stays in force."
        )
    return tell(
        people=_people(joined),
        event="agreement-joined",
        title=f"Say where you stand on version {version.name} of the charter",
        words=words,
        path=agreement.get_absolute_url() + "#stand",
        about=agreement,
        key=f"agreement-joined:{agreement.pk}",
    )
