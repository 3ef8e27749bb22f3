"""Write down who came to a meeting from the attendance report of a video call."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from impact.core.access.permissions import SYSTEM
from impact.core.web.forms import whole_number
from networks.log.attendance import services
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.reading.names import hide_numbers
from networks.log.attendance.reading.tables import BYTES_LIMIT
from networks.log.attendance.rows import GUEST, NEW, OUT, chosen_member, member_choice, same_choice
from networks.meetings.models import Meeting


class Command(BaseCommand):
    help = (
        "Import an attendance report from Zoom or Microsoft Teams. People are matched to members by email, then by name; "
        "others become guests. The same file twice changes nothing; a second file of the same meeting adds its minutes. "
        "Apologies already recorded are kept. Anything unusual must be confirmed: nothing is saved unless you pass --yes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("meeting_id", type=int, metavar="MEETING_ID")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="Show what would happen without saving anything.")
        parser.add_argument(
            "--who",
            action="append",
            default=[],
            metavar="ROW=WHO",
            help="Who a row is: the id of a member's record, guest, new (another guest with the same name), out, "
            "or row:N (the same person as row N). Repeat it for each row.",
        )
        parser.add_argument(
            "--yes", action="store_true", help="Confirm anything unusual, and leave undecided people for later."
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *, meeting_id: int, file: Path, dry_run: bool, who: list[str], yes: bool, **options: Any) -> None:
        answer: dict[str, Any] = {"meeting": meeting_id, "file": hide_numbers(file.name), "dry_run": dry_run}
        answer |= {"written": False, "source": "", **{part: [] for part in PARTS}}
        answer |= {"added": [], "refused": [], "questions": [], "cautions": [], "changed": 0}
        problem = ""
        try:
            meeting = Meeting.objects.select_related("group").get(pk=meeting_id)
            with file.open("rb") as opened, transaction.atomic():
                answer |= _import(meeting, file.name, opened.read(BYTES_LIMIT + 1), who)
                is_asked = bool(answer["questions"]) and not yes
                answer["written"] = not (dry_run or is_asked)
                transaction.set_rollback(not answer["written"])
            if is_asked:
                problem = "Nothing was saved. " + " ".join(question["text"] for question in answer["questions"])
                problem += " Say who people are with --who, or add --yes if everything else is right."
        except Meeting.DoesNotExist:
            problem = f"There is no meeting {meeting_id}."
        except OSError as error:
            problem = f"The file cannot be read: {error.strerror}."
        except services.ReportRefused as refused:
            answer["refused"] = [{"row": p.row, "reason": p.reason} for p in refused.problems]
            problem = " ".join(refused.messages)
        except ValidationError as error:
            problem = " ".join(error.messages)
        if problem and not answer["questions"]:
            answer["refused"] = answer["refused"] or [{"row": 0, "reason": problem}]
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) if options["json"] else _in_words(answer))
        if problem:
            raise CommandError(problem)


PARTS = ("matched", "guests", "left_out", "undecided", "kept")


def _import(meeting: Meeting, name: str, data: bytes, who: list[str]) -> dict[str, Any]:
    report = services.read_attendance_file(by=SYSTEM, meeting=meeting, name=name, data=data)
    choices = _choices(report, who)
    preview = services.attendance_preview(report, choices)
    applied = services.apply_attendance_import(
        by=SYSTEM, report=report, choices=choices or None, confirmed=True, leave_undecided=True
    )
    told = {part: [_row(row, preview.named) for row in getattr(applied, part)] for part in PARTS}
    questions = [{"code": question.code, "text": question.text} for question in preview.questions]
    added = [asdict(one) for one in applied.added]
    return {"source": report.source, **told, "added": added, "questions": questions} | {
        "cautions": report.cautions,
        "changed": applied.changed,
    }


def _choices(report: AttendanceImport, who: list[str]) -> dict[int, str]:
    """What --who says, by the id of the row; rows are named by their first line in the file, as the answer does."""
    ids = {str(row["lines"][0]): row["id"] for row in report.rows}
    found = {}
    for one in who:
        line, _, choice = one.partition("=")
        other = ids.get(choice.removeprefix("row:"))
        if line not in ids or (choice.startswith("row:") and other is None):
            raise ValidationError(f"--who {one}: this file has no such row. Rows are: {', '.join(ids)}.")
        if choice.startswith("row:"):
            found[ids[line]] = same_choice(other or 0)
        elif choice in (GUEST, NEW, OUT):
            found[ids[line]] = choice
        elif (person := whole_number(choice)) is not None:
            found[ids[line]] = member_choice(person)
        else:
            raise ValidationError(f"--who {one}: say the id of a member's record, guest, new, out, or row:N.")
    return found


def _row(row: dict[str, Any], named: dict[int, str]) -> dict[str, Any]:
    member = chosen_member(row["choice"])
    could_be = [{"person": pk, "name": named[pk]} for pk in row["candidates"] if pk in named]
    return {
        "row": row["lines"][0],
        "name": row["name"],
        "email": row["email"],
        "minutes": row["minutes"],
        "how": row["how"],
        **({"member": named.get(member, ""), "person": member} if member else {}),
        **({"could_be": could_be} if could_be and not member else {}),
    }


def _in_words(answer: dict[str, Any]) -> str:
    headings = {
        "matched": "Members who came",
        "guests": "Guests",
        "undecided": "Not decided: could be more than one person",
        "kept": "Left as recorded by hand",
        "left_out": "Left out",
    }
    lines = [*answer["cautions"], *(question["text"] for question in answer["questions"])]
    lines += [] if answer["written"] or answer["refused"] else ["Nothing was saved."]
    for part, heading in headings.items():
        if answer[part]:
            lines.append(f"{heading}: {len(answer[part])}")
            lines += [_line(row) for row in answer[part]]
    for one in answer["added"]:
        lines.append(
            f"Added to an earlier report: {one['name']}, {one['before']} before, {one['minutes']} minutes together"
        )
    lines += [f"Refused, row {row['row']}: {row['reason']}" for row in answer["refused"]]
    return "\n".join(line for line in lines if line)


def _line(row: dict[str, Any]) -> str:
    line = f"  {row.get('member') or row['name']}, {row['minutes']} minutes"
    if row.get("could_be"):
        listed = " or ".join(f"{one['name']}, record {one['person']}" for one in row["could_be"])
        line += f" (row {row['row']}; could be {listed})"
    return line
