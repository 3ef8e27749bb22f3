"""The API's root: which endpoint lives where."""

from django.urls import path
from rest_framework.routers import APIRootView, DefaultRouter, Route

import coproduction.api
import impact.core.notices.api
import impact.core.search.api
import networks.api
import reports.api
import sites.api
from impact.core.api.defaults import SignedInReader


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
for module in (sites.api, networks.api, coproduction.api, reports.api, impact.core.notices.api):
    for prefix, viewset, basename in [*module.ENDPOINTS, *getattr(module, "INNER", [])]:
        router.register(prefix, viewset, basename=basename)
urlpatterns = [
    *router.urls,
    *networks.api.ROUTES,
    path("search/", impact.core.search.api.SearchView.as_view(), name="search"),
]
