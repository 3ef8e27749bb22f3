from django.apps import AppConfig


class CoproductionConfig(AppConfig):
    name = "coproduction"

    def ready(self) -> None:
        from coproduction.group.event_words import WORDS
        from impact.core.access import audit

        audit.register_event_labels(WORDS)
        for model in (
            "claim",
            "paymentbatch",
            "sharedpay",
        ):  # who is paid is between each member and the engagement lead
            audit.restrict_events(f"coproduction.{model}", "coproduction.manage_claims")
