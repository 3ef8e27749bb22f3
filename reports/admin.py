"""Show reports and editions to administrators, read-only (impact.core.access.admin.site).

What members say about a draft, who is ready, and the leadership team's responses stay with those whom they are for.
"""

from django.contrib import admin

from reports.editions.models import Edition
from reports.group_reading.models import GroupReading
from reports.writing.models import AnnualReport


@admin.register(AnnualReport)
class AnnualReportAdmin(admin.ModelAdmin):
    list_display = ["year", "title", "status", "approved_on", "published_on"]
    list_filter = ["status"]


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    list_display = ["report", "number", "built_at", "pages", "size", "seconds"]
    list_select_related = ["report"]


@admin.register(GroupReading)
class GroupReadingAdmin(admin.ModelAdmin):
    list_display = ["report", "group", "opened_on", "deadline", "closed_on"]
    list_select_related = ["report", "group"]
