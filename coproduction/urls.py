from django.urls import path

from coproduction.agreement import views as agreement_views
from coproduction.agreement.views import charter_propose, version_withdraw
from coproduction.charter import editor_views, views
from coproduction.group.meetings import views as meeting_views
from coproduction.group.outside import views as outside_views
from coproduction.group.people import views as people_views
from coproduction.group.views import index
from coproduction.involvements import views as involvement_views
from coproduction.suggestions.views import suggestion_add, suggestion_detail, suggestions
from coproduction.waypoints.views import waypoint_detail, waypoints

app_name = "coproduction"
urlpatterns = [
    path("co-production/", index, name="index"),
    path("co-production/groups/<slug:slug>/", people_views.group_detail, name="group-detail"),
    path("co-production/groups/<slug:slug>/supporting/", people_views.supporting, name="supporting"),
    path("co-production/members/<int:pk>/", people_views.member_detail, name="member-detail"),
    path("co-production/members/<int:pk>/strengths/", people_views.strengths_edit, name="strengths-edit"),
    path("co-production/members/<int:pk>/terms/add/", people_views.term_add, name="term-add"),
    path("co-production/terms/<int:pk>/edit/", people_views.term_edit, name="term-edit"),
    path("co-production/terms/<int:pk>/remove/", people_views.term_remove, name="term-remove"),
    path("co-production/members/<int:pk>/supporters/add/", people_views.supporter_add, name="supporter-add"),
    path("co-production/supporters/<int:pk>/end/", people_views.supporter_end, name="supporter-end"),
    path("co-production/support/", meeting_views.support_booking_list, name="support-booking-list"),
    path("co-production/meetings/<int:pk>/support/add/", meeting_views.support_booking_add, name="support-booking-add"),
    path("co-production/support/<int:pk>/", meeting_views.support_booking_detail, name="support-booking-detail"),
    path("co-production/support/<int:pk>/change/", meeting_views.support_booking_change, name="support-booking-change"),
    path(
        "co-production/support/<int:pk>/arrange/",
        meeting_views.support_booking_arrange,
        name="support-booking-arrange",
    ),
    path(
        "co-production/support/<int:pk>/confirm/",
        meeting_views.support_booking_confirm,
        name="support-booking-confirm",
    ),
    path("co-production/support/<int:pk>/cancel/", meeting_views.support_booking_cancel, name="support-booking-cancel"),
    path("co-production/outside-groups/", outside_views.outside_group_list, name="outside-group-list"),
    path(
        "co-production/groups/<slug:slug>/outside-groups/add/",
        outside_views.outside_group_add,
        name="outside-group-add",
    ),
    path("co-production/outside-groups/<int:pk>/", outside_views.outside_group_detail, name="outside-group-detail"),
    path("co-production/outside-groups/<int:pk>/edit/", outside_views.outside_group_edit, name="outside-group-edit"),
    path("co-production/outside-groups/<int:pk>/learned/add/", outside_views.exchange_add, name="exchange-add"),
    path("co-production/learned/<int:pk>/edit/", outside_views.exchange_edit, name="exchange-edit"),
    path(
        "co-production/charters/<int:pk>/versions/<int:number>/meetings/add/",
        meeting_views.charter_meeting_add,
        name="charter-meeting-add",
    ),
    path(
        "co-production/charter-meetings/<int:pk>/remove/",
        meeting_views.charter_meeting_remove,
        name="charter-meeting-remove",
    ),
    path("co-production/groups/<slug:slug>/start/", views.charter_start, name="charter-start"),
    path("co-production/charters/<int:pk>/", views.charter_detail, name="charter-detail"),
    path("co-production/charters/<int:pk>/suggest/", suggestion_add, name="suggestion-add"),
    path("co-production/charters/<int:pk>/draft/", views.draft_open, name="draft-open"),
    path("co-production/charters/<int:pk>/edit/", editor_views.charter_edit, name="charter-edit"),
    path("co-production/charters/<int:pk>/edit/section/", views.section_add, name="section-add"),
    path("co-production/charters/<int:pk>/propose/", charter_propose, name="charter-propose"),
    path("co-production/charters/<int:pk>/versions/<int:number>/", views.charter_version, name="charter-version"),
    path(
        "co-production/charters/<int:pk>/versions/<int:number>/withdraw/",
        version_withdraw,
        name="version-withdraw",
    ),
    path("co-production/charters/<int:pk>/agreement/", agreement_views.agreement, name="agreement"),
    path(
        "co-production/charters/<int:pk>/agreement/extend/", agreement_views.agreement_extend, name="agreement-extend"
    ),
    path("co-production/charters/<int:pk>/agreement/close/", agreement_views.agreement_close, name="agreement-close"),
    path("co-production/charters/<int:pk>/waypoints/", waypoints, name="waypoints"),
    path("co-production/waypoints/<int:pk>/", waypoint_detail, name="waypoint-detail"),
    path("co-production/suggestions/", suggestions, name="suggestion-list"),
    path("co-production/suggestions/<int:pk>/", suggestion_detail, name="suggestion-detail"),
    path("co-production/involvements/", involvement_views.involvements, name="involvement-list"),
    path("co-production/involvements/add/", involvement_views.involvement_add, name="involvement-add"),
    path("co-production/involvements/<int:pk>/", involvement_views.involvement_detail, name="involvement-detail"),
    path("co-production/involvements/<int:pk>/edit/", involvement_views.involvement_edit, name="involvement-edit"),
    path("co-production/involvements/<int:pk>/said/", involvement_views.involvement_said, name="involvement-said"),
    path(
        "co-production/involvements/<int:pk>/changed/",
        involvement_views.involvement_changed,
        name="involvement-changed",
    ),
    path(
        "co-production/involvements/<int:pk>/good-practice/",
        involvement_views.involvement_good_practice,
        name="involvement-good-practice",
    ),
]
