"""The charter, what members think of it, the way it takes, and what changed because of them: every write."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.text import slugify

from coproduction.models import (
    AgreementRound,
    Charter,
    CharterSection,
    CharterVersion,
    Involvement,
    Position,
    SectionText,
    Suggestion,
    Waypoint,
    deciding_members,
)
from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict, save_changes
from impact.core.people.models import Person
from networks.groups.models import Group

KNOWN, OPEN = CharterSection.Kind.KNOWN, CharterSection.Kind.OPEN

# What a charter starts from (rule 15): what is known on the first day, and room for what is not.
OUTLINE = [
    ("Who we are and what we do", KNOWN),
    ("What our words mean", KNOWN),
    ("When we meet", KNOWN),
    ("Our report each year", KNOWN),
    ("Topics and timetable", OPEN),
    ("Our shared vision", OPEN),
    ("Strengths we bring", OPEN),
    ("The language we use", OPEN),
    ("What gets in the way of taking part", OPEN),
    ("Working together online", OPEN),
]


def say_day(day: date) -> str:
    """A date as "24 July 2022", for messages and the record of changes."""
    return f"{day.day} {day:%B %Y}"


def _happened(on: date | None, field: str) -> date:
    """The day something happened: today unless told, and never in the future."""
    day = on or clock.today()
    if day > clock.today():
        raise ValidationError({field: "This day has not come yet. Give today or an earlier day."})
    return day


def _member_speaking(by: Any, group: Group, person: Person | None, on: date) -> Person:
    """Whose words are recorded: the actor's own, or a member's for whom the actor may write."""
    if person is None:
        person = Person.objects.filter(user_id=by.pk, user__isnull=False).first()
    elif person.user_id is None or person.user_id != by.pk:
        require(by, "coproduction.record_for_member", group)
    if person is None or not deciding_members(group, on).filter(person=person).exists():
        raise ValidationError("Only people who are members of this group on that day can speak here. Choose a member.")
    return person


# --- The charter and its words -------------------------------------------------------------------
@transaction.atomic
def start_charter(*, by: Any, group: Group, title: str, is_illustrative: bool = False) -> Charter:
    """Open a group's charter: the usual sections and an empty first draft, for the engagement lead."""
    require(by, "coproduction.edit_charter", group)
    if Charter.objects.filter(group=group).exists():
        raise ValidationError("This group has a charter already. Open a draft of it instead.")
    charter = Charter(group=group, title=title.strip(), is_illustrative=is_illustrative)
    charter.full_clean()
    charter.save()
    for position, (heading, kind) in enumerate(OUTLINE, start=1):
        section = CharterSection(
            charter=charter, key=slugify(heading)[:60], title=heading, kind=kind, position=position
        )
        section.full_clean()
        section.save()
    audit.record(by, "charter.started", charter, sections=len(OUTLINE))
    draft_version(by=by, charter=charter)
    return charter


@transaction.atomic
def add_section(*, by: Any, charter: Charter, title: str, kind: str) -> CharterSection:
    """Add a section at the end of the charter; its place in the text appears in the open draft."""
    require(by, "coproduction.edit_charter", charter)
    charter = Charter.objects.select_for_update().get(pk=charter.pk)
    draft = charter.versions.filter(status=CharterVersion.Status.DRAFT).first()
    if draft is None:
        raise ValidationError("A new section changes the text. Open a draft first, then add it there.")
    last = charter.sections.aggregate(last=Max("position"))["last"] or 0
    section = CharterSection(
        charter=charter, key=slugify(title)[:60], title=title.strip(), kind=kind, position=last + 1
    )
    if charter.sections.filter(key=section.key).exists():
        raise ValidationError({"title": "There is a section with this title already. Give the new one another title."})
    section.full_clean()
    section.save()
    SectionText.objects.create(version=draft, section=section)
    CharterVersion.objects.filter(pk=draft.pk).update(version=F("version") + 1)
    audit.record(by, "charter_section.added", charter, section=section.title)
    return section


@transaction.atomic
def draft_version(*, by: Any, charter: Charter, start_from: CharterVersion | None = None) -> CharterVersion:
    """Open the next draft with the words of ``start_from``: by default the text in force, else the newest."""
    require(by, "coproduction.edit_charter", charter)
    charter = Charter.objects.select_for_update().get(pk=charter.pk)
    if start_from is not None and start_from.charter_id != charter.pk:
        raise ValidationError("That text belongs to another charter. Choose a version of this one.")
    source = start_from or charter.agreed_version or charter.versions.first()
    last = charter.versions.aggregate(last=Max("number"))["last"] or 0
    draft = CharterVersion(charter=charter, number=last + 1)
    draft.full_clean()
    draft.save()
    words = dict(source.texts.values_list("section_id", "body")) if source else {}
    SectionText.objects.bulk_create(
        SectionText(version=draft, section=section, body=words.get(section.pk, ""))
        for section in charter.sections.all()
    )
    audit.record(
        by, "charter_version.drafted", draft, version=draft.number, copied_from=source.number if source else "nothing"
    )
    return draft


