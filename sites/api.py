"""Read endpoints: sites, topics, organisations, evidence and its gaps, updates, rounds. What is inside a site is empty for those outside it."""

from sites.evidence.api import EvidenceViewSet, GapViewSet
from sites.organisations.api import OrganisationViewSet
from sites.registry.api import SiteViewSet
from sites.rounds.api import RoundViewSet
from sites.topics.api import TopicViewSet
from sites.updates.api import UpdateViewSet

ENDPOINTS: list[tuple] = [
    ("sites", SiteViewSet, "site"),
    ("topics", TopicViewSet, "topic"),
    ("organisations", OrganisationViewSet, "organisation"),
    ("evidence", EvidenceViewSet, "evidence"),
    ("evidence-gaps", GapViewSet, "evidence-gap"),
    ("updates", UpdateViewSet, "update"),
    ("rounds", RoundViewSet, "round"),
]
