from django.urls import path

from sites.calls.applications.applying import urls as applying_urls
from sites.calls.applications.intake import urls as intake_urls
from sites.calls.assessment import urls as assessment_urls
from sites.calls.portfolios import urls as portfolio_urls
from sites.calls.rounds import urls as rounds
from sites.organisations.views import organisation_add, organisation_detail, organisation_edit, organisation_list
from sites.progress.delivery import commitment_views, milestone_views, note_views
from sites.progress.evidence import gap_views
from sites.progress.evidence import views as evidence_views
from sites.progress.outcomes.checks import views as check_views
from sites.progress.outcomes.compare_views import compare
from sites.progress.outcomes.measures import views as outcome_views
from sites.progress.outcomes.spread import views as spread_views
from sites.progress.units.contacts.views import contact_add, contact_remove, unit_detail, unit_list
from sites.progress.units.views import roster_import, roster_paste, site_roster, unit_add, unit_delist
from sites.questions import views as question_views
from sites.registry import part_views, views
from sites.registry.caseload import views as caseload_views
from sites.topics import views as library_views
from sites.topics.lists import views as list_views
from sites.topics.proposals import survey_views
from sites.topics.proposals import views as proposal_views
from sites.topics.scoring import views as scoring_views
from sites.updates import news_views as news
from sites.updates import views as update_views
from sites.updates.subscriptions import views as subscription_views

