"""Addresses below a round for choosing its mix, deciding, awarding and reporting."""

from django.urls import path

from sites.calls.portfolios.deciding import release_views
from sites.calls.portfolios.deciding import views as decision_views
from sites.calls.portfolios.deciding.awarding.views import award
from sites.calls.portfolios.reporting import views as report_views
from sites.calls.portfolios.weighing import mix_views, portfolio_views, suggestion_views

urlpatterns = [
    path("rounds/<slug:slug>/mix/", mix_views.mix, name="mix"),
    path("rounds/<slug:slug>/mix/lock/", mix_views.mix_lock, name="mix-lock"),
    path("rounds/<slug:slug>/mix/targets/<int:pk>/remove/", mix_views.target_remove, name="mix-target-remove"),
    path("rounds/<slug:slug>/portfolios/", portfolio_views.portfolio_list, name="portfolio-list"),
    path("rounds/<slug:slug>/portfolios/new/", portfolio_views.portfolio_add, name="portfolio-add"),
    path("rounds/<slug:slug>/portfolios/compare/", portfolio_views.portfolio_compare, name="portfolio-compare"),
    path("rounds/<slug:slug>/portfolios/suggest/", suggestion_views.suggest, name="suggest"),
    path("rounds/<slug:slug>/portfolios/suggest/keep/", suggestion_views.suggestion_keep, name="suggestion-keep"),
    path("rounds/<slug:slug>/portfolios/<int:pk>/", portfolio_views.portfolio_detail, name="portfolio"),
    path("rounds/<slug:slug>/portfolios/<int:pk>/edit/", portfolio_views.portfolio_edit, name="portfolio-edit"),
    path("rounds/<slug:slug>/portfolios/<int:pk>/copy/", portfolio_views.portfolio_copy, name="portfolio-copy"),
    path("rounds/<slug:slug>/portfolios/<int:pk>/remove/", portfolio_views.portfolio_remove, name="portfolio-remove"),
    path("rounds/<slug:slug>/decisions/", decision_views.decisions, name="decisions"),
    path("rounds/<slug:slug>/decisions/begin/", decision_views.decisions_begin, name="decisions-begin"),
    path("rounds/<slug:slug>/decisions/release/", release_views.release, name="release"),
    path("rounds/<slug:slug>/decisions/letters/<slug:outcome>/", release_views.letter_edit, name="letter-edit"),
    path("rounds/<slug:slug>/decisions/<slug:reference>/", decision_views.decision, name="decision"),
    path(
        "rounds/<slug:slug>/decisions/<slug:reference>/take-back/",
        decision_views.decision_take_back,
        name="decision-take-back",
    ),
    path("rounds/<slug:slug>/decisions/<slug:reference>/tell/", decision_views.decision_tell, name="decision-tell"),
    path(
        "rounds/<slug:slug>/decisions/<slug:reference>/tell-why/",
        decision_views.decision_tell_why,
        name="decision-tell-why",
    ),
    path(
        "rounds/<slug:slug>/decisions/<slug:reference>/move-up/",
        decision_views.decision_move_up,
        name="decision-move-up",
    ),
    path("rounds/<slug:slug>/decisions/<slug:reference>/award/", award, name="award"),
    path(
        "rounds/<slug:slug>/decisions/<slug:reference>/enquiries/new/", decision_views.enquiry_add, name="enquiry-add"
    ),
    path(
        "rounds/<slug:slug>/decisions/<slug:reference>/enquiries/<int:pk>/",
        decision_views.enquiry_edit,
        name="enquiry-edit",
    ),
    path("rounds/<slug:slug>/report/", report_views.round_report, name="round-report"),
    path("rounds/<slug:slug>/report/build/", report_views.report_build, name="round-report-build"),
    path("rounds/<slug:slug>/report/<int:number>/progress/", report_views.report_job, name="round-report-job"),
    path("rounds/<slug:slug>/report/<int:number>/file/", report_views.report_file, name="round-report-file"),
]