@transaction.atomic
def write_section(*, by: Any, text: SectionText, body: str, expected: int | None = None) -> SectionText:
    """Save the words of one section of a draft. Conflict when somebody saved that section in the meantime."""
    require(by, "coproduction.edit_charter", text.version)
    version = CharterVersion.objects.select_for_update().get(pk=text.version_id)
    if version.status != CharterVersion.Status.DRAFT:
        raise ValidationError(
            f"Version {version.number} has been put to the members, so its words stay as they are. Open a new draft."
        )
    seen = text.revision if expected is None else expected
    current = SectionText.objects.select_related("section").get(pk=text.pk)
    if current.revision != seen:
        raise Conflict(current)
    if current.body == body:
        return current
    current.body = body
    current.full_clean()
    if not SectionText.objects.filter(pk=text.pk, revision=seen).update(body=body, revision=seen + 1):
        raise Conflict(SectionText.objects.get(pk=text.pk))
    current.revision = seen + 1
    CharterVersion.objects.filter(pk=version.pk).update(version=F("version") + 1)
    audit.record(by, "charter_section.written", current, fields=["body"], section=current.section.title)
    return current


@transaction.atomic
def propose_version(
    *,
    by: Any,
    version: CharterVersion,
    closes_on: date,
    change_note: str = "",
    expected: int | None = None,
    on: date | None = None,
) -> AgreementRound:
    """Put a draft to the members: its words are fixed from now on, and a new round asks them about exactly these."""
    require(by, "coproduction.edit_charter", version)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    day = _happened(on, "on")
    if version.status != CharterVersion.Status.DRAFT:
        raise ValidationError(f"Version {version.number} is not a draft. Open a new draft to change the text.")
    if expected is not None and version.version != expected:
        raise Conflict(version)
    if closes_on <= day:
        raise ValidationError({"closes_on": "Give members time: choose a day after the one on which you ask them."})
    empty = version.texts.filter(section__kind=KNOWN, body="").values_list("section__title", flat=True)
    if empty:
        raise ValidationError(f"Some known sections have no words yet: {', '.join(empty)}. Write them first.")
    if not version.texts.exclude(body="").exists():
        raise ValidationError("There are no words to agree on yet. Write at least one section.")
    waiting = Suggestion.objects.waiting().filter(section__charter=version.charter_id).count()
    if waiting:
        raise ValidationError(f"Every suggestion gets an answer. {waiting} still waiting: answer first, then propose.")
    text_hash = version.hash_text()
    agreed = version.charter.agreed_version
    if agreed and agreed.text_hash == text_hash:
        raise ValidationError(f"These are the same words as in version {agreed.number}, which members have agreed.")
    if version.number > 1 and not change_note.strip():
        raise ValidationError({"change_note": "Say what changed and why, so that members know what to look at."})
    version.change_note = change_note.strip()
    version.text_hash = text_hash
    version.status = CharterVersion.Status.PROPOSED
    version.proposed_on = day
    version.version += 1
    version.full_clean()
    version.save(update_fields=["change_note", "text_hash", "status", "proposed_on", "version"])
    agreement = AgreementRound(version=version, opened_on=day, closes_on=closes_on)
    agreement.full_clean()
    agreement.save()
    audit.record(by, "charter_version.proposed", version, version=version.number, answers_by=say_day(closes_on))
    return agreement


@transaction.atomic
def withdraw_version(*, by: Any, version: CharterVersion, reason: str, on: date | None = None) -> CharterVersion:
    """Take a draft or a proposed text back, with a reason; its words and the positions on it are kept."""
    require(by, "coproduction.edit_charter", version)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    day = _happened(on, "on")
    if version.status not in (CharterVersion.Status.DRAFT, CharterVersion.Status.PROPOSED):
        raise ValidationError(f"Version {version.number} is settled, so there is nothing to withdraw.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the text is withdrawn, so that members are not left wondering."})
    version.text_hash = version.text_hash or version.hash_text()
    version.status = CharterVersion.Status.WITHDRAWN
    version.status_reason = reason.strip()
    version.version += 1
    version.full_clean()
    version.save(update_fields=["text_hash", "status", "status_reason", "version"])
    version.agreement_rounds.filter(closed_on__isnull=True).update(closed_on=day)
    audit.record(by, "charter_version.withdrawn", version, version=version.number)
    return version


