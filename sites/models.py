"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.applications.applying.copies.models import ApplicationCopy
from sites.applications.equality.models import EqualityAnswer
from sites.applications.models import Application, ApplicationFile, Correction, PrivateLink, Revision
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
from sites.rounds.clarifications.models import Clarification
from sites.rounds.models import ClosingMove, Round, RoundStatement
from sites.rounds.questions.models import Question, QuestionSet, Section
from sites.topics.models import Topic
from sites.units.models import Unit, UnitChange, UnitContact
from sites.updates.models import Update
from sites.updates.subscriptions.models import NewsSent, Subscriber

__all__ = [
    "Application",
    "ApplicationCopy",
    "ApplicationFile",
    "Assessment",
    "AssessmentPlan",
    "Assignment",
    "Award",
    "Clarification",
    "ClosingMove",
    "Commitment",
    "Correction",
    "Criterion",
    "Decision",
    "DiscussionMessage",
    "EarlierAssessment",
    "EarlierWording",
    "EligibilityCheck",
    "Enquiry",
    "EqualityAnswer",
    "EvidenceGap",
    "EvidenceItem",
    "GapFeedback",
    "LearningNote",
    "Letter",
    "Milestone",
    "Mix",
    "ModerationNote",
    "NewsSent",
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
    "Subscriber",
    "Target",
    "Topic",
    "Unit",
    "UnitChange",
    "UnitContact",
    "Update",
]
