from django.urls import path

from impact.core.jobs import views as background
from impact.core.jobs.health import livez, readyz
from impact.core.jobs.views import job_progress, job_retry
from impact.core.jobs.webhooks import views as hooks
from impact.core.notices import views as notices
from impact.core.notices.addresses import views as addresses
from impact.core.people import views
from impact.core.people.rights.agreeing import views as agreeing
from impact.core.people.rights.erasure.views import person_erase, person_hold
from impact.core.people.rights.holdings import views as holdings
from impact.core.people.rights.requests import views as rights
from impact.core.people.rights.retention.views import retention
from impact.core.people.signing_in.views import (
    invitation_accept,
    invitation_withdraw,
    person_invite,
    person_role,
    token_withdraw,
    tokens,
)
from impact.core.web.search.views import search, search_suggest
from impact.core.web.views import accessibility, components, privacy, service_worker

app_name = "core"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/invite/", person_invite, name="person-invite"),
    path("people/requests/", rights.rights_requests, name="rights-requests"),
    path("people/requests/<int:pk>/", rights.rights_request, name="rights-request"),
    path("people/requests/<int:pk>/identity/", rights.rights_request_identity, name="rights-request-identity"),
    path("people/requests/<int:pk>/extend/", rights.rights_request_extend, name="rights-request-extend"),
    path("people/requests/<int:pk>/answer/", rights.rights_request_answer, name="rights-request-answer"),
    path("people/requests/<int:pk>/withdraw/", rights.rights_request_withdraw, name="rights-request-withdraw"),
    path("people/retention/", retention, name="retention"),
    path("people/<int:pk>/requests/add/", rights.rights_request_add, name="rights-request-add"),
    path("people/<int:pk>/hold/", person_hold, name="person-hold"),
    path("people/<int:pk>/erase/", person_erase, name="person-erase"),
    path("people/<int:pk>/", views.person_detail, name="person-detail"),
    path("people/<int:pk>/edit/", views.person_edit, name="person-edit"),
    path("people/<int:pk>/role/", person_role, name="person-role"),
    path("people/<int:pk>/notices/", notices.person_notices, name="person-notices"),
    path("people/requests/<int:pk>/archive/", holdings.rights_request_archive, name="rights-request-archive"),
    path("notices/", notices.notices, name="notices"),
    path("notices/mark-all/", notices.notices_mark_all, name="notices-mark-all"),
    path("notices/catalogue/", notices.notice_catalogue, name="notice-catalogue"),
    path("notices/in-person/", notices.notices_in_person, name="notices-in-person"),
    path("notices/in-person/<int:pk>/undo/", notices.notice_untold, name="notice-untold"),
    path("notices/stop/<str:token>/", notices.notices_stop, name="notices-stop"),
    path("notices/<int:pk>/", notices.notice_open, name="notice-open"),
    path("notices/<int:pk>/mark/", notices.notice_mark, name="notice-mark"),
    path("notices/<int:pk>/snooze/", notices.notice_snooze, name="notice-snooze"),
    path("invitations/<int:pk>/withdraw/", invitation_withdraw, name="invitation-withdraw"),
    path("invitation/<str:token>/", invitation_accept, name="invitation-accept"),
    path("account/", views.my_details, name="my-details"),
    path("account/suggestions/<int:pk>/answer/", views.needs_answer, name="needs-answer"),
    path("account/consents/", agreeing.my_consents, name="my-consents"),
    path("account/consents/<slug:purpose>/withdraw/", agreeing.my_consent_withdraw, name="my-consent-withdraw"),
    path("account/consents/<slug:purpose>/", views.my_consent, name="my-consent"),
    path("account/address/<str:token>/", views.address_confirm, name="address-confirm"),
    path("account/requests/", rights.my_requests, name="my-requests"),
    path("account/requests/<int:pk>/withdraw/", rights.my_request_withdraw, name="my-request-withdraw"),
    path("account/notices/", notices.notice_choices, name="notice-choices"),
    path("account/notices/address/", addresses.my_address_works, name="my-address-works"),
    path("account/my-data/", holdings.my_data, name="my-data"),
    path("account/my-data/download/", holdings.my_data_ask, name="my-data-ask"),
    path("account/my-data/download/<int:pk>/", holdings.my_data_archive, name="my-data-archive"),
    path("account/my-data/download/<int:pk>/file/", holdings.my_data_file, name="my-data-file"),
    path("my-data/", holdings.data_find, name="data-find"),
    path("my-data/sent/", holdings.data_find_sent, name="data-find-sent"),
    path("my-data/link/<str:token>/", holdings.data_link, name="data-link"),
    path("my-data/mine/", holdings.data_mine, name="data-mine"),
    path("my-data/mine/close/", holdings.data_mine_close, name="data-mine-close"),
    path("my-data/mine/download/", holdings.data_mine_ask, name="data-mine-ask"),
    path("my-data/mine/download/<int:pk>/", holdings.data_mine_archive, name="data-mine-archive"),
    path("my-data/mine/download/<int:pk>/file/", holdings.data_mine_file, name="data-mine-file"),
    path("account/tokens/", tokens, name="tokens"),
    path("account/tokens/<slug:key>/withdraw/", token_withdraw, name="token-withdraw"),
    path("search/", search, name="search"),
    path("search/suggest/", search_suggest, name="search-suggest"),
    path("jobs/<uuid:pk>/", job_progress, name="job-progress"),
    path("jobs/<uuid:pk>/retry/", job_retry, name="job-retry"),
    path("webhooks/", hooks.webhooks, name="webhooks"),
    path("webhooks/add/", hooks.webhook_add, name="webhook-add"),
    path("webhooks/<int:pk>/", hooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/edit/", hooks.webhook_edit, name="webhook-edit"),
    path("webhooks/<int:pk>/secret/", hooks.webhook_secret, name="webhook-secret"),
    path("webhooks/<int:pk>/test/", hooks.webhook_test, name="webhook-test"),
    path("webhooks/<int:pk>/switch/", hooks.webhook_switch, name="webhook-switch"),
    path("webhooks/<int:pk>/send-again/", hooks.webhook_replay, name="webhook-replay"),
    path("webhooks/<int:pk>/delete/", hooks.webhook_delete, name="webhook-delete"),
    path("webhooks/messages/<int:pk>/", hooks.webhook_delivery, name="webhook-delivery"),
    path("webhooks/messages/<int:pk>/send-again/", hooks.webhook_delivery_replay, name="webhook-delivery-replay"),
    path("background/", background.background, name="background"),
    path("background/send-again/", background.send_again, name="send-again"),
    path("background/addresses/<int:pk>/works/", addresses.address_settle, name="address-settle"),
    path("background/addresses/<int:pk>/correct/", addresses.address_correct, name="address-correct"),
    path("outbox/", background.outbox_list, name="outbox"),
    path("outbox/<int:pk>/", background.outbox_email, name="outbox-email"),
    path("components/", components, name="components"),
    path("accessibility/", accessibility, name="accessibility"),
    path("privacy/", privacy, name="privacy"),
    path("sw.js", service_worker, name="service-worker"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]
