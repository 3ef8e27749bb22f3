"""Make Django's admin use our read-only site. In a module of its own, because it loads before any model."""

from django.contrib.admin.apps import AdminConfig


class ReadOnlyAdminConfig(AdminConfig):
    default_site = "impact.core.access.admin.site.ReadOnlySite"
