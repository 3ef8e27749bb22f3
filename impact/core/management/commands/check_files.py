"""manage.py check_files: compare every stored file with the row that names it, and say what to do about the rest."""

from collections import defaultdict
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat
from PIL import Image

from impact.core.web.files import store
from impact.core.web.files.store import Kept

OLD_HOURS = 24  # a younger file may belong to an upload that is not committed yet
MISSING = """\
{count} missing. Pages link to these files but cannot serve them.
  What to do: copy each from the backup to the same place in {root} (docs/operations.md, "Back-up"). Without a backup:
  upload the same paper or photograph again where it was, which restores its file; build a pack or plan again from
  its meeting or group."""
DAMAGED = """\
{count} damaged: the size or contents differ from what was stored.
  What to do: as for a missing file; the copy from the backup replaces it. Then check the disk: files do not change by
  themselves."""
UNNAMED = """\
{count} not in the database ({size}), left behind by something that was never saved.
  What to do: nothing needs to be done. manage.py check_files --remove-unreferenced deletes those older than a day."""


class Command(BaseCommand):
    help = "Check that every stored file is present, intact and listed in the database. Exits with 1 if any is missing or damaged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--remove-unreferenced",
            action="store_true",
            help="Delete files that are not in the database, once they are a day old.",
        )

    def handle(self, *args: Any, remove_unreferenced: bool, **options: Any) -> None:
        missing: list[Kept] = []
        damaged: list[Kept] = []
        named: set[str] = set()
        checked = 0
        for rows in store.KEPT.values():
            for row in rows():
                if row.name in named:
                    continue
                named.add(row.name)
                checked += 1
                if not default_storage.exists(row.name):
                    if row.sha256:  # without its small copy a photograph is shown whole
                        missing.append(row)
                elif not is_whole(row):
                    damaged.append(row)
        unnamed, removed = self.unnamed(named, remove=remove_unreferenced)
        root = getattr(default_storage, "location", "the storage")
        for words, found in ((MISSING, missing), (DAMAGED, damaged)):
            if found:
                self.stdout.write(words.format(count=len(found), root=root))
                for row in found:
                    self.stdout.write(f"    {row.name}: {row.what}")
        if unnamed:
            size = filesizeformat(sum(unnamed.values())).replace("\xa0", " ")
            self.stdout.write(UNNAMED.format(count=len(unnamed), size=size))
            for name in unnamed:
                self.stdout.write(f"    {name}")
        if removed:
            self.stdout.write(f"{removed} removed that were not in the database.")
        total = "1 file" if checked == 1 else f"{checked} files"
        if missing or damaged:
            raise CommandError(f"Checked {total}: {len(missing)} missing, {len(damaged)} damaged.")
        self.stdout.write(f"Checked {total}: all present and intact.")

    def unnamed(self, named: set[str], *, remove: bool) -> tuple[dict[str, int], int]:
        """The files that no row names, with their sizes, and how many of them were removed."""
        found: dict[str, int] = defaultdict(int)
        removed = 0
        for folder in store.KEPT:
            for name in store.all_files(default_storage, folder):
                if name in named:
                    continue
                if remove and store.age_of(default_storage, name) > OLD_HOURS:
                    default_storage.delete(name)
                    removed += 1
                else:
                    found[name] = default_storage.size(name)
        return dict(found), removed


def is_whole(row: Kept) -> bool:
    """Whether a stored file is what its row says; a small copy, of which no row says anything, is a whole picture."""
    if row.sha256:
        return store.fits(default_storage, row.name, sha256=row.sha256, size=row.size)
    try:
        with default_storage.open(row.name) as file, Image.open(file, formats=["JPEG"]) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError):
        return False
    return True
