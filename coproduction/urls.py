from django.urls import path, register_converter

from coproduction.agreement import views as agreement_views
from coproduction.agreement.objections import views as objection_views
from coproduction.agreement.views import charter_propose, version_withdraw
from coproduction.charter import views
from coproduction.charter.corrections import deciding_views
from coproduction.charter.corrections import views as correction_views
from coproduction.charter.models import VERSION_SLUG
from coproduction.charter.reading import views as reading_views
from coproduction.charter.reading.making import views as making_views
from coproduction.charter.writing import section_views
from coproduction.charter.writing import views as writing_views
from coproduction.claims import paying_views
from coproduction.claims import views as claim_views
from coproduction.group.meetings import views as meeting_views
from coproduction.group.news import views as news
from coproduction.group.outside import views as outside_views
from coproduction.group.people import views as people_views
from coproduction.group.views import index
from coproduction.involvements import views as involvement_views
from coproduction.involvements.taking_part import views as part_views
from coproduction.reflections import link_views as reflection_link_views
from coproduction.reflections import views as reflection_views
from coproduction.reflections.equality import link_views as equality_link_views
from coproduction.reflections.equality import views as equality_views
from coproduction.suggestions.answering import views as answering_views
from coproduction.suggestions.discussion import views as discussion_views
from coproduction.suggestions.views import suggestion_detail, suggestions
from coproduction.suggestions.writing_views import (
    suggestion_add,
    suggestion_delete,
    suggestion_draft,
    suggestion_move,
)
from coproduction.waypoints import views as waypoint_views
from coproduction.waypoints.answers import views as answer_views


class VersionName:
    """A version's name in addresses: 2, 2.1 or, for a draft, 3b."""

    regex = VERSION_SLUG

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: object) -> str:
        return str(value)


