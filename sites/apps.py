from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = "Sites"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import lookup
        from impact.core.people.rights.erasure import services as erasure
        from impact.core.web.files import bodies

        # Tasks are imported so that any process that looks for due jobs can do ours.
        from sites.calls.applications.applying import tasks  # noqa: F401
        from sites.calls.applications.applying.access import allowance
        from sites.calls.applications.applying.copies import tasks as copy_tasks  # noqa: F401
        from sites.calls.portfolios.event_words import WORDS as ROUND_WORDS
        from sites.calls.portfolios.reporting import tasks as report_tasks  # noqa: F401
        from sites.progress.units.event_words import WORDS
        from sites.questions import tasks as question_tasks  # noqa: F401  any process that looks for due jobs can do ours
        from sites.questions.services import questions_of
        from sites.registry.attention import posts_of
        from sites.registry.services import end_posts, register_model_guard
        from sites.updates.subscriptions import tasks as news_tasks  # noqa: F401

        audit.register_event_labels(WORDS)
        audit.register_event_labels(ROUND_WORDS)
        bodies.ALLOWANCES.append(allowance)
        for model in ("mix", "portfolio", "decision", "release", "letter", "roundreport"):
            audit.restrict_events(f"sites.{model}", "sites.view_portfolios")
        register_model_guard(questions_of)
        lookup.PLACES["Posts at sites"] = posts_of
        erasure.BEFORE.append(end_posts)
