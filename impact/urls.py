"""Every address of the platform starts here."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from impact import home
from impact.core.api.schema_view import SchemaView

handler400 = "impact.core.web.problems.bad_request"
handler403 = "impact.core.web.problems.permission_denied"
handler404 = "impact.core.web.problems.page_not_found"
handler429 = "impact.core.web.problems.too_many_requests"  # allauth's, for its limits
handler500 = "impact.core.web.problems.server_error"

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("impact.core.urls")),
    path("", include("sites.urls")),
    path("", include("networks.urls")),
    path("", include("coproduction.urls")),
    path("", include("reports.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/login/", home.admin_login),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", SchemaView.as_view(), name="api-schema"),
    path(
        "api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema", permission_classes=[]), name="api-docs"
    ),
    path("api/v1/", include("impact.api")),
]
