"""Every write about decisions: made by a person with the reason, held, then released together with a letter each."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, reject_unknown, save_changes
from impact.core.jobs import outbox
from sites.calls.applications.models import Application
from sites.calls.assessment.models import EligibilityCheck
from sites.calls.assessment.setup.services import close_assessment, lock_plan
from sites.calls.portfolios.deciding.ineligible import send_not_eligible, untold_ineligible
from sites.calls.portfolios.deciding.letters import check_words, letter_for, written
from sites.calls.portfolios.models import Decision, Enquiry, Letter, Portfolio, Release, SentLetter
from sites.calls.portfolios.weighing.candidates import eligible
from sites.calls.rounds.models import Round

Outcome = Decision.Outcome
ENQUIRY_FIELDS = frozenset({"kind", "received_on", "text", "answered_on", "answer"})


# --- What others may read ------------------------------------------------------------------------
@dataclass(frozen=True)
class ReleasedOutcome:
    """What an applicant may know of the decision about their application."""

    outcome: str
    words: str
    feedback: str
    told_at: datetime


def released_outcome(application: Application) -> ReleasedOutcome | None:
    """The outcome of an application, for the applicant's own pages. None while the decision is held, or there is none."""
    check: EligibilityCheck | None = getattr(application, "eligibility", None)
    if check is not None and check.told_at is not None:
        return ReleasedOutcome(Letter.NOT_ELIGIBLE, "Not eligible", check.reason, check.told_at)
    decision = Decision.objects.filter(application=application).first()
    if decision is None or decision.told_at is None:
        return None
    newest = decision.sent_letters.aggregate(at=Max("at"))["at"]  # one that was moved up has two
    told_at = newest or decision.told_at
    return ReleasedOutcome(decision.outcome, decision.get_outcome_display(), decision.feedback, told_at)


def release_of(round: Round) -> Release | None:
    """When and by whom the decisions of a round were released; None before."""
    return Release.objects.filter(round=round).select_related("by__person").first()


def undecided(round: Round) -> QuerySet[Application]:
    """The applications that can be chosen and have no decision yet."""
    return eligible(round).filter(decision__isnull=True)


def _locked(round: Round) -> Round:
    """Hold the round, so that no one decides while someone releases."""
    return Round.objects.select_for_update(of=("self",)).get(pk=round.pk)


# --- Deciding ------------------------------------------------------------------------------------
def _free_place(round: Round) -> int:
    newest = Decision.objects.filter(application__round=round, outcome=Outcome.RESERVE).aggregate(
        most=Max("reserve_place")
    )["most"]
    return (newest or 0) + 1


def _check_place(round: Round, decision: Decision) -> None:
    """A place on the reserve list is for one application."""
    others = Decision.objects.filter(application__round=round, outcome=Outcome.RESERVE).exclude(pk=decision.pk)
    taken = others.filter(reserve_place=decision.reserve_place).select_related("application").first()
    if taken is not None:
        raise ValidationError(
            {
                "reserve_place": f"{taken.application.reference} has place {decision.reserve_place}. Choose another place."
            }
        )


@transaction.atomic
def decide(
    *,
    by: Actor,
    application: Application,
    outcome: str,
    reason: str,
    feedback: str = "",
    reserve_place: int | None = None,
    expected: int | None = None,
) -> Decision:
    """Record what a person decided about one application, and why. It is held until the release."""
    require(by, "sites.decide_round")
    round = _locked(application.round)
    decision = Decision.objects.filter(application=application).select_related("application__round").first()
    if decision is not None and not decision.is_held:
        raise StateConflict(
            "The applicant knows this decision, so it cannot be changed. An application on the reserve list can be moved up.",
            code="told",
        )
    if not eligible(round).filter(pk=application.pk).exists():
        raise StateConflict("This application is no longer in the running, so there is nothing to decide.", code="gone")
    if outcome == Outcome.RESERVE and reserve_place is None:
        kept = decision.reserve_place if decision is not None else None
        reserve_place = kept or _free_place(round)
    changes = {
        "outcome": outcome,
        "reason": reason.strip(),
        "feedback": feedback.strip(),
        "reserve_place": reserve_place if outcome == Outcome.RESERVE else None,
    }
    if not changes["reason"]:
        raise ValidationError({"reason": "Say why. The reason is kept with the decision."})
    is_new = decision is None
    if decision is None:
        if expected:
            raise StateConflict("Someone took this decision back in the meantime. Decide again.", code="gone")
        decision = Decision(application=application, decided_by_id=by.pk, decided_at=clock.now(), **changes)
        decision.full_clean()
        changed = ["outcome"]
    else:
        changed = save_changes(decision, changes, expected=expected)
    if decision.outcome == Outcome.RESERVE:
        _check_place(round, decision)
    if is_new:
        decision.save()
    elif changed:
        Decision.objects.filter(pk=decision.pk).update(decided_by_id=by.pk, decided_at=clock.now())
    if changed:
        verb = "decision.made" if is_new else "decision.changed"
        audit.record(by, verb, decision, fields=changed, outcome=decision.outcome)
    return decision


