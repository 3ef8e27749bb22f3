from django.apps import AppConfig


class NetworksConfig(AppConfig):
    name = "networks"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import lookup
        from networks import kept_files, tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from networks.event_words import WORDS
        from networks.places import groups_of
        from networks.services.networks import rows_of_a_network
        from sites.services import keep_model_for

        audit.put_in_words(WORDS)
        audit.keep_apart("networks.restrictednote", "networks.view_restricted")
        lookup.PLACES["Groups"] = groups_of
        keep_model_for(rows_of_a_network)
