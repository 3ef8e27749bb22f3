from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from reports.editions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
