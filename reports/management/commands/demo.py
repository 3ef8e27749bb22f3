"""``manage.py demo [--scale N | --approve]``: load the demonstration, through the same services as the pages use."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import coproduction.management.demo.estate
import networks.management.demo.estate
import reports.management.demo.estate
import reports.management.demo.subjects
import sites.management.demo.estate
from coproduction.charter.models import Charter
from coproduction.involvements.models import Involvement
from impact.core.management import demo as core_demo
from impact.core.management import hooks
from impact.core.people.models import Person
from impact.core.web.context import DEMO_PASSWORD
from networks.groups.models import Group
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from reports.subjects.models import SubjectReport
from reports.writing.models import AnnualReport
from sites.organisations.models import Organisation
from sites.registry.models import Site


class Command(BaseCommand):
    """Builds the demonstration data; running it twice changes nothing."""

    help = "Load the demonstration data (safe to run twice)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--scale",
            type=int,
            metavar="N",
            help="also make a large synthetic estate for measuring: about 100 × N local networks, 1,000 × N meetings",
        )
        parser.add_argument(
            "--approve",
            action="store_true",
            help="instead: have the leadership team approve the edition of the report that was built, and answer it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "Demonstration accounts have a known password. Set IMPACT_DEMO=1 if that is what you want."
            )
        accounts = core_demo.build()
        if options["approve"]:
            is_done = reports.management.demo.estate.approve(accounts["leadership"])
            self.stdout.write("The report is approved and answered." if is_done else "There is nothing to approve.")
            return
        for app in (
            sites.management.demo.estate,
            networks.management.demo.estate,
            coproduction.management.demo.estate,
            reports.management.demo.estate,
            reports.management.demo.subjects,
        ):
            app.build(accounts)
        hooks.build(accounts["staff"])
        if options["scale"]:
            networks.management.demo.estate.build_scale(options["scale"])
        counts = {
            "accounts": len(accounts),
            "people": Person.objects.count(),
            "organisations": Organisation.objects.count(),
            "sites": Site.objects.count(),
            "groups": Group.objects.count(),
            "meetings": Meeting.objects.count(),
            "contributions": Contribution.objects.count(),
            "charters": Charter.objects.count(),
            "involvements": Involvement.objects.count(),
            "annual reports": AnnualReport.objects.count(),
            "other reports": SubjectReport.objects.count(),
        }
        self.stdout.write("Demonstration data: " + ", ".join(f"{number} {name}" for name, number in counts.items()))
        self.stdout.write(f"Sign in with any of these; the password is {DEMO_PASSWORD}")
        for account in sorted(user.email for user in accounts.values()):
            self.stdout.write(f"  {account}")
