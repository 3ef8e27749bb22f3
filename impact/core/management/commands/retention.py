"""Delete what has been kept long enough, or show what would go."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from impact.core.access.permissions import SYSTEM
from impact.core.people.rights.retention.services import apply_retention


class Command(BaseCommand):
    """What the daily run does, from a terminal."""

    help = "Delete what has been kept long enough, as each model declares."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Show what would go.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Apply the schedule and print counts."""
        run = apply_retention(by=SYSTEM, is_dry_run=options["dry_run"])
        if options["json"]:
            data = {"done": run.done, "held": run.held, "is_dry_run": options["dry_run"]}
            self.stdout.write(json.dumps(data, ensure_ascii=False))
            return
        for heading, number in sorted(run.done.items()):
            self.stdout.write(f"{number:>8}  {heading}")
        verb = "would go" if options["dry_run"] else "went"
        held = f" Kept by a legal hold: {run.held}." if run.held else ""
        self.stdout.write(f"{run.number} row{'' if run.number == 1 else 's'} {verb}.{held}")
