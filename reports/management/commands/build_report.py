"""``manage.py build_report YEAR [--wait] [--output FILE]``: have a worker build a year's report."""

import shutil
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from impact.core.access.permissions import SYSTEM
from impact.core.jobs.models import Job
from reports.editions import services
from reports.editions.models import Edition
from reports.writing.models import AnnualReport

BAR = 28
LOOK_SECONDS = 0.25


class Command(BaseCommand):
    """Freeze a report, ask for its edition, and (with --wait) follow the worker that builds it."""

    help = "Freeze a year's report and have a worker build an edition of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("--wait", action="store_true", help="wait until it is built, showing how far it is")
        parser.add_argument("--output", type=Path, metavar="FILE", help="copy the PDF here (waits for it)")
        parser.add_argument(
            "--patience", type=float, default=45, metavar="SECONDS", help="how long to wait for a worker to start"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = AnnualReport.objects.select_related("approved_edition").filter(year=options["year"]).first()
        if report is None:
            raise CommandError(f"There is no report for {options['year']}. Start one on the page of reports.")
        if report.approved_edition:
            self.stdout.write(f"  The {report.year} report is approved: edition {report.approved_edition.number}.")
            self._copy(report.approved_edition, options["output"])
            return
        try:
            _snapshot, job = services.request_edition(by=SYSTEM, report=report)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from None
        if not options["wait"] and not options["output"]:
            self.stdout.write(f"  Job {job.pk}: {job.get_state_display().lower()}")
            return
        self._follow(job, report.year, options["patience"])
        job.refresh_from_db()
        edition = Edition.objects.get(report=report, number=job.result["edition"])
        size = f"{edition.size / 1024:.0f} KB"
        self.stdout.write(
            f"  Annual report {report.year}: edition {edition.number}, {edition.pages} pages, {size}, "
            f"built in {edition.seconds:.1f} s"
        )
        self._copy(edition, options["output"])

    def _copy(self, edition: Edition, output: Path | None) -> None:
        """Put the edition's file where it was asked for, whole or not at all."""
        if output is None:
            return
        try:
            source = default_storage.open(edition.file)
        except FileNotFoundError:
            raise CommandError(f"The file of edition {edition.number} is missing from the storage.") from None
        output.parent.mkdir(parents=True, exist_ok=True)
        part = output.with_name(f".{output.name}.part")
        with source, part.open("wb") as target:
            shutil.copyfileobj(source, target)
        part.replace(output)
        self.stdout.write(f"  {output}")

    def _follow(self, job: Job, year: int, patience: float) -> None:
        """Show the job's progress until it ends; CommandError with the reason when it failed or no one takes it."""
        is_terminal = sys.stdout.isatty()
        began, shown = time.monotonic(), ""
        while True:
            job.refresh_from_db()
            if job.state == Job.State.QUEUED and job.attempt == 0 and time.monotonic() - began > patience:
                self._end_line(is_terminal)
                raise CommandError(
                    f"No worker started the job within {patience:.0f} seconds. Start a worker to build it:\n"
                    "    celery --app impact worker\n"
                    "The job stays in the queue; you do not need to ask again."
                )
            line = self._line(job, year, is_terminal)
            if line != shown:
                shown = line
                self.stdout.write(f"\r\033[K{line}" if is_terminal else line, ending="" if is_terminal else "\n")
                self.stdout.flush()
            if job.is_finished:
                break
            time.sleep(LOOK_SECONDS)
        self._end_line(is_terminal)
        if job.state == Job.State.FAILED:
            raise CommandError(f"The {year} report was not built: {job.error}")

    def _line(self, job: Job, year: int, is_terminal: bool) -> str:
        words = job.step or job.get_state_display()
        if not is_terminal:
            return f"  Building the {year} report: {words}"
        full = round(BAR * job.progress / 100)
        return f"  Building the {year} report  {'█' * full}{'░' * (BAR - full)} {job.progress:3d}%  {words}"

    def _end_line(self, is_terminal: bool) -> None:
        if is_terminal:
            self.stdout.write("")