@transaction.atomic
def decide_from_portfolio(
    *, by: Actor, portfolio: Portfolio, reason_chosen: str, reason_not_chosen: str, feedback_not_chosen: str = ""
) -> tuple[int, int]:
    """Begin with a portfolio: what is in it is chosen, all else is not, each with the reason given for all of its kind.

    Decisions that stand already stay as they are. Returns how many were made for chosen and for not chosen; each can
    still be changed.
    """
    require(by, "sites.decide_round")
    round = _locked(portfolio.round)
    if release_of(round) is not None:
        raise StateConflict("The decisions of this round have been released.", code="released")
    inside = set(portfolio.applications.values_list("pk", flat=True))
    open_ones = list(undecided(round).select_related("round"))
    if not inside & set(eligible(round).values_list("pk", flat=True)):
        raise StateConflict("No application of this portfolio is in the running any more. Choose another portfolio.")
    made = {Outcome.CHOSEN: 0, Outcome.NOT_CHOSEN: 0}
    for application in open_ones:
        is_in = application.pk in inside
        outcome = Outcome.CHOSEN if is_in else Outcome.NOT_CHOSEN
        decide(
            by=by,
            application=application,
            outcome=outcome,
            reason=reason_chosen if is_in else reason_not_chosen,
            feedback="" if is_in else feedback_not_chosen,
        )
        made[outcome] += 1
    return made[Outcome.CHOSEN], made[Outcome.NOT_CHOSEN]


@transaction.atomic
def take_back(*, by: Actor, decision: Decision, expected: int | None = None) -> None:
    """Take a held decision back: the application is undecided again."""
    require(by, "sites.decide_round")
    _locked(decision.application.round)
    found = Decision.objects.select_for_update(of=("self",)).filter(pk=decision.pk).first()
    if found is None:
        return
    if expected is not None and found.version != expected:
        raise Conflict(found)
    if not found.is_held:
        raise StateConflict("The applicant knows this decision, so it cannot be taken back.", code="told")
    audit.record(by, "decision.removed", found, outcome=found.outcome)
    found.delete()


# --- Letters -------------------------------------------------------------------------------------
@transaction.atomic
def write_letter(
    *, by: Actor, round: Round, outcome: str, subject: str, body: str, expected: int | None = None
) -> Letter:
    """Word a round's letter for one outcome. A placeholder that does not exist is refused by its name."""
    require(by, "sites.decide_round")
    _locked(round)
    for field, text in (("subject", subject), ("body", body)):
        try:
            check_words(text)
        except ValidationError as error:
            raise ValidationError({field: error.messages}) from error
    if "{{reference}}" not in body.replace(" ", ""):
        raise ValidationError({"body": "Put {{reference}} into the letter, so that people can quote it."})
    letter = letter_for(round, outcome)
    changes = {"subject": " ".join(subject.split()), "body": body.strip() + "\n"}
    if letter.pk is None:
        if expected is not None and expected != letter.version:
            raise Conflict(letter)
        letter.subject, letter.body = changes["subject"], changes["body"]
        letter.full_clean()
        letter.save()
        changed = ["body"]
    else:
        changed = save_changes(letter, changes, expected=expected)
    if changed:
        audit.record(by, "letter.changed", letter, fields=changed, outcome=outcome)
    return letter


def _send(by: Actor, decision: Decision, letter: Letter, at: datetime) -> SentLetter:
    """Write one letter to the outbox, or note that staff post it; never twice for the same outcome."""
    application = decision.application
    subject, body = written(letter, application, decision.feedback)
    try:
        with transaction.atomic():
            sent = SentLetter.objects.create(
                decision=decision, outcome=decision.outcome, at=at, by_id=by.pk, is_by_post=not application.email
            )
    except IntegrityError:
        raise StateConflict("This letter has been sent already.", code="told") from None
    if application.email:
        outbox.send_later(event="decision-letter", to=application.email, subject=subject, body=body)
    return sent


