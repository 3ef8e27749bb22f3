"""Show co-production records to administrators, read-only.

What members say, take part in, are paid or need stays out: positions, objections, stops of corrections, suggestions and
comments, waypoint answers, participations, reflections, claims and payments, supporters, support
booked, strengths and terms. So do drafts of the monthly summary.
"""

from typing import Any

from django.contrib import admin

from coproduction.agreement.models import AgreementRound
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.reading.models import CharterPdf, EasyRead, Recording
from coproduction.group.meetings.models import CharterBeforeMeeting
from coproduction.group.news.models import MonthlySummary
from coproduction.group.outside.models import Exchange, OutsideGroup
from coproduction.involvements.models import Involvement
from coproduction.waypoints.models import Rhythm, Waypoint


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


@admin.register(AgreementRound)
class AgreementRoundAdmin(admin.ModelAdmin):
    list_display = ["version", "opened_on", "closes_on", "closed_on"]
    list_select_related = ["version__charter"]


@admin.register(CharterPdf)
class CharterPdfAdmin(admin.ModelAdmin):
    list_display = ["version", "form", "asked_at", "pages", "size"]
    list_filter = ["form"]
    list_select_related = ["version__charter"]
    exclude = ["contents"]


@admin.register(EasyRead)
class EasyReadAdmin(admin.ModelAdmin):
    list_display = ["text", "status", "reviewed_by", "reviewed_on"]
    list_filter = ["status"]
    list_select_related = ["text"]


@admin.register(Recording)
class RecordingAdmin(admin.ModelAdmin):
    list_display = ["version", "name", "size", "read_by"]
    list_select_related = ["version__charter"]


@admin.register(CharterBeforeMeeting)
class CharterBeforeMeetingAdmin(admin.ModelAdmin):
    list_display = ["meeting", "version"]
    list_select_related = ["meeting", "version__charter"]


@admin.register(MonthlySummary)
class MonthlySummaryAdmin(admin.ModelAdmin):
    list_display = ["month", "group", "sent_on"]
    list_select_related = ["group"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).filter(sent_on__isnull=False)


@admin.register(OutsideGroup)
class OutsideGroupAdmin(admin.ModelAdmin):
    list_display = ["name", "group", "known_since"]
    list_select_related = ["group"]


@admin.register(Exchange)
class ExchangeAdmin(admin.ModelAdmin):
    list_display = ["outside_group", "on", "direction"]
    list_select_related = ["outside_group"]


@admin.register(Rhythm)
class RhythmAdmin(admin.ModelAdmin):
    list_display = ["charter", "months", "notice_days"]
    list_select_related = ["charter"]
