from django.urls import path

from coproduction.agreement import views as agreement_views
from coproduction.agreement.views import charter_propose, version_withdraw
from coproduction.charter import editor_views, views
from coproduction.charter.reading import views as reading_views
from coproduction.charter.reading.making import views as making_views
from coproduction.group.views import index
from coproduction.involvements import views as involvement_views
from coproduction.suggestions.views import suggestion_add, suggestion_detail, suggestions
from coproduction.waypoints.views import waypoint_detail, waypoints

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
    path("co-production/charters/<int:pk>/compare/", reading_views.charter_compare, name="charter-compare"),
    path("co-production/charters/<int:pk>/course/", reading_views.charter_course, name="charter-course"),
    path("co-production/charters/<int:pk>/sections/<slug:key>/", reading_views.charter_section, name="charter-section"),
    path(
        "co-production/charters/<int:pk>/versions/<int:number>/formats/",
        making_views.charter_formats,
        name="charter-formats",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<int:number>/formats/<slug:key>/easy-read/",
        making_views.easy_read_edit,
        name="easy-read-edit",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<int:number>/formats/recording/",
        making_views.recording_add,
        name="recording-add",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<int:number>/pdf/", reading_views.pdf_build, name="charter-pdf-build"
    ),
    path("co-production/charter-pdfs/<int:pk>/", reading_views.pdf_file, name="charter-pdf-file"),
    path("co-production/charter-pdfs/<int:pk>/job/", reading_views.pdf_job, name="charter-pdf-job"),
    path("co-production/easy-read/<int:pk>/send/", making_views.easy_read_send, name="easy-read-send"),
    path("co-production/easy-read/<int:pk>/review/", making_views.easy_read_review, name="easy-read-review"),
    path("co-production/easy-read/lines/<int:pk>/", making_views.easy_read_line, name="easy-read-line"),
    path("co-production/easy-read/lines/<int:pk>/picture/", reading_views.easy_read_picture, name="easy-read-picture"),
    path("co-production/recordings/<int:pk>/", reading_views.recording_file, name="recording-file"),
    path("co-production/recordings/<int:pk>/remove/", making_views.recording_remove, name="recording-remove"),
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
