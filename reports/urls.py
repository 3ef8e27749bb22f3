from django.urls import path

from reports.approval.views import report_approve, report_publish, report_send_back, report_submit
from reports.editions import views
from reports.editions.comparing.views import editions_compare
from reports.editions.making import views as making
from reports.editions.verifying.views import verify
from reports.formats.easy_read import views as easy_read
from reports.group_reading import views as reading
from reports.writing import section_views
from reports.writing.views import report_detail, report_list, report_start

app_name = "reports"
urlpatterns = [
    path("reports/", report_list, name="list"),
    path("reports/new/", report_start, name="start"),
    path("reports/verify/", verify, name="verify"),
    path("reports/<int:year>/", report_detail, name="detail"),
    path("reports/<int:year>/read/", making.report_read, name="read"),
    path("reports/comments/<int:pk>/", reading.comment_answer, name="comment-answer"),
    path("reports/<int:year>/send-to-group/", reading.reading_open, name="send-to-group"),
    path("reports/<int:year>/reading/", reading.reading, name="reading"),
    path("reports/<int:year>/reading/extend/", reading.reading_extend, name="reading-extend"),
    path("reports/<int:year>/reading/end/", reading.reading_end, name="reading-end"),
    path("reports/<int:year>/reading/ready/", reading.reading_ready, name="reading-ready"),
    path("reports/<int:year>/reading/<slug:key>/", reading.reading_section, name="reading-section"),
    path("reports/<int:year>/respond/", reading.respond, name="respond"),
    path("reports/<int:year>/preview/", views.report_preview, name="preview"),
    path("reports/<int:year>/build/", views.report_build, name="build"),
    path("reports/<int:year>/job/", views.report_job, name="job"),
    path("reports/<int:year>/submit/", report_submit, name="submit"),
    path("reports/<int:year>/send-back/", report_send_back, name="send-back"),
    path("reports/<int:year>/approve/", report_approve, name="approve"),
    path("reports/<int:year>/publish/", report_publish, name="publish"),
    path("reports/<int:year>/sections/<slug:key>/", section_views.section_edit, name="section-edit"),
    path("reports/<int:year>/editions/<int:number>/", views.edition_download, name="edition-download"),
    path("reports/<int:year>/editions/compare/", editions_compare, name="editions-compare"),
    path("reports/<int:year>/editions/<int:number>/forms/", making.edition_forms, name="edition-forms"),
    path("reports/<int:year>/editions/<int:number>/forms/waiting/", making.forms_waiting, name="forms-waiting"),
    path(
        "reports/<int:year>/editions/<int:number>/<slug:form>/<slug:language>/",
        making.form_download,
        name="form-download",
    ),
    path("reports/<int:year>/easy-read/", easy_read.easy_read, name="easy-read"),
    path("reports/<int:year>/easy-read/<slug:key>/", easy_read.easy_read_edit, name="easy-read-edit"),
    path("reports/<int:year>/easy-read/<slug:key>/send/", easy_read.easy_read_send, name="easy-read-send"),
    path("reports/<int:year>/easy-read/<slug:key>/review/", easy_read.easy_read_review, name="easy-read-review"),
]
