from django.apps import AppConfig


class NetworksConfig(AppConfig):
    name = "networks"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import consents, lookup
        from impact.core.people.rights.erasure import services as erasure
        from impact.core.people.rights.holdings import looked

        # Any process that looks for due jobs can do ours, and check_files knows our files.
        from networks.actions import digests  # noqa: F401
        from networks.documents import tasks  # noqa: F401
        from networks.documents.materials import services  # noqa: F401
        from networks.groups.event_words import WORDS
        from networks.log.record import photos  # noqa: F401
        from networks.meetings.invitations import tasks as reminders  # noqa: F401
        from networks.members.handover import end_memberships, leads_alone
        from networks.members.places import coordinators_among, coordinators_of, groups_of, seen_with_group
        from networks.network.services import network_only_rows
        from sites.registry.services import register_model_guard

        audit.register_event_labels(WORDS)
        audit.restrict_events("networks.restrictednote", "networks.view_restricted")
        lookup.PLACES["Groups"] = groups_of
        looked.TOGETHER.append(seen_with_group)
        looked.NAMED.append(coordinators_among)
        register_model_guard(network_only_rows)
        consents.ASKED_BY.append(coordinators_of)
        erasure.REFUSALS.append(leads_alone)
        erasure.BEFORE.append(end_memberships)
