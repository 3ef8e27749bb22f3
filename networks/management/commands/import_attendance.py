"""Write down who came to a meeting from the attendance report of a video call."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from impact.core.permissions import SYSTEM
from networks import services
from networks.attendance_tables import BYTES_LIMIT
from networks.models import Meeting
from networks.services.attendance import chosen_member, members_on_day


class Command(BaseCommand):
    help = (
        "Import an attendance report of Zoom or Microsoft Teams. People are matched to members by e-mail, then by name; "
        "others become guests. The same file twice changes nothing. Apologies that somebody noted stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("meeting_id", type=int, metavar="MEETING_ID")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and write nothing.")
        parser.add_argument("--json", action="store_true", help="Answer in JSON on standard output.")

    def handle(self, *, meeting_id: int, file: Path, dry_run: bool, **options: Any) -> None:
        answer: dict[str, Any] = {"meeting": meeting_id, "file": file.name, "dry_run": dry_run}
        answer |= {
            "source": "",
            "matched": [],
            "guests": [],
            "left_out": [],
            "undecided": [],
            "kept": [],
            "refused": [],
        }
        answer |= {"cautions": [], "changed": 0}
        problem = ""
        try:
            meeting = Meeting.objects.select_related("group").get(pk=meeting_id)
            with file.open("rb") as opened, transaction.atomic():
                answer |= _import(meeting, file.name, opened.read(BYTES_LIMIT + 1))
                transaction.set_rollback(dry_run)
        except Meeting.DoesNotExist:
            problem = f"There is no meeting {meeting_id}."
        except OSError as error:
            problem = f"The file cannot be read: {error.strerror}."
        except services.ReportRefused as refused:
            answer["refused"] = [{"row": p.row, "reason": p.reason} for p in refused.problems]
            problem = " ".join(refused.messages)
        except ValidationError as error:
            problem = " ".join(error.messages)
        if problem:
            answer["refused"] = answer["refused"] or [{"row": 0, "reason": problem}]
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) if options["json"] else _in_words(answer))
        if problem:
            raise CommandError(problem)


def _import(meeting: Meeting, name: str, data: bytes) -> dict[str, Any]:
    report = services.read_attendance_file(by=SYSTEM, meeting=meeting, name=name, data=data)
    applied = services.apply_attendance_import(by=SYSTEM, report=report)
    names = {member.pk: member.name for member in members_on_day(meeting)}
    told = {
        part: [_row(row, names) for row in getattr(applied, part)]
        for part in ("matched", "guests", "left_out", "undecided", "kept")
    }
    return {"source": report.source, **told, "cautions": report.cautions, "changed": applied.changed}


def _row(row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    member = chosen_member(row["choice"])
    return {
        "row": row["lines"][0],
        "name": row["name"],
        "email": row["email"],
        "minutes": row["minutes"],
        "how": row["how"],
        **({"member": names.get(member, ""), "person": member} if member else {}),
    }


def _in_words(answer: dict[str, Any]) -> str:
    headings = {
        "matched": "Members who came",
        "guests": "Guests",
        "undecided": "Not decided: more than one member could be meant",
        "kept": "Left as somebody noted by hand",
        "left_out": "Left out",
    }
    lines = [*answer["cautions"], "Nothing is written." if answer["dry_run"] else ""]
    for part, heading in headings.items():
        if answer[part]:
            lines.append(f"{heading}: {len(answer[part])}")
            lines += [f"  {row.get('member') or row['name']}, {row['minutes']} minutes" for row in answer[part]]
    lines += [f"Refused, row {row['row']}: {row['reason']}" for row in answer["refused"]]
    return "\n".join(line for line in lines if line)
