"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.organisations.models import Organisation
from sites.registry.models import OrganisationPart, Site, SiteNation, SiteRole, StatusChange
from sites.rounds.models import Round, RoundStatement
from sites.topics.lists.models import ListEdition, ListEntry
from sites.topics.models import Topic
from sites.topics.proposals.models import Proposal, ProposalNation, SurveyCount
from sites.topics.scoring.models import Scorer, ScoreSheet, TopicYear
from sites.units.models import Unit, UnitChange, UnitContact
from sites.updates.models import Update

__all__ = [
    "Commitment",
    "EarlierWording",
    "EvidenceGap",
    "EvidenceItem",
    "GapFeedback",
    "LearningNote",
    "ListEdition",
    "ListEntry",
    "Milestone",
    "Organisation",
    "OrganisationPart",
    "Proposal",
    "ProposalNation",
    "Replan",
    "Round",
    "RoundStatement",
    "ScoreSheet",
    "Scorer",
    "Site",
    "SiteNation",
    "SiteRole",
    "StatusChange",
    "SurveyCount",
    "Topic",
    "TopicYear",
    "Unit",
    "UnitChange",
    "UnitContact",
    "Update",
]
