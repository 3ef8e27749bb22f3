"""Fill the roster of a site from a CSV or Excel file."""

from argparse import ArgumentParser
from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.web.imports.command import FileCommand, added_in_words
from sites.progress.units import importing
from sites.registry.models import Site


class Command(FileCommand):
    help = (
        "Fill the roster of a site from a CSV or Excel file: a column Name and, if you like, On the roster from, Status, "
        "Since and Reason. All rows are added, or none; every row that is wrong is named with its reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("site", metavar="SITE", help="The slug of the site.")
        super().add_arguments(parser)

    def begin(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"site": options["site"]} | super().begin(options)

    def work(self, data: bytes, answer: dict[str, Any], options: dict[str, Any]) -> str:
        found = Site.objects.filter(slug=options["site"]).first()
        if found is None:
            return f"There is no site {options['site']}."
        checked = importing.check_file(found, data, clock.today())
        answer |= {"rows": len(checked.rows), "ignored_columns": checked.unknown}
        answer["refused"] = [
            {"row": row.line, "name": row.name, "reason": row.problem} for row in checked.rows if row.problem
        ]
        if answer["refused"]:
            return f"Nothing was saved. {'; '.join(checked.problems)}"
        if not options["dry_run"]:
            importing.import_units(by=SYSTEM, site=found, data=data, listed_from=clock.today())
            answer["written"] = True
        return ""

    def in_words(self, answer: dict[str, Any]) -> str:
        return added_in_words(answer, one="row", many="rows", where="the roster")
