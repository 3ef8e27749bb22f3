"""Read endpoints: charters, their versions, waypoints and involvements. Figures and words, never who said what."""

from coproduction.agreement.api import CharterVersionViewSet
from coproduction.charter.api import CharterViewSet
from coproduction.claims.api import ClaimViewSet
from coproduction.involvements.api import InvolvementViewSet
from coproduction.reflections.api import ReflectionViewSet
from coproduction.waypoints.api import WaypointViewSet

ENDPOINTS: list[tuple] = [
    ("charters", CharterViewSet, "charter"),
    ("charter-versions", CharterVersionViewSet, "charter-version"),
    ("waypoints", WaypointViewSet, "waypoint"),
    ("involvements", InvolvementViewSet, "involvement"),
    ("claims", ClaimViewSet, "claim"),
    ("reflections", ReflectionViewSet, "reflection"),
]
