from django.urls import path

from reports import views, writing_views

app_name = "reports"
urlpatterns = [
    path("reports/", views.report_list, name="list"),
    path("reports/new/", views.report_start, name="start"),
    path("reports/<int:year>/", views.report_detail, name="detail"),
    path("reports/<int:year>/preview/", views.report_preview, name="preview"),
    path("reports/<int:year>/build/", views.report_build, name="build"),
    path("reports/<int:year>/job/", views.report_job, name="job"),
    path("reports/<int:year>/submit/", views.report_submit, name="submit"),
    path("reports/<int:year>/send-back/", views.report_send_back, name="send-back"),
    path("reports/<int:year>/approve/", views.report_approve, name="approve"),
    path("reports/<int:year>/publish/", views.report_publish, name="publish"),
    path("reports/<int:year>/sections/<slug:key>/", writing_views.section_edit, name="section-edit"),
    path("reports/<int:year>/editions/<int:number>/", views.edition_download, name="edition-download"),
]
