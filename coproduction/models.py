"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from coproduction.agreement.models import AgreementRound, Position
from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from coproduction.group.models import SupportLink
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.models import Participation
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Rhythm, Waypoint

__all__ = [
    "AgreementRound",
    "Charter",
    "CharterSection",
    "CharterVersion",
    "Involvement",
    "Participation",
    "Position",
    "Rhythm",
    "SectionText",
    "Suggestion",
    "SupportLink",
    "Waypoint",
    "WaypointAnswer",
]
