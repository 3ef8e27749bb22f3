"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.applications.models import Application, Correction, PrivateLink, Revision
from sites.assessment.models import (
    Assessment,
    AssessmentPlan,
    Assignment,
    Criterion,
    DiscussionMessage,
    EarlierAssessment,
    EligibilityCheck,
    ModerationNote,
    RoundAssessor,
    Score,
)
from sites.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.organisations.models import Organisation
from sites.portfolios.models import (
    Award,
    Decision,
    Enquiry,
    Letter,
    Mix,
    Portfolio,
    Release,
    RoundReport,
    SentLetter,
    Target,
)
from sites.registry.models import OrganisationPart, Site, SiteNation, SiteRole, StatusChange
from sites.rounds.models import Round, RoundStatement
from sites.rounds.questions.models import Question, QuestionSet, Section
from sites.topics.models import Topic
from sites.units.models import Unit, UnitChange, UnitContact
from sites.updates.models import Update

__all__ = [
    "Application",
    "Assessment",
    "AssessmentPlan",
    "Assignment",
    "Award",
    "Commitment",
    "Correction",
    "Criterion",
    "Decision",
    "DiscussionMessage",
    "EarlierAssessment",
    "EarlierWording",
    "EligibilityCheck",
    "Enquiry",
    "EvidenceGap",
    "EvidenceItem",
    "GapFeedback",
    "LearningNote",
    "Letter",
    "Milestone",
    "Mix",
    "ModerationNote",
    "Organisation",
    "OrganisationPart",
    "Portfolio",
    "PrivateLink",
    "Question",
    "QuestionSet",
    "Release",
    "Replan",
    "Revision",
    "Round",
    "RoundAssessor",
    "RoundReport",
    "RoundStatement",
    "Score",
    "Section",
    "SentLetter",
    "Site",
    "SiteNation",
    "SiteRole",
    "StatusChange",
    "Target",
    "Topic",
    "Unit",
    "UnitChange",
    "UnitContact",
    "Update",
]
