"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from coproduction.agreement.models import AgreementRound, Position
from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from coproduction.group.models import SupportLink
from coproduction.involvements.models import Involvement
from coproduction.news.models import MonthlySummary
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint

__all__ = [
    "AgreementRound",
    "Charter",
    "CharterSection",
    "CharterVersion",
    "Involvement",
    "MonthlySummary",
    "Position",
    "SectionText",
    "Suggestion",
    "SupportLink",
    "Waypoint",
]
