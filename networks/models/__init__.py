"""Groups that meet, who belongs to them, their meetings and what was said there."""

from networks.models.actions import Action, ActionProgress, ActionQuerySet
from networks.models.documents import Document, DocumentQuerySet
from networks.models.groups import (
    GROUP_DEFAULTS,
    Group,
    GroupExplanation,
    GroupKind,
    GroupQuerySet,
    Membership,
    MembershipQuerySet,
    Network,
    NetworkExplanation,
    NetworkQuerySet,
)
from networks.models.joining import JoinInvitation, JoinInvitationQuerySet
from networks.models.learning import LearningReceipt, SharedLearning, SharedLearningQuerySet
from networks.models.log import (
    Attendance,
    AttendanceImport,
    Contribution,
    ContributionQuerySet,
    Decision,
    MeetingPhoto,
    NotesVersion,
    RestrictedNote,
    Theme,
    ThemeChange,
    ThemeQuerySet,
)
from networks.models.materials import Material, MaterialFile, MaterialFileQuerySet, MaterialQuerySet
from networks.models.meetings import AgendaItem, Debrief, Meeting, MeetingInvitation, MeetingMove, MeetingQuerySet
from networks.models.sending import SentPaper

__all__ = [
    "GROUP_DEFAULTS",
    "Action",
    "ActionProgress",
    "ActionQuerySet",
    "AgendaItem",
    "Attendance",
    "AttendanceImport",
    "Contribution",
    "ContributionQuerySet",
    "Debrief",
    "Decision",
    "Document",
    "DocumentQuerySet",
    "Group",
    "GroupExplanation",
    "GroupKind",
    "GroupQuerySet",
    "JoinInvitation",
    "JoinInvitationQuerySet",
    "LearningReceipt",
    "Material",
    "MaterialFile",
    "MaterialFileQuerySet",
    "MaterialQuerySet",
    "Meeting",
    "MeetingInvitation",
    "MeetingMove",
    "MeetingPhoto",
    "MeetingQuerySet",
    "Membership",
    "MembershipQuerySet",
    "Network",
    "NetworkExplanation",
    "NetworkQuerySet",
    "NotesVersion",
    "RestrictedNote",
    "SentPaper",
    "SharedLearning",
    "SharedLearningQuerySet",
    "Theme",
    "ThemeChange",
    "ThemeQuerySet",
]
