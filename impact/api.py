"""The API's root: which endpoint lives where."""

from rest_framework.routers import APIRootView, DefaultRouter

import coproduction.api
import networks.api
import reports.api
import sites.api
from impact.core.api_defaults import SignedInReader


class Root(APIRootView):
    """Where everything is."""

    permission_classes = [SignedInReader]


class Router(DefaultRouter):
    APIRootView = Root
    include_format_suffixes = False


router = Router()
for module in (sites.api, networks.api, coproduction.api, reports.api):
    for prefix, viewset, basename in [*module.ENDPOINTS, *getattr(module, "INNER", [])]:
        router.register(prefix, viewset, basename=basename)
urlpatterns = [*router.urls, *networks.api.ROUTES]
