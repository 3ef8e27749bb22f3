"""Endpoints of co-production: charters, their versions, suggestions, waypoints and involvements."""

from coproduction.agreement.api import CharterVersionViewSet
from coproduction.charter.api import CharterViewSet
from coproduction.involvements.api import InvolvementViewSet
from coproduction.suggestions.api import SuggestionViewSet
from coproduction.waypoints.api import WaypointViewSet

ENDPOINTS: list[tuple] = [
    ("charters", CharterViewSet, "charter"),
    ("charter-versions", CharterVersionViewSet, "charter-version"),
    ("suggestions", SuggestionViewSet, "suggestion"),
    ("waypoints", WaypointViewSet, "waypoint"),
    ("involvements", InvolvementViewSet, "involvement"),
]
