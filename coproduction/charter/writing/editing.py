"""Writing a draft of a charter: the whole page is saved at once, and two people writing it lose nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.charter import services
from coproduction.charter.models import CharterVersion, SectionText
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict


def mark_of(body: str) -> str:
    """Hash a section's text as a page showed it, so that the save can tell what its writer changed."""
    return hashlib.sha256(body.replace("\r\n", "\n").strip().encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Words:
    """What a page sends of one section: its words, the revision that it showed, and the mark of the text that it showed.

    ``title`` and ``was``: the title as typed, and as the page showed it; None where the page has no title to change.
    """

    body: str
    revision: int
    seen: str
    title: str | None = None
    was: str = ""

    @property
    def is_changed(self) -> bool:
        return mark_of(self.body) != self.seen or (self.title is not None and self.title.strip() != self.was.strip())


@dataclass
class Saved:
    """The result of saving a draft: the sections written, and those that someone else wrote in the meantime."""

    written: list[SectionText] = field(default_factory=list)
    clashes: dict[int, SectionText] = field(default_factory=dict)
    refused: dict[int, ValidationError] = field(default_factory=dict)


@transaction.atomic
def write_draft(*, by: Actor, version: CharterVersion, words: Mapping[int, Words]) -> Saved:
    """Save the sections of a draft that the writer changed, by section id.

    A section that someone else saved in the meantime stays as it is and is given back, so that the page can show both
    texts; the others are saved all the same, also when one is refused. What the writer did not touch is left alone, however old the page is.
    """
    require(by, "coproduction.edit_charter", version)
    done = Saved()
    for text in version.texts.select_related("section", "version").order_by("position", "pk"):
        given = words.get(text.section_id)
        if given is None or not given.is_changed:
            continue
        body = given.body if mark_of(given.body) != given.seen else text.body
        title = given.title if given.title is not None and given.title.strip() != given.was.strip() else None
        before = text.revision
        try:
            with transaction.atomic():
                saved = services.write_section(by=by, text=text, body=body, title=title, expected=given.revision)
        except Conflict:
            current = SectionText.objects.select_related("section").get(pk=text.pk)
            if (current.body, title or current.title) != (given.body, current.title):
                done.clashes[text.section_id] = current
        except StateConflict:
            raise
        except ValidationError as error:
            done.refused[text.section_id] = error
        else:
            if saved.revision != before:
                done.written.append(saved)
    return done
