from django.apps import AppConfig


class NetworksConfig(AppConfig):
    name = "networks"

    def ready(self) -> None:
        from networks import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
