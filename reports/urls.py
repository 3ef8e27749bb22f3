from django.urls import path

from reports.approval.corrections import views as corrections
from reports.approval.review import views as review
from reports.approval.views import report_approve, report_publish, report_send_back, report_submit
from reports.editions import views
from reports.editions.comparing.views import editions_compare
from reports.editions.making import views as making
from reports.editions.verifying.views import verify
from reports.figures.pages.views import figure_list, figure_lookup, figure_page
from reports.formats.easy_read import views as easy_read
from reports.formats.easy_read.answers import views as easy_answers
from reports.group_reading import views as reading
from reports.quotes import speaker_views
from reports.quotes import views as quotes
from reports.subjects import views as subjects
from reports.subjects.easy_read import views as subject_easy_read
from reports.writing.room import beside_views as beside
from reports.writing.room import views as room
from reports.writing.views import report_detail, report_list, report_start
from reports.writing.year import views as calendar

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
    path("reports/<int:year>/reading/easy-read/", easy_answers.reading_easy, name="reading-easy"),
    path(
        "reports/<int:year>/reading/easy-read/<slug:key>/",
        easy_answers.reading_easy_section,
        name="reading-easy-section",
    ),
    path(
        "reports/<int:year>/reading/easy-read/<slug:key>/take-back/",
        easy_answers.reading_easy_back,
        name="reading-easy-back",
    ),
    path("reports/easy-read-answers/<int:pk>/", easy_answers.easy_read_answer, name="easy-read-answer"),
    path("reports/<int:year>/reading/<slug:key>/", reading.reading_section, name="reading-section"),
    path("reports/<int:year>/responses/", reading.responses, name="responses"),
    path("reports/<int:year>/respond/", reading.respond, name="respond"),
    path("reports/<int:year>/figures/", figure_list, name="figures"),
    path("f/", figure_lookup, name="figure-lookup"),
    path("f/<str:code>/", figure_page, name="figure"),
    path("reports/<int:year>/preview/", views.report_preview, name="preview"),
    path("reports/<int:year>/build/", views.report_build, name="build"),
    path("reports/<int:year>/job/", views.report_job, name="job"),
    path("reports/<int:year>/job/cancel/", views.report_job_cancel, name="job-cancel"),
    path("reports/<int:year>/submit/", report_submit, name="submit"),
    path("reports/<int:year>/send-back/", report_send_back, name="send-back"),
    path("reports/<int:year>/approve/", report_approve, name="approve"),
    path("reports/<int:year>/publish/", report_publish, name="publish"),
    path("reports/<int:year>/correction/", corrections.correction, name="correction"),
    path("reports/<int:year>/correction/begin/", corrections.correction_open, name="correction-open"),
    path("reports/<int:year>/correction/edit/", corrections.correction_edit, name="correction-edit"),
    path("reports/<int:year>/correction/words/<slug:key>/", corrections.correction_words, name="correction-words"),
    path("reports/<int:year>/correction/build/", corrections.correction_build, name="correction-build"),
    path("reports/<int:year>/correction/submit/", corrections.correction_submit, name="correction-submit"),
    path("reports/<int:year>/correction/send-back/", corrections.correction_send_back, name="correction-send-back"),
    path("reports/<int:year>/correction/approve/", corrections.correction_approve, name="correction-approve"),
    path("reports/<int:year>/correction/publish/", corrections.correction_publish, name="correction-publish"),
    path("reports/<int:year>/correction/drop/", corrections.correction_drop, name="correction-drop"),
    path("reports/<int:year>/writing/", room.room, name="room"),
    path("reports/<int:year>/place/<slug:kind>/<slug:name>/", room.placed, name="placed"),
    path("reports/<int:year>/sections/<slug:key>/", room.section_edit, name="section-edit"),
    path("reports/<int:year>/sections/<slug:key>/preview/", room.section_preview, name="section-preview"),
    path("reports/<int:year>/sections/<slug:key>/here/", room.section_here, name="section-here"),
    path("reports/<int:year>/sections/<slug:key>/plan/", beside.section_plan, name="section-plan"),
    path("reports/<int:year>/sections/<slug:key>/versions/", beside.section_versions, name="section-versions"),
    path("reports/<int:year>/sections/<slug:key>/comment/", beside.section_comment, name="section-comment"),
    path("reports/<int:year>/calendar/", calendar.calendar, name="calendar"),
    path("reports/<int:year>/calendar/edit/", calendar.calendar_edit, name="calendar-edit"),
    path("reports/<int:year>/comments/", review.review, name="review"),
    path("reports/review-comments/<int:pk>/", review.review_comment, name="review-comment"),
    path("reports/<int:year>/quotes/", quotes.quote_list, name="quotes"),
    path("reports/<int:year>/quotes/<uuid:contribution>/", quotes.quote_ask, name="quote-ask"),
    path("reports/quotes/<int:pk>/", quotes.quote_words, name="quote-words"),
    path("your-words/", speaker_views.your_words, name="your-words"),
    path("your-words/<int:pk>/<slug:answer>/", speaker_views.quote_answer, name="quote-answer"),
    path("groups/<slug:slug>/words/", speaker_views.group_words, name="group-words"),
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
    path("reports/<int:year>/easy-read/<slug:key>/", easy_answers.easy_read_edit, name="easy-read-edit"),
    path("reports/<int:year>/easy-read/<slug:key>/send/", easy_answers.easy_read_send, name="easy-read-send"),
    path("reports/<int:year>/easy-read/<slug:key>/review/", easy_read.easy_read_review, name="easy-read-review"),
    path("reports/others/", subjects.subject_list, name="others"),
    path("reports/others/new/", subjects.funders_start, name="funders-start"),
    path("reports/others/<slug:kind>/<slug:slug>/", subjects.subject, name="subject"),
    path("reports/others/<slug:kind>/<slug:slug>/words/", subjects.subject_words, name="subject-words"),
    path("reports/others/<slug:kind>/<slug:slug>/build/", subjects.subject_build, name="subject-build"),
    path("reports/others/<slug:kind>/<slug:slug>/job/", subjects.subject_job, name="subject-job"),
    path("reports/others/<slug:kind>/<slug:slug>/cancel/", subjects.subject_cancel, name="subject-cancel"),
    path("reports/others/<slug:kind>/<slug:slug>/<int:number>/", subjects.subject_read, name="subject-read"),
    path("reports/others/<slug:kind>/<slug:slug>/<int:number>/finish/", subjects.subject_finish, name="subject-finish"),
    path("reports/others/<slug:kind>/<slug:slug>/<int:number>/forms/", subjects.subject_forms, name="subject-forms"),
    path(
        "reports/others/<slug:kind>/<slug:slug>/<int:number>/forms/waiting/",
        subjects.subject_forms_waiting,
        name="subject-forms-waiting",
    ),
    path(
        "reports/others/<slug:kind>/<slug:slug>/<int:number>/<slug:form>/<slug:language>/",
        subjects.subject_file,
        name="subject-file",
    ),
    path("reports/others/<slug:kind>/<slug:slug>/easy-read/", subject_easy_read.easy_read, name="subject-easy-read"),
    path(
        "reports/others/<slug:kind>/<slug:slug>/easy-read/<slug:key>/",
        subject_easy_read.easy_read_edit,
        name="subject-easy-read-edit",
    ),
    path(
        "reports/others/<slug:kind>/<slug:slug>/easy-read/<slug:key>/send/",
        subject_easy_read.easy_read_send,
        name="subject-easy-read-send",
    ),
    path(
        "reports/others/<slug:kind>/<slug:slug>/easy-read/<slug:key>/review/",
        subject_easy_read.easy_read_review,
        name="subject-easy-read-review",
    ),
]
