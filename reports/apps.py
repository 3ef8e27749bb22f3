from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import consents
        from impact.core.web.files import bodies
        from networks.groups import pages as group_pages
        from reports.approval.review import tasks as review_tasks  # noqa: F401
        from reports.editions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from reports.editions.making import registering  # noqa: F401  so that build_report knows every form
        from reports.editions.making import tasks as making  # noqa: F401
        from reports.editions.verifying import services as verifying
        from reports.editions.verifying.views import allowance
        from reports.group_reading import tasks as reading_tasks  # noqa: F401
        from reports.quotes.pages import words_link
        from reports.quotes.services import effects_on_quotes, follow_consent
        from reports.subjects import pages as subject_pages
        from reports.subjects import tasks as subject_tasks  # noqa: F401
        from reports.subjects.event_words import WORDS as SUBJECT_WORDS
        from reports.writing.event_words import WORDS
        from reports.writing.year import tasks as year_tasks  # noqa: F401
        from sites.registry import views as site_pages

        bodies.ALLOWANCES.append(allowance)
        audit.register_event_labels(WORDS)
        audit.register_event_labels(SUBJECT_WORDS)
        group_pages.LINKS += [words_link, subject_pages.group_link]
        group_pages.NETWORK_LINKS.append(subject_pages.network_link)
        verifying.OTHERS.append(subject_pages.recognise_file)
        site_pages.LINKS.append(subject_pages.site_link)
        audit.restrict_events("reports.quote", "networks.view_speakers")  # who answered is who said it
        consents.AFTERWARDS.append(follow_consent)
        consents.EFFECTS.append(effects_on_quotes)
