"""Labels in histories for changes to sites, people, organisations, topics, evidence and rounds."""

from typing import Any

from impact.core.access.audit import Words, in_words
from impact.core.basics.vocabulary import EvidenceKind
from sites.delivery.models import Commitment
from sites.evidence.models import EvidenceGap
from sites.registry.models import DeliveryModel, OrganisationPart, Site, SiteRole
from sites.units.models import UnitChange, UnitContact

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
    "organisation.added": ("Organisation added", None),
    "organisation.changed": ("Details of the organisation changed", None),
    "part.added": ("Organisation added to the site", _part),
    "part.removed": ("Organisation removed from the site", _part),
    "role.advertised": ("Post advertised", _post),
    "role.appointed": ("Appointed to a post", _post),
    "role.ended": ("Appointment ended", _post),
    "role.planned": ("Post planned", _post),
    "round.added": ("Round added", None),
    "round.announced": ("Round announced", lambda facts: f"Opens {in_words(facts.get('opens_on', ''))}"),
    "round.changed": ("Details of the round changed", None),
    "round.restated": ("Offer and ask rewritten", lambda facts: f"Statement {facts.get('statement', '')}"),
    "site.added": ("Site added", lambda facts: _label(DeliveryModel, facts.get("delivery_model"))),
    "site.changed": ("Details of the site changed", None),
    "status.changed": ("Status changed", _status),
    "topic.added": ("Topic added", None),
    "topic.changed": ("Topic changed", None),
    "topic.scored": ("Topic scored", None),
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
