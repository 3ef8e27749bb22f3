"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.organisations.models import Organisation
from sites.outcomes.checks.models import CoproductionEntry
from sites.outcomes.measures.models import OutcomeMeasure, Reading
from sites.outcomes.spread.models import Uptake
from sites.questions.models import Question
from sites.registry.caseload.models import Supervision
from sites.registry.models import OrganisationPart, Site, SiteNation, SiteRole, StatusChange
from sites.rounds.models import Round, RoundStatement
from sites.topics.models import Topic
from sites.units.models import Unit, UnitChange, UnitContact
from sites.updates.models import Update

__all__ = [
    "Commitment",
    "CoproductionEntry",
    "EarlierWording",
    "EvidenceGap",
    "EvidenceItem",
    "GapFeedback",
    "LearningNote",
    "Milestone",
    "Organisation",
    "OrganisationPart",
    "OutcomeMeasure",
    "Question",
    "Reading",
    "Replan",
    "Round",
    "RoundStatement",
    "Site",
    "SiteNation",
    "SiteRole",
    "StatusChange",
    "Supervision",
    "Topic",
    "Unit",
    "UnitChange",
    "UnitContact",
    "Update",
    "Uptake",
]
