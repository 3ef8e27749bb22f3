"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from networks.actions.models import Action, ActionProgress
from networks.documents.materials.models import Material, MaterialFile
from networks.documents.materials.reading.models import PaperText
from networks.documents.materials.sending.models import SentPaper
from networks.documents.models import Document
from networks.groups.models import Group, GroupExplanation, Membership, Network, NetworkExplanation
from networks.log.attendance.models import AttendanceImport
from networks.log.models import Attendance, Contribution, Decision
from networks.log.record.models import MeetingPhoto, NotesVersion, RestrictedNote, ShownInPhoto
from networks.meetings.invitations.calendars.models import CalendarFeed
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.models import AgendaItem, Debrief, Meeting, MeetingMove
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.costs.models import CostsShown
from networks.meetings.planning.directory.models import LeadTime, Provider, Venue
from networks.members.joining.models import JoinInvitation
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.models import Theme, ThemeChange

__all__ = [
    "Action",
    "ActionProgress",
    "AgendaItem",
    "Attendance",
    "AttendanceImport",
    "Booking",
    "BookingNeed",
    "CalendarFeed",
    "Contribution",
    "CostsShown",
    "Debrief",
    "Decision",
    "Document",
    "Group",
    "GroupExplanation",
    "JoinInvitation",
    "LeadTime",
    "LearningReceipt",
    "Material",
    "MaterialFile",
    "Meeting",
    "MeetingInvitation",
    "MeetingMove",
    "MeetingPhoto",
    "Membership",
    "Network",
    "NetworkExplanation",
    "NotesVersion",
    "PaperText",
    "Provider",
    "RestrictedNote",
    "SentPaper",
    "SharedLearning",
    "ShownInPhoto",
    "Theme",
    "ThemeChange",
    "Venue",
]
