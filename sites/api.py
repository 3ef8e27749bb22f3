"""Endpoints of sites and what belongs to them. What is inside a site is empty for those outside it."""

from sites.calls.applications.intake.api import ApplicationViewSet
from sites.calls.assessment.api import AssessmentViewSet
from sites.calls.assessment.moderation.api import ModerationNoteViewSet
from sites.calls.assessment.setup.api import CriterionViewSet, EligibilityViewSet
from sites.calls.assessment.setup.round_api import AssessmentPlanViewSet, RoundAssessorViewSet
from sites.calls.portfolios.api import PortfolioViewSet
from sites.calls.portfolios.deciding.api import RoundDecisionViewSet
from sites.calls.portfolios.deciding.enquiry_api import EnquiryViewSet
from sites.calls.portfolios.deciding.release_api import ReleaseViewSet
from sites.calls.portfolios.reporting.api import RoundReportViewSet
from sites.calls.portfolios.weighing.api import MixViewSet, TargetViewSet
from sites.calls.rounds.api import RoundViewSet
from sites.calls.rounds.clarifications.api import ClarificationViewSet
from sites.organisations.api import OrganisationViewSet
from sites.organisations.part_api import OrganisationPartViewSet
from sites.progress.delivery.api import CommitmentViewSet, LearningNoteViewSet, MilestoneViewSet
from sites.progress.evidence.api import EvidenceViewSet, GapViewSet
from sites.progress.outcomes.checks.api import EntryViewSet
from sites.progress.outcomes.measures.api import MeasureViewSet
from sites.progress.outcomes.spread.api import UptakeViewSet
from sites.progress.units.api import UnitViewSet
from sites.questions.api import QuestionViewSet
from sites.registry.api import SiteViewSet
from sites.registry.caseload.api import PostViewSet, SupervisionViewSet
from sites.topics.api import TopicViewSet
from sites.topics.proposals.api import ProposalViewSet, SurveyCountViewSet
from sites.topics.scoring.api import ScoreSheetViewSet, TopicYearViewSet
from sites.updates.api import UpdateViewSet
from sites.updates.news_api import NewsViewSet

ENDPOINTS: list[tuple] = [
    ("sites", SiteViewSet, "site"),
    ("topics", TopicViewSet, "topic"),
    ("topic-proposals", ProposalViewSet, "topic-proposal"),
    ("survey-counts", SurveyCountViewSet, "survey-count"),
    ("topic-scores", ScoreSheetViewSet, "topic-score"),
    ("topic-years", TopicYearViewSet, "topic-year"),
    ("organisations", OrganisationViewSet, "organisation"),
    ("organisation-parts", OrganisationPartViewSet, "organisation-part"),
    ("units", UnitViewSet, "unit"),
    ("evidence", EvidenceViewSet, "evidence"),
    ("evidence-gaps", GapViewSet, "evidence-gap"),
    ("updates", UpdateViewSet, "update"),
    ("news", NewsViewSet, "news"),
    ("rounds", RoundViewSet, "round"),
    ("clarifications", ClarificationViewSet, "clarification"),
    ("assessment-plans", AssessmentPlanViewSet, "assessment-plan"),
    ("criteria", CriterionViewSet, "criterion"),
    ("round-assessors", RoundAssessorViewSet, "round-assessor"),
    ("eligibility-checks", EligibilityViewSet, "eligibility-check"),
    ("moderation-notes", ModerationNoteViewSet, "moderation-note"),
    ("assessments", AssessmentViewSet, "assessment"),
    ("applications", ApplicationViewSet, "application"),
    ("milestones", MilestoneViewSet, "milestone"),
    ("commitments", CommitmentViewSet, "commitment"),
    ("learning-notes", LearningNoteViewSet, "learning-note"),
    ("mixes", MixViewSet, "mix"),
    ("targets", TargetViewSet, "target"),
    ("portfolios", PortfolioViewSet, "portfolio"),
    ("decisions", RoundDecisionViewSet, "decision"),
    ("releases", ReleaseViewSet, "release"),
    ("enquiries", EnquiryViewSet, "enquiry"),
    ("round-reports", RoundReportViewSet, "round-report"),
    ("outcome-measures", MeasureViewSet, "outcome-measure"),
    ("co-production-entries", EntryViewSet, "co-production-entry"),
    ("uptakes", UptakeViewSet, "uptake"),
    ("questions", QuestionViewSet, "question"),
    ("posts", PostViewSet, "post"),
    ("supervisions", SupervisionViewSet, "supervision"),
]
