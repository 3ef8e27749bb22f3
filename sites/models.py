"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.applications.models import Application, PrivateLink, Revision
from sites.assessment.models import Assessment, Assignment, Criterion, RoundAssessor, Score
from sites.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.organisations.models import Organisation
from sites.outcomes.checks.models import CoproductionEntry
from sites.outcomes.measures.models import OutcomeMeasure, Reading
from sites.outcomes.spread.models import Uptake
from sites.portfolios.models import Award, Decision, Enquiry, Letter, Mix, Portfolio, Release, Target
from sites.questions.models import AskedQuestion
from sites.registry.caseload.models import Supervision
from sites.registry.models import OrganisationPart, Site, SiteNation, SiteRole, StatusChange
from sites.rounds.models import Round, RoundStatement
from sites.rounds.questions.models import Question, QuestionSet, Section
from sites.topics.models import Topic
from sites.units.models import Unit, UnitChange, UnitContact
from sites.updates.models import Update
from sites.updates.subscriptions.models import NewsSent, Subscriber

__all__ = [
    "Application",
    "AskedQuestion",
    "Assessment",
    "Assignment",
    "Award",
    "Commitment",
    "CoproductionEntry",
    "Criterion",
    "Decision",
    "EarlierWording",
    "Enquiry",
    "EvidenceGap",
    "EvidenceItem",
    "GapFeedback",
    "LearningNote",
    "Letter",
    "Milestone",
    "Mix",
    "NewsSent",
    "Organisation",
    "OrganisationPart",
    "OutcomeMeasure",
    "Portfolio",
    "PrivateLink",
    "Question",
    "QuestionSet",
    "Reading",
    "Release",
    "Replan",
    "Revision",
    "Round",
    "RoundAssessor",
    "RoundStatement",
    "Score",
    "Section",
    "Site",
    "SiteNation",
    "SiteRole",
    "StatusChange",
    "Subscriber",
    "Supervision",
    "Target",
    "Topic",
    "Unit",
    "UnitChange",
    "UnitContact",
    "Update",
    "Uptake",
]
