"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.organisations.models import Organisation
from sites.registry.models import OrganisationPart, Site, SiteNation, SiteRole, StatusChange
from sites.rounds.models import Round, RoundStatement
from sites.topics.models import Topic
from sites.units.models import Unit, UnitChange, UnitContact
from sites.updates.models import Update
from sites.updates.subscriptions.models import NewsSent, Subscriber

__all__ = [
    "Commitment",
    "EarlierWording",
    "EvidenceGap",
    "EvidenceItem",
    "GapFeedback",
    "LearningNote",
    "Milestone",
    "NewsSent",
    "Organisation",
    "OrganisationPart",
    "Replan",
    "Round",
    "RoundStatement",
    "Site",
    "SiteNation",
    "SiteRole",
    "StatusChange",
    "Subscriber",
    "Topic",
    "Unit",
    "UnitChange",
    "UnitContact",
    "Update",
]
