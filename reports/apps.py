from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from reports import kept_files, tasks  # noqa: F401  so that any process that looks for due jobs can do ours
