"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from coproduction.agreement.models import AgreementRound, Position
from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from coproduction.charter.reading.models import CharterPdf, EasyRead, EasyReadLine, Recording
from coproduction.group.models import SupportLink
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint

__all__ = [
    "AgreementRound",
    "Charter",
    "CharterPdf",
    "CharterSection",
    "CharterVersion",
    "EasyRead",
    "EasyReadLine",
    "Involvement",
    "Position",
    "Recording",
    "SectionText",
    "Suggestion",
    "SupportLink",
    "Waypoint",
]
