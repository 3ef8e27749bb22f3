from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = "Sites"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import lookup
        from sites.portfolios.event_words import WORDS as ROUND_WORDS
        from sites.questions import tasks as question_tasks  # noqa: F401  any process that looks for due jobs can do ours
        from sites.questions.services import questions_of
        from sites.registry.attention import posts_of
        from sites.registry.services import register_model_guard
        from sites.units.event_words import WORDS
        from sites.updates.subscriptions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours

        audit.register_event_labels(WORDS)
        audit.register_event_labels(ROUND_WORDS)
        register_model_guard(questions_of)
        lookup.PLACES["Posts at sites"] = posts_of
