from django.apps import AppConfig


class NetworksConfig(AppConfig):
    name = "networks"

    def ready(self) -> None:
        from impact.core import audit
        from networks import kept_files, tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from networks.event_words import WORDS

        audit.put_in_words(WORDS)
