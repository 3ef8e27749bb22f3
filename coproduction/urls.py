from django.urls import path

from coproduction.agreement import views as agreement_views
from coproduction.agreement.views import charter_propose, version_withdraw
from coproduction.charter import editor_views, views
from coproduction.group.views import index
from coproduction.involvements import views as involvement_views
from coproduction.involvements.taking_part import views as part_views
from coproduction.suggestions.views import suggestion_add, suggestion_detail, suggestions
from coproduction.waypoints import views as waypoint_views
from coproduction.waypoints.answers import views as answer_views

app_name = "coproduction"
urlpatterns = [
    path("co-production/", index, name="index"),
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
    path("co-production/charters/<int:pk>/waypoints/", waypoint_views.waypoints, name="waypoints"),
    path("co-production/charters/<int:pk>/waypoints/rhythm/", waypoint_views.waypoint_rhythm, name="waypoint-rhythm"),
    path("co-production/waypoints/<int:pk>/", answer_views.waypoint_detail, name="waypoint-detail"),
    path("co-production/waypoints/<int:pk>/edit/", waypoint_views.waypoint_edit, name="waypoint-edit"),
    path("co-production/waypoints/<int:pk>/open/", waypoint_views.waypoint_open, name="waypoint-open"),
    path("co-production/waypoints/<int:pk>/move/", waypoint_views.waypoint_move, name="waypoint-move"),
    path("co-production/waypoints/<int:pk>/cancel/", waypoint_views.waypoint_cancel, name="waypoint-cancel"),
    path("co-production/waypoints/<int:pk>/answer/", answer_views.waypoint_answer, name="waypoint-answer"),
    path(
        "co-production/waypoints/<int:pk>/answer/<int:person>/",
        answer_views.waypoint_answer,
        name="waypoint-answer-for",
    ),
    path(
        "co-production/waypoint-answers/<int:pk>/share/",
        answer_views.waypoint_answer_share,
        name="waypoint-answer-share",
    ),
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
    path(
        "co-production/involvements/<int:pk>/development/",
        involvement_views.involvement_development,
        name="involvement-development",
    ),
    path("co-production/involvements/<int:pk>/invite/", part_views.involvement_invite, name="involvement-invite"),
    path(
        "co-production/involvements/<int:pk>/took-part/", part_views.involvement_took_part, name="involvement-took-part"
    ),
    path("co-production/involvements/<int:pk>/reply/", part_views.involvement_reply, name="involvement-reply"),
    path(
        "co-production/involvements/<int:pk>/reply/<int:person>/",
        part_views.involvement_reply,
        name="involvement-reply-for",
    ),
    path("co-production/involvements/<int:pk>/words/", part_views.involvement_words, name="involvement-words"),
    path(
        "co-production/involvements/<int:pk>/words/<int:person>/",
        part_views.involvement_words,
        name="involvement-words-for",
    ),
    path("co-production/involvements/<int:pk>/publish/", part_views.involvement_publish, name="involvement-publish"),
    path(
        "co-production/involvements/<int:pk>/unpublish/", part_views.involvement_unpublish, name="involvement-unpublish"
    ),
    path("co-production/changes/", part_views.changes, name="changes"),
]
