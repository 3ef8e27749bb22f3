"""Which static files of the libraries are worth collecting."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedStaticFiles(StaticFilesConfig):
    """Leaves out what no page here uses: a second API viewer and the browsable API. Halves the first start."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]
