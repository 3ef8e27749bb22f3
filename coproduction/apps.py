from django.apps import AppConfig


class CoproductionConfig(AppConfig):
    name = "coproduction"

    def ready(self) -> None:
        from coproduction.group.event_words import WORDS
        from coproduction.group.meetings.pages import beside_meeting
        from coproduction.group.members import members_among
        from coproduction.group.people import tasks  # noqa: F401  so that any worker can remind
        from impact.core.access import audit
        from impact.core.people import consents
        from networks.meetings import pages as meeting_pages

        audit.register_event_labels(WORDS)
        for private in ("supportlink", "strengths", "supportbooking"):
            audit.restrict_events(f"coproduction.{private}", "coproduction.record_for_member")
        consents.MEMBERS_AMONG.append(members_among)
        meeting_pages.BESIDE.append(beside_meeting)
