"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from coproduction.agreement.models import AgreementRound, Position
from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.models import SupportLink
from coproduction.group.outside.models import Exchange, OutsideGroup
from coproduction.group.people.models import Strengths, Term
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint

__all__ = [
    "AgreementRound",
    "Charter",
    "CharterBeforeMeeting",
    "CharterSection",
    "CharterVersion",
    "Exchange",
    "Involvement",
    "OutsideGroup",
    "Position",
    "SectionText",
    "Strengths",
    "Suggestion",
    "SupportBooking",
    "SupportLink",
    "Term",
    "Waypoint",
]
