from django.urls import path

from networks.actions import plan_views
from networks.actions import views as actions
from networks.documents import views as documents
from networks.documents.materials import views as materials
from networks.documents.materials.sending import views as sending
from networks.groups import views
from networks.log import views as log
from networks.log.attendance import views as attendance
from networks.log.board import views as board
from networks.log.record import notes_views, photos_views, restricted_views
from networks.meetings import views as meetings
from networks.meetings.invitations import views as invitations
from networks.meetings.invitations.calendars import views as calendars
from networks.meetings.planning import views as planning
from networks.meetings.planning.bookings import views as bookings
from networks.meetings.planning.bookings.own import views as by_link
from networks.meetings.planning.costs import views as costs
from networks.meetings.planning.directory import views as directory
from networks.members import views as memberships
from networks.members.joining import views as joining
from networks.members.views import coordinator_appoint, membership_end
from networks.network import matrix_views
from networks.network import views as networks
from networks.network import views as start
from networks.network.learning import views as learning
from networks.network.views import network_explain
from networks.themes import views as themes

app_name = "networks"
urlpatterns = [
    path("networks/", networks.network_list, name="list"),
    path("networks/new/", start.network_start, name="start"),
    path("networks/<slug:slug>/", networks.network_detail, name="detail"),
    path("networks/<slug:slug>/themes/", matrix_views.theme_matrix, name="matrix"),
    path("networks/<slug:slug>/themes/<slug:theme>/", matrix_views.theme_detail, name="theme-detail"),
    path("networks/<slug:slug>/said/", matrix_views.said_list, name="said"),
    path("networks/<slug:slug>/explain/", network_explain, name="explain"),
    path("groups/new/", views.group_add, name="group-add"),
    path("groups/<slug:slug>/", views.group_detail, name="group-detail"),
    path("groups/<slug:slug>/edit/", views.group_edit, name="group-edit"),
    path("groups/<slug:slug>/members/add/", joining.member_add, name="member-add"),
    path("groups/<slug:slug>/members/record/", joining.member_record, name="member-record"),
    path("join-invitations/<int:pk>/send/", joining.join_again, name="join-again"),
    path("join-invitations/<int:pk>/withdraw/", joining.join_withdraw, name="join-withdraw"),
    path("join-invitations/<int:pk>/answer/", joining.join_answer, name="join-answer"),
    path("join/<str:token>/", joining.join, name="join"),
    path("groups/<slug:slug>/coordinator/", coordinator_appoint, name="coordinator-appoint"),
    path("groups/<slug:slug>/explain/", views.group_explain, name="group-explain"),
    path("groups/<slug:slug>/meetings/new/", planning.meeting_add, name="meeting-add"),
    path("groups/<slug:slug>/meetings/series/", planning.series_add, name="group-series"),
    path("groups/<slug:slug>/announce/", invitations.group_announce, name="group-announce"),
    path("groups/<slug:slug>/members/export/", memberships.members_file, name="group-members-file"),
    path("groups/<slug:slug>/handover/", memberships.group_handover, name="group-handover"),
    path("memberships/<int:pk>/edit/", memberships.membership_edit, name="membership-edit"),
    path("memberships/<int:pk>/needs/", memberships.membership_needs, name="membership-needs"),
    path("memberships/<int:pk>/consent/<slug:purpose>/", memberships.membership_consent, name="membership-consent"),
    path("memberships/<int:pk>/ask-for-consent/", memberships.consent_ask, name="consent-ask"),
    path("memberships/<int:pk>/put-away/", memberships.handover_put_away, name="membership-put-away"),
    path("memberships/<int:pk>/end/", membership_end, name="membership-end"),
    path("meetings/", meetings.meeting_list, name="meeting-list"),
    path("meetings/<int:pk>/", meetings.meeting_detail, name="meeting-detail"),
    path("meetings/<int:pk>/edit/", planning.meeting_edit, name="meeting-edit"),
    path("meetings/<int:pk>/cancel/", planning.meeting_cancel, name="meeting-cancel"),
    path("meetings/<int:pk>/announce/", invitations.meeting_announce, name="meeting-announce"),
    path("meetings/<int:pk>/answer/", invitations.meeting_answer, name="meeting-answer"),
    path("invitations/<int:pk>/answer/", invitations.invitation_answer, name="invitation-answer"),
    path("reply/<str:token>/", invitations.reply, name="reply"),
    path("reply/<str:token>/support/", by_link.reply_support, name="reply-support"),
    path("meetings/<int:pk>/bookings/", bookings.meeting_bookings, name="meeting-bookings"),
    path("meetings/<int:pk>/bookings/add/", bookings.booking_add, name="booking-add"),
    path("meetings/<int:pk>/bookings/not-needed/", bookings.need_aside, name="need-aside"),
    path("bookings/", bookings.booking_list, name="booking-list"),
    path("bookings/<int:pk>/", bookings.booking_detail, name="booking-detail"),
    path("bookings/<int:pk>/request/", bookings.booking_step, {"step": "request"}, name="booking-request"),
    path("bookings/<int:pk>/confirm/", bookings.booking_step, {"step": "confirm"}, name="booking-confirm"),
    path("bookings/<int:pk>/not-found/", bookings.booking_step, {"step": "not-found"}, name="booking-not-found"),
    path("bookings/<int:pk>/cancel/", bookings.booking_step, {"step": "cancel"}, name="booking-cancel"),
    path("bookings/<int:pk>/done/", bookings.booking_step, {"step": "done"}, name="booking-done"),
    path("bookings/<int:pk>/change/", bookings.booking_step, {"step": "change"}, name="booking-change"),
    path("booking-needs/<int:pk>/wrong/", bookings.need_wrong, name="need-wrong"),
    path("booking-needs/<int:pk>/worked/", bookings.need_worked, name="need-worked"),
    path("booking-costs/", costs.booking_costs, name="booking-costs"),
    path("venues/", directory.venue_list, name="venue-list"),
    path("venues/new/", directory.venue_add, name="venue-add"),
    path("venues/<int:pk>/", directory.venue_detail, name="venue-detail"),
    path("venues/<int:pk>/edit/", directory.venue_edit, name="venue-edit"),
    path("providers/", directory.provider_list, name="provider-list"),
    path("providers/new/", directory.provider_add, name="provider-add"),
    path("providers/<int:pk>/edit/", directory.provider_edit, name="provider-edit"),
    path("lead-times/", directory.lead_times_page, name="lead-times"),
    path("meetings/<int:pk>/agenda/", meetings.meeting_agenda, name="meeting-agenda"),
    path("meetings/<int:pk>/materials/add/", materials.material_add, name="material-add"),
    path("meetings/<int:pk>/materials/send/", sending.papers_send, name="papers-send"),
    path("meetings/<int:pk>/materials/sent/", sending.papers_mark_sent, name="papers-mark-sent"),
    path("meetings/<int:pk>/materials/<int:material_pk>/sent/", materials.material_sent, name="material-sent"),
    path("meetings/<int:pk>/materials/<int:material_pk>/remove/", materials.material_remove, name="material-remove"),
    path("meetings/<int:pk>/pack/", documents.pack_build, name="pack-build"),
    path("documents/<int:pk>/", documents.document_file, name="document-file"),
    path("documents/<int:pk>/progress/", documents.document_job, name="document-job"),
    path("groups/<slug:slug>/action-plan/", plan_views.group_plan, name="group-plan"),
    path("groups/<slug:slug>/actions/new/", plan_views.action_add, name="action-add"),
    path("networks/<slug:slug>/action-plan/", plan_views.network_plan, name="plan"),
    path("groups/<slug:slug>/action-plan/build/", documents.group_plan_build, name="group-plan-build"),
    path("networks/<slug:slug>/action-plan/build/", documents.network_plan_build, name="plan-build"),
    path("materials/<int:pk>/", materials.material_detail, name="material-detail"),
    path("materials/<int:pk>/change/", materials.material_change, name="material-change"),
    path("materials/<int:pk>/files/add/", materials.material_version, name="material-version"),
    path("materials/<int:pk>/use-again/", materials.material_again, name="material-again"),
    path("materials/<int:pk>/stop-links/", sending.paper_links_stop, name="paper-links-stop"),
    path("paper/<str:token>/", sending.paper, name="paper"),
    path("account/calendar/", calendars.my_calendar, name="my-calendar"),
    path("account/calendar/end/", calendars.my_calendar_end, name="my-calendar-end"),
    path("calendar/<str:token>/meetings.ics", calendars.calendar_feed, name="calendar-feed"),
    path("materials/files/<int:pk>/", materials.material_file, name="material-file"),
    path("meetings/<int:pk>/log/", log.meeting_log, name="meeting-log"),
    path("meetings/<int:pk>/attendance/import/", attendance.attendance_import, name="attendance-import"),
    path(
        "meetings/<int:pk>/attendance/import/<int:import_pk>/", attendance.attendance_review, name="attendance-review"
    ),
    path("meetings/<int:pk>/board/", board.meeting_board, name="meeting-board"),
    path("meetings/<int:pk>/board/add/", board.board_add, name="board-add"),
    path("meetings/<int:pk>/notes/", notes_views.notes_list, name="notes-list"),
    path("meetings/<int:pk>/notes/compare/", notes_views.notes_compare, name="notes-compare"),
    path("meetings/<int:pk>/notes/<int:number>/", notes_views.notes_version, name="notes-version"),
    path("meetings/<int:pk>/notes/<int:number>/restore/", notes_views.notes_restore, name="notes-restore"),
    path("meetings/<int:pk>/restricted/", restricted_views.restricted_notes, name="restricted-notes"),
    path("restricted-notes/<int:pk>/dealt-with/", restricted_views.flag_dealt_with, name="flag-dealt-with"),
    path("meetings/<int:pk>/photos/", photos_views.meeting_photos, name="photos-edit"),
    path("photos/of/<int:pk>/", photos_views.photos_of, name="photos-of"),
    path("photos/<int:pk>/", photos_views.photo_file, name="photo-file"),
    path("photos/<int:pk>/remove/", photos_views.photo_remove, name="photo-remove"),
    path("photos/<int:pk>/put-back/", photos_views.photo_put_back, name="photo-put-back"),
    path("meetings/<int:pk>/debrief/", meetings.meeting_debrief, name="meeting-debrief"),
    path("meetings/<int:pk>/reopen/", meetings.meeting_reopen, name="meeting-reopen"),
    path("contributions/<uuid:pk>/move/", board.contribution_move, name="contribution-move"),
    path("contributions/<uuid:pk>/change/", board.contribution_change, name="contribution-change"),
    path("contributions/<uuid:pk>/remove/", log.contribution_remove, name="contribution-remove"),
    path("contributions/<uuid:pk>/put-back/", log.contribution_put_back, name="contribution-put-back"),
    path("learning/", learning.learning_list, name="learning-list"),
    path("learning/new/", learning.learning_new, name="learning-new"),
    path("learning/<int:pk>/", learning.learning_detail, name="learning-detail"),
    path("learning/<int:pk>/withdraw/", learning.learning_withdraw, name="learning-withdraw"),
    path("learning/<int:pk>/groups/<slug:slug>/", learning.learning_answer, name="learning-answer"),
    path("groups/<slug:slug>/learning/new/", learning.learning_share, name="learning-share"),
    path("themes/", themes.theme_list, name="theme-list"),
    path("themes/<slug:slug>/", themes.theme_about, name="theme-about"),
    path("themes/<slug:slug>/edit/", themes.theme_edit, name="theme-edit"),
    path("themes/<slug:slug>/delete/", themes.theme_delete, name="theme-delete"),
    path("themes/<slug:slug>/merge/", themes.theme_merge, name="theme-merge"),
    path("theme-changes/<int:pk>/undo/", themes.theme_undo, name="theme-undo"),
    path("actions/", actions.action_list, name="action-list"),
    path("actions/<int:pk>/", actions.action_detail, name="action-detail"),
    path("actions/<int:pk>/reopen/", actions.action_reopen, name="action-reopen"),
]
