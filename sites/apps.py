from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = "Sites"

    def ready(self) -> None:
        from impact.core.people import lookup
        from sites.registry.places import posts_of

        lookup.PLACES["Posts at sites"] = posts_of