register_converter(VersionName, "version")
app_name = "coproduction"
urlpatterns = [
    path("co-production/", index, name="index"),
    path("co-production/groups/<slug:slug>/start/", writing_views.charter_start, name="charter-start"),
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
        "co-production/charters/<int:pk>/versions/<version:number>/meetings/add/",
        meeting_views.charter_meeting_add,
        name="charter-meeting-add",
    ),
    path(
        "co-production/charter-meetings/<int:pk>/remove/",
        meeting_views.charter_meeting_remove,
        name="charter-meeting-remove",
    ),
    path("co-production/charters/<int:pk>/", views.charter_detail, name="charter-detail"),
    path("co-production/charters/<int:pk>/suggest/", suggestion_add, name="suggestion-add"),
    path("co-production/charters/<int:pk>/draft/", writing_views.draft_open, name="draft-open"),
    path("co-production/charters/<int:pk>/edit/", writing_views.charter_edit, name="charter-edit"),
    path("co-production/charters/<int:pk>/edit/preview/", writing_views.section_preview, name="section-preview"),
    path("co-production/charters/<int:pk>/edit/section/", section_views.section_add, name="section-add"),
    path(
        "co-production/charters/<int:pk>/edit/section/<slug:key>/retire/",
        section_views.section_retire,
        name="section-retire",
    ),
    path(
        "co-production/charters/<int:pk>/edit/section/<slug:key>/restore/",
        section_views.section_restore,
        name="section-restore",
    ),
    path("co-production/charters/<int:pk>/compare/", reading_views.charter_compare, name="charter-compare"),
    path("co-production/charters/<int:pk>/course/", reading_views.charter_course, name="charter-course"),
    path("co-production/charters/<int:pk>/sections/<slug:key>/", reading_views.charter_section, name="charter-section"),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/formats/",
        making_views.charter_formats,
        name="charter-formats",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/formats/<slug:key>/easy-read/",
        making_views.easy_read_edit,
        name="easy-read-edit",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/formats/recording/",
        making_views.recording_add,
        name="recording-add",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/pdf/",
        reading_views.pdf_build,
        name="charter-pdf-build",
    ),
    path("co-production/charter-pdfs/<int:pk>/", reading_views.pdf_file, name="charter-pdf-file"),
    path("co-production/charter-pdfs/<int:pk>/job/", reading_views.pdf_job, name="charter-pdf-job"),
    path("co-production/easy-read/<int:pk>/send/", making_views.easy_read_send, name="easy-read-send"),
    path("co-production/easy-read/<int:pk>/review/", making_views.easy_read_review, name="easy-read-review"),
    path("co-production/easy-read/lines/<int:pk>/", making_views.easy_read_line, name="easy-read-line"),
    path("co-production/easy-read/lines/<int:pk>/picture/", reading_views.easy_read_picture, name="easy-read-picture"),
    path("co-production/recordings/<int:pk>/", reading_views.recording_file, name="recording-file"),
    path("co-production/recordings/<int:pk>/remove/", making_views.recording_remove, name="recording-remove"),
    path("co-production/charters/<int:pk>/correct/", correction_views.charter_correct, name="charter-correct"),
    path("co-production/charters/<int:pk>/propose/", charter_propose, name="charter-propose"),
    path("co-production/charters/<int:pk>/versions/<version:number>/", views.charter_version, name="charter-version"),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/withdraw/",
        version_withdraw,
        name="version-withdraw",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/stop/",
        deciding_views.correction_stop,
        name="correction-stop",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/confirm/",
        deciding_views.correction_confirm,
        name="correction-confirm",
    ),
    path(
        "co-production/charters/<int:pk>/versions/<version:number>/undo/",
        deciding_views.correction_undo,
        name="correction-undo",
    ),
    path("co-production/charters/<int:pk>/agreement/", agreement_views.agreement, name="agreement"),
    path(
        "co-production/charters/<int:pk>/agreement/extend/", agreement_views.agreement_extend, name="agreement-extend"
    ),
    path("co-production/charters/<int:pk>/agreement/close/", agreement_views.agreement_close, name="agreement-close"),
    path(
        "co-production/charters/<int:pk>/agreement/members/<int:person>/",
        agreement_views.position_for_member,
        name="position-for-member",
    ),
    path("co-production/positions/<int:pk>/talk/", objection_views.objection_open, name="objection-open"),
    path("co-production/objections/<int:pk>/", objection_views.objection_detail, name="objection-detail"),
    path("co-production/objections/<int:pk>/plan/", objection_views.objection_plan, name="objection-plan"),
    path("co-production/objections/<int:pk>/talked/", objection_views.objection_talked, name="objection-talked"),
    path("co-production/objections/<int:pk>/settle/", objection_views.objection_settle, name="objection-settle"),
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
    path("co-production/summaries/", news.summaries, name="summary-list"),
    path("co-production/summaries/draft/<slug:slug>/", news.summary_draft, name="summary-draft"),
    path("co-production/summaries/<int:pk>/", news.summary_detail, name="summary-detail"),
    path("co-production/summaries/<int:pk>/edit/", news.summary_edit, name="summary-edit"),
    path("co-production/summaries/<int:pk>/send/", news.summary_send, name="summary-send"),
    path("co-production/support/<int:pk>/notices/", news.support_notices, name="support-notices"),
    path("co-production/suggestions/", suggestions, name="suggestion-list"),
    path("co-production/suggestions/<int:pk>/", suggestion_detail, name="suggestion-detail"),
    path("co-production/suggestions/<int:pk>/write/", suggestion_draft, name="suggestion-draft"),
    path("co-production/suggestions/<int:pk>/delete/", suggestion_delete, name="suggestion-delete"),
    path("co-production/suggestions/<int:pk>/newest-text/", suggestion_move, name="suggestion-move"),
    path("co-production/suggestions/<int:pk>/merge/", answering_views.suggestion_merge, name="suggestion-merge"),
    path("co-production/suggestions/<int:pk>/unmerge/", answering_views.suggestion_unmerge, name="suggestion-unmerge"),
    path("co-production/suggestions/<int:pk>/take-in/", answering_views.suggestion_take, name="suggestion-take"),
    path("co-production/suggestions/<int:pk>/discuss/", discussion_views.comment_add, name="comment-add"),
    path("co-production/comments/<int:pk>/edit/", discussion_views.comment_edit, name="comment-edit"),
    path("co-production/comments/<int:pk>/hide/", discussion_views.comment_hide, name="comment-hide"),
    path("co-production/comments/<int:pk>/show/", discussion_views.comment_show, name="comment-show"),
    path("co-production/comments/<int:pk>/flag/", discussion_views.comment_flag, name="comment-flag"),
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
    path("co-production/pay/<int:pk>/receipt/", claim_views.claim_receipt, name="claim-receipt"),
    path("co-production/pay/<int:pk>/receipt/add/", claim_views.claim_receipt_add, name="claim-receipt-add"),
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
    path("equality/", equality_views.equality_list, name="equality-list"),
    path("equality/open/", equality_views.equality_open, name="equality-open"),
    path("equality/rounds/<int:pk>/", equality_views.equality_round, name="equality-round"),
    path("equality/rounds/<int:pk>/closing/", equality_views.equality_closing, name="equality-closing"),
    path("equality/rounds/<int:pk>/remind/", equality_views.equality_remind, name="equality-remind"),
    path("equality/rounds/<int:pk>/letters/", equality_views.equality_letters, name="equality-letters"),
    path("equality/answer/<str:token>/", equality_link_views.equality_answer, name="equality-answer"),
    path("reflect/<str:token>/", reflection_link_views.reflection_link, name="reflection-link"),
    path("reflecting/", reflection_link_views.reflection_leave, name="reflection-leave"),
    path("reflecting/<int:pk>/", reflection_link_views.reflection_by_link, name="reflection-by-link"),
]
