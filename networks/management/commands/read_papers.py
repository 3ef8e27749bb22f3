"""``manage.py read_papers``: read the words of papers that were uploaded, so that the search finds them by these."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from networks.documents.materials.models import Material
from networks.documents.materials.reading import services


class Command(BaseCommand):
    help = "Read the words of uploaded papers for the search. Safe to run at any time and more than once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="also those that were read before")

    def handle(self, *args: Any, again: bool = False, **options: Any) -> None:
        rows = Material.objects.filter(files__isnull=False).distinct().order_by("pk")
        if not again:
            rows = rows.filter(words=None)
        done = without = 0
        for material in rows.prefetch_related("files").iterator(chunk_size=100):
            found = services.read(material)
            if not found.files or not services.keep(material, found):
                continue
            done += 1
            names = {str(file.pk): file for file in material.files.all()}
            for pk, why in found.unread.items():
                without += 1
                self.stdout.write(f"No text could be read in {names[pk]}, a paper of {material.meeting}: {why}.")
        self.stdout.write(self.style.SUCCESS(f"Papers read: {done}. Files without text: {without}."))
