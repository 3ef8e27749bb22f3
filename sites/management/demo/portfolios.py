"""The demonstration's targets for the mix of the 2023–24 round, and two portfolios in which it is weighed."""

from decimal import Decimal

from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from sites.calls.portfolios.characteristics import trait
from sites.calls.portfolios.models import Mix, Portfolio
from sites.calls.portfolios.weighing import services
from sites.calls.portfolios.weighing.candidates import eligible, is_scored
from sites.calls.rounds.models import Round
from sites.management.demo import round_shapes as shapes
from sites.management.demo.applications import ROUND

LATE = "The demonstration had assessments before it had targets."


def build(accounts: dict[str, User]) -> None:
    """Set and lock the targets, then save the two portfolios, or find them."""
    round = Round.objects.get(slug=ROUND)
    weighed = read(__file__, "portfolios.toml", shapes.Weighed)
    set_targets(round, weighed, accounts["staff"])
    made = set(Portfolio.objects.filter(round=round).values_list("name", flat=True))
    by_reference = dict(eligible(round).values_list("reference", "pk"))
    for row in weighed.portfolios:
        if row.name not in made:
            services.add_portfolio(
                by=accounts["staff"],
                round=round,
                name=row.name,
                note=row.note,
                applications=[by_reference[each] for each in row.references if each in by_reference],
                is_illustrative=True,
            )


def set_targets(round: Round, weighed: shapes.Weighed, by: User) -> None:
    """Say what the mix is to be like and lock it, unless that was done."""
    if Mix.objects.filter(round=round).exists():
        return
    with clock.standing_on(weighed.set_on):
        services.set_limits(by=by, round=round, most=weighed.most, money=Decimal(weighed.money))
        for row in weighed.targets:
            services.add_target(
                by=by, round=round, trait=trait(row.characteristic, row.value), bound=row.bound, number=row.number
            )
        services.lock_mix(by=by, round=round, reason=LATE if is_scored(round) else "")
