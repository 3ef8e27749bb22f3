"""``manage.py push_key``: make the key with which messages to devices are signed."""

from typing import Any

from django.core.management.base import BaseCommand

from impact.core.notices.push.keys import new_key


class Command(BaseCommand):
    help = "Print a new IMPACT_PUSH_KEY for the environment. With another key everyone has to switch devices on again."
    requires_system_checks: list[str] = []  # so that it runs where the present key is wrong

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"IMPACT_PUSH_KEY={new_key()}")