@dataclass(frozen=True)
class Readiness:
    """What stands in the way of a release, and whom it would reach."""

    undecided: list[Application]
    without_feedback: list[Decision]
    gone: list[Decision]  # withdrawn or deleted: they get no letter
    ready: list[Decision]
    ineligible: list[EligibilityCheck]  # they get a letter that says why, and need no decision

    @property
    def letters(self) -> int:
        """How many letters would leave."""
        return len(self.ready) + len(self.ineligible)

    @property
    def is_ready(self) -> bool:
        return bool(self.letters) and not self.undecided and not self.without_feedback


def readiness(round: Round) -> Readiness:
    """Every decision of a round that would be released now, and what is still missing."""
    running = set(eligible(round).values_list("pk", flat=True))
    held = list(
        Decision.objects.filter(application__round=round, told_at__isnull=True)
        .select_related("application__round")
        .order_by("application__reference")
    )
    ready = [decision for decision in held if decision.application_id in running]
    ineligible = list(untold_ineligible(round))
    told_why = {check.application_id for check in ineligible}
    return Readiness(
        undecided=list(undecided(round).order_by("reference")),
        without_feedback=[row for row in ready if row.outcome == Outcome.NOT_CHOSEN and not row.feedback],
        gone=[row for row in held if row.application_id not in running and row.application_id not in told_why],
        ready=ready,
        ineligible=ineligible,
    )


def _references(rows: list[Any]) -> str:
    names = [getattr(row, "application", row).reference for row in rows]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


@transaction.atomic
def release_decisions(*, by: Actor, round: Round, confirmation: str) -> Release:
    """Tell every applicant at once: all letters leave in one transaction, exactly one for each application.

    Those found not eligible are told why, and assessment closes. ``confirmation`` is the name of the round, typed. When
    two people release at the same moment, the second one learns that it has happened.
    """
    require(by, "sites.decide_round")
    plan = lock_plan(round)  # first, as those who assess do
    round = _locked(round)
    if (earlier := release_of(round)) is not None:
        raise StateConflict(
            "The decisions have been released already. Every applicant has one letter.",
            code="released",
            current=earlier,
        )
    if confirmation.strip().casefold() != round.name.casefold():
        raise ValidationError({"confirmation": f"Type the name of the round exactly: {round.name}"})
    list(
        Application.objects.select_for_update(of=("self",)).filter(round=round).values_list("pk")
    )  # no one withdraws now
    now = readiness(round)
    if now.undecided:
        raise StateConflict(f"No decision yet about {_references(now.undecided)}. Decide about each application first.")
    if now.without_feedback:
        raise StateConflict(f"No feedback yet for {_references(now.without_feedback)}. Write it first.")
    if not now.letters:
        raise StateConflict("There is no decision to release.")
    at = clock.now()
    letters = {outcome: letter_for(round, outcome) for outcome, _label in Letter.OUTCOMES}
    release = Release.objects.create(round=round, at=at, by_id=by.pk)
    for decision in now.ready:
        _send(by, decision, letters[decision.outcome], at)
    Decision.objects.filter(pk__in=[decision.pk for decision in now.ready]).update(told_at=at)
    for check in now.ineligible:
        send_not_eligible(check, letters[Letter.NOT_ELIGIBLE], at)
    if plan.closed_at is None:  # what was told is not assessed any further
        close_assessment(by=by, round=round)
    audit.record(by, "decisions.released", release, letters=now.letters)
    return release


@transaction.atomic
def tell(*, by: Actor, decision: Decision) -> Decision:
    """Tell one applicant after the release, because their application could be decided only later."""
    require(by, "sites.decide_round")
    round = _locked(decision.application.round)
    decision = Decision.objects.select_for_update(of=("self",)).select_related("application__round").get(pk=decision.pk)
    if release_of(round) is None:
        raise StateConflict("The decisions of this round are released together. This one goes with them.", code="held")
    if not decision.is_held:
        raise StateConflict("This applicant has been told already.", code="told")
    if not eligible(round).filter(pk=decision.application_id).exists():
        raise StateConflict("This application is no longer in the running, so no letter is sent.", code="gone")
    if decision.outcome == Outcome.NOT_CHOSEN and not decision.feedback:
        raise StateConflict("Write feedback first. Everyone who is not chosen gets some.")
    at = clock.now()
    _send(by, decision, letter_for(round, decision.outcome), at)
    Decision.objects.filter(pk=decision.pk).update(told_at=at)
    decision.told_at = at
    audit.record(by, "decision.told", decision, outcome=decision.outcome)
    return decision


