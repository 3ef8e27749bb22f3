from django.apps import AppConfig


class CoproductionConfig(AppConfig):
    name = "coproduction"

    def ready(self) -> None:
        from coproduction.group.event_words import WORDS
        from impact.core.access import audit

        audit.register_event_labels(WORDS)
        # Who stopped a correction is for the engagement lead alone.
        audit.restrict_events("coproduction.correctionstop", "coproduction.view_drafts")
