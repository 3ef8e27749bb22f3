"""Addresses of applying without an account. The private link's address is the only one that holds a key."""

from django.urls import path

from sites.calls.applications.applying import start_views, views
from sites.calls.applications.applying.copies import views as copy_views

_ROUND = "rounds/<slug:slug>/apply/"
_ONE = f"{_ROUND}<slug:reference>/"
urlpatterns = [
    path("application/<str:token>/", start_views.apply_link, name="apply-link"),
    path(_ROUND, start_views.apply_start, name="apply-start"),
    path(f"{_ROUND}who-can-apply/", start_views.apply_eligibility, name="apply-eligibility"),
    path(f"{_ROUND}your-details/", start_views.apply_details, name="apply-details"),
    path(f"{_ROUND}return/", start_views.apply_return, name="apply-return"),
    path(f"{_ROUND}check-your-email/", start_views.apply_sent, name="apply-sent"),
    path(f"{_ROUND}your-applications/", start_views.apply_yours, name="apply-yours"),
    path(f"{_ROUND}your-applications/<slug:reference>/", start_views.apply_open, name="apply-open"),
    path(_ONE, views.apply_tasks, name="apply-tasks"),
    path(f"{_ONE}section/<int:pk>/", views.apply_section, name="apply-section"),
    path(f"{_ONE}file/<int:pk>/", views.apply_file, name="apply-file"),
    path(f"{_ONE}newest-questions/", views.apply_newest, name="apply-newest"),
    path(f"{_ONE}check/", views.apply_review, name="apply-review"),
    path(f"{_ONE}submitted/", views.apply_submitted, name="apply-submitted"),
    path(f"{_ONE}answers/", views.apply_answers, name="apply-answers"),
    path(f"{_ONE}copy/", copy_views.apply_copy, name="apply-copy"),
    path(f"{_ONE}copy/application.pdf", copy_views.apply_copy_file, name="apply-copy-file"),
    path(f"{_ONE}people/", views.apply_people, name="apply-people"),
    path(f"{_ONE}people/<int:pk>/end/", views.apply_person_end, name="apply-person-end"),
    path(f"{_ONE}withdraw/", views.apply_withdraw, name="apply-withdraw"),
    path(f"{_ONE}about-you/", views.apply_about_you, name="apply-about-you"),
    path(f"{_ONE}leave/", views.apply_leave, name="apply-leave"),
]
