"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from coproduction.agreement.models import AgreementRound, Position
from coproduction.agreement.objections.models import Objection, ObjectionNote
from coproduction.charter.corrections.models import CorrectionConfirmation, CorrectionStop
from coproduction.charter.models import Charter, CharterSection, CharterVersion, RetiredSection, SectionText
from coproduction.charter.reading.models import CharterPdf, EasyRead, EasyReadLine, Recording
from coproduction.claims.models import Claim, ClaimStep, PaymentBatch, SharedPay
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.models import SupportLink
from coproduction.group.news.models import MonthlySummary
from coproduction.group.outside.models import Exchange, OutsideGroup
from coproduction.group.people.models import Strengths, Term
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.models import Participation
from coproduction.reflections.equality.models import EqualityInvitation, EqualityLink, EqualityReply, EqualityRound
from coproduction.reflections.models import Reflection, ReflectionAnswer, ReflectionLink
from coproduction.suggestions.discussion.models import Comment, CommentFlag
from coproduction.suggestions.models import GivenAnswer, Suggestion, TakenIn
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Rhythm, Waypoint

__all__ = [
    "AgreementRound",
    "Charter",
    "CharterBeforeMeeting",
    "CharterPdf",
    "CharterSection",
    "CharterVersion",
    "Claim",
    "ClaimStep",
    "Comment",
    "CommentFlag",
    "CorrectionConfirmation",
    "CorrectionStop",
    "EasyRead",
    "EasyReadLine",
    "EqualityInvitation",
    "EqualityLink",
    "EqualityReply",
    "EqualityRound",
    "Exchange",
    "GivenAnswer",
    "Involvement",
    "MonthlySummary",
    "Objection",
    "ObjectionNote",
    "OutsideGroup",
    "Participation",
    "PaymentBatch",
    "Position",
    "Recording",
    "Reflection",
    "ReflectionAnswer",
    "ReflectionLink",
    "RetiredSection",
    "Rhythm",
    "SectionText",
    "SharedPay",
    "Strengths",
    "Suggestion",
    "SupportBooking",
    "SupportLink",
    "TakenIn",
    "Term",
    "Waypoint",
    "WaypointAnswer",
]
