"""Suggesting a change: as a private draft that is sent when it is ready, or at once."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from coproduction.group.members import deciding_members, require_past_day, resolve_member
from coproduction.group.models import SupportLink, Told, require_told
from coproduction.suggestions.answering.taking import take_into_open_draft
from coproduction.suggestions.models import GivenAnswer, Suggestion
from coproduction.suggestions.passages import Passage, choose, find, read_markdown
from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.notices.services import tell
from impact.core.people.models import Person

OPEN = (CharterVersion.Status.PROPOSED, CharterVersion.Status.AGREED)
NOT_NEWEST = "This is not the newest text. Open the charter and suggest your change there."
NOT_THERE = "These words are not in the text of the section. Choose them again, or choose a paragraph."


# --- For whom someone may write ------------------------------------------------------------------
def speaks_for(by: Any, charter: Charter) -> QuerySet[Person]:
    """The members for whom someone may write a suggestion: themselves, those they support, or all for those who record."""
    members = Person.objects.filter(pk__in=deciding_members(charter.group).values("person")).order_by("name", "pk")
    if has_perm(by, "coproduction.record_suggestion", charter):
        return members
    supported = SupportLink.objects.in_force().filter(group=charter.group, supporter__user_id=by.pk)
    return (
        members.filter(user_id=by.pk, user__isnull=False) | members.filter(pk__in=supported.values("member"))
    ).distinct()


def _member(by: Actor, charter: Charter, person: Person | None, day: date) -> Person:
    return resolve_member(by, charter.group, person, day, "coproduction.record_suggestion")


def _readable(section: CharterSection, version: CharterVersion) -> CharterVersion:
    """The version, locked, if members may suggest changes in it."""
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    if version.charter_id != section.charter_id:
        raise ValidationError("That text belongs to another charter. Suggest a change in this one.")
    if version.status not in OPEN:
        raise ValidationError(NOT_NEWEST)
    return version


def _passage_in(section: CharterSection, version: CharterVersion, passage: Passage | None) -> dict[str, Any]:
    """A chosen passage as it is kept, checked against the text that it was chosen in."""
    if passage is None or not passage.quote.strip():
        return {"quote": "", "prefix": "", "suffix": "", "quote_is_only": True}
    text = SectionText.objects.filter(version=version, section=section).first()
    found = choose(read_markdown(text.body).text, passage.quote, passage.prefix, passage.suffix) if text else None
    if found is None:
        raise ValidationError({"quote": NOT_THERE})
    return {"quote": found.quote, "prefix": found.prefix, "suffix": found.suffix, "quote_is_only": found.is_only}


def _refuse_double(suggestion: Suggestion) -> None:
    same = Suggestion.objects.waiting().filter(
        section=suggestion.section, person=suggestion.person, words=suggestion.words, quote=suggestion.quote
    )
    if same.exists():
        raise ValidationError({"words": "This suggestion has already been made and is waiting for an answer."})


# --- What members suggest ------------------------------------------------------------------------
@transaction.atomic
def suggest_change(
    *,
    by: Actor,
    section: CharterSection,
    version: CharterVersion,
    words: str,
    person: Person | None = None,
    told: str = "",
    passage: Passage | None = None,
    on: date | None = None,
) -> Suggestion:
    """Ask for a change in one section or passage, as a member or for one; who wrote it down, and how told, is kept."""
    require(by, "coproduction.suggest_change", section.charter)
    day = require_past_day(on, "on")
    version = _readable(section, version)
    person = _member(by, section.charter, person, day)
    suggestion = Suggestion(
        section=section,
        version=version,
        person=person,
        words=words.strip(),
        made_on=day,
        recorded_by_id=by.pk,
        told=require_told(by, person, told),
        **_passage_in(section, version, passage),
    )
    _refuse_double(suggestion)
    suggestion.full_clean()
    suggestion.save()
    audit.record(by, "suggestion.made", suggestion, section=section.title)
    return suggestion


# --- Drafts: private until they are sent, so the record of changes does not know them ------------
@transaction.atomic
def save_draft(
    *,
    by: Actor,
    section: CharterSection,
    version: CharterVersion,
    words: str,
    person: Person | None = None,
    told: str = "",
    passage: Passage | None = None,
    key: str = "",
    expected: int | None = None,
) -> Suggestion:
    """Begin a draft that only its writer sees. With a ``key`` that began one already, save that one."""
    require(by, "coproduction.suggest_change", section.charter)
    version = _readable(section, version)
    person = _member(by, section.charter, person, clock.today())
    if key:
        begun = Suggestion.with_drafts.select_for_update(of=("self",)).filter(recorded_by_id=by.pk, key=key).first()
        if begun is not None:
            return update_draft(by=by, suggestion=begun, words=words, told=told, passage=passage, expected=expected)
    draft = Suggestion(
        section=section,
        version=version,
        person=person,
        words=words.strip(),
        status=Suggestion.Status.DRAFT,
        recorded_by_id=by.pk,
        told=told if told in Told.values and person.user_id != by.pk else "",
        key=key[:40],
        **_passage_in(section, version, passage),
    )
    draft.full_clean(exclude=["words"] if not draft.words else None)
    draft.save()
    return draft


def _own_draft(by: Actor, suggestion: Suggestion, expected: int | None = None) -> Suggestion:
    """The writer's own draft, locked, as it is now. Conflict when it was saved in another window."""
    found = (
        Suggestion.with_drafts.select_for_update(of=("self",))
        .select_related("section__charter__group", "person", "version")
        .get(pk=suggestion.pk)
    )
    if by.pk is None or found.recorded_by_id != by.pk:
        raise PermissionDenied("This is someone else's draft.")
    if not found.is_draft:
        raise StateConflict("This suggestion has been sent already, so it cannot be changed. You can comment on it.")
    if expected is not None and found.revision != expected:
        raise Conflict(found)
    return found


