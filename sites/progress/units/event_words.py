"""Labels in histories for changes to sites, people, organisations, topics, evidence and rounds."""

from collections.abc import Callable
from typing import Any

from impact.core.access.audit import Words, in_words
from impact.core.basics.vocabulary import EvidenceKind
from sites.progress.delivery.models import Commitment
from sites.progress.evidence.models import EvidenceGap
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.progress.outcomes.measures.models import Frame
from sites.progress.outcomes.spread.models import Uptake
from sites.progress.units.models import UnitChange, UnitContact
from sites.questions.models import AskedQuestion
from sites.registry.models import DeliveryModel, OrganisationPart, Site, SiteRole

Facts = dict[str, Any]


def _label(choices: Any, value: Any) -> str:
    return str(choices(value).label) if value in choices.values else ""


def _post(facts: Facts) -> str:
    day = next(
        (
            f"{word} {in_words(facts[key])}"
            for key, word in (("starts_on", "from"), ("ends_on", "until"))
            if key in facts
        ),
        "",
    )
    return ", ".join(filter(None, [_label(SiteRole.Kind, facts.get("kind")), day]))


def _status(facts: Facts) -> str:
    before, after = (_label(Site.Status, facts.get(key)) for key in ("before", "after"))
    return f"From {before.lower()} to {after.lower()}" if before and after else ""


def _part(facts: Facts) -> str:
    return _label(OrganisationPart.Part, facts.get("part"))


def _milestone(facts: Facts) -> str:
    names = (("planned_on", "planned for"), ("expected_on", "expected on"), ("actual_on", "completed on"))
    words = ", ".join(f"{word} {in_words(facts[key])}" for key, word in names if key in facts)
    return words[:1].upper() + words[1:]


def _replan(facts: Facts) -> str:
    before, after = (in_words(facts.get(key, "")) for key in ("before", "after"))
    return f"From {before} to {after}" if before and after else ""


def _commitment(facts: Facts) -> str:
    """ "The host, kept, 4 July 2022": whose it is, how it stands, and the day that matters."""
    due = f"due {in_words(facts['due_on'])}" if "due_on" in facts else ""
    words = [
        _label(Commitment.Side, facts.get("side")),
        _label(Commitment.State, facts.get("state")).lower(),
        in_words(facts.get("settled_on", "")) or due,
    ]
    return ", ".join(filter(None, words))


def _fed_back(facts: Facts) -> str:
    when = in_words(facts.get("on", ""))
    return f"To {facts['organisation']}, on {when}" if "organisation" in facts else f"On {when}"


def _reopened(facts: Facts) -> str:
    before = _label(EvidenceGap.State, facts.get("before"))
    return f"It was {before.lower()}" if before else ""


def _dated(facts: Facts) -> str:
    return f"On {in_words(facts['on'])}" if "on" in facts else ""


def _of(choices: Any, key: str) -> Callable[[Facts], str]:
    """What a choice is called, and the day: "Judging how it went, 4 July 2022"."""

    def words(facts: Facts) -> str:
        return ", ".join(filter(None, [_label(choices, facts.get(key)), in_words(facts.get("on", ""))]))

    return words


def _question_reopened(facts: Facts) -> str:
    before = _label(AskedQuestion.State, facts.get("before"))
    return f"It was {before.lower()}" if before else ""


def _people(facts: Facts) -> str:
    people = facts.get("people", 0)
    return f"{people} person" if people == 1 else f"{people} people"


def _chosen(facts: Facts) -> str:
    chosen = facts.get("chosen", 0)
    return f"{chosen} topic chosen" if chosen == 1 else f"{chosen} topics chosen"


