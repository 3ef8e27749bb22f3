from django.apps import AppConfig


class CoproductionConfig(AppConfig):
    name = "coproduction"

    def ready(self) -> None:
        from coproduction.group.event_words import WORDS
        from coproduction.involvements import tasks as involvement_tasks  # noqa: F401

        # Any process that looks for due jobs can do ours.
        from coproduction.involvements.site_pages import involvements_of
        from coproduction.waypoints.answers import tasks as waypoint_tasks  # noqa: F401
        from impact.core.access import audit
        from sites.registry.services import register_block

        audit.register_event_labels(WORDS)
        # Who stopped a correction is for the engagement lead alone.
        audit.restrict_events("coproduction.correctionstop", "coproduction.view_drafts")
        # Who answered what, and who objects, is between the member and the engagement lead.
        from coproduction.agreement.reminders import tasks  # noqa: F401  any process that looks for due jobs can do ours

        for model in ("position", "objection", "objectionnote"):
            audit.restrict_events(f"coproduction.{model}", "coproduction.view_positions")
        register_block(involvements_of)
        for model in (
            "claim",
            "paymentbatch",
            "sharedpay",
        ):  # who is paid is between each member and the engagement lead
            audit.restrict_events(f"coproduction.{model}", "coproduction.manage_claims")
