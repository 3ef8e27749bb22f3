"""Which static files are worth collecting, and under which names they are kept."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedStaticFiles(StaticFilesConfig):
    """Leaves out what no page here uses: a second API viewer and the browsable API. Halves the first start."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Also renames what our own scripts import, so that browsers may keep those too. Libraries come in one piece each."""

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