WORDS: dict[str, Words] = {
    "commitment.added": ("Commitment added", _commitment),
    "commitment.changed": ("Due date of a commitment changed", _commitment),
    "commitment.removed": ("Commitment removed", _commitment),
    "commitment.reopened": ("Commitment marked as still open", _commitment),
    "commitment.reworded": ("Commitment changed; the old wording is kept", _commitment),
    "commitment.settled": ("How a commitment ended was recorded", _commitment),
    "learning_note.added": ("Learning note added", None),
    "learning_note.changed": ("Learning note changed", None),
    "learning_note.removed": ("Learning note removed", None),
    "milestone.added": ("Milestone added", _milestone),
    "milestone.changed": ("Milestone changed", _milestone),
    "milestone.completed": ("Milestone completed", _milestone),
    "milestone.removed": ("Milestone removed", _milestone),
    "milestone.replanned": ("Milestone re-planned", _replan),
    "evidence.added": ("Evidence added", lambda facts: _label(EvidenceKind, facts.get("kind"))),
    "evidence.changed": ("Evidence changed", None),
    "evidence_gap.answered": ("Evidence gap answered", lambda facts: f"On {in_words(facts.get('on', ''))}"),
    "evidence_gap.changed": ("Details of the evidence gap changed", None),
    "evidence_gap.closed": ("Evidence gap closed", lambda facts: f"On {in_words(facts.get('on', ''))}"),
    "evidence_gap.fed_back": ("Evidence gap fed back", _fed_back),
    "evidence_gap.feedback_changed": ("Feedback about the evidence gap changed", _fed_back),
    "evidence_gap.raised": ("Evidence gap raised", lambda facts: f"On {in_words(facts.get('raised_on', ''))}"),
    "evidence_gap.reopened": ("Evidence gap reopened", _reopened),
    "coproduction_entry.added": ("Entry in the co-production check added", _of(CoproductionEntry.Part, "part")),
    "coproduction_entry.changed": ("Entry in the co-production check changed", _of(CoproductionEntry.Part, "part")),
    "coproduction_entry.removed": ("Entry in the co-production check removed", _of(CoproductionEntry.Part, "part")),
    "outcome.added": ("Outcome measure added", _of(Frame, "frame")),
    "outcome.changed": ("Outcome measure changed", _of(Frame, "frame")),
    "outcome.read": ("Reading of an outcome measure added", _of(Frame, "frame")),
    "outcome.reading_changed": ("Reading of an outcome measure changed", _of(Frame, "frame")),
    "outcome.reading_removed": ("Reading of an outcome measure removed", _of(Frame, "frame")),
    "outcome.removed": ("Outcome measure removed, with its readings", _of(Frame, "frame")),
    "question.answered": ("Question answered", _dated),
    "question.assigned": ("Question given to someone to answer", None),
    "question.changed": ("Details of the question changed", None),
    "question.contact_deleted": ("Contact of the asker deleted", None),
    "question.declined": ("Question marked as not for us", _dated),
    "question.received": ("Question received", _dated),
    "question.reopened": ("Question reopened", _question_reopened),
    "question.shared": ("Answer shared with the asker", _dated),
    "supervision.changed": ("Supervision changed", _dated),
    "supervision.held": ("Supervision held", _dated),
    "supervision.planned": ("Supervision planned", _dated),
    "supervision.removed": ("Supervision removed", _dated),
    "uptake.added": ("Place that took it up added", _of(Uptake.How, "how")),
    "uptake.changed": ("Place that took it up changed", _of(Uptake.How, "how")),
    "uptake.removed": ("Place that took it up removed", _of(Uptake.How, "how")),
    "organisation.added": ("Organisation added", None),
    "organisation.changed": ("Details of the organisation changed", None),
    "part.added": ("Organisation added to the site", _part),
    "part.removed": ("Organisation removed from the site", _part),
    "role.advertised": ("Post advertised", _post),
    "role.appointed": ("Appointed to a post", _post),
    "role.ended": ("Appointment ended", _post),
    "role.planned": ("Post planned", _post),
    "proposal.changed": ("Proposal changed", None),
    "proposal.counted": ("Survey answers recorded", None),
    "proposal.merged": ("Proposal merged into another", None),
    "proposal.recorded": ("Proposal recorded", lambda facts: f"For {facts.get('year', '')}"),
    "proposal.reopened": ("Decision about the proposal undone", None),
    "proposal.set_aside": ("Proposal set aside", None),
    "proposal.taken_on": ("Proposal taken on", None),
    "round.added": ("Round added", None),
    "round.announced": ("Round announced", lambda facts: f"Opens {in_words(facts.get('opens_on', ''))}"),
    "round.changed": ("Details of the round changed", None),
    "round.restated": ("Offer and ask rewritten", lambda facts: f"Statement {facts.get('statement', '')}"),
    "score_sheet.saved": ("Scores saved", None),
    "site.added": ("Site added", lambda facts: _label(DeliveryModel, facts.get("delivery_model"))),
    "site.changed": ("Details of the site changed", None),
    "status.changed": ("Status changed", _status),
    "topic.added": ("Topic added", None),
    "topic.changed": ("Topic changed", None),
    "topic.scored": ("Topic scored", None),
    "topic_list.agreed": ("List of topics agreed", lambda facts: f"On {in_words(facts.get('on', ''))}"),
    "topic_list.agreement_withdrawn": ("Agreement to the list of topics withdrawn", None),
    "topic_list.corrected": ("List of topics corrected", lambda facts: f"Correction {facts.get('number', 2) - 1}"),
    "topic_list.drafted": ("List of topics written", _chosen),
    "topic_list.published": ("List of topics published", None),
    "topic_scoring.changed": ("Who scores, or by when, changed", _people),
    "topic_scoring.closed": ("Scoring closed", _people),
    "topic_scoring.opened": ("Scoring opened", _people),
    "topic_scoring.reopened": ("Scoring opened again", None),
    "unit.changed": ("Unit on the roster changed", lambda facts: _label(UnitChange.State, facts.get("state"))),
    "unit.contacted": ("Contact with a unit recorded", lambda facts: _label(UnitContact.How, facts.get("how"))),
    "unit.contact_removed": ("Contact with a unit removed", lambda facts: _label(UnitContact.How, facts.get("how"))),
    "unit.delisted": ("Unit removed from the roster", None),
    "unit.listed": (
        "Units added to the roster",
        lambda facts: f"{facts['units']} units" if facts.get("units", 1) != 1 else "1 unit",
    ),
    "update.changed": ("Update changed", None),
    "update.published": ("Update published", None),
    "update.withdrawn": ("Update withdrawn", None),
}
