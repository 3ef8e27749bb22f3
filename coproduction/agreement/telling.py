"""Telling people about an agreement: that they are asked, until when, and how it ended."""

from datetime import date

from django.db.models import QuerySet

from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import CharterVersion
from coproduction.group.members import deciding_members, people_with, say_day
from impact.core.access.permissions import Role
from impact.core.notices.services import tell
from impact.core.people.models import Person


def engagement_leads() -> QuerySet[Person]:
    """The people who hold the role of engagement lead today, for themselves or for a colleague."""
    return people_with([Role.ENGAGEMENT_LEAD])


def say_version(version: CharterVersion) -> str:
    """A text as people know it: version 3 of “How we work together”."""
    return f"version {version.name} of “{version.charter.title}”"


def members_of(agreement: AgreementRound, on: date | None = None) -> QuerySet[Person]:
    """The people whose word counts in this round today."""
    return Person.objects.filter(pk__in=deciding_members(agreement.version.charter.group, on).values("person"))


def tell_asked(agreement: AgreementRound, on: date) -> int:
    """Tell every deciding member that a text waits for their answer, what changed, and the deadline."""
    version = agreement.version
    changed = f" What changed: {version.change_note}" if version.change_note else ""
    return tell(
        people=members_of(agreement, on),
        event="agreement-asked",
        title=f"Say where you stand on version {version.name} of the charter",
        words=f"{_capital(say_version(version))} is ready for you to read.{changed}\n\n"
        f"Please answer by {say_day(agreement.closes_on)}. You can change your answer until the round closes.",
        path=agreement.get_absolute_url(),
        about=agreement,
        key=f"agreement-asked:{agreement.pk}",
    )


def tell_extended(agreement: AgreementRound) -> int:
    """Tell the members that they have more time."""
    return tell(
        people=members_of(agreement),
        event="agreement-extended",
        title=f"You have more time to answer about version {agreement.version.name}",
        words=f"The new deadline is {say_day(agreement.closes_on)}. If you have answered, you need do nothing.",
        path=agreement.get_absolute_url(),
        about=agreement,
        key=f"agreement-extended:{agreement.pk}:{agreement.closes_on}",
    )


def tell_result(agreement: AgreementRound) -> int:
    """Tell the members how the round ended. Without numbers: the page shows those to members only."""
    version = agreement.version
    if version.status == CharterVersion.Status.AGREED:
        title = f"Members agreed version {version.name} of the charter"
        words = f"{_capital(say_version(version))} is in force. You can read it, and see the result."
        path = agreement.get_absolute_url()
    else:
        title = f"Version {version.name} of the charter was withdrawn"
        words = f"You need not answer any more. Why it was withdrawn: {version.status_reason}"
        path = version.get_absolute_url()
    return tell(
        people=members_of(agreement),
        event="agreement-closed",
        title=title,
        words=words,
        path=path,
        key=f"agreement-closed:{agreement.pk}",
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
