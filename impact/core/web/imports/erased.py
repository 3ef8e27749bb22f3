"""Noticing someone who was erased when a spreadsheet brings them back, and taking them out of what waits."""

import unicodedata
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils.crypto import salted_hmac

from impact.core.access.permissions import Actor
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.words.mailboxes import mailbox_key
from impact.core.people.models import Person
from impact.core.people.rights.erasure.rows import subject_of
from impact.core.web.imports.columns import parts_of
from impact.core.web.imports.models import ErasedMark, SheetImport, SheetRow
from impact.core.web.imports.shapes import IMPORTERS


def name_key(name: str) -> str:
    """A name for comparing: “Siân” is one name, whether its â is one character or two."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def _code(*parts: str) -> str:
    key = settings.PSEUDONYM_KEY  # not SECRET_KEY, so that a new one leaves no one unnoticed
    return salted_hmac("core.imports.erased", "\x1f".join(parts), secret=key, algorithm="sha256").hexdigest()


def remember(by: Actor, person: Person) -> None:
    """Before someone is erased: keep the marks, and take them out of spreadsheets that wait."""
    subject = subject_of(person)
    name = name_key(person.name)
    for address in {"", *subject.addresses}:
        both = _code(name, address) if address else ""
        ErasedMark.objects.get_or_create(name_hash=_code(name), both_hash=both, defaults={"at": clock.today()})
    _take_out(name)


def _take_out(name: str) -> None:
    """Delete the rows about someone of a name, and take the name out of lists of names."""
    waiting = SheetRow.objects.filter(sheet__state__in=SheetImport.OPEN).select_related("sheet")
    for row in waiting:
        importer = IMPORTERS.get(row.sheet.kind)
        columns = importer.columns if importer else ()
        if any(column.names == "one" and name_key(row.cells.get(column.name, "")) == name for column in columns):
            row.delete()
        else:
            cells = {c.name: _without(row.cells.get(c.name, ""), name) for c in columns if c.names == "several"}
            if all(row.cells.get(key, "") == cell for key, cell in cells.items()):
                continue
            row.cells, row.problems = row.cells | cells, []
            row.save(update_fields=["cells", "problems"])
        SheetImport.objects.filter(pk=row.sheet_id).update(erased=F("erased") + 1)


def _without(cell: str, name: str) -> str:
    parts = parts_of(cell)
    kept = [part for part in parts if name_key(part) != name]
    return cell if len(kept) == len(parts) else "; ".join(kept)


class Erased:
    """The people who were erased, for asking about many names at once."""

    def __init__(self) -> None:
        self.names: dict[str, date] = {}
        self.both: dict[str, date] = {}
        for mark in ErasedMark.objects.order_by("at"):
            self.names[mark.name_hash] = mark.at
            if mark.both_hash:
                self.both[mark.both_hash] = mark.at

    def __bool__(self) -> bool:
        return bool(self.names)

    def is_same(self, name: str, address: str) -> date | None:
        """When someone of this name and address was erased."""
        return self.both.get(_code(name_key(name), mailbox_key(address))) if self.both and address else None

    def is_namesake(self, name: str) -> date | None:
        """When someone of this name was erased."""
        return self.names.get(_code(name_key(name))) if self.names else None


def words(on: Any) -> str:
    """What is said of a row that may bring someone back."""
    return f"The data of someone of this name was deleted on {day(on)}, as they had asked."
