"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.organisations.models import Organisation
from sites.registry.models import Milestone, OrganisationPart, Site, SiteNation, SiteRole, StatusChange
from sites.rounds.models import Round, RoundStatement
from sites.topics.models import Topic
from sites.units.models import Unit, UnitChange
from sites.updates.models import Update

__all__ = [
    "EvidenceGap",
    "EvidenceItem",
    "GapFeedback",
    "Milestone",
    "Organisation",
    "OrganisationPart",
    "Round",
    "RoundStatement",
    "Site",
    "SiteNation",
    "SiteRole",
    "StatusChange",
    "Topic",
    "Unit",
    "UnitChange",
    "Update",
]
