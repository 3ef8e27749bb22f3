"""The API of this app, a module for each noun: which endpoint lives where.

Names of people are given only to those who may see who is in a group; a log that is still being written only to
those who keep it.
"""

from django.urls import path

from networks.actions.api import ActionViewSet
from networks.documents.api import DocumentViewSet
from networks.documents.materials.api import MaterialFileViewSet, MaterialViewSet
from networks.groups.api import GroupViewSet
from networks.log.api import ContributionViewSet, DecisionViewSet, GuestViewSet
from networks.log.attendance.api import ImportViewSet
from networks.log.record.api import NotesVersionViewSet, PhotoViewSet, RestrictedNoteViewSet
from networks.meetings.api import AttendanceViewSet, MeetingViewSet
from networks.meetings.invitations.api import InvitationViewSet
from networks.meetings.planning.bookings.api import BookingViewSet
from networks.meetings.planning.costs.api import CostTotalsViewSet
from networks.meetings.planning.directory.api import ProviderViewSet, VenueViewSet
from networks.members.api import MemberViewSet
from networks.members.joining.api import JoinInvitationViewSet, OwnJoinInvitationViewSet
from networks.network.api import NetworkViewSet, SiteMatrixViewSet
from networks.network.learning.api import LearningViewSet
from networks.themes.api import ThemeViewSet

_OF_GROUP = r"groups/(?P<group>[-\w]{1,80})"
_OF_MEETING = r"meetings/(?P<meeting>[0-9]{1,18})"

ENDPOINTS: list[tuple] = [
    ("networks", NetworkViewSet, "network"),
    ("groups", GroupViewSet, "group"),
    ("meetings", MeetingViewSet, "meeting"),
    ("contributions", ContributionViewSet, "contribution"),
    ("actions", ActionViewSet, "action"),
    ("documents", DocumentViewSet, "document"),
    ("learnings", LearningViewSet, "learning"),
    ("themes", ThemeViewSet, "theme"),
    ("join-invitations", OwnJoinInvitationViewSet, "join-invitation"),
    ("bookings", BookingViewSet, "booking"),
    ("venues", VenueViewSet, "venue"),
    ("providers", ProviderViewSet, "provider"),
]
# What belongs to one row of the above.
INNER: list[tuple] = [
    (rf"{_OF_GROUP}/members", MemberViewSet, "group-member"),
    (rf"{_OF_GROUP}/join-invitations", JoinInvitationViewSet, "group-join-invitation"),
    (rf"{_OF_MEETING}/imports", ImportViewSet, "meeting-import"),
    (rf"{_OF_MEETING}/invitations", InvitationViewSet, "meeting-invitation"),
    (rf"{_OF_MEETING}/materials", MaterialViewSet, "meeting-material"),
    (rf"{_OF_MEETING}/notes-versions", NotesVersionViewSet, "meeting-notes-version"),
    (rf"{_OF_MEETING}/photos", PhotoViewSet, "meeting-photo"),
    (rf"{_OF_MEETING}/restricted-notes", RestrictedNoteViewSet, "meeting-restricted-note"),
    (r"materials/(?P<material>[0-9]{1,18})/files", MaterialFileViewSet, "material-file"),
    (rf"{_OF_MEETING}/decisions", DecisionViewSet, "meeting-decision"),
    (rf"{_OF_MEETING}/guests", GuestViewSet, "meeting-guest"),
]
# Questions with one answer, and what has no list of its own. The rest of a site is told by the app below this one.
ROUTES = [
    path(
        "sites/<slug:site>/theme-matrix/",
        SiteMatrixViewSet.as_view({"get": "theme_matrix"}),
        name="site-theme-matrix",
    ),
    path("attendance/bulk/", AttendanceViewSet.as_view({"post": "bulk"}), name="attendance-bulk"),
    path("booking-costs/", CostTotalsViewSet.as_view({"get": "totals"}), name="booking-costs"),
]
