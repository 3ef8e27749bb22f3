"""Charters, their versions, agreement, waypoints and involvements. Who said what is for them and the engagement lead."""

from coproduction.agreement.api import AgreementViewSet, CharterVersionViewSet, PositionViewSet
from coproduction.charter.api import CharterViewSet
from coproduction.involvements.api import InvolvementViewSet
from coproduction.waypoints.api import WaypointViewSet

ENDPOINTS: list[tuple] = [
    ("charters", CharterViewSet, "charter"),
    ("charter-versions", CharterVersionViewSet, "charter-version"),
    ("agreements", AgreementViewSet, "agreement"),
    ("positions", PositionViewSet, "position"),
    ("waypoints", WaypointViewSet, "waypoint"),
    ("involvements", InvolvementViewSet, "involvement"),
]
