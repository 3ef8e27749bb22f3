"""Is a file an edition of ours: its SHA-256 is compared with those of every edition and form that the reader may see."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from reports.editions.making.models import EditionForm
from reports.editions.models import Edition

HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Copy:
    """What a file is a copy of."""

    edition: Edition
    form: str
    language: str
    made_at: datetime
    href: str
    sha256: str
    holds_quotes: bool = True

    @cached_property
    def correction(self) -> Any:
        """The correction whose edition took this one's place; None where it stands."""
        rows: Any = self.edition.corrected_by
        return rows.published().select_related("edition").first()

    @cached_property
    def holds_withdrawn(self) -> bool:
        """Whether it holds words that their speaker has taken back."""
        return self.holds_quotes and self.edition.holds_withdrawn_words()

    @property
    def tone(self) -> str:
        """Of the notice: a copy that should not be passed on is a warning."""
        return "warning" if self.correction or self.holds_withdrawn else "success"

    @property
    def is_approved(self) -> bool:
        return self.edition.report.approved_edition_id == self.edition.pk


@dataclass(frozen=True)
class OtherCopy:
    """What a file is a copy of that belongs to a report of another kind."""

    title: str
    page: str
    edition: int
    form: str
    made_at: datetime
    href: str
    sha256: str


# Other reports whose files can be recognised; they add themselves when they start.
OTHERS: list[Callable[[Any, str], OtherCopy | None]] = []


def recognise_other(user: Any, sha256: str) -> OtherCopy | None:
    """The same as ``recognise`` for reports of other kinds."""
    return next((found for look in OTHERS if (found := look(user, sha256))), None)


def tidy_hash(text: str) -> str:
    """A hash as people paste it, in the one way that we write it; empty where it is none."""
    found = re.sub(r"\s", "", text).lower().removeprefix("sha256:")
    return found if HASH.fullmatch(found) else ""


def hash_of(file: Any) -> str:
    """The SHA-256 of an uploaded file, read in parts and kept nowhere."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def recognise(user: Any, sha256: str) -> Copy | None:
    """What a file with this hash is a copy of, among what the reader may see; None where it is not ours to say."""
    edition = Edition.objects.visible_to(user).select_related("report").filter(sha256=sha256).first()
    if edition:
        return Copy(edition, "PDF", "English", edition.built_at, edition.get_absolute_url(), sha256)
    rows = EditionForm.objects.visible_to(user).select_related("edition__report").defer("contents")
    form = rows.filter(sha256=sha256).newest_first().first()
    if form is None:
        return None
    label, language = form.get_form_display(), form.get_language_display()
    return Copy(
        *(form.edition, label, language, form.made_at, form.get_absolute_url(), sha256),
        holds_quotes=form.kind.holds_quotes,
    )
