"""Add applications to a round from a CSV or Excel file."""

from argparse import ArgumentParser
from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.web.imports.command import FileCommand, added_in_words
from sites.calls.applications.intake.importing import rows as importing
from sites.calls.rounds.models import Round


class Command(FileCommand):
    help = (
        "Add applications to a round from a CSV or Excel file, one a row, under the headings of the round's template. All "
        "rows are added, or none; every row that is wrong is named with its reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="The slug of the round.")
        super().add_arguments(parser)

    def begin(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"round": options["round"]} | super().begin(options) | {"references": []}

    def work(self, data: bytes, answer: dict[str, Any], options: dict[str, Any]) -> str:
        found = Round.objects.filter(slug=options["round"]).first()
        if found is None:
            return f"There is no round {options['round']}."
        checked = importing.check_file(found, data)
        answer |= {"rows": len(checked.rows), "ignored_columns": checked.unknown}
        answer["refused"] = [
            {"row": row.line, "name": row.name, "reason": row.problem} for row in checked.rows if row.problems
        ]
        if answer["refused"]:
            return f"Nothing was saved. {'; '.join(checked.problems)}"
        if not options["dry_run"]:
            rows = [(row.line, row.given) for row in checked.rows]
            made = importing.import_applications(by=SYSTEM, round=found, rows=rows)
            answer |= {"written": True, "references": [application.reference for application in made]}
        return ""

    def in_words(self, answer: dict[str, Any]) -> str:
        return added_in_words(answer, one="application", many="applications", where="the round")
