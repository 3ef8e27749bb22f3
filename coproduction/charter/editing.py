"""Writing a draft of a charter: the whole page is saved at once, and two people writing it lose nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from coproduction.charter import services
from coproduction.charter.models import CharterVersion, SectionText
from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import Conflict


def mark_of(body: str) -> str:
    """Hash a section's text as a page showed it, so that the save can tell what its writer changed."""
    return hashlib.sha256(body.replace("\r\n", "\n").strip().encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Words:
    """What a page sends of one section: the words, the revision that it showed, and the mark of what it showed."""

    body: str
    revision: int
    seen: str


@dataclass
class Saved:
    """The result of saving a draft: the sections written, and those that someone else wrote in the meantime."""

    written: list[SectionText] = field(default_factory=list)
    clashes: dict[int, SectionText] = field(default_factory=dict)


@transaction.atomic
def write_draft(*, by: Actor, version: CharterVersion, words: Mapping[int, Words]) -> Saved:
    """Save the sections of a draft that the writer changed, by section id.

    A section that someone else saved in the meantime stays as it is and is given back, so that the page can show both
    texts; the others are saved all the same. What the writer did not touch is left alone, however old the page is.
    """
    require(by, "coproduction.edit_charter", version)
    done = Saved()
    for text in version.texts.select_related("section", "version").order_by("position", "pk"):
        given = words.get(text.section_id)
        if given is None or mark_of(given.body) == given.seen:
            continue
        before = text.revision
        try:
            saved = services.write_section(by=by, text=text, body=given.body, expected=given.revision)
        except Conflict:
            current = SectionText.objects.select_related("section").get(pk=text.pk)
            if current.body != given.body:
                done.clashes[text.section_id] = current
        else:
            if saved.revision != before:
                done.written.append(saved)
    return done
