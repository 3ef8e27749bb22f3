"""Planning, opening, moving and recording waypoints."""

import calendar
from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Coalesce

from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.services import draft_version
from coproduction.group.members import deciding_members, require_past_day, say_day
from coproduction.waypoints.models import (
    LONGEST_QUESTION,
    LONGEST_SUMMARY,
    MOST_QUESTIONS,
    QUESTIONS,
    Rhythm,
    Waypoint,
    rhythm_of,
    split_questions,
    usual_opening,
)
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person
from networks.groups.models import Group


# --- What services of waypoints share ------------------------------------------------------------
def members_of(group: Group) -> list[Person]:
    """The people who are told of a group's waypoints: those who decide in it today."""
    return [row.person for row in deciding_members(group).select_related("person").order_by("pk")]


def locked(waypoint: Waypoint, expected: int | None = None) -> Waypoint:
    """The waypoint as it is now, locked. Raises Conflict when it is not as ``expected`` any more."""
    rows = Waypoint.objects.select_for_update(of=("self",)).select_related("charter__group")
    waypoint = rows.get(pk=waypoint.pk)
    if expected is not None and waypoint.version != expected:
        raise Conflict(waypoint)
    return waypoint


def _require_ahead(waypoint: Waypoint) -> None:
    if waypoint.held_on is not None:
        raise StateConflict(f"This waypoint was recorded on {say_day(waypoint.held_on)}. Plan another one.", "held")
    if waypoint.cancelled_on is not None:
        raise StateConflict("This waypoint is cancelled. Plan another one.", "cancelled")


def _tidy_questions(text: str) -> str:
    rows = split_questions(text) or list(QUESTIONS)
    if len(rows) > MOST_QUESTIONS:
        raise ValidationError({"questions": f"Ask at most {MOST_QUESTIONS} questions, one on each line."})
    if any(len(row) > LONGEST_QUESTION for row in rows):
        raise ValidationError({"questions": f"Keep each question under {LONGEST_QUESTION} characters."})
    return "\n".join(rows)


def _tell(waypoint: Waypoint, people: list[Person], *, event: str, title: str, words: str, key: str) -> int:
    return tell(
        people=people,
        event=event,
        title=title,
        words=words,
        path=waypoint.get_absolute_url(),
        about=waypoint,
        key=f"{key}:{waypoint.pk}",
    )


# --- Planning ------------------------------------------------------------------------------------
@transaction.atomic
def plan_waypoint(
    *, by: Actor, charter: Charter, title: str, due_on: date, opens_on: date | None = None, questions: str = ""
) -> Waypoint:
    """Set the day on which the group will stop and ask where it is. It opens for answers before that day by itself."""
    require(by, "coproduction.record_waypoint", charter)
    waypoint = Waypoint(
        charter=charter,
        title=title.strip(),
        due_on=due_on,
        opens_on=opens_on or usual_opening(due_on, rhythm_of(charter).notice_days),
        questions=_tidy_questions(questions),
    )
    waypoint.full_clean()
    waypoint.save()
    audit.record(by, "waypoint.planned", waypoint, due=say_day(due_on))
    return waypoint


@transaction.atomic
def update_waypoint(
    *, by: Actor, waypoint: Waypoint, title: str, opens_on: date, questions: str, expected: int | None = None
) -> Waypoint:
    """Change a waypoint's name, the day on which it opens, or what it asks. Members who were asked keep their questions."""
    require(by, "coproduction.record_waypoint", waypoint)
    waypoint = locked(waypoint, expected)
    _require_ahead(waypoint)
    questions = _tidy_questions(questions)
    changes = {"title": title.strip(), "opens_on": opens_on, "questions": questions}
    is_asked = split_questions(questions) != waypoint.question_list or opens_on != waypoint.opens_on
    if waypoint.opened_on is not None and is_asked:
        raise StateConflict(
            "Members have been asked already, so the questions stay. You can move or cancel it.", "open"
        )
    if changed := save_changes(waypoint, changes, expected=expected):
        audit.record(by, "waypoint.changed", waypoint, fields=changed)
    return waypoint


