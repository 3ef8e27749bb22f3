"""Addresses of rounds, in the namespace of ``sites``."""

from django.urls import path

from sites.calls.rounds import views
from sites.calls.rounds.clarifications import views as clarifications
from sites.calls.rounds.questions.building import edit_views as edit
from sites.calls.rounds.questions.building import views as questions

_Q = "rounds/<slug:slug>/questions/"
_C = "rounds/<slug:slug>/clarifications/"
urlpatterns = [
    path("rounds/", views.round_list, name="round-list"),
    path("rounds/new/", views.round_add, name="round-add"),
    path("rounds/<slug:slug>/", views.round_detail, name="round-detail"),
    path("rounds/<slug:slug>/edit/", views.round_edit, name="round-edit"),
    path("rounds/<slug:slug>/announce/", views.round_announce, name="round-announce"),
    path("rounds/<slug:slug>/what-we-ask/", views.round_asks, name="round-asks"),
    path(_Q, questions.questions_builder, name="round-questions-builder"),
    path(f"{_Q}start/", questions.questions_start, name="round-questions-start"),
    path(f"{_Q}copy/", questions.questions_copy, name="round-questions-copy"),
    path(f"{_Q}discard/", questions.questions_discard, name="round-questions-discard"),
    path(f"{_Q}ready-made/", questions.questions_block, name="round-questions-block"),
    path(f"{_Q}facts/", questions.questions_facts, name="round-questions-facts"),
    path(f"{_Q}preview/", questions.questions_preview, name="round-questions-preview"),
    path(f"{_Q}publish/", questions.questions_publish, name="round-questions-publish"),
    path(f"{_Q}versions/<int:number>/", questions.questions_version, name="round-questions-version"),
    path(f"{_Q}sections/new/", edit.section_add, name="round-section-add"),
    path(f"{_Q}sections/<int:pk>/", edit.section_edit, name="round-section-edit"),
    path(f"{_Q}sections/<int:pk>/move/", edit.section_move, name="round-section-move"),
    path(f"{_Q}sections/<int:pk>/remove/", edit.section_remove, name="round-section-remove"),
    path(f"{_Q}sections/<int:pk>/new/", edit.question_add, name="round-question-add"),
    path(f"{_Q}<int:pk>/", edit.question_edit, name="round-question-edit"),
    path(f"{_Q}<int:pk>/condition/", edit.question_condition, name="round-question-condition"),
    path(f"{_Q}<int:pk>/move/", edit.question_move, name="round-question-move"),
    path(f"{_Q}<int:pk>/remove/", edit.question_remove, name="round-question-remove"),
    path("rounds/<slug:slug>/ask/", clarifications.round_ask, name="round-ask"),
    path("rounds/<slug:slug>/ask/sent/", clarifications.round_asked, name="round-asked"),
    path(_C, clarifications.clarification_list, name="clarification-list"),
    path(f"{_C}<int:pk>/", clarifications.clarification_answer, name="clarification-answer"),
    path(f"{_C}<int:pk>/set-aside/", clarifications.clarification_set_aside, name="clarification-set-aside"),
    path(f"{_C}<int:pk>/take-up/", clarifications.clarification_take_up, name="clarification-take-up"),
]
