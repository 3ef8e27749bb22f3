"""Show co-production records to administrators, read-only and without who took which position."""

from django.contrib import admin

from coproduction.charter.models import Charter, CharterVersion
from coproduction.involvements.models import Involvement
from coproduction.waypoints.models import Waypoint


@admin.register(Charter)
class CharterAdmin(admin.ModelAdmin):
    list_display = ["title", "group", "is_illustrative"]
    list_select_related = ["group"]


@admin.register(CharterVersion)
class CharterVersionAdmin(admin.ModelAdmin):
    list_display = ["charter", "number", "status", "proposed_on", "agreed_on"]
    list_filter = ["status"]
    list_select_related = ["charter"]


@admin.register(Waypoint)
class WaypointAdmin(admin.ModelAdmin):
    list_display = ["title", "charter", "due_on", "held_on", "outcome"]
    list_filter = ["outcome"]
    list_select_related = ["charter"]


@admin.register(Involvement)
class InvolvementAdmin(admin.ModelAdmin):
    list_display = ["title", "asker", "asked_on", "outcome", "is_good_practice"]
    list_select_related = ["site", "organisation"]
    list_filter = ["outcome", "is_good_practice"]
    search_fields = ["title"]
