"""Endpoints of sites and what belongs to them; units and applications are written here too. What is inside a site is
empty for those outside it."""

from sites.applications.intake.api import ApplicationViewSet
from sites.assessment.api import AssessmentViewSet
from sites.delivery.api import CommitmentViewSet, LearningNoteViewSet
from sites.evidence.api import EvidenceViewSet, GapViewSet
from sites.organisations.api import OrganisationViewSet
from sites.portfolios.api import PortfolioViewSet
from sites.registry.api import SiteViewSet
from sites.rounds.api import RoundViewSet
from sites.topics.api import TopicViewSet
from sites.units.api import UnitViewSet
from sites.updates.api import UpdateViewSet
from sites.updates.news_api import NewsViewSet

ENDPOINTS: list[tuple] = [
    ("sites", SiteViewSet, "site"),
    ("topics", TopicViewSet, "topic"),
    ("organisations", OrganisationViewSet, "organisation"),
    ("units", UnitViewSet, "unit"),
    ("evidence", EvidenceViewSet, "evidence"),
    ("evidence-gaps", GapViewSet, "evidence-gap"),
    ("updates", UpdateViewSet, "update"),
    ("news", NewsViewSet, "news"),
    ("rounds", RoundViewSet, "round"),
    ("assessments", AssessmentViewSet, "assessment"),
    ("applications", ApplicationViewSet, "application"),
    ("commitments", CommitmentViewSet, "commitment"),
    ("learning-notes", LearningNoteViewSet, "learning-note"),
    ("portfolios", PortfolioViewSet, "portfolio"),
]
