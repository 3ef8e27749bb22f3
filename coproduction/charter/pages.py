"""What pages about a charter share."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.writing.starting import questions_for
from coproduction.group.members import deciding_members
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.pages import taken_by_section, with_passages
from coproduction.suggestions.services import speaks_for
from impact.core.access.permissions import has_perm
from impact.core.basics.words.diff import plain, word_diff
from impact.core.people.accounts import SignedInRequest

OPEN_FOR_SUGGESTIONS = (CharterVersion.Status.PROPOSED, CharterVersion.Status.AGREED)


def charter_for(request: HttpRequest, pk: int) -> Charter:
    """A charter that the caller may read, or 404."""
    return get_object_or_404(Charter.objects.visible_to(request.user).select_related("group"), pk=pk)


def version_for(request: HttpRequest, charter: Charter, name: str) -> CharterVersion:
    """The version of a charter with this name in addresses ("2", "2.1", "3b") that the caller may read, or 404."""
    version = CharterVersion.objects.visible_to(request.user).filter(charter=charter).named(str(name))
    if version is None:
        raise Http404("No such version.")
    return version


# --- Reading -------------------------------------------------------------------------------------
def sections_of(version: CharterVersion, suggestions: Any) -> list[dict[str, Any]]:
    """Each section of a version with its words and what members suggested about it."""
    by_section: dict[int, list[Suggestion]] = {}
    related = ["section", "person", "version", "recorded_by__person", "merged_into"]
    for suggestion in suggestions.select_related(*related).order_by("-made_on", "-pk"):
        by_section.setdefault(suggestion.section_id, []).append(suggestion)
    taken = taken_by_section(version)
    to_write = set(
        Suggestion.objects.to_write().filter(section__charter=version.charter_id).values_list("pk", flat=True)
    )
    rows = []
    for text in version.texts.select_related("section"):
        found = by_section.get(text.section_id, [])
        waiting = sum(1 for s in found if s.status == Suggestion.Status.WAITING)
        questions = [] if text.body else questions_for(text.section)
        rows.append(
            {
                "section": text.section,
                "text": text,
                "html": with_passages(text.body, found),
                "suggestions": found,
                "waiting": waiting,
                "questions": questions,
                "taken_in": taken.get(text.section_id, []),
                "to_write": [s for s in found if s.pk in to_write],
            }
        )
    return rows


def reading_context(request: HttpRequest, charter: Charter) -> dict[str, Any]:
    """The versions that the caller may read, and what the caller may do with the charter."""
    user = request.user
    versions = list(CharterVersion.objects.visible_to(user).filter(charter=charter).select_related("corrects"))
    by_status = {v.status: v for v in reversed(versions)}
    return {
        "charter": charter,
        "versions": versions,
        "agreed": by_status.get(CharterVersion.Status.AGREED),
        "proposed": by_status.get(CharterVersion.Status.PROPOSED),
        "draft": by_status.get(CharterVersion.Status.DRAFT),
        "sees_names": has_perm(user, "coproduction.view_names", charter),
        "may_edit": has_perm(user, "coproduction.edit_charter", charter),
        "may_answer": has_perm(user, "coproduction.answer_suggestion", charter),
    }


def speaking(request: SignedInRequest, charter: Charter, version: CharterVersion) -> dict[str, Any]:
    """The version being read, and whether the caller may suggest a change in it or record one for a member."""
    is_open = version.status in OPEN_FOR_SUGGESTIONS
    is_member = deciding_members(charter.group).filter(person__user_id=request.user.pk).exists()
    may_record = has_perm(request.user, "coproduction.suggest_change", charter) and (
        is_member or speaks_for(request.user, charter).exists()
    )
    return {
        "version": version,
        "may_suggest": is_open and is_member,
        "may_record_suggestion": is_open and may_record and not is_member,
    }


def number_of(value: str | None) -> int:
    """A row's number from a form or link; 0, which no row has, for anything else."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 18 else 0


def changes_between(agreed: CharterVersion | None, version: CharterVersion) -> list[dict[str, Any]]:
    """The sections of a version whose words differ from the text in force, word by word; all where there is none."""
    old = dict(agreed.texts.values_list("section_id", "body")) if agreed else {}
    rows = []
    for text in version.texts.select_related("section"):
        before, after = plain(old.get(text.section_id, "")), plain(text.body)
        if before != after or not agreed:
            is_new = bool(agreed) and text.section_id not in old
            pieces = word_diff(before, after) if agreed else []
            rows.append({"section": text.section, "text": text, "pieces": pieces, "is_new": is_new})
    return rows


def draft_of(charter: Charter) -> CharterVersion | None:
    return charter.versions.filter(status=CharterVersion.Status.DRAFT).first()
