"""The best mixes of a round within its targets, for a terminal or, with ``--json``, for a script. Nothing is stored."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from impact.core.basics.vocabulary import pounds
from sites.calls.portfolios.characteristics import Candidate
from sites.calls.portfolios.weighing.services import mix_of
from sites.calls.portfolios.weighing.suggesting import Answer, as_data, suggest_for
from sites.calls.rounds.models import Round


class Command(BaseCommand):
    help = "Suggest the best mixes of a round's applications within its targets and its money. A person decides."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", help="The round's slug, for example 2023-24.")
        parser.add_argument("--mixes", type=int, default=3, choices=range(1, 6), help="How many mixes, 1 to 5.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        round = Round.objects.prefetch_related("topics").filter(slug=options["round"]).first()
        if round is None:
            raise CommandError(f"There is no round with the slug {options['round']}.")
        try:
            answer = suggest_for(mix_of(round), mixes=options["mixes"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps(as_data(answer), indent=2, ensure_ascii=False))
        else:
            self._tell(answer)
        if not answer.mixes:
            raise CommandError(answer.problem or f"No mix can keep to all of this: {'; '.join(answer.clash)}.")

    def _tell(self, answer: Answer) -> None:
        for number, each in enumerate(answer.mixes, start=1):
            sums = each.figures
            self.stdout.write(f"Mix {number}: value {sums.value:.1f}, {sums.count} applications, {pounds(sums.money)}.")
            for row in each.candidates:
                self.stdout.write(f"  {_line(row)}")
        for cost in answer.costs:
            told = "no time to work it out" if cost.value is None else f"{cost.value:.1f}"
            self.stdout.write(f"Costs {told}: {cost.words}")
        if answer.unassessed:
            self.stdout.write(f"Left aside, because no one has assessed them yet: {answer.unassessed}")
        if answer.mixes and not answer.is_proven:
            self.stdout.write("Time ran out, so a slightly better mix may exist.")


def _line(row: Candidate) -> str:
    value = "not assessed" if row.value is None else f"{row.value:.1f}"
    return f"{row.reference}  {value}  {pounds(row.money)}  {row.name}"
