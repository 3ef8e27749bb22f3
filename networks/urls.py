from django.urls import path

from networks.views import actions, attendance, groups, invitations, log, materials, meetings, networks, planning

app_name = "networks"
urlpatterns = [
    path("networks/", networks.network_list, name="list"),
    path("networks/<slug:slug>/", networks.network_detail, name="detail"),
    path("networks/<slug:slug>/themes/<slug:theme>/", networks.theme_detail, name="theme-detail"),
    path("groups/new/", groups.group_add, name="group-add"),
    path("groups/<slug:slug>/", groups.group_detail, name="group-detail"),
    path("groups/<slug:slug>/edit/", groups.group_edit, name="group-edit"),
    path("groups/<slug:slug>/members/add/", groups.member_add, name="member-add"),
    path("groups/<slug:slug>/coordinator/", groups.coordinator_appoint, name="coordinator-appoint"),
    path("groups/<slug:slug>/explain/", groups.group_explain, name="group-explain"),
    path("groups/<slug:slug>/meetings/new/", planning.meeting_add, name="meeting-add"),
    path("groups/<slug:slug>/announce/", invitations.group_announce, name="group-announce"),
    path("memberships/<int:pk>/end/", groups.membership_end, name="membership-end"),
    path("meetings/", meetings.meeting_list, name="meeting-list"),
    path("meetings/<int:pk>/", meetings.meeting_detail, name="meeting-detail"),
    path("meetings/<int:pk>/edit/", planning.meeting_edit, name="meeting-edit"),
    path("meetings/<int:pk>/cancel/", planning.meeting_cancel, name="meeting-cancel"),
    path("meetings/<int:pk>/announce/", invitations.meeting_announce, name="meeting-announce"),
    path("meetings/<int:pk>/answer/", invitations.meeting_answer, name="meeting-answer"),
    path("invitations/<int:pk>/answer/", invitations.invitation_answer, name="invitation-answer"),
    path("reply/<str:token>/", invitations.reply, name="reply"),
    path("meetings/<int:pk>/agenda/", meetings.meeting_agenda, name="meeting-agenda"),
    path("meetings/<int:pk>/materials/add/", materials.material_add, name="material-add"),
    path("meetings/<int:pk>/materials/<int:material_pk>/sent/", materials.material_sent, name="material-sent"),
    path("meetings/<int:pk>/materials/<int:material_pk>/remove/", materials.material_remove, name="material-remove"),
    path("materials/<int:pk>/", materials.material_detail, name="material-detail"),
    path("materials/<int:pk>/change/", materials.material_change, name="material-change"),
    path("materials/<int:pk>/files/add/", materials.material_version, name="material-version"),
    path("materials/<int:pk>/use-again/", materials.material_again, name="material-again"),
    path("materials/files/<int:pk>/", materials.material_file, name="material-file"),
    path("meetings/<int:pk>/log/", log.meeting_log, name="meeting-log"),
    path("meetings/<int:pk>/attendance/import/", attendance.attendance_import, name="attendance-import"),
    path(
        "meetings/<int:pk>/attendance/import/<int:import_pk>/", attendance.attendance_review, name="attendance-review"
    ),
    path("meetings/<int:pk>/debrief/", meetings.meeting_debrief, name="meeting-debrief"),
    path("meetings/<int:pk>/reopen/", meetings.meeting_reopen, name="meeting-reopen"),
    path("contributions/<uuid:pk>/remove/", log.contribution_remove, name="contribution-remove"),
    path("contributions/<uuid:pk>/put-back/", log.contribution_put_back, name="contribution-put-back"),
    path("actions/", actions.action_list, name="action-list"),
    path("actions/<int:pk>/", actions.action_detail, name="action-detail"),
    path("actions/<int:pk>/reopen/", actions.action_reopen, name="action-reopen"),
]
