"""Where staff find a round's applications; part of the ``sites`` namespace."""

from django.urls import path

from sites.calls.applications.intake import entry_views, views
from sites.calls.applications.intake.changing import views as change_views
from sites.calls.applications.intake.importing import views as import_views

ROUND = "rounds/<slug:slug>/applications/"
ONE = f"{ROUND}<slug:reference>/"
urlpatterns = [
    path(ROUND, views.application_list, name="application-list"),
    path(f"{ROUND}enter/", entry_views.application_enter, name="application-enter"),
    path(f"{ROUND}import/", import_views.application_import, name="application-import"),
    path(f"{ROUND}import/template/", import_views.import_template, name="application-import-template"),
    path(ONE, views.application_detail, name="application-detail"),
    path(f"{ONE}revisions/<int:number>/", views.revision_detail, name="application-revision"),
    path(f"{ONE}files/<int:pk>/", views.application_file, name="application-file"),
    path(f"{ONE}answers/<int:section>/", entry_views.application_answers, name="application-answers"),
    path(f"{ONE}check/", entry_views.application_check, name="application-check"),
    path(f"{ONE}correct/<int:section>/", change_views.application_correct, name="application-correct"),
    path(f"{ONE}late/", change_views.application_late, name="application-late"),
    path(f"{ONE}withdraw/", change_views.application_withdraw, name="application-withdraw"),
    path(f"{ONE}delete/", change_views.application_delete, name="application-delete"),
    path(f"{ONE}organisation/", change_views.application_match, name="application-match"),
]
