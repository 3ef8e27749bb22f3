"""Endpoints of sites and what belongs to them; units and topics are written here too. What is inside a site is empty for
those outside it."""

from sites.delivery.api import CommitmentViewSet, LearningNoteViewSet
from sites.evidence.api import EvidenceViewSet, GapViewSet
from sites.organisations.api import OrganisationViewSet
from sites.registry.api import SiteViewSet
from sites.rounds.api import RoundViewSet
from sites.topics.api import TopicViewSet
from sites.topics.proposals.api import ProposalViewSet, SurveyCountViewSet
from sites.topics.scoring.api import ScoreSheetViewSet, TopicYearViewSet
from sites.units.api import UnitViewSet
from sites.updates.api import UpdateViewSet

ENDPOINTS: list[tuple] = [
    ("sites", SiteViewSet, "site"),
    ("topics", TopicViewSet, "topic"),
    ("topic-proposals", ProposalViewSet, "topic-proposal"),
    ("survey-counts", SurveyCountViewSet, "survey-count"),
    ("topic-scores", ScoreSheetViewSet, "topic-score"),
    ("topic-years", TopicYearViewSet, "topic-year"),
    ("organisations", OrganisationViewSet, "organisation"),
    ("units", UnitViewSet, "unit"),
    ("evidence", EvidenceViewSet, "evidence"),
    ("evidence-gaps", GapViewSet, "evidence-gap"),
    ("updates", UpdateViewSet, "update"),
    ("rounds", RoundViewSet, "round"),
    ("commitments", CommitmentViewSet, "commitment"),
    ("learning-notes", LearningNoteViewSet, "learning-note"),
]
