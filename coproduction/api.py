"""Endpoints of co-production: the charter and agreement on it, what members say and shape, and what is theirs."""

from coproduction.agreement.api import AgreementViewSet, PositionViewSet
from coproduction.agreement.objections.api import ObjectionViewSet
from coproduction.charter.api import CharterViewSet
from coproduction.charter.corrections.api import CharterVersionViewSet
from coproduction.charter.writing.api import SectionViewSet
from coproduction.claims.api import ClaimViewSet
from coproduction.group.meetings.api import SupportBookingViewSet
from coproduction.group.news.api import MonthlySummaryViewSet
from coproduction.group.outside.api import OutsideGroupViewSet
from coproduction.group.people.api import StrengthsViewSet, SupportLinkViewSet, TermViewSet
from coproduction.involvements.api import InvolvementViewSet
from coproduction.reflections.api import ReflectionViewSet
from coproduction.reflections.equality.api import EqualityRoundViewSet
from coproduction.suggestions.api import SuggestionViewSet
from coproduction.waypoints.answers.api import WaypointAnswerViewSet
from coproduction.waypoints.api import WaypointViewSet

ENDPOINTS: list[tuple] = [
    ("charters", CharterViewSet, "charter"),
    ("charter-versions", CharterVersionViewSet, "charter-version"),
    ("sections", SectionViewSet, "section"),
    ("suggestions", SuggestionViewSet, "suggestion"),
    ("agreements", AgreementViewSet, "agreement"),
    ("positions", PositionViewSet, "position"),
    ("objections", ObjectionViewSet, "objection"),
    ("outside-groups", OutsideGroupViewSet, "outside-group"),
    ("strengths", StrengthsViewSet, "strengths"),
    ("terms", TermViewSet, "term"),
    ("support-links", SupportLinkViewSet, "support-link"),
    ("monthly-summaries", MonthlySummaryViewSet, "monthly-summary"),
    ("support-bookings", SupportBookingViewSet, "support-booking"),
    ("waypoints", WaypointViewSet, "waypoint"),
    ("waypoint-answers", WaypointAnswerViewSet, "waypoint-answer"),
    ("involvements", InvolvementViewSet, "involvement"),
    ("claims", ClaimViewSet, "claim"),
    ("equality-rounds", EqualityRoundViewSet, "equality-round"),
    ("reflections", ReflectionViewSet, "reflection"),
]