@transaction.atomic
def tell_not_eligible(*, by: Actor, application: Application) -> EligibilityCheck:
    """Tell one applicant after the release that the application is not eligible, and why."""
    require(by, "sites.decide_round")
    round = _locked(application.round)
    if release_of(round) is None:
        raise StateConflict(
            "The decisions of this round are released together. This letter goes with them.", code="held"
        )
    check = untold_ineligible(round).filter(application=application).first()
    if check is None:
        raise StateConflict("This applicant has been told already, or the application is eligible.", code="told")
    at = clock.now()
    send_not_eligible(check, letter_for(round, Letter.NOT_ELIGIBLE), at)
    check.told_at = at
    audit.record(by, "application.told_not_eligible", application)
    return check


@transaction.atomic
def move_up(*, by: Actor, decision: Decision, reason: str, feedback: str = "", expected: int | None = None) -> Decision:
    """Choose an application from the reserve list after the release, and send its new letter."""
    require(by, "sites.decide_round")
    round = _locked(decision.application.round)
    decision = Decision.objects.select_related("application__round").get(pk=decision.pk)
    if decision.is_held or decision.outcome != Outcome.RESERVE:
        raise StateConflict("Only an application whose applicant knows that it is on the reserve list can be moved up.")
    if not eligible(round).filter(pk=decision.application_id).exists():
        raise StateConflict("This application is no longer in the running.", code="gone")
    if not reason.strip():
        raise ValidationError({"reason": "Say why a place became free, and why this application gets it."})
    changes = {
        "outcome": Outcome.CHOSEN,
        "reserve_place": None,
        "reason": reason.strip(),
        "feedback": feedback.strip() or decision.feedback,
    }
    save_changes(decision, changes, expected=expected)
    Decision.objects.filter(pk=decision.pk).update(decided_by_id=by.pk, decided_at=clock.now())
    _send(by, decision, letter_for(round, Outcome.CHOSEN), clock.now())
    audit.record(by, "decision.moved_up", decision)
    return decision


# --- Questions and appeals -----------------------------------------------------------------------
def _check_enquiry(enquiry: Enquiry) -> None:
    today = clock.today()
    for field in ("received_on", "answered_on"):
        day: date | None = getattr(enquiry, field)
        if day is not None and day > today:
            raise ValidationError({field: "Date cannot be in the future."})
    if enquiry.answered_on is not None and enquiry.answered_on < enquiry.received_on:
        raise ValidationError({"answered_on": "This is before it was received. Enter a later date."})
    if bool(enquiry.answered_on) != bool(enquiry.answer):
        field = "answer" if enquiry.answered_on else "answered_on"
        raise ValidationError({field: "Enter both what was answered and when, or neither yet."})


@transaction.atomic
def note_enquiry(
    *,
    by: Actor,
    decision: Decision,
    kind: str,
    received_on: date,
    text: str,
    answered_on: date | None = None,
    answer: str = "",
) -> Enquiry:
    """Note a question or an appeal about a decision that the applicant knows."""
    require(by, "sites.decide_round")
    if decision.is_held:
        raise StateConflict("The applicant does not know of this decision yet.", code="held")
    enquiry = Enquiry(
        decision=decision,
        kind=kind,
        received_on=received_on,
        text=text.strip(),
        answered_on=answered_on,
        answer=answer.strip(),
    )
    enquiry.full_clean()
    _check_enquiry(enquiry)
    enquiry.save()
    audit.record(by, "enquiry.noted", decision, kind=enquiry.kind)
    return enquiry


@transaction.atomic
def change_enquiry(*, by: Actor, enquiry: Enquiry, expected: int | None = None, **changes: Any) -> Enquiry:
    """Correct a question or an appeal, or record what was answered and when."""
    require(by, "sites.decide_round")
    reject_unknown(changes, ENQUIRY_FIELDS)
    for name in {"text", "answer"} & set(changes):
        changes[name] = changes[name].strip()
    if changed := save_changes(enquiry, changes, expected=expected):
        _check_enquiry(enquiry)
        audit.record(by, "enquiry.changed", enquiry.decision, fields=changed)
    return enquiry
