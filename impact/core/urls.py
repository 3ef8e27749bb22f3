from django.urls import path

from impact.core import background, views

app_name = "core"
urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/invite/", views.person_invite, name="person-invite"),
    path("people/<int:pk>/", views.person_detail, name="person-detail"),
    path("people/<int:pk>/edit/", views.person_edit, name="person-edit"),
    path("people/<int:pk>/role/", views.person_role, name="person-role"),
    path("invitations/<int:pk>/withdraw/", views.invitation_withdraw, name="invitation-withdraw"),
    path("invitation/<str:token>/", views.invitation_accept, name="invitation-accept"),
    path("account/", views.my_details, name="my-details"),
    path("account/suggestions/<int:pk>/answer/", views.needs_answer, name="needs-answer"),
    path("account/consents/<slug:purpose>/", views.my_consent, name="my-consent"),
    path("account/address/<str:token>/", views.address_confirm, name="address-confirm"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/<slug:key>/withdraw/", views.token_withdraw, name="token-withdraw"),
    path("jobs/<uuid:pk>/", views.job_progress, name="job-progress"),
    path("jobs/<uuid:pk>/retry/", views.job_retry, name="job-retry"),
    path("background/", background.background, name="background"),
    path("background/send-again/", background.send_again, name="send-again"),
    path("outbox/", background.outbox_list, name="outbox"),
    path("outbox/<int:pk>/", background.outbox_email, name="outbox-email"),
    path("components/", views.components, name="components"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("sw.js", views.service_worker, name="service-worker"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
]
