"""The demonstration's assessment of the 2023–24 round: criteria, five assessors, and what they think so far."""

import hashlib
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.utils.text import slugify

from impact.core.access.permissions import SYSTEM, Role
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.accounts import grant_role
from impact.core.people.models import Person, User
from impact.core.people.services import add_person
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assignment
from sites.calls.assessment.moderation import services as moderation
from sites.calls.assessment.scoring import services as scoring
from sites.calls.assessment.setup import assignments, services
from sites.calls.rounds.models import Round
from sites.management.demo import round_shapes as shapes
from sites.management.demo.applications import ROUND
from sites.organisations.models import Organisation

Given = dict[int, tuple[int | None, str]]


def build(accounts: dict[str, User], bodies: dict[str, Organisation]) -> None:
    """Assess the applications of the 2023–24 round, unless that was done."""
    round = Round.objects.get(slug=ROUND)
    if round.criteria.exists():
        return
    rows = read(__file__, "assessment.toml", shapes.Assessment)
    staff = accounts["staff"]
    with clock.standing_on(rows.planned_on):
        _prepare(round, rows, staff)
        people = _assessors(round, rows, accounts, bodies, staff)
    with clock.standing_on(rows.assigned_on):
        _check(round, rows, staff)
        assignments.assign_by_rule(by=staff, round=round)
        _declare(round, rows, people)
        assignments.assign_by_rule(by=staff, round=round)
    for row in rows.assessors:
        _assess(round, rows, row, people[row.account or row.name])
    with clock.standing_on(rows.assigned_on + timedelta(days=3)):
        for outlier in rows.outliers:
            _moderate(round, outlier, staff)


def _prepare(round: Round, rows: shapes.Assessment, staff: User) -> None:
    services.update_plan(by=staff, round=round, assessors_each=rows.assessors_each, due_on=rows.due_on)
    for row in rows.criteria:
        services.add_criterion(
            by=staff,
            round=round,
            name=row.name,
            weight=row.weight,
            guidance=row.guidance,
            score_words=row.score_words,
        )


def _assessors(
    round: Round, rows: shapes.Assessment, accounts: dict[str, User], bodies: dict[str, Organisation], staff: User
) -> dict[str, User]:
    """The assessors of the round, by account or name."""
    people = {}
    for row in rows.assessors:
        user = accounts[row.account] if row.account else _account(row)
        services.add_assessor(
            by=staff,
            round=round,
            user=user,
            has_lived_experience=row.has_lived_experience,
            nation=row.nation,
            most=row.most,
            tied_to=[bodies[key] for key in row.tied_to],
        )
        people[row.account or row.name] = user
    return people


def _account(row: shapes.Assessor) -> User:
    """An account without a password for an invented assessor."""
    email = f"{slugify(row.name)}@assessors.impact.example"
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        person = add_person(by=SYSTEM, name=row.name, email=email, nation=row.nation, is_illustrative=True)
        Person.objects.filter(pk=person.pk).update(user=user)
        grant_role(by=SYSTEM, user=user, role=Role.ASSESSOR)
    return User.objects.get(pk=user.pk)


def _check(round: Round, rows: shapes.Assessment, staff: User) -> None:
    """Every application that is in the running is checked."""
    reasons = {row.reference: row.reason for row in rows.ineligible}
    for application in Application.objects.in_the_running().filter(round=round).order_by("reference"):
        reason = reasons.get(application.reference, "")
        services.check_eligibility(by=staff, application=application, is_eligible=not reason, reason=reason)


def _declare(round: Round, rows: shapes.Assessment, people: dict[str, User]) -> None:
    for row in rows.conflicts:
        user = people[row.assessor]
        given = Assignment.objects.filter(application__round=round, assessor=user).order_by("application__reference")
        scoring.declare_conflict(by=user, assignment=given[row.place - 1], has_conflict=True, reason=row.reason)


def _number(*words: object) -> int:
    """A number that is the same each time for the same words."""
    return hashlib.sha256("|".join(map(str, words)).encode()).digest()[0]


def _assess(round: Round, rows: shapes.Assessment, row: shapes.Assessor, user: User) -> None:
    """Submit what this assessor has, but for the last few, of which one is begun."""
    given = list(
        Assignment.objects.filter(application__round=round, assessor=user)
        .exclude(conflict=Assignment.Conflict.DECLARED)
        .select_related("application__round")
        .order_by("application__reference")
    )
    outliers = {outlier.reference for outlier in rows.outliers}
    given.sort(key=lambda assignment: assignment.application.reference not in outliers)  # these are all submitted
    done = len(given) - row.left
    for n, assignment in enumerate(given[: done + 1]):
        with clock.standing_on(rows.assigned_on + timedelta(days=n % 4)):
            scoring.declare_conflict(by=user, assignment=assignment, has_conflict=False)
            scores = _scores(round, rows, assignment, user)
            if n < done:
                scoring.submit_assessment(by=user, assignment=assignment, scores=scores)
            else:
                begun = dict(list(scores.items())[:2])
                scoring.save_draft(by=user, assignment=assignment, scores=begun)


def _scores(round: Round, rows: shapes.Assessment, assignment: Assignment, user: User) -> Given:
    """Scores that lie near each other for one application, with the reasons of the file."""
    reference = assignment.application.reference
    outlier = next((row for row in rows.outliers if row.reference == reference), None)
    found: Given = {}
    for n, (criterion, words) in enumerate(zip(round.criteria.all(), rows.criteria, strict=True)):
        if outlier:
            is_first = not assignment.application.assignments.filter(assessment__submitted_at__isnull=False).exists()
            score = (outlier.high if is_first else outlier.low)[n]
        else:
            base = 1 + (_number(reference) + _number(reference, n)) % 3
            score = min(4, max(0, base + _number(reference, n, user.email) % 3 - 1 + _number(reference) % 2))
        found[criterion.pk] = (score, words.reasons[score])
    return found


def _moderate(round: Round, row: shapes.Outlier, staff: User) -> None:
    application = Application.objects.get(round=round, reference=row.reference)
    people = [a.assessor for a in application.assignments.filter(assessment__submitted_at__isnull=False)]
    for user, words in zip(people, row.messages, strict=False):
        moderation.post_message(by=user, application=application, words=words)
    if row.note:
        moderation.note_moderation(by=staff, application=application, words=row.note)
