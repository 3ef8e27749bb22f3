from django.urls import path

from coproduction.agreement import views as agreement_views
from coproduction.agreement.views import charter_propose, version_withdraw
from coproduction.charter import editor_views, views
from coproduction.group.views import index
from coproduction.involvements import views as involvement_views
from coproduction.news import views as news
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
    path("co-production/summaries/", news.summaries, name="summary-list"),
    path("co-production/summaries/draft/<slug:slug>/", news.summary_draft, name="summary-draft"),
    path("co-production/summaries/<int:pk>/", news.summary_detail, name="summary-detail"),
    path("co-production/summaries/<int:pk>/edit/", news.summary_edit, name="summary-edit"),
    path("co-production/summaries/<int:pk>/send/", news.summary_send, name="summary-send"),
    path("co-production/support/<int:pk>/notices/", news.support_notices, name="support-notices"),
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
