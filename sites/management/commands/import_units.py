"""Fill the roster of a site from a CSV or Excel file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.web.files.tables import BYTES_LIMIT
from sites.progress.units import importing
from sites.registry.models import Site


class Command(BaseCommand):
    help = (
        "Fill the roster of a site from a CSV or Excel file: a column Name and, if you like, On the roster from, Status, "
        "Since and Reason. All rows are added, or none; every row that is wrong is named with its reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("site", metavar="SITE", help="The slug of the site.")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="Show what would happen without saving anything.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *, site: str, file: Path, dry_run: bool, **options: Any) -> None:
        answer: dict[str, Any] = {"site": site, "file": file.name, "dry_run": dry_run, "written": False}
        answer |= {"rows": 0, "ignored_columns": [], "refused": []}
        problem = ""
        try:
            found = Site.objects.get(slug=site)
            with file.open("rb") as opened:
                data = opened.read(BYTES_LIMIT + 1)
            checked = importing.check_file(found, data, clock.today())
            answer |= {"rows": len(checked.rows), "ignored_columns": checked.unknown}
            answer["refused"] = [
                {"row": row.line, "name": row.name, "reason": row.problem} for row in checked.rows if row.problem
            ]
            if answer["refused"]:
                problem = f"Nothing was saved. {'; '.join(checked.problems)}"
            elif not dry_run:
                importing.import_units(by=SYSTEM, site=found, data=data, listed_from=clock.today())
                answer["written"] = True
        except Site.DoesNotExist:
            problem = f"There is no site {site}."
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
    rows = "1 row" if answer["rows"] == 1 else f"{answer['rows']} rows"
    if answer["written"]:
        lines.append(f"{rows} added to the roster.")
    elif not answer["refused"]:
        lines.append(f"{rows} would be added. Nothing was saved.")
    lines += [f"Refused, row {row['row']}: {row['reason']}" for row in answer["refused"]]
    return "\n".join(lines)
