"""Read endpoints: charters, their versions, waypoints and involvements. Figures and words, never who said what."""

from coproduction.agreement.api import CharterVersionViewSet
from coproduction.charter.api import CharterViewSet
from coproduction.group.meetings.api import SupportBookingViewSet
from coproduction.group.outside.api import OutsideGroupViewSet
from coproduction.group.people.api import StrengthsViewSet
from coproduction.involvements.api import InvolvementViewSet
from coproduction.waypoints.api import WaypointViewSet

ENDPOINTS: list[tuple] = [
    ("charters", CharterViewSet, "charter"),
    ("charter-versions", CharterVersionViewSet, "charter-version"),
    ("outside-groups", OutsideGroupViewSet, "outside-group"),
    ("strengths", StrengthsViewSet, "strengths"),
    ("support-bookings", SupportBookingViewSet, "support-booking"),
    ("waypoints", WaypointViewSet, "waypoint"),
    ("involvements", InvolvementViewSet, "involvement"),
]