# --- What members suggest ------------------------------------------------------------------------
@transaction.atomic
def suggest_change(
    *,
    by: Any,
    section: CharterSection,
    version: CharterVersion,
    words: str,
    person: Person | None = None,
    on: date | None = None,
) -> Suggestion:
    """Ask for a change in one section, as a member or for one who has no account."""
    require(by, "coproduction.suggest_change", section.charter)
    day = _happened(on, "on")
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    if version.charter_id != section.charter_id:
        raise ValidationError("That text belongs to another charter. Suggest a change in this one.")
    if version.status not in (CharterVersion.Status.PROPOSED, CharterVersion.Status.AGREED):
        raise ValidationError("This is not the newest text. Open the charter and suggest your change there.")
    person = _member_speaking(by, section.charter.group, person, day)
    words = words.strip()
    if Suggestion.objects.waiting().filter(section=section, person=person, words=words).exists():
        raise ValidationError({"words": "This suggestion was made already and is waiting for an answer."})
    suggestion = Suggestion(
        section=section, version=version, person=person, words=words, made_on=day, recorded_by_id=by.pk
    )
    suggestion.full_clean()
    suggestion.save()
    audit.record(by, "suggestion.made", suggestion, section=section.title)
    return suggestion


@transaction.atomic
def answer_suggestion(
    *, by: Any, suggestion: Suggestion, status: str, answer: str, on: date | None = None
) -> Suggestion:
    """Give a member's suggestion its answer: taken up, taken up in part, or not this time, and why."""
    require(by, "coproduction.answer_suggestion", suggestion)
    suggestion = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    day = _happened(on, "on")
    if suggestion.status != Suggestion.Status.WAITING:
        raise ValidationError("This suggestion has its answer already. Reload the page to read it.")
    if status == Suggestion.Status.WAITING:
        raise ValidationError({"status": "Choose what becomes of the suggestion."})
    if not answer.strip():
        raise ValidationError({"answer": "Write an answer that the member will read."})
    suggestion.status = status
    suggestion.answer = answer.strip()
    suggestion.answered_on = day
    suggestion.full_clean()
    suggestion.save(update_fields=["status", "answer", "answered_on"])
    audit.record(by, "suggestion.answered", suggestion, fields=["answer"], status=suggestion.get_status_display())
    return suggestion


# --- Agreement -----------------------------------------------------------------------------------
@transaction.atomic
def take_position(
    *,
    by: Any,
    agreement: AgreementRound,
    text_hash: str,
    stance: str,
    reason: str = "",
    person: Person | None = None,
    on: date | None = None,
) -> Position:
    """Say where a member stands on one exact text. A change of mind replaces the old position, which is kept.

    After the deadline it counts as late while the round is open. Once the text is agreed, only somebody who joined
    after the round opened may still take a position.
    """
    if person is None or (person.user_id is not None and person.user_id == by.pk):
        require(by, "coproduction.take_position", agreement)
    agreement = (
        AgreementRound.objects.select_for_update(of=("self",)).select_related("version__charter").get(pk=agreement.pk)
    )
    version = agreement.version
    group = version.charter.group
    day = _happened(on, "on")
    person = _member_speaking(by, group, person, day)
    if text_hash != version.text_hash:
        raise ValidationError("The text has changed since you read it. Read the new text, then say where you stand.")
    joined = (
        deciding_members(group, day).filter(person=person).order_by("starts_on").values_list("starts_on", flat=True)[0]
    )
    if agreement.closed_on is not None:
        if version.status != CharterVersion.Status.AGREED:
            raise ValidationError("This text is no longer the one to agree on. Open the charter to find the newest.")
        if joined <= agreement.opened_on:
            raise ValidationError(
                f"This round closed on {say_day(agreement.closed_on)}. To change the charter now, suggest a change."
            )
    if day < agreement.opened_on:
        raise ValidationError("The round was not open on that day.")
    reason = reason.strip()
    if stance != Position.Stance.AGREE and not reason:
        raise ValidationError({"reason": "Say why, so that the group can think about it."})
    old = agreement.positions.in_force().filter(person=person).first()
    if old and (old.stance, old.reason) == (stance, reason):
        return old
    if old:
        Position.objects.filter(pk=old.pk, replaced_at__isnull=True).update(replaced_at=clock.now())
    position = Position(
        round=agreement,
        person=person,
        stance=stance,
        reason=reason,
        taken_on=day,
        is_late=agreement.closed_on is not None or day > agreement.closes_on,
        recorded_by_id=by.pk,
    )
    position.full_clean()
    position.save()
    audit.record(by, "position.changed" if old else "position.taken", position, late=position.is_late)
    return position


