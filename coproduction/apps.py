from django.apps import AppConfig


class CoproductionConfig(AppConfig):
    name = "coproduction"

    def ready(self) -> None:
        from coproduction.charter.reading import tasks  # noqa: F401  any process that looks for due jobs can do ours
        from coproduction.group.event_words import WORDS
        from impact.core.access import audit

        audit.register_event_labels(WORDS)
