"""Erase a person from a terminal, or erase again those whom a restored back-up brought back."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from impact.core.access.permissions import SYSTEM
from impact.core.api.lists.models import ListCopy
from impact.core.people.lookup import person_signing_in_with
from impact.core.people.models import Person
from impact.core.people.rights.erasure import ledger, rows, services


class Command(BaseCommand):
    """Erase one person, for those who run the platform; ``--replay`` belongs to every restore."""

    help = "Delete what is held about one person, or with --replay do again what a restored back-up undid."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "person", nargs="?", help="Their number (as in the address of their page) or the address they sign in with."
        )
        parser.add_argument("--dry-run", action="store_true", help="Show what would go and what would stay.")
        parser.add_argument("--replay", action="store_true", help="Erase again all who are in the ledger.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--json", action="store_true", help="Print JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked; a refusal is an error with its reasons."""
        if options["replay"]:
            self._replay(options["json"])
            return
        if not options["person"]:
            raise CommandError("Say who: manage.py erase PERSON. Or: manage.py erase --replay")
        person = self._find(options["person"])
        lines = rows.plan(rows.subject_of(person))
        refusals = services.refusals(person)
        self._show(person, lines, refusals, options)
        if refusals:
            raise CommandError(" ".join(refusals))
        if options["dry_run"]:
            return
        if not options["yes"] and input(f"Erase {person.name}? This cannot be undone. Type the name: ") != person.name:
            raise CommandError("The name was not the same. Nothing was deleted.")
        try:
            erasure = services.erase_person(by=SYSTEM, person=person, name=person.name)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if not options["json"]:
            self.stdout.write(f"Done. Their place in the records is “{erasure.pseudonym}” from now on.")

    def _find(self, who: str) -> Person:
        found = Person.objects.filter(pk=int(who)).first() if who.isdecimal() else person_signing_in_with(who)
        if found is None:
            raise CommandError(f"No person has this number or signs in with this address: {who}")
        return found

    def _show(self, person: Person, lines: list[rows.Line], refusals: list[str], options: dict[str, Any]) -> None:
        if options["json"]:
            told = [{"heading": ln.heading, "what": ln.what, "number": ln.number, "why": ln.why} for ln in lines]
            data = {"person": person.pk, "lines": told, "refusals": refusals, "is_dry_run": options["dry_run"]}
            self.stdout.write(json.dumps(data, ensure_ascii=False))
            return
        self.stdout.write(f"{person.name}:")
        for line in lines:
            self.stdout.write(f"  {line.what:<14} {line.number:>6}  {line.heading}{'. ' if line.why else ''}{line.why}")

    def _replay(self, is_json: bool) -> None:
        services.complete_ledger()
        ListCopy.objects.all().delete()  # cursors count what the restored records no longer have
        try:
            number, damaged = services.replay(), ledger.damaged()
        except services.NotErased as error:
            raise CommandError(str(error)) from None
        if is_json:
            self.stdout.write(json.dumps({"erased_again": number, "damaged_lines": damaged}))
        else:
            people = "1 person" if number == 1 else f"{number} people"
            self.stdout.write(f"{people} erased again." if number else "Everyone in the ledger is erased already.")
        if damaged:
            lines = "1 line" if damaged == 1 else f"{damaged} lines"
            raise CommandError(f"{lines} of {ledger.path()} cannot be read. Compare it with its copy.")
