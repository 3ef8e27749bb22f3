"""Scoring a year's topics: opened for several people, each on their own, closed for all at once."""

from collections.abc import Iterable
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from impact.core.access import audit
from impact.core.access.permissions import Actor, Role, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.people.models import User
from sites.topics.models import CRITERIA, FIRST_YEAR, LAST_YEAR, Topic
from sites.topics.scoring.models import Scorer, ScoreSheet, TopicYear

SCORER_ROLES = [Role.STAFF, Role.ENGAGEMENT_LEAD, Role.LEADERSHIP, Role.ASSESSOR]
SHEET_FIELDS = frozenset({*(field for field, _label in CRITERIA), *(f"{field}_why" for field, _label in CRITERIA)})
FEWEST = 2  # people who score: one person's scores have no spread
Stage = TopicYear.Stage


def possible_scorers() -> QuerySet[User]:
    """Accounts that can be asked to score: the national team, leadership, assessors, and members of an assembly or of the
    advisory group."""
    circles = ["advisory_group", "assembly"]
    rows = User.objects.filter(is_active=True, person__isnull=False).filter(
        Q(role_grants__role__in=SCORER_ROLES)
        | Q(person__memberships__group__kind__in=circles, person__memberships__ends_on__isnull=True)
    )
    return User.objects.filter(pk__in=rows.values("pk")).select_related("person").order_by("person__name", "pk")


def year_row(year: int) -> TopicYear:
    """The row of a year, made when it is asked for first, and held until the transaction ends."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError({"year": f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}."})
    TopicYear.objects.get_or_create(year=year)
    return TopicYear.objects.select_for_update().get(year=year)


def locked(year: TopicYear, expected: int | None = None) -> TopicYear:
    """A year's row as it is now, held; a Conflict when it is no longer the one that was read."""
    row = TopicYear.objects.select_for_update().get(pk=year.pk)
    if expected is not None and row.version != expected:
        raise Conflict(row)
    return row


def move(row: TopicYear, stage: str, **changes: object) -> TopicYear:
    """Set a year's stage, and what goes with it."""
    names = ["stage", "version", *changes]
    for name, value in {"stage": stage, "version": row.version + 1, **changes}.items():
        setattr(row, name, value)
    row.full_clean()
    row.save(update_fields=names)
    return row


@transaction.atomic
def open_scoring(
    *,
    by: Actor,
    year: int,
    scorers: Iterable[User],
    score_by: date | None = None,
    expected: int | None = None,
    is_illustrative: bool = False,
) -> TopicYear:
    """Ask several people to score a year's topics, or change who is asked and by when while they do. For staff.

    Someone who has scored already stays among them.
    """
    require(by, "sites.edit_topic")
    row = year_row(year)
    if expected is not None and row.version != expected:
        raise Conflict(row)
    if row.stage not in (Stage.COLLECTING, Stage.SCORING):
        raise StateConflict("Scoring is closed. Open it again first.", current=row)
    if not row.candidates.exists():
        raise ValidationError(f"There is no topic to score. Take a proposal on as a topic for {year} first.")
    wanted = {user.pk: user for user in scorers}
    if len(wanted) < FEWEST:
        raise ValidationError(
            {"scorers": f"Choose at least {FEWEST} people, so that the spread of their scores shows."}
        )
    if score_by is not None and score_by < clock.today() and row.score_by != score_by:
        raise ValidationError({"score_by": "This date has passed. Enter today or a later date."})
    held = {scorer.user_id: scorer for scorer in row.scorers.select_related("user__person")}
    gone = [scorer for pk, scorer in held.items() if pk not in wanted]
    if busy := [scorer.name for scorer in gone if scorer.sheets.exists()]:
        raise ValidationError({"scorers": f"Keep {', '.join(sorted(busy))}: they have begun to score."})
    Scorer.objects.filter(pk__in=[scorer.pk for scorer in gone]).delete()
    Scorer.objects.bulk_create(Scorer(year=row, user=user) for pk, user in wanted.items() if pk not in held)
    is_new = not row.is_scoring
    row = move(row, Stage.SCORING, score_by=score_by, is_illustrative=row.is_illustrative or is_illustrative)
    audit.record(by, "topic_scoring.opened" if is_new else "topic_scoring.changed", row, people=len(wanted))
    return row


