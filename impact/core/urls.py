from django.urls import path

from impact.core.jobs import views as background
from impact.core.jobs.health import livez, readyz
from impact.core.jobs.views import job_progress, job_retry
from impact.core.notices import views as notices
from impact.core.people import views
from impact.core.people.signing_in.views import (
    invitation_accept,
    invitation_withdraw,
    person_invite,
    person_role,
    token_withdraw,
    tokens,
)
from impact.core.search.views import search, search_suggest
from impact.core.web.views import accessibility, components, privacy, service_worker

app_name = "core"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/invite/", person_invite, name="person-invite"),
    path("people/<int:pk>/", views.person_detail, name="person-detail"),
    path("people/<int:pk>/edit/", views.person_edit, name="person-edit"),
    path("people/<int:pk>/role/", person_role, name="person-role"),
    path("people/<int:pk>/notices/", notices.person_notices, name="person-notices"),
    path("notices/", notices.notices, name="notices"),
    path("notices/mark-all/", notices.notices_mark_all, name="notices-mark-all"),
    path("notices/in-person/", notices.notices_in_person, name="notices-in-person"),
    path("notices/in-person/<int:pk>/undo/", notices.notice_untold, name="notice-untold"),
    path("notices/stop/<str:token>/", notices.notices_stop, name="notices-stop"),
    path("notices/<int:pk>/", notices.notice_open, name="notice-open"),
    path("notices/<int:pk>/mark/", notices.notice_mark, name="notice-mark"),
    path("invitations/<int:pk>/withdraw/", invitation_withdraw, name="invitation-withdraw"),
    path("invitation/<str:token>/", invitation_accept, name="invitation-accept"),
    path("account/", views.my_details, name="my-details"),
    path("account/suggestions/<int:pk>/answer/", views.needs_answer, name="needs-answer"),
    path("account/consents/<slug:purpose>/", views.my_consent, name="my-consent"),
    path("account/address/<str:token>/", views.address_confirm, name="address-confirm"),
    path("account/notices/", notices.notice_choices, name="notice-choices"),
    path("account/tokens/", tokens, name="tokens"),
    path("account/tokens/<slug:key>/withdraw/", token_withdraw, name="token-withdraw"),
    path("search/", search, name="search"),
    path("search/suggest/", search_suggest, name="search-suggest"),
    path("jobs/<uuid:pk>/", job_progress, name="job-progress"),
    path("jobs/<uuid:pk>/retry/", job_retry, name="job-retry"),
    path("background/", background.background, name="background"),
    path("background/send-again/", background.send_again, name="send-again"),
    path("outbox/", background.outbox_list, name="outbox"),
    path("outbox/<int:pk>/", background.outbox_email, name="outbox-email"),
    path("components/", components, name="components"),
    path("accessibility/", accessibility, name="accessibility"),
    path("privacy/", privacy, name="privacy"),
    path("sw.js", service_worker, name="service-worker"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]
