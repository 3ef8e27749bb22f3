"""Suggesting a change, and answering."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.charter.models import CharterSection, CharterVersion
from coproduction.group.members import require_past_day, resolve_member
from coproduction.suggestions.models import Suggestion
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.people.models import Person


# --- What members suggest ------------------------------------------------------------------------
@transaction.atomic
def suggest_change(
    *,
    by: Actor,
    section: CharterSection,
    version: CharterVersion,
    words: str,
    person: Person | None = None,
    on: date | None = None,
) -> Suggestion:
    """Ask for a change in one section, as a member or for one who has no account."""
    require(by, "coproduction.suggest_change", section.charter)
    day = require_past_day(on, "on")
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    if version.charter_id != section.charter_id:
        raise ValidationError("That text belongs to another charter. Suggest a change in this one.")
    if version.status not in (CharterVersion.Status.PROPOSED, CharterVersion.Status.AGREED):
        raise ValidationError("This is not the newest text. Open the charter and suggest your change there.")
    person = resolve_member(by, section.charter.group, person, day)
    words = words.strip()
    if Suggestion.objects.waiting().filter(section=section, person=person, words=words).exists():
        raise ValidationError({"words": "This suggestion has already been made and is waiting for an answer."})
    suggestion = Suggestion(
        section=section, version=version, person=person, words=words, made_on=day, recorded_by_id=by.pk
    )
    suggestion.full_clean()
    suggestion.save()
    audit.record(by, "suggestion.made", suggestion, section=section.title)
    return suggestion


@transaction.atomic
def answer_suggestion(
    *, by: Actor, suggestion: Suggestion, status: str, answer: str, on: date | None = None
) -> Suggestion:
    """Give a member's suggestion its answer: taken up, taken up in part, or not this time, and why."""
    require(by, "coproduction.answer_suggestion", suggestion)
    suggestion = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    day = require_past_day(on, "on")
    if suggestion.status != Suggestion.Status.WAITING:
        raise ValidationError("This suggestion has already been answered. Reload the page to read it.")
    if status == Suggestion.Status.WAITING:
        raise ValidationError({"status": "Choose a decision on the suggestion."})
    if not answer.strip():
        raise ValidationError({"answer": "Write an answer that the member will read."})
    suggestion.status = status
    suggestion.answer = answer.strip()
    suggestion.answered_on = day
    suggestion.full_clean()
    suggestion.save(update_fields=["status", "answer", "answered_on"])
    audit.record(by, "suggestion.answered", suggestion, fields=["answer"], status=suggestion.get_status_display())
    return suggestion