@transaction.atomic
def extend_round(*, by: Any, agreement: AgreementRound, closes_on: date) -> AgreementRound:
    """Give members more time on the same text."""
    require(by, "coproduction.edit_charter", agreement)
    agreement = AgreementRound.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    if agreement.closed_on is not None:
        raise ValidationError("This round is closed. Propose a new version to ask the members again.")
    if closes_on <= agreement.closes_on or closes_on < clock.today():
        raise ValidationError({"closes_on": f"Choose a day after {say_day(max(agreement.closes_on, clock.today()))}."})
    agreement.closes_on = closes_on
    agreement.full_clean()
    agreement.save(update_fields=["closes_on"])
    audit.record(by, "agreement_round.extended", agreement.version, answers_by=say_day(closes_on))
    return agreement


def obstacles(agreement: AgreementRound, on: date) -> list[str]:
    """What keeps a text from being agreed, each with the way round it; empty when it may come into force."""
    tally = agreement.tally(on)
    found = []
    if on <= agreement.closes_on and tally.still_to_answer:
        found.append(
            f"{tally.still_to_answer} of {tally.members} members have still to answer. "
            f"Wait for them, or until {say_day(agreement.closes_on)} is over."
        )
    if tally.object:
        found.append(
            "A member objects, so this text cannot be agreed. Talk it through: the member may change their position, "
            "or withdraw the text and propose a changed one."
        )
    if not tally.has_majority:
        found.append(
            f"{tally.agreeing} of {tally.members} members agree. More than half are needed: give them more time, "
            "or withdraw the text."
        )
    waiting = Suggestion.objects.waiting().filter(version=agreement.version_id).count()
    if waiting:
        found.append(f"Every suggestion gets an answer. {waiting} on this text still waiting: answer first.")
    return found


@transaction.atomic
def agree_version(*, by: Any, version: CharterVersion, on: date | None = None) -> CharterVersion:
    """Close the round and put the text in force, if the members agreed it; the text before it is replaced.

    Members agree, not whoever runs the round (docs/decisions/0011): the deadline has passed or everybody answered,
    nobody objects, more than half agree, and every suggestion on the text has its answer.
    """
    require(by, "coproduction.edit_charter", version)
    charter = Charter.objects.select_for_update().get(pk=version.charter_id)
    version = CharterVersion.objects.select_for_update().get(pk=version.pk)
    day = _happened(on, "on")
    agreement = version.agreement_rounds.select_for_update().filter(closed_on__isnull=True).first()
    if version.status != CharterVersion.Status.PROPOSED or agreement is None:
        raise ValidationError(f"Version {version.number} is not out for agreement.")
    in_the_way = obstacles(agreement, day)
    if in_the_way:
        raise ValidationError(in_the_way)
    before = charter.agreed_version
    if before:
        before.status = CharterVersion.Status.SUPERSEDED
        before.save(update_fields=["status"])
        audit.record(by, "charter_version.replaced", before, version=before.number, replaced_by=version.number)
    agreement.closed_on = day
    agreement.save(update_fields=["closed_on"])
    version.status = CharterVersion.Status.AGREED
    version.agreed_on = day
    version.version += 1
    version.full_clean()
    version.save(update_fields=["status", "agreed_on", "version"])
    # No numbers: the history is read by people for whom they are withheld (decision 33).
    audit.record(by, "charter_version.agreed", version, version=version.number)
    return version


# --- Waypoints -----------------------------------------------------------------------------------
@transaction.atomic
def plan_waypoint(*, by: Any, charter: Charter, title: str, due_on: date) -> Waypoint:
    """Set the day on which the group will stop and ask where it is."""
    require(by, "coproduction.record_waypoint", charter)
    waypoint = Waypoint(charter=charter, title=title.strip(), due_on=due_on)
    waypoint.full_clean()
    waypoint.save()
    audit.record(by, "waypoint.planned", waypoint, due=say_day(due_on))
    return waypoint


