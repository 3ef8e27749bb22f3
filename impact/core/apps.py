"""The core app: identity, permissions, audit, jobs. It never imports a feature app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "impact.core"
    label = "core"
    verbose_name = "People and access"

    def ready(self) -> None:
        from impact.core import audit, schema, worker  # noqa: F401  registers the API schema extension and worker hooks
        from impact.core.event_words import WORDS

        audit.put_in_words(WORDS)
