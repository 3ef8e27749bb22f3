from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from impact.core.access import audit
        from reports.editions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from reports.writing.event_words import WORDS
        from reports.year import tasks as year_tasks  # noqa: F401

        audit.register_event_labels(WORDS)
