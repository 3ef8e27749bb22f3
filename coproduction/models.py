"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from coproduction.agreement.models import AgreementRound, Position
from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from coproduction.claims.models import Claim, ClaimStep, PaymentBatch, SharedPay
from coproduction.group.models import SupportLink
from coproduction.involvements.models import Involvement
from coproduction.reflections.models import Reflection, ReflectionAnswer, ReflectionLink
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint

__all__ = [
    "AgreementRound",
    "Charter",
    "CharterSection",
    "CharterVersion",
    "Claim",
    "ClaimStep",
    "Involvement",
    "PaymentBatch",
    "Position",
    "Reflection",
    "ReflectionAnswer",
    "ReflectionLink",
    "SectionText",
    "SharedPay",
    "Suggestion",
    "SupportLink",
    "Waypoint",
]
