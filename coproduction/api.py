"""Endpoints: charters, their versions and sections, waypoints and involvements. Figures and words, never who said what."""

from coproduction.agreement.api import CharterVersionViewSet
from coproduction.charter.api import CharterViewSet
from coproduction.charter.writing.api import SectionViewSet
from coproduction.involvements.api import InvolvementViewSet
from coproduction.waypoints.api import WaypointViewSet

ENDPOINTS: list[tuple] = [
    ("charters", CharterViewSet, "charter"),
    ("charter-versions", CharterVersionViewSet, "charter-version"),
    ("sections", SectionViewSet, "section"),
    ("waypoints", WaypointViewSet, "waypoint"),
    ("involvements", InvolvementViewSet, "involvement"),
]
