"""The API's root: which endpoint lives where."""

from django.urls import path
from rest_framework.routers import APIRootView, DefaultRouter, Route

import coproduction.api
import impact.core.jobs.webhooks.api
import impact.core.notices.api
import impact.core.people.rights.acting.api
import impact.core.people.rights.agreeing.api
import impact.core.people.rights.requests.api
import impact.core.web.search.api
import networks.api
import reports.api
import sites.api
from impact.core.api.defaults import SignedInReader
from impact.core.people.rights.holdings.api import ROUTE as ME


class Root(APIRootView):
    """Where everything is."""

    permission_classes = [SignedInReader]


class Router(DefaultRouter):
    """Every list also has addresses where it is a file, each of one type, so that clients can be made from the schema."""

    APIRootView = Root
    include_format_suffixes = False
    routes = [
        *DefaultRouter.routes,
        *(
            Route(rf"^{{prefix}}/export\.{kind}$", {"get": f"export_{kind}"}, f"{{basename}}-export-{kind}", False, {})
            for kind in ("csv", "xlsx")
        ),
    ]


router = Router()
OWN = (
    impact.core.jobs.webhooks.api,
    impact.core.notices.api,
    impact.core.people.rights.acting.api,
    impact.core.people.rights.agreeing.api,
    impact.core.people.rights.requests.api,
)
for module in (sites.api, networks.api, coproduction.api, reports.api, *OWN):
    for prefix, viewset, basename in [*module.ENDPOINTS, *getattr(module, "INNER", [])]:
        router.register(prefix, viewset, basename=basename)
urlpatterns = [
    path(ME[0], ME[1], name=ME[2]),
    path("search/", impact.core.web.search.api.SearchView.as_view(), name="search"),
    *router.urls,
    *networks.api.ROUTES,
]
