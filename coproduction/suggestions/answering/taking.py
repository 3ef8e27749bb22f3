"""Which versions of the charter took a suggestion in: a link that stays for ever."""

from typing import Any

from django.db import transaction

from coproduction.charter.models import CharterVersion, SectionText
from coproduction.charter.services import draft_version
from coproduction.suggestions.models import Suggestion, TakenIn
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict


def _link(by: Actor, suggestion: Suggestion, version: CharterVersion) -> TakenIn | None:
    """Link a suggestion to the version that takes it in, once; None where the version has no such section."""
    text = SectionText.objects.filter(version=version, section=suggestion.section_id).first()
    if text is None:
        return None
    link, is_new = TakenIn.objects.get_or_create(
        suggestion=suggestion, version=version, defaults={"revision": text.revision, "recorded_by_id": by.pk}
    )
    if is_new:
        audit.record(by, "suggestion.taken_in", suggestion, version=version.name)
    return link


def take_into_open_draft(*, by: Actor, suggestion: Suggestion) -> TakenIn | None:
    """Link an answered suggestion to the draft that is open, if there is one. For a service that has asked ``require``."""
    charter = suggestion.section.charter
    draft = charter.versions.filter(status=CharterVersion.Status.DRAFT).first()
    return _link(by, suggestion, draft) if draft else None


@transaction.atomic
def take_in(*, by: Actor, suggestion: Suggestion) -> TakenIn:
    """Open the draft for a suggestion that is to be taken in, a new one if need be, and link the two."""
    require(by, "coproduction.answer_suggestion", suggestion)
    require(by, "coproduction.edit_charter", suggestion)
    suggestion = (
        Suggestion.objects.select_for_update(of=("self",))
        .select_related("section__charter__group")
        .get(pk=suggestion.pk)
    )
    if not suggestion.is_taken:
        raise StateConflict("Answer the suggestion first: taken in, or adapted.")
    charter = suggestion.section.charter
    if charter.versions.filter(status=CharterVersion.Status.PROPOSED).exists():
        raise StateConflict(
            "A version is out for agreement, so no draft can be open. This suggestion goes into the next one."
        )
    draft = charter.versions.filter(status=CharterVersion.Status.DRAFT).first() or draft_version(by=by, charter=charter)
    link = _link(by, suggestion, draft)
    if link is None:
        raise StateConflict(f"The draft, version {draft.number}, does not hold this section.")
    return link


def link_what_was_taken(*, by: Actor, version: CharterVersion) -> int:
    """Link everything that was to be taken in to a version that is put to the members; how many were linked now.

    Part of putting it to them, so that no link is missing however its writer worked.
    """
    rows = Suggestion.objects.to_write().filter(section__charter=version.charter_id).order_by("pk")
    return sum(1 for suggestion in rows if _link(by, suggestion, version) is not None)


def where_taken(suggestion: Suggestion, user: Any) -> list[dict[str, Any]]:
    """The versions that took a suggestion in: state in words, address for those who may read it, whether it changed."""
    seen = set(CharterVersion.objects.visible_to(user).values_list("pk", flat=True))
    rows = []
    for link in suggestion.taken_in.select_related("version"):
        text = SectionText.objects.filter(version=link.version, section=suggestion.section_id).first()
        rows.append(
            {
                "link": link,
                "version": link.version,
                "is_readable": link.version_id in seen,
                "is_withdrawn": link.version.status == CharterVersion.Status.WITHDRAWN,
                "is_draft": link.version.status == CharterVersion.Status.DRAFT,
                "is_changed": text is not None and text.revision > link.revision,
                "revision": text.revision if text else None,
                "is_gone": text is None,
            }
        )
    return rows
