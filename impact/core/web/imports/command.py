"""Commands that bring in a file: all of its rows or none, the answer in words or as JSON, every bad row named."""

import json
from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from impact.core.access.permissions import SYSTEM, Actor
from impact.core.people.models import User
from impact.core.web.files.tables import BYTES_LIMIT
from impact.core.web.imports import services
from impact.core.web.imports.shapes import CHANGE, IMPORTERS, NEW, SAME, Importer, Row

SHOWN = 200  # characters of a cell


class FileCommand(BaseCommand, ABC):
    """A command with a file: ``work`` fills in the answer and returns what went wrong, "" when nothing did."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and how to answer."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="Show what would happen without saving anything.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    @abstractmethod
    def work(self, data: bytes, answer: dict[str, Any], options: dict[str, Any]) -> str:
        """Check the file, and save it unless it is a dry run."""

    @abstractmethod
    def in_words(self, answer: dict[str, Any]) -> str:
        """The answer for people."""

    def begin(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer before the file was read."""
        start = {"file": options["file"].name, "dry_run": options["dry_run"], "written": False}
        return start | {"rows": 0, "ignored_columns": [], "refused": []}

    def handle(self, **options: Any) -> None:
        """Do it, print the answer, and fail where rows were refused."""
        answer, problem = self.begin(options), ""
        try:
            with options["file"].open("rb") as opened:
                data = opened.read(BYTES_LIMIT + 1)
            problem = self.work(data, answer, options)
        except OSError as error:
            problem = f"The file cannot be read: {error.strerror}."
        except ValidationError as error:
            problem = " ".join(error.messages)
        except PermissionDenied as error:
            problem = str(error)
        if problem and not answer["refused"]:
            answer["refused"] = [{"row": 0, "name": "", "reason": problem}]
        words = json.dumps(answer, ensure_ascii=False, indent=2) if options["json"] else self.in_words(answer)
        self.stdout.write(words)
        if problem:
            raise CommandError(problem)


class ImportCommand(FileCommand):
    """A command for one kind of spreadsheet, named by ``kind``."""

    kind = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = (
            f"Bring in {self.importer.label[0].lower()}{self.importer.label[1:]} from a CSV or Excel file, under the headings "
            "of its template. All rows are saved, or none; every row that is wrong is named with its column and what to do. "
            "The same file twice changes nothing."
        )

    @property
    def importer(self) -> Importer:
        return IMPORTERS[self.kind]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Also in whose name."""
        super().add_arguments(parser)
        parser.add_argument("--by", metavar="EMAIL", help="The account in whose name; they can undo it for a day.")

    def work(self, data: bytes, answer: dict[str, Any], options: dict[str, Any]) -> str:
        """Check the file, and save it unless it is a dry run."""
        by: Actor = SYSTEM
        if options.get("by"):
            found = User.objects.filter(email=options["by"].strip().lower(), is_active=True).first()
            if found is None:
                return f"There is no account {options['by']}."
            by = found
        if options["dry_run"]:
            rows, unknown = services.read_sheet(by=by, importer=self.importer, data=data)
            services.check_rows(by=by, importer=self.importer, rows=rows)
        else:
            try:
                sheet, rows, unknown = services.import_sheet(
                    by=by, importer=self.importer, name=options["file"].name, data=data
                )
                answer |= {"written": True, "import": sheet.pk}
            except services.SheetRefused as refused:
                rows, unknown = list(refused.rows), []
        answer |= {"rows": len(rows), "ignored_columns": unknown, **_counts(rows)}
        answer["notes"] = [{"row": row.line, "note": note} for row in rows for note in row.notes]
        answer["refused"] = [
            {"row": row.line, "column": one.column, "value": one.value[:SHOWN], "reason": one.words}
            for row in rows
            for one in row.problems
        ]
        if not answer["refused"]:
            return ""
        wrong = sum(bool(row.problems) for row in rows)
        return f"Nothing was saved. {'1 row needs' if wrong == 1 else f'{wrong} rows need'} attention."

    def begin(self, options: dict[str, Any]) -> dict[str, Any]:
        """With the kind and the counts."""
        return {"kind": self.kind} | super().begin(options) | {"new": 0, "changed": 0, "unchanged": 0, "notes": []}

    def in_words(self, answer: dict[str, Any]) -> str:
        """The answer for people, each bad row in a line."""
        lines = [f"Left out: the column “{name}”." for name in answer["ignored_columns"]]
        lines += [f"Row {note['row']}: {note['note']}" for note in answer["notes"]]
        lines += [f"Refused, {_place(row)}: {row['reason']}" for row in answer["refused"]]
        counts = f"{answer['new']} new, {answer['changed']} changed, {answer['unchanged']} there already"
        if answer["written"]:
            lines.append(f"{_rows(answer)} saved: {counts}.")
        elif not answer["refused"]:
            lines.append(f"{_rows(answer)} would be saved: {counts}. Nothing was saved.")
        return "\n".join(lines)


def added_in_words(answer: dict[str, Any], *, one: str, many: str, where: str) -> str:
    """The answer for people of a command that only adds, such as "3 applications added to the round."."""
    lines = [f"Left out: the column “{name}”." for name in answer["ignored_columns"]]
    rows = f"1 {one}" if answer["rows"] == 1 else f"{answer['rows']} {many}"
    if answer["written"]:
        lines.append(f"{rows} added to {where}.")
    elif not answer["refused"]:
        lines.append(f"{rows} would be added. Nothing was saved.")
    lines += [f"Refused, row {row['row']}: {row['reason']}" for row in answer["refused"]]
    return "\n".join(lines)


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    found = [row.outcome for row in rows if not row.problems]
    return {"new": found.count(NEW), "changed": found.count(CHANGE), "unchanged": found.count(SAME)}


def _rows(answer: dict[str, Any]) -> str:
    return "1 row" if answer["rows"] == 1 else f"{answer['rows']:,} rows"


def _place(row: dict[str, Any]) -> str:
    if not row["row"]:
        return "the file"
    column = f", {row['column']}" if row.get("column") else ""
    value = " ".join(str(row.get("value") or "").split())[:60]
    return f"row {row['row']}{column}" + (f" “{value}”" if value else "")
