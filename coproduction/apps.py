from django.apps import AppConfig


class CoproductionConfig(AppConfig):
    name = "coproduction"

    def ready(self) -> None:
        from coproduction.group.event_words import WORDS
        from coproduction.news import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from impact.core.access import audit

        audit.register_event_labels(WORDS)
