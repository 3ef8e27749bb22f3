"""Groups that meet, who belongs to them, their meetings and what was said there."""

from networks.models.groups import (
    GROUP_DEFAULTS,
    Group,
    GroupExplanation,
    GroupKind,
    GroupQuerySet,
    Membership,
    MembershipQuerySet,
    Network,
    NetworkQuerySet,
)
from networks.models.log import (
    Action,
    ActionQuerySet,
    Attendance,
    Contribution,
    ContributionQuerySet,
    Decision,
    Theme,
    ThemeQuerySet,
)
from networks.models.meetings import LEAD_DAYS, AgendaItem, Debrief, Material, Meeting, MeetingQuerySet

__all__ = [
    "GROUP_DEFAULTS",
    "LEAD_DAYS",
    "Action",
    "ActionQuerySet",
    "AgendaItem",
    "Attendance",
    "Contribution",
    "ContributionQuerySet",
    "Debrief",
    "Decision",
    "Group",
    "GroupExplanation",
    "GroupKind",
    "GroupQuerySet",
    "Material",
    "Meeting",
    "MeetingQuerySet",
    "Membership",
    "MembershipQuerySet",
    "Network",
    "NetworkQuerySet",
    "Theme",
    "ThemeQuerySet",
]
