from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = "Sites"

    def ready(self) -> None:
        from impact.core import people
        from sites.places import posts_of

        people.PLACES["Posts at sites"] = posts_of