@transaction.atomic
def move_waypoint(*, by: Actor, waypoint: Waypoint, due_on: date, reason: str, expected: int | None = None) -> Waypoint:
    """Move the day on which the group takes stock, with the reason, and tell the members."""
    require(by, "coproduction.record_waypoint", waypoint)
    waypoint = locked(waypoint, expected)
    _require_ahead(waypoint)
    before = waypoint.due_on
    if due_on < clock.today():
        raise ValidationError({"due_on": "This day has passed. Enter today or a later date."})
    if due_on == before:
        raise ValidationError({"due_on": f"It is planned for {say_day(before)} already. Enter another date."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is moved. Members read this."})
    changes = {"due_on": due_on, "moved_from": before, "status_reason": reason.strip()}
    if waypoint.opened_on is None and waypoint.opens_on is not None:  # members keep as many days to answer
        changes["opens_on"] = waypoint.opens_on + (due_on - before)
    save_changes(waypoint, changes, expected=expected)
    audit.record(by, "waypoint.moved", waypoint, before=before.isoformat(), after=due_on.isoformat())
    _tell(
        waypoint,
        members_of(waypoint.charter.group),
        event="waypoint-moved",
        title=f"{waypoint.title} has moved to {say_day(due_on)}",
        words=f"It was planned for {say_day(before)}. Open the page to read why.",
        key=f"waypoint-moved:{due_on.isoformat()}",
    )
    return waypoint


@transaction.atomic
def cancel_waypoint(*, by: Actor, waypoint: Waypoint, reason: str, expected: int | None = None) -> Waypoint:
    """Cancel a waypoint with the reason, and tell the members. What they wrote stays theirs."""
    require(by, "coproduction.record_waypoint", waypoint)
    waypoint = locked(waypoint, expected)
    _require_ahead(waypoint)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is cancelled. Members read this."})
    save_changes(waypoint, {"cancelled_on": clock.today(), "status_reason": reason.strip()}, expected=expected)
    audit.record(by, "waypoint.cancelled", waypoint)
    _tell(
        waypoint,
        members_of(waypoint.charter.group),
        event="waypoint-cancelled",
        title=f"{waypoint.title} is cancelled",
        words="You do not need to answer. What you wrote stays yours. Open the page to read why.",
        key="waypoint-cancelled",
    )
    return waypoint


@transaction.atomic
def open_waypoint(*, by: Actor, waypoint: Waypoint) -> Waypoint:
    """Ask the members: from now on they can answer, and the questions stay as they are."""
    require(by, "coproduction.record_waypoint", waypoint)
    waypoint = locked(waypoint)
    _require_ahead(waypoint)
    if waypoint.opened_on is not None:
        raise StateConflict("Members have been asked already.", "open")
    if waypoint.due_on < clock.today():
        raise StateConflict(
            "The day of this waypoint has passed. Move it to a later day, then ask the members.", "late"
        )
    waypoint.questions = _tidy_questions(waypoint.questions)
    waypoint.opened_on = clock.today()
    waypoint.opens_on = min(waypoint.opens_on or waypoint.opened_on, waypoint.opened_on)
    waypoint.version += 1
    waypoint.full_clean()
    waypoint.save(update_fields=["questions", "opened_on", "opens_on", "version"])
    audit.record(by, "waypoint.opened", waypoint, answers_by=say_day(waypoint.due_on))
    _tell(
        waypoint,
        members_of(waypoint.charter.group),
        event="waypoint-opened",
        title=f"{waypoint.title}: tell us where you think we are",
        words=f"There are a few questions. You can answer until {say_day(waypoint.due_on)}, and change your answer "
        "until then. It stays private until you share it. You can also answer by phone or with a supporter.",
        key="waypoint-opened",
    )
    return waypoint


# --- What the group found ------------------------------------------------------------------------
@transaction.atomic
def record_waypoint(
    *,
    by: Actor,
    waypoint: Waypoint,
    held_on: date,
    summary: Sequence[str],
    finding: str,
    outcome: str,
    no_change_reason: str = "",
    expected: int | None = None,
) -> Waypoint:
    """Keep the group's summary and what it led to: a draft, opened or joined, or "no change" with the reason.

    ``summary``: a text for each question, in the order of the questions.
    """
    require(by, "coproduction.record_waypoint", waypoint)
    waypoint = locked(waypoint, expected)
    _require_ahead(waypoint)
    waypoint.held_on = require_past_day(held_on, "held_on")
    texts, missing = [text.strip() for text in summary], {}
    if len(texts) != len(waypoint.question_list) or not all(texts):
        missing["summary"] = "Write down what the group said about each question."
    elif any(len(text) > LONGEST_SUMMARY for text in texts):
        missing["summary"] = f"Keep what the group said about each question under {LONGEST_SUMMARY:,} characters."
    if finding not in Waypoint.Finding.values:
        missing["finding"] = "Choose what the group found."
    if outcome == Waypoint.Outcome.NO_CHANGE and not no_change_reason.strip():
        missing["no_change_reason"] = "Say why the charter stays as it is."
    if missing:
        raise ValidationError(missing)
    waypoint.summary = texts
    waypoint.finding = finding
    waypoint.outcome = outcome
    waypoint.no_change_reason = no_change_reason.strip() if outcome == Waypoint.Outcome.NO_CHANGE else ""
    waypoint.full_clean()
    if outcome == Waypoint.Outcome.NEW_VERSION:
        open_states = [CharterVersion.Status.DRAFT, CharterVersion.Status.PROPOSED]
        waypoint.led_to = waypoint.charter.versions.filter(status__in=open_states).first() or draft_version(
            by=by, charter=waypoint.charter
        )
    waypoint.version += 1
    waypoint.save(
        update_fields=[*("held_on", "summary", "finding", "outcome", "no_change_reason", "led_to", "version")]
    )
    audit.record(by, "waypoint.recorded", waypoint, outcome=waypoint.get_outcome_display())
    _tell(
        waypoint,
        members_of(waypoint.charter.group),
        event="waypoint-held",
        title=f"{waypoint.title}: what the group found",
        words=f"{waypoint.get_finding_display()}. {waypoint.get_outcome_display()}. Read the summary on the page.",
        key="waypoint-result",
    )
    plan_next_waypoint(by=by, charter=waypoint.charter)
    return waypoint


# --- The next one, by itself ---------------------------------------------------------------------
@transaction.atomic
def set_rhythm(*, by: Actor, charter: Charter, months: int, notice_days: int, expected: int | None = None) -> Rhythm:
    """Set how often the group takes stock, and for how many days before it members can answer."""
    require(by, "coproduction.record_waypoint", charter)
    Charter.objects.select_for_update().get(pk=charter.pk)
    rhythm, _is_new = Rhythm.objects.get_or_create(charter=charter)
    if save_changes(rhythm, {"months": months, "notice_days": notice_days}, expected=expected):
        audit.record(by, "waypoint_rhythm.changed", charter, months=months)
    return rhythm


@transaction.atomic
def plan_next_waypoint(*, by: Actor, charter: Charter) -> Waypoint | None:
    """Plan the waypoint after the last one, once, where none is ahead and the group takes stock regularly.

    The first waypoint of a charter is for people to plan. Two workers at once plan one: the charter is locked, and the
    database lets one waypoint follow another.
    """
    require(by, "coproduction.record_waypoint", charter)
    charter = Charter.objects.select_for_update().get(pk=charter.pk)
    rhythm = rhythm_of(charter)
    waypoints = Waypoint.objects.filter(charter=charter)
    if not rhythm.months or waypoints.ahead().exists():
        return None
    last = waypoints.annotate(day=Coalesce("held_on", "due_on")).order_by("-day", "-pk").first()
    if last is None or Waypoint.objects.filter(follows=last).exists():
        return None
    due_on = months_after(last.held_on or last.due_on, rhythm.months)
    soonest = clock.today() + timedelta(days=max(rhythm.notice_days, 1))
    due_on = max(due_on, soonest)  # where none was planned for long, members still get their days to answer
    waypoint = Waypoint(
        charter=charter,
        title=f"{due_on:%B %Y} waypoint",
        due_on=due_on,
        opens_on=usual_opening(due_on, rhythm.notice_days),
        questions=last.questions or "\n".join(QUESTIONS),
        follows=last,
    )
    waypoint.full_clean()
    waypoint.save()
    audit.record(by, "waypoint.planned", waypoint, due=say_day(due_on))
    return waypoint


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
