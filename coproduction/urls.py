from django.urls import path

from coproduction.agreement import views as agreement_views
from coproduction.agreement.views import charter_propose, version_withdraw
from coproduction.charter import editor_views, views
from coproduction.claims import paying_views
from coproduction.claims import views as claim_views
from coproduction.group.views import index
from coproduction.involvements import views as involvement_views
from coproduction.reflections import link_views as reflection_link_views
from coproduction.reflections import views as reflection_views
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
    path("co-production/pay/", paying_views.claim_list, name="claim-list"),
    path("co-production/pay/mine/", claim_views.claim_mine, name="claim-mine"),
    path("co-production/pay/offer/", paying_views.claim_offer, name="claim-offer"),
    path("co-production/pay/payments/", paying_views.claim_payments, name="claim-payments"),
    path("co-production/pay/payments/<int:pk>/undo/", paying_views.claim_payment_undo, name="claim-payment-undo"),
    path("co-production/pay/supporters/<int:pk>/", claim_views.claim_share, name="claim-share"),
    path("co-production/pay/members/<int:pk>/", claim_views.claim_member, name="claim-member"),
    path("co-production/pay/members/<int:pk>/<slug:slug>/expense/", claim_views.claim_expense, name="claim-expense"),
    path("co-production/pay/<int:pk>/", claim_views.claim_detail, name="claim-detail"),
    path("co-production/pay/<int:pk>/answer/", claim_views.claim_answer, name="claim-answer"),
    path("co-production/pay/<int:pk>/claim/", claim_views.claim_send, name="claim-send"),
    path("co-production/pay/<int:pk>/take-back/", claim_views.claim_take_back, name="claim-take-back"),
    path("co-production/pay/<int:pk>/approve/", paying_views.claim_approve, name="claim-approve"),
    path("co-production/pay/<int:pk>/return/", paying_views.claim_return, name="claim-return"),
    path("co-production/pay/<int:pk>/withdraw/", paying_views.claim_withdraw, name="claim-withdraw"),
    path("co-production/reflections/", reflection_views.reflection_list, name="reflection-list"),
    path("co-production/reflections/open/", reflection_views.reflection_open, name="reflection-open"),
    path("co-production/reflections/<int:pk>/", reflection_views.reflection_detail, name="reflection-detail"),
    path("co-production/reflections/<int:pk>/answer/", reflection_views.reflection_answer, name="reflection-answer"),
    path(
        "co-production/reflections/<int:pk>/answer/<int:person>/",
        reflection_views.reflection_answer_for,
        name="reflection-answer-for",
    ),
    path("co-production/reflections/<int:pk>/closing/", reflection_views.reflection_closing, name="reflection-closing"),
    path("co-production/reflections/<int:pk>/links/", reflection_views.reflection_links, name="reflection-links"),
    path("reflect/<str:token>/", reflection_link_views.reflection_link, name="reflection-link"),
    path("reflecting/", reflection_link_views.reflection_leave, name="reflection-leave"),
    path("reflecting/<int:pk>/", reflection_link_views.reflection_by_link, name="reflection-by-link"),
]
