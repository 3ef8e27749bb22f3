"""Endpoints: sites, topics, organisations, updates and rounds to read; units to read and write. What is inside a site is
empty for those outside it."""

from sites.organisations.api import OrganisationViewSet
from sites.registry.api import SiteViewSet
from sites.rounds.api import RoundViewSet
from sites.topics.api import TopicViewSet
from sites.units.api import UnitViewSet
from sites.updates.api import UpdateViewSet

ENDPOINTS: list[tuple] = [
    ("sites", SiteViewSet, "site"),
    ("topics", TopicViewSet, "topic"),
    ("organisations", OrganisationViewSet, "organisation"),
    ("units", UnitViewSet, "unit"),
    ("updates", UpdateViewSet, "update"),
    ("rounds", RoundViewSet, "round"),
]
