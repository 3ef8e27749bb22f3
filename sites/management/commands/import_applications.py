"""Add applications to a round from a CSV or Excel file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from impact.core.access.permissions import SYSTEM
from impact.core.web.files.tables import BYTES_LIMIT
from sites.calls.applications.intake.importing import rows as importing
from sites.calls.rounds.models import Round


class Command(BaseCommand):
    help = (
        "Add applications to a round from a CSV or Excel file, one a row, under the headings of the round's template. All "
        "rows are added, or none; every row that is wrong is named with its reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("round", metavar="ROUND", help="The slug of the round.")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="Show what would happen without saving anything.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *, round: str, file: Path, dry_run: bool, **options: Any) -> None:
        answer: dict[str, Any] = {"round": round, "file": file.name, "dry_run": dry_run, "written": False}
        answer |= {"rows": 0, "ignored_columns": [], "references": [], "refused": []}
        problem = ""
        try:
            found = Round.objects.get(slug=round)
            with file.open("rb") as opened:
                data = opened.read(BYTES_LIMIT + 1)
            checked = importing.check_file(found, data)
            answer |= {"rows": len(checked.rows), "ignored_columns": checked.unknown}
            answer["refused"] = [
                {"row": row.line, "name": row.name, "reason": row.problem} for row in checked.rows if row.problems
            ]
            if answer["refused"]:
                problem = f"Nothing was saved. {'; '.join(checked.problems)}"
            elif not dry_run:
                rows = [(row.line, row.given) for row in checked.rows]
                made = importing.import_applications(by=SYSTEM, round=found, rows=rows)
                answer |= {"written": True, "references": [application.reference for application in made]}
        except Round.DoesNotExist:
            problem = f"There is no round {round}."
        except OSError as error:
            problem = f"The file cannot be read: {error.strerror}."
        except ValidationError as error:
            problem = " ".join(error.messages)
        if problem and not answer["refused"]:
            answer["refused"] = [{"row": 0, "name": "", "reason": problem}]
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) if options["json"] else _in_words(answer))
        if problem:
            raise CommandError(problem)


def _in_words(answer: dict[str, Any]) -> str:
    lines = [f"Left out: the column “{name}”." for name in answer["ignored_columns"]]
    rows = "1 application" if answer["rows"] == 1 else f"{answer['rows']} applications"
    if answer["written"]:
        lines.append(f"{rows} added to the round.")
    elif not answer["refused"]:
        lines.append(f"{rows} would be added. Nothing was saved.")
    lines += [f"Refused, row {row['row']}: {row['reason']}" for row in answer["refused"]]
    return "\n".join(lines)
