"""``manage.py rebuild_search``: bring the search index up to date with the rows it tells of."""

from typing import Any

from django.core.management.base import BaseCommand

from impact.core.web.search.following import rebuild


class Command(BaseCommand):
    help = "Bring the search index up to date. Safe to run at any time and more than once; the platform keeps running."

    def handle(self, *args: Any, **options: Any) -> None:
        found = rebuild(report=lambda kind, rows: self.stdout.write(f"{kind}: {rows}"))
        self.stdout.write(self.style.SUCCESS(f"The search index is up to date: {sum(found.values())} rows were read."))