@transaction.atomic
def update_draft(
    *,
    by: Actor,
    suggestion: Suggestion,
    words: str,
    told: str = "",
    passage: Passage | None = None,
    expected: int | None = None,
) -> Suggestion:
    """Save one's own draft."""
    require(by, "coproduction.suggest_change", suggestion)
    draft = _own_draft(by, suggestion, expected)
    known = draft.passage
    same = passage is not None and known is not None and passage.quote == known.quote
    place = {} if same else _passage_in(draft.section, draft.version, passage)
    told = told if told in Told.values and draft.person.user_id != by.pk else ""
    changes = {"words": words.strip(), "told": told, **place}
    if all(getattr(draft, name) == value for name, value in changes.items()):
        return draft
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.revision += 1
    draft.full_clean(exclude=["words"] if not draft.words else None)
    draft.save(update_fields=[*changes, "revision"])
    return draft


@transaction.atomic
def send_draft(*, by: Actor, suggestion: Suggestion, expected: int | None = None, on: date | None = None) -> Suggestion:
    """Send a draft: from now on the group reads it, and it gets an answer."""
    require(by, "coproduction.suggest_change", suggestion)
    draft = _own_draft(by, suggestion, expected)
    day = require_past_day(on, "on")
    version = CharterVersion.objects.select_for_update().get(pk=draft.version_id)
    if version.status not in OPEN:
        raise StateConflict("The text has changed since you began. Go on with the newest text, then send.", "old_text")
    _member(by, draft.section.charter, draft.person, day)
    draft.told = require_told(by, draft.person, draft.told)
    if not draft.words:
        raise ValidationError({"words": "Write what should change, and why."})
    _refuse_double(draft)
    draft.status = Suggestion.Status.WAITING
    draft.made_on = day
    draft.key = ""
    draft.revision += 1
    draft.full_clean()
    draft.save(update_fields=["status", "made_on", "told", "key", "revision"])
    audit.record(by, "suggestion.made", draft, section=draft.section.title)
    return draft


@transaction.atomic
def delete_draft(*, by: Actor, suggestion: Suggestion, expected: int | None = None) -> None:
    """Delete one's own draft. No one else has seen it."""
    require(by, "coproduction.suggest_change", suggestion)
    _own_draft(by, suggestion, expected).delete()


def delete_drafts_of(by: Actor, person: Person) -> None:
    """Delete what someone never sent, as part of erasing them. No one else has seen it."""
    Suggestion.with_drafts.filter(
        Q(person=person) | Q(recorded_by_id=person.user_id or 0), status=Suggestion.Status.DRAFT
    ).delete()