@transaction.atomic
def record_waypoint(
    *, by: Any, waypoint: Waypoint, held_on: date, where_we_are: str, heading: str, outcome: str
) -> Waypoint:
    """Keep what the group found. "No change" is an answer too; a new version opens a draft, or joins the open one."""
    require(by, "coproduction.record_waypoint", waypoint)
    waypoint = Waypoint.objects.select_for_update(of=("self",)).select_related("charter").get(pk=waypoint.pk)
    if waypoint.held_on is not None:
        raise ValidationError(f"This waypoint was recorded on {say_day(waypoint.held_on)}. Plan another one.")
    waypoint.held_on = _happened(held_on, "held_on")
    missing = {
        name: "Write down what the group said."
        for name, words in (("where_we_are", where_we_are), ("heading", heading))
        if not words.strip()
    }
    if missing:
        raise ValidationError(missing)
    waypoint.where_we_are = where_we_are.strip()
    waypoint.heading = heading.strip()
    waypoint.outcome = outcome
    waypoint.full_clean()
    if outcome == Waypoint.Outcome.NEW_VERSION:
        open_states = [CharterVersion.Status.DRAFT, CharterVersion.Status.PROPOSED]
        waypoint.led_to = waypoint.charter.versions.filter(status__in=open_states).first() or draft_version(
            by=by, charter=waypoint.charter
        )
    waypoint.save(update_fields=["held_on", "where_we_are", "heading", "outcome", "led_to"])
    audit.record(by, "waypoint.recorded", waypoint, outcome=waypoint.get_outcome_display())
    return waypoint


# --- You said, we did ----------------------------------------------------------------------------
@transaction.atomic
def add_involvement(
    *, by: Any, group: Group, title: str, asked_by: str, asked: str, asked_on: date, is_illustrative: bool = False
) -> Involvement:
    """Record that members were asked to shape something."""
    require(by, "coproduction.edit_involvement", group)
    involvement = Involvement(
        group=group,
        title=title.strip(),
        asked_by=asked_by.strip(),
        asked=asked.strip(),
        asked_on=_happened(asked_on, "asked_on"),
        is_illustrative=is_illustrative,
    )
    involvement.full_clean()
    involvement.save()
    audit.record(by, "involvement.asked", involvement)
    return involvement


@transaction.atomic
def update_involvement(
    *, by: Any, involvement: Involvement, expected: int | None = None, **changes: Any
) -> Involvement:
    """Put right what is written about an involvement."""
    require(by, "coproduction.edit_involvement", involvement)
    for name in ("asked_on", "said_on", "changed_on"):
        if changes.get(name):
            _happened(changes[name], name)
    changed = save_changes(involvement, changes, expected=expected)
    if changed:
        audit.record(by, "involvement.changed", involvement, fields=changed)
    return involvement


@transaction.atomic
def record_said(
    *, by: Any, involvement: Involvement, said: str, said_on: date, expected: int | None = None
) -> Involvement:
    """Keep what the members said, and when."""
    require(by, "coproduction.edit_involvement", involvement)
    if involvement.outcome != Involvement.Outcome.WAITING:
        raise ValidationError("This is settled: what changed is recorded. Edit the words instead.")
    if not said.strip():
        raise ValidationError({"said": "Write down what the members said."})
    changes = {"said": said.strip(), "said_on": _happened(said_on, "said_on")}
    if save_changes(involvement, changes, expected=expected):
        audit.record(by, "involvement.said", involvement)
    return involvement


@transaction.atomic
def record_change(
    *,
    by: Any,
    involvement: Involvement,
    outcome: str,
    changed: str,
    changed_on: date,
    expected: int | None = None,
) -> Involvement:
    """Keep what changed because of what members said, or why nothing did: the answer they are owed."""
    require(by, "coproduction.edit_involvement", involvement)
    if involvement.said_on is None:
        raise ValidationError("Record what the members said first; then what changed because of it.")
    if outcome == Involvement.Outcome.WAITING:
        raise ValidationError({"outcome": "Choose whether something changed."})
    if not changed.strip():
        raise ValidationError({"changed": "Say what changed, or why nothing did."})
    changes = {"outcome": outcome, "changed": changed.strip(), "changed_on": _happened(changed_on, "changed_on")}
    if save_changes(involvement, changes, expected=expected):
        audit.record(by, "involvement.settled", involvement, outcome=involvement.get_outcome_display())
    return involvement


@transaction.atomic
def mark_good_practice(
    *, by: Any, involvement: Involvement, is_good_practice: bool, expected: int | None = None
) -> Involvement:
    """Say that an involvement is worth telling others about, or take that back; marked ones reach the annual report."""
    require(by, "coproduction.edit_involvement", involvement)
    if is_good_practice and involvement.outcome == Involvement.Outcome.WAITING:
        raise ValidationError("Record what changed first. Then others can learn from the whole story.")
    if save_changes(involvement, {"is_good_practice": is_good_practice}, expected=expected):
        audit.record(by, "good_practice.marked" if is_good_practice else "good_practice.unmarked", involvement)
    return involvement
