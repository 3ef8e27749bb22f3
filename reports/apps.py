from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from impact.core.access import audit
        from reports.editions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from reports.group_reading import tasks as reading_tasks  # noqa: F401
        from reports.writing.event_words import WORDS

        audit.register_event_labels(WORDS)