@transaction.atomic
def move_draft(*, by: Actor, suggestion: Suggestion) -> Suggestion:
    """Go on with a draft about the newest text. A passage that is no longer there is let go: it is about the section."""
    require(by, "coproduction.suggest_change", suggestion)
    draft = _own_draft(by, suggestion)
    newest = draft.section.charter.versions.filter(status__in=OPEN).order_by("-number").first()
    text = SectionText.objects.filter(version=newest, section=draft.section).first() if newest else None
    if newest is None or text is None:
        raise StateConflict("The newest text does not hold this section. Copy your words, and suggest them elsewhere.")
    if newest.pk == draft.version_id:
        return draft
    reading = read_markdown(text.body)
    passage = draft.passage
    place = find(reading.text, passage) if passage else None
    if passage and place:
        start, end = place
        found = choose(reading.text, passage.quote, reading.text[:start], reading.text[end:])
        draft.prefix, draft.suffix = (found.prefix, found.suffix) if found else (draft.prefix, draft.suffix)
        draft.quote_is_only = bool(found and found.is_only)
    else:
        draft.quote = draft.prefix = draft.suffix = ""
    draft.version = newest
    draft.revision += 1
    draft.save(update_fields=["version", "quote", "prefix", "suffix", "quote_is_only", "revision"])
    return draft


# --- Answers -------------------------------------------------------------------------------------
def claim(suggestion: Suggestion, expected: int | None) -> Suggestion:
    """Lock a suggestion that is to be answered, as it is now. Conflict when someone answered or merged it first."""
    found = (
        Suggestion.objects.select_for_update(of=("self",))
        .select_related("section__charter__group", "version", "person", "merged_into", "recorded_by__person")
        .get(pk=suggestion.pk)
    )
    if expected is not None and found.revision != expected:
        raise Conflict(found)
    return found


@transaction.atomic
def answer_suggestion(
    *,
    by: Actor,
    suggestion: Suggestion,
    status: str,
    answer: str,
    on: date | None = None,
    expected: int | None = None,
) -> Suggestion:
    """Answer a suggestion, with the reason: taken in, adapted, or not this time. All who asked for it are told.

    A suggestion that was answered may get another answer from someone who has read the first one: ``expected`` says so.
    Every answer is kept. Of two who answer at once the second gets a Conflict.
    """
    require(by, "coproduction.answer_suggestion", suggestion)
    found = claim(suggestion, expected)
    day = require_past_day(on, "on")
    if found.is_answered and expected is None:
        raise StateConflict("This suggestion has already been answered. Reload the page to read it.", "answered")
    if found.merged_into is not None:
        raise StateConflict("This suggestion was merged with another. Answer that one: both members get the answer.")
    if status not in Suggestion.ANSWERS:
        raise ValidationError({"status": "Choose a decision on the suggestion."})
    if not answer.strip():
        raise ValidationError({"answer": "Write an answer that the member will read."})
    if status == Suggestion.Status.NOT_NOW and _settled_in(found) is not None:
        raise ValidationError({"status": f"Version {_settled_in(found)} has taken this in. Choose another decision."})
    is_another = found.is_answered
    found.status = status
    found.answer = answer.strip()
    found.answered_on = day
    found.revision += 1
    found.full_clean()
    found.save(update_fields=["status", "answer", "answered_on", "revision"])
    GivenAnswer.objects.create(suggestion=found, status=status, answer=found.answer, answered_on=day, given_by_id=by.pk)
    if found.is_taken:
        take_into_open_draft(by=by, suggestion=found)
    kind = "suggestion.answered_again" if is_another else "suggestion.answered"
    audit.record(by, kind, found, fields=["answer"], status=found.get_status_display())
    _tell_the_answer(found)
    return found


def _settled_in(suggestion: Suggestion) -> int | None:
    """The number of a version put to the members that took a suggestion in, if any."""
    gone = [CharterVersion.Status.DRAFT, CharterVersion.Status.WITHDRAWN]
    return suggestion.taken_in.exclude(version__status__in=gone).values_list("version__number", flat=True).first()


def _tell_the_answer(suggestion: Suggestion) -> None:
    """Tell each member who asked for it, and the supporter who wrote it down; each about their own suggestion."""
    for one in [suggestion, *suggestion.merged.select_related("person", "recorded_by__person", "section")]:
        key = f"suggestion-answered:{one.pk}:{suggestion.revision}"
        words = (
            f"About “{one.section.title}” in the charter. The decision is: {suggestion.get_status_display().lower()}. "
            "You can read the answer and its reason on the page."
        )
        tell(
            people=[one.person],
            event="suggestion-answered",
            title="Your suggestion has an answer",
            words=words,
            path=one.get_absolute_url(),
            about=one,
            key=key,
        )
        writer = getattr(one.recorded_by, "person", None)
        links = SupportLink.objects.in_force().filter(group=one.section.charter.group, member=one.person)
        if writer is not None and links.filter(supporter=writer).exists():
            title = "A suggestion that you wrote down has an answer"
            tell(
                people=[writer],
                event="suggestion-answered-writer",
                title=title,
                words=words,
                path=one.get_absolute_url(),
                about=one,
                key=key,
            )
