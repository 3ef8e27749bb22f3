from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import consents
        from impact.core.web.files import bodies
        from networks.groups import pages as group_pages
        from reports.editions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from reports.editions.making import registering  # noqa: F401  so that build_report knows every form
        from reports.editions.making import tasks as making  # noqa: F401
        from reports.editions.verifying.views import allowance
        from reports.group_reading import tasks as reading_tasks  # noqa: F401
        from reports.quotes.pages import words_link
        from reports.quotes.services import effects_on_quotes, follow_consent
        from reports.review import tasks as review_tasks  # noqa: F401
        from reports.writing.event_words import WORDS
        from reports.writing.year import tasks as year_tasks  # noqa: F401

        bodies.ALLOWANCES.append(allowance)
        audit.register_event_labels(WORDS)
        group_pages.LINKS.append(words_link)
        audit.restrict_events("reports.quote", "networks.view_speakers")  # who answered is who said it
        consents.AFTERWARDS.append(follow_consent)
        consents.EFFECTS.append(effects_on_quotes)
