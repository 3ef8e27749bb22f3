"""``manage.py read_bounces FILE``: notes which emails came back, from the reports of mail servers."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from impact.core.notices.mail.addresses import bounces


class Command(BaseCommand):
    help = (
        "Read the reports of mail servers about emails that did not arrive (RFC 3464). FILE is one email, an mbox file or "
        "a Maildir folder; - reads one email from standard input, as a mail server hands it to a program."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        if name == "-":
            found = bounces.read([sys.stdin.buffer.read(bounces.LARGEST + 1)])
        else:
            path = Path(name)
            if not path.exists():
                raise CommandError(f"There is no file or folder {name}.")
            found = bounces.read(bounces.messages_in(path))
        self.stdout.write(
            f"{found.returned} came back, {found.known} known already, {found.others} not about an email of ours."
        )
