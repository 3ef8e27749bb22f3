from django.apps import AppConfig

from impact.core.web.search.registry import Follows, Searchable, register

# What can be found of co-production, and by which words: nothing that is one person's own, and no draft.
FOUND = (
    Searchable(
        kind="charter",
        model="coproduction.SectionText",
        one="Charter",
        many="Charter sections",
        title="CASE WHEN t.title <> '' THEN t.title ELSE s.title END",
        body="CASE WHEN v.status = 'agreed' THEN 'Charter · ' ELSE '' END || t.body",  # in force: found as such
        day="COALESCE(v.agreed_on, v.proposed_on)",
        joins="JOIN coproduction_chartersection s ON s.id = t.section_id "
        "JOIN coproduction_charterversion v ON v.id = t.version_id",
        where="v.status IN ('proposed', 'agreed')",
        follows=(
            Follows("coproduction_charterversion", ("status", "agreed_on", "proposed_on"), "t.version_id = NEW.id"),
            Follows("coproduction_chartersection", ("title",), "t.section_id = NEW.id"),
        ),
        nation="version__charter__group__nation",
        related=("version__charter__group", "section"),
        place=lambda text: str(text.version),
    ),
    Searchable(
        kind="suggestion",
        model="coproduction.Suggestion",
        one="Suggestion",
        many="Suggestions",
        body="t.words || ' · ' || t.quote || ' · ' || t.answer",
        day="t.made_on",
        where="t.status <> 'draft'",
        nation="section__charter__group__nation",
        related=("section__charter__group",),
        place=lambda suggestion: f"{suggestion.section}, {suggestion.get_status_display().lower()}",
    ),
    Searchable(
        kind="involvement",
        model="coproduction.Involvement",
        one="Involvement",
        many="Involvements",
        title="t.title",
        body="t.asked || ' · ' || t.said || ' · ' || t.changed",
        day="t.asked_on",
        nation="group__nation",
        related=("group",),
        place=lambda involvement: involvement.step_label,
    ),
)

# Who may read the history of what is private: changes to rows of a type, by the permission that opens them.
PRIVATE = {
    "coproduction.view_drafts": ["correctionconfirmation", "correctionstop"],
    "coproduction.view_positions": ["position", "objection", "objectionnote"],
    "coproduction.manage_claims": ["claim", "paymentbatch", "sharedpay"],
    "coproduction.record_for_member": ["supportlink", "strengths", "supportbooking"],
}


class CoproductionConfig(AppConfig):
    name = "coproduction"

    def ready(self) -> None:
        # Any process that looks for due jobs can do ours.
        from coproduction.agreement.one_record import register as register_joins
        from coproduction.agreement.reminders import tasks as agreement_tasks  # noqa: F401
        from coproduction.charter.reading import tasks as reading_tasks  # noqa: F401
        from coproduction.claims import services as claim_services  # also: which files it keeps
        from coproduction.claims.paying import paid_to_members
        from coproduction.group.event_words import WORDS
        from coproduction.group.meetings.needs import meetings_asked, support_asked
        from coproduction.group.meetings.own_data import member_pages, seen_at_meetings
        from coproduction.group.meetings.pages import beside_meeting
        from coproduction.group.members import members_among
        from coproduction.group.news import tasks as news_tasks  # noqa: F401
        from coproduction.group.people import tasks as people_tasks  # noqa: F401
        from coproduction.group.people.services import (
            SHARE_PAY,
            end_links,
            follow_membership,
            follow_supporter,
            groups_supported,
        )
        from coproduction.involvements import tasks as involvement_tasks  # noqa: F401
        from coproduction.involvements.site_pages import involvements_of
        from coproduction.reflections.equality import tasks as equality_tasks  # noqa: F401
        from coproduction.reflections.services import would_answer_twice
        from coproduction.suggestions.services import delete_drafts_of
        from coproduction.waypoints.answers import tasks as waypoint_tasks  # noqa: F401
        from impact.core.access import audit
        from impact.core.people import consents
        from impact.core.people.rights.acting import services as acting
        from impact.core.people.rights.erasure import services as erasure
        from impact.core.people.rights.holdings import looked
        from impact.core.people.rights.merging import rules
        from networks.meetings import pages as meeting_pages
        from networks.meetings.planning.bookings import needs as booking_needs
        from networks.meetings.planning.costs import figures as costs
        from networks.members import services as members
        from sites.registry.services import register_block

        audit.register_event_labels(WORDS)
        register(*FOUND)
        for permission, models in PRIVATE.items():
            for model in models:
                audit.restrict_events(f"coproduction.{model}", permission)
        consents.MEMBERS_AMONG.append(members_among)
        meeting_pages.BESIDE.append(beside_meeting)
        booking_needs.SOURCES.append(support_asked)
        booking_needs.MEETINGS_ASKED.append(meetings_asked)
        costs.ELSEWHERE.append(paid_to_members)
        register_block(involvements_of)
        looked.TOGETHER.append(seen_at_meetings)
        looked.CHANGES.append(member_pages)
        acting.FOLLOW.append(follow_supporter)
        acting.WHERE.append(groups_supported)
        members.JOINED.append(follow_membership)
        SHARE_PAY.append(claim_services.share_with_supporter)
        erasure.REFUSALS.append(claim_services.unpaid_claims)
        register_joins()
        rules.REFUSALS.append(would_answer_twice)
        erasure.BEFORE += [end_links, delete_drafts_of]
