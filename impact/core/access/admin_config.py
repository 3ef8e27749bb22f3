"""Makes Django's admin pages use our site for them. Apart, because this loads before any model."""

from django.contrib.admin.apps import AdminConfig


class ReadOnlyAdminConfig(AdminConfig):
    default_site = "impact.core.access.admin_site.ReadOnlySite"
