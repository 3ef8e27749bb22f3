"""Giving applications to assessors: by rule, by hand, and back; and reminding those who are late. For staff."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import outbox
from impact.core.people.models import User
from sites.calls.applications.models import Application
from sites.calls.assessment import assigning
from sites.calls.assessment.models import Assignment, RoundAssessor, plan_of
from sites.calls.assessment.setup.services import lock_plan
from sites.calls.rounds.models import Round

DECLARED = Assignment.Conflict.DECLARED


@dataclass(frozen=True)
class Preview:
    """What the rule would do now."""

    found: assigning.Assigned
    applications: dict[int, Application]
    assessors: dict[int, RoundAssessor]  # by account
    each: int

    @property
    def stamp(self) -> str:
        """Changes when the rule would assign differently, so that what is done is what was shown."""
        return hashlib.sha256(json.dumps(sorted(self.found.pairs)).encode()).hexdigest()[:20]


def _same_name(name: str) -> str:
    return " ".join(name.casefold().split())


def barred_applications(round: Round) -> dict[int, set[int]]:
    """Account → applications that must not be given to them: tied to the organisation, or a conflict declared with it.

    A conflict with one application of an organisation holds for its others too.
    """
    rows = list(
        Application.objects.in_the_running()
        .filter(round=round)
        .values_list("pk", "organisation_id", "organisation_name")
    )
    by_organisation: dict[int, set[int]] = defaultdict(set)
    by_name: dict[str, set[int]] = defaultdict(set)
    facts: dict[int, tuple[int | None, str]] = {}
    for pk, organisation, name in rows:
        facts[pk] = (organisation, _same_name(name))
        if organisation:
            by_organisation[organisation].add(pk)
        if name.strip():
            by_name[_same_name(name)].add(pk)
    barred: dict[int, set[int]] = defaultdict(set)
    ties = RoundAssessor.tied_to.through.objects.filter(roundassessor__round=round)
    for user, organisation, name in ties.values_list("roundassessor__user_id", "organisation_id", "organisation__name"):
        barred[user] |= by_organisation[organisation] | by_name[_same_name(name)]
    declared = Assignment.objects.filter(application__round=round, conflict=DECLARED)
    for user, application in declared.values_list("assessor_id", "application_id"):
        its_organisation, its_name = facts.get(application, (None, ""))
        barred[user].add(application)
        barred[user] |= by_organisation.get(its_organisation or 0, set()) | by_name.get(its_name, set())
    return barred


def preview_assignment(round: Round) -> Preview:
    """What the rule would assign now: gaps are filled, and what was assigned stays. Changes nothing."""
    shown = ("reference", "nation", "organisation_name", "place", "round_id")
    applications = Application.objects.eligible().filter(round=round).only(*shown).in_bulk()
    people = {row.user_id: row for row in round.assessors.select_related("user__person")}
    barred = barred_applications(round)
    before: dict[int, set[int]] = defaultdict(set)
    for application, user in (
        Assignment.objects.filter(application__in=applications)
        .exclude(conflict=DECLARED)
        .values_list("application_id", "assessor_id")
    ):
        before[application].add(user)
    each = plan_of(round).assessors_each
    found = assigning.assign(
        [assigning.Wanted(pk, application.nation) for pk, application in applications.items()],
        [
            assigning.Assessor(pk, row.has_lived_experience, row.nation, row.most, frozenset(barred[pk]))
            for pk, row in people.items()
        ],
        each=each,
        before={pk: frozenset(members) for pk, members in before.items()},
    )
    return Preview(found, applications, people, each)


@transaction.atomic
def assign_by_rule(*, by: Actor, round: Round, stamp: str | None = None) -> int:
    """Assign what the rule finds now; how many. ``stamp``: of the preview that was read, refused if it would differ."""
    require(by, "sites.edit_assessment")
    if lock_plan(round).closed_at:
        raise StateConflict("Assessment of this round is closed. Reopen it first.", code="closed")
    preview = preview_assignment(round)
    if stamp is not None and stamp != preview.stamp:
        raise StateConflict(
            "Applications, assessors or assignments have changed since this preview. Check the new one, then assign.",
            code="preview_outdated",
        )
    today = clock.today()
    Assignment.objects.bulk_create(
        Assignment(application_id=application, assessor_id=user, by_rule=True, assigned_on=today)
        for application, user in preview.found.pairs
    )
    if preview.found.pairs:
        audit.record(by, "assessment.assigned", round, number=len(preview.found.pairs))
    return len(preview.found.pairs)


@transaction.atomic
def assign_by_hand(*, by: Actor, application: Application, assessor: User) -> Assignment:
    """Give one application to one assessor of its round, above their most if staff wish so. For staff."""
    require(by, "sites.edit_assessment")
    if lock_plan(application.round).closed_at:
        raise StateConflict("Assessment of this round is closed. Reopen it first.", code="closed")
    if not Application.objects.eligible().filter(pk=application.pk).exists():
        raise StateConflict("This application is not being considered, so no one assesses it.", code="not_eligible")
    if not RoundAssessor.objects.filter(round=application.round, user=assessor).exists():
        raise ValidationError({"assessor": "This person is not an assessor of this round. Add them first."})
    had = Assignment.objects.filter(application=application, assessor=assessor).first()
    if had is None and application.pk in barred_applications(application.round).get(assessor.pk, set()):
        words = "This assessor is tied to the organisation, or declared a conflict with it. Choose someone else."
        raise ValidationError({"assessor": words})
    assignment = had or Assignment(application=application, assessor=assessor, assigned_on=clock.today())
    if had:
        words = "This assessor declared a conflict." if had.conflict == DECLARED else "This assessor has it already."
        raise ValidationError({"assessor": words})
    assignment.full_clean()
    assignment.save()
    audit.record(by, "assessment.assigned", application, number=1, assessor_id=assessor.pk)
    return assignment


@transaction.atomic
def remove_assignment(*, by: Actor, assignment: Assignment) -> None:
    """Take an application back from an assessor who has not submitted; a draft goes with it. For staff."""
    require(by, "sites.edit_assessment")
    lock_plan(assignment.application.round)
    row = Assignment.objects.select_for_update().get(pk=assignment.pk)
    submitted = Q(assessment__submitted_at__isnull=False) | Q(assessment__earlier__isnull=False)
    if Assignment.objects.filter(submitted, pk=row.pk).exists():
        raise StateConflict(
            "This assessment was submitted, so it stays. Ask the assessor to change it.", code="submitted"
        )
    if row.conflict == DECLARED:
        raise StateConflict(
            "A declared conflict stays on record. If it was declared by mistake, clear it instead.", code="declared"
        )
    audit.record(by, "assessment.taken_back", row.application, assessor_id=row.assessor_id)
    row.delete()


@transaction.atomic
def clear_conflict(*, by: Actor, assignment: Assignment) -> Assignment:
    """Ask an assessor again whether they have a conflict, after one was declared by mistake. For staff."""
    require(by, "sites.edit_assessment")
    row = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if row.conflict != DECLARED:
        raise StateConflict("This assessor has not declared a conflict.", code="not_declared")
    row.conflict, row.conflict_reason, row.declared_at = Assignment.Conflict.UNKNOWN, "", None
    row.full_clean()
    row.save(update_fields=["conflict", "conflict_reason", "declared_at"])
    audit.record(by, "assessment.conflict_cleared", row.application, assessor_id=row.assessor_id)
    return row


# --- Reminders -----------------------------------------------------------------------------------
@transaction.atomic
def remind_assessor(*, by: Actor, assessor: RoundAssessor) -> RoundAssessor:
    """Email an assessor how many applications they have left and when they are due, at most once a day. For staff."""
    require(by, "sites.edit_assessment")
    plan = lock_plan(assessor.round)
    if plan.closed_at:
        raise StateConflict("Assessment of this round is closed, so there is nothing to remind of.", code="closed")
    left = Assignment.objects.filter(application__round=assessor.round, assessor=assessor.user).live().left().count()
    if not left:
        raise StateConflict(f"{assessor} has submitted everything.", code="nothing_left")
    today = clock.today()
    due = Q(reminded_on__isnull=True) | Q(reminded_on__lt=today)
    if not RoundAssessor.objects.filter(due, pk=assessor.pk).update(reminded_on=today, version=F("version") + 1):
        raise StateConflict(f"{assessor} was reminded today. You can send the next reminder tomorrow.", code="reminded")
    assessor.refresh_from_db()
    body = render_to_string(
        "emails/assessment_reminder.txt",
        {
            "name": assessor.user.display_name,
            "left": left,
            "round": assessor.round,
            "due_on": plan.due_on,
            "is_late": bool(plan.due_on and plan.due_on < today),
            "link": settings.SITE_URL + reverse("sites:assessing"),
        },
    )
    outbox.send_later(
        event="assessment-reminder",
        to=assessor.user.email,
        subject="Applications are waiting for your assessment",
        body=body,
    )
    audit.record(by, "assessor.reminded", assessor.round, left=left, assessor_id=assessor.user_id)
    return assessor


@transaction.atomic
def remind_all(*, by: Actor, round: Round) -> int:
    """Remind each assessor who has something left and was not reminded today; how many. For staff."""
    require(by, "sites.edit_assessment")
    number = 0
    for assessor in round.assessors.select_related("user__person", "round"):
        try:
            with transaction.atomic():
                remind_assessor(by=by, assessor=assessor)
        except StateConflict as refusal:
            if refusal.state == "closed":
                raise
            continue
        number += 1
    return number
