"""The demonstration's people who act for others: cover that runs, cover that is asked for, and a supporter."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from impact.core.access.acting.models import ActingFor, Sort
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import Person, User
from impact.core.people.rights.acting import services
from networks.groups.models import Group


@dataclass(frozen=True, kw_only=True)
class Cover:
    """A coordinator who is away, and the colleague who is asked."""

    person: str
    group: str
    helper: str
    asked_on: date
    starts_on: date
    ends_on: date
    note: str = ""
    accepted_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Supporter:
    """An account that a member without one chose, as staff wrote it down."""

    member: str
    account: str
    scopes: list[Sort]
    asked_on: date
    accepted_on: date
    ends_on: date
    told: ActingFor.Told
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Acting:
    """acting.toml."""

    covers: list[Cover]
    supporters: list[Supporter]


@transaction.atomic
def build_acting(accounts: dict[str, User]) -> None:
    """Build who acts for whom, where no one does yet."""
    if ActingFor.objects.exists():
        return
    data = read(__file__, "acting.toml", Acting)
    for row in data.covers:
        with clock.standing_on(row.asked_on):
            acting = services.ask_for_cover(
                by=accounts[row.person],
                person=accounts[row.person].person,
                helper=accounts[row.helper].person,
                duties=[f"{Sort.COORDINATE}:{Group.objects.get(slug=row.group).pk}"],
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                note=row.note,
            )
        if row.accepted_on:
            with clock.standing_on(row.accepted_on):
                services.answer(by=accounts[row.helper], acting=acting, is_accepted=True)
    for chosen in data.supporters:
        helper = accounts[chosen.account]
        with clock.standing_on(chosen.asked_on):
            acting = services.name_supporter(
                by=accounts["staff"],
                person=Person.objects.get(name=chosen.member, is_illustrative=True),
                email=helper.email,
                name="",
                scopes=chosen.scopes,
                ends_on=chosen.ends_on,
                note=chosen.note,
                told=chosen.told,
            )
        with clock.standing_on(chosen.accepted_on):
            services.answer(by=helper, acting=acting, is_accepted=True)
