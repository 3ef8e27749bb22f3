"""``manage.py build_report YEAR [--wait] [--form …] [--language en|cy] [--output FILE]``: have a worker build a report.
Instead of a year: ``--network SLUG``, ``--site SLUG`` or ``--funders 2022Q4``; such a report is started if there is none.

The edition comes first: a tagged PDF of the report's words and figures as they are now, or the approved one. Other
forms are then made from that edition's snapshot.
"""

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
from reports.editions import registry, services
from reports.editions.models import Edition
from reports.subjects import services as subjects
from reports.subjects.models import SubjectReport
from reports.writing.models import AnnualReport
from sites.registry.models import Site

BAR = 28
LOOK_SECONDS = 0.25


def own_file(edition: Edition) -> registry.MadeFile:
    """The tagged PDF that every edition has."""
    return registry.MadeFile(edition.file, edition.file_name, edition.size)


class Command(BaseCommand):
    """Freeze a report, ask for its edition, and (with --wait) follow the worker that builds it."""

    help = "Freeze a year's report and have a worker build an edition of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        forms = sorted({registry.OWN_FORM[0], *registry.FORMS})
        about = parser.add_mutually_exclusive_group(required=True)
        about.add_argument("year", type=int, nargs="?", help="of an annual report")
        about.add_argument("--network", metavar="SLUG", help="the report of this network")
        about.add_argument("--site", metavar="SLUG", help="the report of this site")
        about.add_argument("--funders", metavar="QUARTER", help="the note to funders for a quarter, such as 2022Q4")
        parser.add_argument("--wait", action="store_true", help="wait until it is built, showing how far it is")
        parser.add_argument("--form", choices=forms, default=registry.OWN_FORM[0], help="which form of the report")
        parser.add_argument("--language", choices=registry.LANGUAGES, default=registry.OWN_FORM[1])
        parser.add_argument("--output", type=Path, metavar="FILE", help="copy the file here (waits for it)")
        parser.add_argument(
            "--patience", type=float, default=45, metavar="SECONDS", help="how long to wait for a worker to start"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._patience = options["patience"]
        if options["year"] is None:
            self._handle_subject(options)
            return
        report = AnnualReport.objects.select_related("approved_edition").filter(year=options["year"]).first()
        if report is None:
            raise CommandError(f"There is no report for {options['year']}. Start one on the page of reports.")
        form = self._form(options["form"], options["language"])
        is_awaited = options["wait"] or options["output"] is not None
        edition = report.approved_edition
        if edition:
            self.stdout.write(f"  The {report.year} report is approved: edition {edition.number}.")
        else:
            edition = self._build(report, is_awaited=is_awaited or form is not None)
        if edition is None:
            return
        made = self._make(form, edition, options["language"], is_awaited=is_awaited) if form else own_file(edition)
        if made and options["output"]:
            self._copy(made, options["output"])

    # --- Networks, sites and quarters -----------------------------------------------------------------
    def _handle_subject(self, options: dict[str, Any]) -> None:
        """Freeze the report of a network, a site or a quarter, and have one form of it made."""
        form, language = options["form"], options["language"]
        try:
            report = self._subject(options)
            edition, job = subjects.request_edition(by=SYSTEM, report=report)
            if (form, language) != registry.OWN_FORM:
                job = subjects.request_file(by=SYSTEM, edition=edition, form=form, language=language)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from None
        if not (options["wait"] or options["output"]):
            self.stdout.write(f"  Job {job.pk}: {job.get_state_display().lower()}")
            return
        self._follow(job, report.title, self._patience)
        file = (
            edition.files.filter(form=form, language=language)
            .order_by("-pk")
            .select_related("edition__report__site")
            .first()
        )
        if file is None:
            raise CommandError("The file was made, but it is not recorded. Look at the log of the worker.")
        pages = f"{file.pages} pages, " if file.pages else ""
        self.stdout.write(f"  {report.title}: edition {edition.number}, {pages}{file.size / 1024:.0f} KB")
        if options["output"]:
            self._copy(registry.MadeFile(file.file, file.file_name, file.size), options["output"])

    def _subject(self, options: dict[str, Any]) -> SubjectReport:
        """The report asked for, started if there is none yet."""
        kind = next(kind for kind in SubjectReport.Kind if options[kind])
        slug = options[kind]
        if kind == SubjectReport.Kind.FUNDERS:
            found = SubjectReport.objects.filter(kind=kind, quarter=slug.upper()).first()
            return found or subjects.start_report(by=SYSTEM, kind=kind, quarter=slug)
        site = Site.objects.filter(slug=slug).first()
        if site is None:
            raise CommandError(f"There is no {kind} called {slug}. Use the short name in the address of its page.")
        found = SubjectReport.objects.filter(kind=kind, site=site).select_related("site").first()
        return found or subjects.start_report(by=SYSTEM, kind=kind, site=site)

    # --- Annual reports -------------------------------------------------------------------------------
    def _form(self, name: str, language: str) -> registry.Form | None:
        """The form asked for; None for the edition's own file."""
        if (name, language) == registry.OWN_FORM:
            return None
        return registry.FORMS[name]

    def _build(self, report: AnnualReport, *, is_awaited: bool) -> Edition | None:
        """Ask for an edition of the report as it is now; None when it is not awaited."""
        try:
            _snapshot, job = services.request_edition(by=SYSTEM, report=report)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from None
        if not is_awaited:
            self.stdout.write(f"  Job {job.pk}: {job.get_state_display().lower()}")
            return None
        self._follow(job, f"{report.year} report", self._patience)
        job.refresh_from_db()
        edition = Edition.objects.select_related("report").get(report=report, number=job.result["edition"])
        self.stdout.write(
            f"  Annual report {report.year}: edition {edition.number}, {edition.pages} pages, "
            f"{edition.size / 1024:.0f} KB, built in {edition.seconds:.1f} s"
        )
        return edition

    def _make(
        self, form: registry.Form, edition: Edition, language: str, *, is_awaited: bool
    ) -> registry.MadeFile | None:
        """Have a form of the edition made; None when it is not awaited."""
        try:
            job = form.request(by=SYSTEM, edition=edition, language=language)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from None
        if not is_awaited:
            self.stdout.write(f"  Job {job.pk}: {job.get_state_display().lower()}")
            return None
        self._follow(job, f"{edition.report.year} report", self._patience)
        made = form.find(edition, language)
        if made is None:
            raise CommandError(f"The {form.label} of edition {edition.number} was made, but its file is not recorded.")
        self.stdout.write(f"  {form.label} of edition {edition.number}: {made.file_name}, {made.size / 1024:.0f} KB")
        return made

    def _copy(self, made: registry.MadeFile, output: Path) -> None:
        """Put the file where it was asked for, whole or not at all."""
        try:
            source = default_storage.open(made.stored)
        except FileNotFoundError:
            raise CommandError(f"The file {made.file_name} is missing from the storage.") from None
        output.parent.mkdir(parents=True, exist_ok=True)
        part = output.with_name(f".{output.name}.part")
        try:
            with source, part.open("wb") as target:
                shutil.copyfileobj(source, target)
            part.replace(output)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise CommandError(f"The file could not be copied to {output}: {error.strerror}.") from None
        self.stdout.write(f"  {output}")

    def _follow(self, job: Job, name: str, patience: float) -> None:
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
            line = self._line(job, name, is_terminal)
            if line != shown:
                shown = line
                self.stdout.write(f"\r\033[K{line}" if is_terminal else line, ending="" if is_terminal else "\n")
                self.stdout.flush()
            if job.is_finished:
                break
            time.sleep(LOOK_SECONDS)
        self._end_line(is_terminal)
        if job.state == Job.State.CANCELLED:
            raise CommandError(f"Someone cancelled this build of the {name}. Ask again to build it.")
        if job.state == Job.State.FAILED:
            raise CommandError(f"The {name} was not built: {job.error}")

    def _line(self, job: Job, name: str, is_terminal: bool) -> str:
        words = job.step or job.get_state_display()
        if not is_terminal:
            return f"  Building the {name}: {words}"
        full = round(BAR * job.progress / 100)
        return f"  Building the {name}  {'█' * full}{'░' * (BAR - full)} {job.progress:3d}%  {words}"

    def _end_line(self, is_terminal: bool) -> None:
        if is_terminal:
            self.stdout.write("")
