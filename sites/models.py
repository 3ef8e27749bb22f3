"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from sites.calls.applications.applying.copies.models import ApplicationCopy
from sites.calls.applications.equality.models import EqualityAnswer
from sites.calls.applications.models import (
    Application,
    ApplicationFile,
    Correction,
    MailboxLink,
    PrivateLink,
    Revision,
)
from sites.calls.assessment.models import (
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
from sites.calls.portfolios.models import (
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
from sites.calls.rounds.clarifications.models import Clarification
from sites.calls.rounds.models import ClosingMove, Round, RoundStatement
from sites.calls.rounds.questions.models import Question, QuestionSet, Section
from sites.organisations.models import Organisation
from sites.progress.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.progress.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.progress.outcomes.measures.models import OutcomeMeasure, Reading
from sites.progress.outcomes.spread.models import Uptake
from sites.progress.units.models import Unit, UnitChange, UnitContact
from sites.questions.models import AskedQuestion
from sites.registry.caseload.models import Supervision
from sites.registry.models import OrganisationPart, Site, SiteNation, SiteRole, StatusChange
from sites.topics.lists.models import ListEdition, ListEntry
from sites.topics.models import Topic
from sites.topics.proposals.models import Proposal, ProposalNation, SurveyCount
from sites.topics.scoring.models import Scorer, ScoreSheet, TopicYear
from sites.updates.models import Update
from sites.updates.subscriptions.models import NewsSent, Subscriber

__all__ = [
    "Application",
    "ApplicationCopy",
    "ApplicationFile",
    "AskedQuestion",
    "Assessment",
    "AssessmentPlan",
    "Assignment",
    "Award",
    "Clarification",
    "ClosingMove",
    "Commitment",
    "CoproductionEntry",
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
    "ListEdition",
    "ListEntry",
    "MailboxLink",
    "Milestone",
    "Mix",
    "ModerationNote",
    "NewsSent",
    "Organisation",
    "OrganisationPart",
    "OutcomeMeasure",
    "Portfolio",
    "PrivateLink",
    "Proposal",
    "ProposalNation",
    "Question",
    "QuestionSet",
    "Reading",
    "Release",
    "Replan",
    "Revision",
    "Round",
    "RoundAssessor",
    "RoundReport",
    "RoundStatement",
    "Score",
    "ScoreSheet",
    "Scorer",
    "Section",
    "SentLetter",
    "Site",
    "SiteNation",
    "SiteRole",
    "StatusChange",
    "Subscriber",
    "Supervision",
    "SurveyCount",
    "Target",
    "Topic",
    "TopicYear",
    "Unit",
    "UnitChange",
    "UnitContact",
    "Update",
    "Uptake",
]
