"""Show sites, organisations, topics, evidence and rounds to administrators, read-only (impact.core.access.admin.site)."""

from django.contrib import admin

from sites.calls.rounds.models import Round
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceGap, EvidenceItem
from sites.registry.models import Site
from sites.topics.models import Topic
from sites.updates.models import Update


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ["name", "kind", "nation", "is_illustrative"]
    list_filter = ["kind", "nation"]
    search_fields = ["name"]


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ["name", "source", "proposed_for", "is_illustrative"]
    search_fields = ["name"]


@admin.register(EvidenceItem)
class EvidenceItemAdmin(admin.ModelAdmin):
    list_display = ["title", "kind", "strength", "source", "year", "is_illustrative"]
    list_filter = ["kind", "strength"]
    search_fields = ["title", "source"]


@admin.register(EvidenceGap)
class EvidenceGapAdmin(admin.ModelAdmin):
    list_display = ["title", "state", "raised_on", "settled_on", "is_illustrative"]
    list_filter = ["state"]
    search_fields = ["title"]


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):
    list_display = ["name", "delivery_model", "status", "status_on"]
    list_filter = ["delivery_model", "status"]
    list_select_related = ["topic", "host"]
    search_fields = ["name", "place"]


@admin.register(Update)
class UpdateAdmin(admin.ModelAdmin):
    list_display = ["title", "site", "status", "published_at"]
    list_filter = ["status"]
    list_select_related = ["site"]
    search_fields = ["title"]


@admin.register(Round)
class RoundAdmin(admin.ModelAdmin):
    list_display = ["name", "opens_at", "closes_at", "is_announced"]
