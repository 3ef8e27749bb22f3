from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.web.files import bodies
        from reports.editions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from reports.editions.making import registering  # noqa: F401  so that build_report knows every form
        from reports.editions.making import tasks as making  # noqa: F401
        from reports.editions.verifying.views import allowance
        from reports.writing.event_words import WORDS

        bodies.ALLOWANCES.append(allowance)
        audit.register_event_labels(WORDS)
