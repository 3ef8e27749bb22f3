"""Addresses of assessment: a round's, for staff, and an assessor's own."""

from django.urls import path

from sites.calls.assessment.dashboard import views as dashboard
from sites.calls.assessment.moderation import views as moderation
from sites.calls.assessment.scoring import views as scoring
from sites.calls.assessment.setup import views as setup

OF_ROUND = "rounds/<slug:slug>/assessment/"
OF_APPLICATION = f"{OF_ROUND}applications/<slug:reference>/"

urlpatterns = [
    path(OF_ROUND, dashboard.review, name="assessment"),
    path(f"{OF_ROUND}settings/", setup.plan_edit, name="assessment-plan"),
    path(f"{OF_ROUND}close/", setup.plan_close, name="assessment-close"),
    path(f"{OF_ROUND}reopen/", setup.plan_reopen, name="assessment-reopen"),
    path(f"{OF_ROUND}criteria/", setup.criterion_list, name="criterion-list"),
    path(f"{OF_ROUND}criteria/new/", setup.criterion_add, name="criterion-add"),
    path(f"{OF_ROUND}criteria/<int:pk>/edit/", setup.criterion_edit, name="criterion-edit"),
    path(f"{OF_ROUND}criteria/<int:pk>/remove/", setup.criterion_remove, name="criterion-remove"),
    path(f"{OF_ROUND}criteria/<int:pk>/move/", setup.criterion_move, name="criterion-move"),
    path(f"{OF_ROUND}assessors/", setup.assessor_list, name="assessor-list"),
    path(f"{OF_ROUND}assessors/new/", setup.assessor_add, name="assessor-add"),
    path(f"{OF_ROUND}assessors/remind/", setup.remind_everyone, name="assessor-remind-all"),
    path(f"{OF_ROUND}assessors/<int:pk>/edit/", setup.assessor_edit, name="assessor-edit"),
    path(f"{OF_ROUND}assessors/<int:pk>/remove/", setup.assessor_remove, name="assessor-remove"),
    path(f"{OF_ROUND}assessors/<int:pk>/remind/", setup.assessor_remind, name="assessor-remind"),
    path(f"{OF_ROUND}assign/", setup.assign, name="assessment-assign"),
    path(OF_APPLICATION, moderation.application_detail, name="assessment-application"),
    path(f"{OF_APPLICATION}eligibility/", moderation.eligibility, name="assessment-eligibility"),
    path(f"{OF_APPLICATION}eligibility/undo/", moderation.eligibility_undo, name="assessment-eligibility-undo"),
    path(f"{OF_APPLICATION}assessors/new/", moderation.give, name="assessment-give"),
    path(f"{OF_APPLICATION}assessors/<int:pk>/remove/", moderation.take_back, name="assessment-take-back"),
    path(f"{OF_APPLICATION}assessors/<int:pk>/clear/", moderation.conflict_clear, name="assessment-conflict-clear"),
    path(f"{OF_APPLICATION}moderate/", moderation.moderate, name="assessment-moderate"),
    path(f"{OF_APPLICATION}discuss/", moderation.discuss, name="assessment-discuss"),
    path("assessing/", scoring.assessing, name="assessing"),
    path("assessing/<int:pk>/", scoring.assessing_detail, name="assessing-detail"),
    path("assessing/<int:pk>/files/<int:file>/", scoring.assessing_file, name="assessing-file"),
    path("assessing/<int:pk>/conflict/", scoring.assessing_conflict, name="assessing-conflict"),
    path("assessing/<int:pk>/reopen/", scoring.assessing_reopen, name="assessing-reopen"),
    path("assessing/<int:pk>/newest/", scoring.assessing_move, name="assessing-newest"),
    path("assessing/<int:pk>/discuss/", scoring.assessing_discuss, name="assessing-discuss"),
]