app_name = "sites"
urlpatterns = [
    path("sites/", views.site_list, name="list"),
    path("sites/new/", views.site_add, name="add"),
    path("sites/updates/<int:pk>/", update_views.update_detail, name="update-detail"),
    path("sites/updates/<int:pk>/edit/", update_views.update_edit, name="update-edit"),
    path("sites/updates/<int:pk>/publish/", update_views.update_publish, name="update-publish"),
    path("sites/compare/", compare, name="compare"),
    path("sites/caseload/", caseload_views.caseload, name="caseload"),
    path("sites/<slug:slug>/", views.site_detail, name="detail"),
    path("sites/<slug:slug>/edit/", views.site_edit, name="edit"),
    path("sites/<slug:slug>/status/", views.site_status, name="status"),
    path("sites/updates/<int:pk>/withdraw/", update_views.update_withdraw, name="update-withdraw"),
    path("sites/<slug:slug>/roster/paste/", roster_paste, name="roster-paste"),
    path("sites/<slug:slug>/updates/new/", update_views.update_add, name="update-add"),
    path("sites/<slug:slug>/roles/new/", part_views.role_add, name="role-add"),
    path("sites/<slug:slug>/roles/<int:pk>/advertise/", part_views.role_advertise, name="role-advertise"),
    path("sites/<slug:slug>/roles/<int:pk>/appoint/", part_views.role_appoint, name="role-appoint"),
    path("sites/<slug:slug>/roles/<int:pk>/end/", part_views.role_end, name="role-end"),
    path("sites/<slug:slug>/roles/<int:pk>/supervision/", caseload_views.supervision, name="supervision"),
    path("sites/<slug:slug>/roles/<int:pk>/supervision/new/", caseload_views.supervision_add, name="supervision-add"),
    path(
        "sites/<slug:slug>/roles/<int:pk>/supervision/<int:supervision>/edit/",
        caseload_views.supervision_edit,
        name="supervision-edit",
    ),
    path(
        "sites/<slug:slug>/roles/<int:pk>/supervision/<int:supervision>/remove/",
        caseload_views.supervision_remove,
        name="supervision-remove",
    ),
    path("sites/<slug:slug>/partners/new/", part_views.part_add, name="part-add"),
    path("sites/<slug:slug>/partners/<int:pk>/remove/", part_views.part_remove, name="part-remove"),
    path("sites/<slug:slug>/milestones/new/", milestone_views.milestone_add, name="milestone-add"),
    path("sites/<slug:slug>/milestones/<int:pk>/edit/", milestone_views.milestone_edit, name="milestone-edit"),
    path(
        "sites/<slug:slug>/milestones/<int:pk>/complete/", milestone_views.milestone_complete, name="milestone-complete"
    ),
    path("sites/<slug:slug>/milestones/<int:pk>/replan/", milestone_views.milestone_replan, name="milestone-replan"),
    path("sites/<slug:slug>/milestones/<int:pk>/remove/", milestone_views.milestone_remove, name="milestone-remove"),
    path("sites/<slug:slug>/commitments/new/", commitment_views.commitment_add, name="commitment-add"),
    path("sites/<slug:slug>/commitments/<int:pk>/edit/", commitment_views.commitment_edit, name="commitment-edit"),
    path(
        "sites/<slug:slug>/commitments/<int:pk>/outcome/", commitment_views.commitment_settle, name="commitment-settle"
    ),
    path(
        "sites/<slug:slug>/commitments/<int:pk>/remove/", commitment_views.commitment_remove, name="commitment-remove"
    ),
    path("commitments/", commitment_views.commitment_list, name="commitment-list"),
    path("learning-notes/", note_views.all_notes, name="notes"),
    path("sites/<slug:slug>/learning-notes/", note_views.note_list, name="note-list"),
    path("sites/<slug:slug>/learning-notes/new/", note_views.note_add, name="note-add"),
    path("sites/<slug:slug>/learning-notes/<int:pk>/edit/", note_views.note_edit, name="note-edit"),
    path("sites/<slug:slug>/learning-notes/<int:pk>/remove/", note_views.note_remove, name="note-remove"),
    path("sites/<slug:slug>/roster/", site_roster, name="roster"),
    path("sites/<slug:slug>/roster/new/", unit_add, name="unit-add"),
    path("sites/<slug:slug>/roster/<int:pk>/leave/", unit_delist, name="unit-delist"),
    path("sites/<slug:slug>/roster/import/", roster_import, name="roster-import"),
    path("sites/<slug:slug>/units/", unit_list, name="unit-list"),
    path("sites/<slug:slug>/units/<int:pk>/", unit_detail, name="unit-detail"),
    path("sites/<slug:slug>/units/<int:pk>/contacts/new/", contact_add, name="contact-add"),
    path("sites/<slug:slug>/units/<int:pk>/contacts/<int:contact>/remove/", contact_remove, name="contact-remove"),
    path("outcomes/", outcome_views.all_outcomes, name="outcomes"),
    path("sites/<slug:slug>/outcomes/", outcome_views.outcome_list, name="outcome-list"),
    path("sites/<slug:slug>/outcomes/new/", outcome_views.outcome_add, name="outcome-add"),
    path("sites/<slug:slug>/outcomes/<int:pk>/", outcome_views.outcome_detail, name="outcome-detail"),
    path("sites/<slug:slug>/outcomes/<int:pk>/edit/", outcome_views.outcome_edit, name="outcome-edit"),
    path("sites/<slug:slug>/outcomes/<int:pk>/remove/", outcome_views.outcome_remove, name="outcome-remove"),
    path("sites/<slug:slug>/outcomes/<int:pk>/readings/new/", outcome_views.reading_add, name="reading-add"),
    path(
        "sites/<slug:slug>/outcomes/<int:pk>/readings/<int:reading>/edit/",
        outcome_views.reading_edit,
        name="reading-edit",
    ),
    path(
        "sites/<slug:slug>/outcomes/<int:pk>/readings/<int:reading>/remove/",
        outcome_views.reading_remove,
        name="reading-remove",
    ),
    path("co-production-checks/", check_views.all_checks, name="checks"),
    path("sites/<slug:slug>/co-production/", check_views.check, name="check"),
    path("sites/<slug:slug>/co-production/new/", check_views.entry_add, name="entry-add"),
    path("sites/<slug:slug>/co-production/<int:pk>/edit/", check_views.entry_edit, name="entry-edit"),
    path("sites/<slug:slug>/co-production/<int:pk>/remove/", check_views.entry_remove, name="entry-remove"),
    path("sites/<slug:slug>/taken-up/new/", spread_views.uptake_add, name="uptake-add"),
    path("sites/<slug:slug>/taken-up/<int:pk>/edit/", spread_views.uptake_edit, name="uptake-edit"),
    path("sites/<slug:slug>/taken-up/<int:pk>/remove/", spread_views.uptake_remove, name="uptake-remove"),
    path("questions/", question_views.question_list, name="question-list"),
    path("questions/new/", question_views.question_add, name="question-add"),
    path("questions/<int:pk>/", question_views.question_detail, name="question-detail"),
    path("questions/<int:pk>/edit/", question_views.question_edit, name="question-edit"),
    path("questions/<int:pk>/assign/", question_views.question_assign, name="question-assign"),
    path("questions/<int:pk>/answer/", question_views.question_answer, name="question-answer"),
    path("questions/<int:pk>/share/", question_views.question_share, name="question-share"),
    path("questions/<int:pk>/decline/", question_views.question_decline, name="question-decline"),
    path("questions/<int:pk>/reopen/", question_views.question_reopen, name="question-reopen"),
    path("organisations/", organisation_list, name="organisation-list"),
    path("organisations/new/", organisation_add, name="organisation-add"),
    path("organisations/<slug:slug>/", organisation_detail, name="organisation-detail"),
    path("organisations/<slug:slug>/edit/", organisation_edit, name="organisation-edit"),
    path("topics/", library_views.topic_list, name="topic-list"),
    path("topics/new/", library_views.topic_add, name="topic-add"),
    path("topics/proposals/", proposal_views.proposal_list, name="proposal-list"),
    path("topics/proposals/new/", proposal_views.proposal_add, name="proposal-add"),
    path("topics/proposals/<int:pk>/", proposal_views.proposal_detail, name="proposal-detail"),
    path("topics/proposals/<int:pk>/edit/", proposal_views.proposal_edit, name="proposal-edit"),
    path("topics/proposals/<int:pk>/take-on/", proposal_views.proposal_take_on, name="proposal-take-on"),
    path("topics/proposals/<int:pk>/merge/", proposal_views.proposal_merge, name="proposal-merge"),
    path("topics/proposals/<int:pk>/set-aside/", proposal_views.proposal_set_aside, name="proposal-set-aside"),
    path("topics/proposals/<int:pk>/reopen/", proposal_views.proposal_reopen, name="proposal-reopen"),
    path("topics/<int:year>/", list_views.published_list, name="topic-year"),
    path("topics/<int:year>/published/<int:number>/", list_views.published_list, name="topic-year-edition"),
    path("topics/<int:year>/choosing/", scoring_views.topic_choice, name="topic-choice"),
    path("topics/<int:year>/survey/", survey_views.survey, name="topic-survey"),
    path("topics/<int:year>/survey/import/", survey_views.survey_import, name="topic-survey-import"),
    path("topics/<int:year>/scoring/", scoring_views.topic_scoring, name="topic-scoring"),
    path("topics/<int:year>/scoring/close/", scoring_views.scoring_close, name="topic-scoring-close"),
    path("topics/<int:year>/scoring/reopen/", scoring_views.scoring_reopen, name="topic-scoring-reopen"),
    path("topics/<int:year>/scores/", scoring_views.own_scores, name="topic-year-scores"),
    path("topics/<int:year>/scores/<slug:slug>/", scoring_views.score_topic, name="topic-year-score"),
    path("topics/<int:year>/results/", scoring_views.topic_results, name="topic-results"),
    path("topics/<int:year>/list/", list_views.list_edit, name="topic-year-list"),
    path("topics/<int:year>/list/agree/", list_views.list_agree, name="topic-year-list-agree"),
    path("topics/<int:year>/list/withdraw/", list_views.list_withdraw, name="topic-year-list-withdraw"),
    path("topics/<int:year>/list/publish/", list_views.list_publish, name="topic-year-list-publish"),
    path("topics/<int:year>/list/correct/", list_views.list_correct, name="topic-year-list-correct"),
    path("topics/<slug:slug>/", library_views.topic_detail, name="topic-detail"),
    path("topics/<slug:slug>/edit/", library_views.topic_edit, name="topic-edit"),
    path("topics/<slug:slug>/scores/", library_views.topic_score, name="topic-score"),
    path("news/", news.news_list, name="news"),
    path("news/new/", update_views.news_add, name="news-add"),
    path("news/sign-up/", subscription_views.sign_up, name="sign-up"),
    path("news/sign-up/asked/", subscription_views.sign_up_asked, name="sign-up-asked"),
    path("news/mine/<str:token>/", subscription_views.subscription, name="subscription"),
    path("news/leave/<str:token>/", subscription_views.unsubscribe, name="unsubscribe"),
    path("news/feed/", news.news_feed, name="news-feed"),
    path("sitemap.xml", news.site_map, name="sitemap"),
    path("robots.txt", news.robots, name="robots"),
    path("evidence/", evidence_views.evidence_list, name="evidence-list"),
    path("evidence/new/", evidence_views.evidence_add, name="evidence-add"),
    path("evidence/<slug:slug>/", evidence_views.evidence_detail, name="evidence-detail"),
    path("evidence/<slug:slug>/edit/", evidence_views.evidence_edit, name="evidence-edit"),
    path("evidence-gaps/", gap_views.gap_list, name="evidence-gap-list"),
    path("evidence-gaps/new/", gap_views.gap_add, name="evidence-gap-add"),
    path("evidence-gaps/<slug:slug>/", gap_views.gap_detail, name="evidence-gap-detail"),
    path("evidence-gaps/<slug:slug>/edit/", gap_views.gap_edit, name="evidence-gap-edit"),
    path("evidence-gaps/<slug:slug>/feedback/new/", gap_views.gap_feedback, name="evidence-gap-feedback"),
    path(
        "evidence-gaps/<slug:slug>/feedback/<int:pk>/edit/",
        gap_views.gap_feedback_edit,
        name="evidence-gap-feedback-edit",
    ),
    path("evidence-gaps/<slug:slug>/answer/", gap_views.gap_answer, name="evidence-gap-answer"),
    path("evidence-gaps/<slug:slug>/close/", gap_views.gap_close, name="evidence-gap-close"),
    path("evidence-gaps/<slug:slug>/reopen/", gap_views.gap_reopen, name="evidence-gap-reopen"),
    *applying_urls.urlpatterns,
    *rounds.urlpatterns,
    *portfolio_urls.urlpatterns,
    *assessment_urls.urlpatterns,
    *intake_urls.urlpatterns,
]
