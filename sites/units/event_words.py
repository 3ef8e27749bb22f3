"""Labels in histories for changes to sites, people, organisations, topics, evidence and rounds."""

from typing import Any

from impact.core.access.audit import Words, in_words
from impact.core.basics.vocabulary import EvidenceKind
from sites.evidence.models import EvidenceGap
from sites.registry.models import DeliveryModel, OrganisationPart, Site, SiteRole
from sites.units.models import UnitChange

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


def _fed_back(facts: Facts) -> str:
    when = in_words(facts.get("on", ""))
    return f"To {facts['organisation']}, on {when}" if "organisation" in facts else f"On {when}"


def _reopened(facts: Facts) -> str:
    before = _label(EvidenceGap.State, facts.get("before"))
    return f"It was {before.lower()}" if before else ""


WORDS: dict[str, Words] = {
    "evidence.added": ("Evidence added", lambda facts: _label(EvidenceKind, facts.get("kind"))),
    "evidence.changed": ("Evidence changed", None),
    "evidence_gap.answered": ("Evidence gap answered", lambda facts: f"On {in_words(facts.get('on', ''))}"),
    "evidence_gap.changed": ("Details of the evidence gap changed", None),
    "evidence_gap.closed": ("Evidence gap closed", lambda facts: f"On {in_words(facts.get('on', ''))}"),
    "evidence_gap.fed_back": ("Evidence gap fed back", _fed_back),
    "evidence_gap.feedback_changed": ("Feedback about the evidence gap changed", _fed_back),
    "evidence_gap.raised": ("Evidence gap raised", lambda facts: f"On {in_words(facts.get('raised_on', ''))}"),
    "evidence_gap.reopened": ("Evidence gap reopened", _reopened),
    "milestone.added": (
        "Milestone added",
        lambda facts: f"Due {in_words(facts['due_on'])}" if "due_on" in facts else "",
    ),
    "milestone.completed": ("Milestone completed", lambda facts: in_words(facts.get("done_on", ""))),
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
    "unit.delisted": ("Unit removed from the roster", None),
    "unit.listed": (
        "Units added to the roster",
        lambda facts: f"{facts['units']} units" if facts.get("units", 1) != 1 else "1 unit",
    ),
    "update.changed": ("Update changed", None),
    "update.published": ("Update published", None),
    "update.withdrawn": ("Update withdrawn", None),
    "update.written": ("Update drafted", None),
}
