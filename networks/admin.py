"""Show groups and themes to administrators, read-only and without what was said at meetings."""

from django.contrib import admin

from networks.groups.models import Group
from networks.themes.models import Theme


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    list_display = ["name", "kind", "nation", "is_illustrative"]
    list_filter = ["kind", "nation"]
    list_select_related = ["site"]
    search_fields = ["name"]


@admin.register(Theme)
class ThemeAdmin(admin.ModelAdmin):
    list_display = ["name", "merged_into"]
    list_select_related = ["merged_into"]
    search_fields = ["name"]