@transaction.atomic
def save_sheet(
    *, by: Actor, year: TopicYear, topic: Topic, expected: int | None = None, **scores: int | str | None
) -> ScoreSheet:
    """Save one's own scores of a topic, each with its reason; parts can wait. For those who are asked to score."""
    require(by, "sites.score_topics", year)
    reject_unknown(scores, SHEET_FIELDS)
    row = TopicYear.objects.select_for_update().get(pk=year.pk)
    scorer = row.scorers.filter(user_id=by.pk).first() if by.pk else None
    if scorer is None:
        raise PermissionDenied("You are not asked to score these topics.")
    if not row.is_scoring:
        raise StateConflict("Scoring is closed, so scores do not change any more.")
    if topic.proposed_for != row.year:
        raise ValidationError(f"{topic} is not a candidate for {row.year}.")
    cleaned = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in scores.items()}
    sheet = ScoreSheet.objects.filter(scorer=scorer, topic=topic).first()
    if sheet is None:
        sheet = ScoreSheet(scorer=scorer, topic=topic, **cleaned)
        if expected:  # a page that showed scores which are gone
            raise ValidationError("These scores are no longer there. Save again.")
        sheet.full_clean()
        sheet.save()
        changed = sorted(name for name, value in cleaned.items() if value not in ("", None))
    else:
        # Without what was read, a second page of the same person would write over the first unseen.
        changed = save_changes(sheet, cleaned, expected=0 if expected is None else expected)
    if changed:
        audit.record(by, "score_sheet.saved", sheet, fields=[name for name in changed if not name.endswith("_why")])
    return sheet


def missing_from(year: TopicYear) -> list[tuple[Scorer, int]]:
    """Who has not scored every topic yet, and how many are left for each."""
    topics = set(year.candidates.values_list("pk", flat=True))
    done: dict[int, set[int]] = {}
    rows = ScoreSheet.objects.complete().filter(scorer__year=year, topic__in=topics)
    for pk, topic in rows.order_by().values_list("scorer_id", "topic_id"):
        done.setdefault(pk, set()).add(topic)
    found = []
    for scorer in year.scorers.select_related("user__person"):
        left = len(topics - done.get(scorer.pk, set()))
        if left:
            found.append((scorer, left))
    return found


@transaction.atomic
def close_scoring(*, by: Actor, year: TopicYear, expected: int | None = None) -> TopicYear:
    """Close scoring: from now on everyone who scored sees all scores, and none changes. For staff."""
    require(by, "sites.edit_topic")
    row = locked(year, expected)
    if not row.is_scoring:
        raise StateConflict("Scoring is not open.")
    sheets = ScoreSheet.objects.complete().filter(scorer__year=row, topic__proposed_for=row.year)
    people = sheets.order_by().values("scorer").distinct().count()
    if people < FEWEST:
        raise ValidationError(
            f"Fewer than {FEWEST} people have scored a topic on all four criteria. Remind the others first."
        )
    row = move(row, Stage.SCORED)
    audit.record(by, "topic_scoring.closed", row, people=people)
    return row


@transaction.atomic
def reopen_scoring(*, by: Actor, year: TopicYear, reason: str, expected: int | None = None) -> TopicYear:
    """Open scoring again, with the reason, before the list is agreed: its scorers have seen each other's scores. For staff."""
    require(by, "sites.edit_topic")
    row = locked(year, expected)
    if row.stage != Stage.SCORED:
        raise StateConflict("Only scoring that is closed, and whose list is not agreed, can be opened again.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why scoring is opened again."})
    row = move(row, Stage.SCORING, reopened_reason=reason.strip())
    audit.record(by, "topic_scoring.reopened", row)
    return row
