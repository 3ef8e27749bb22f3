"""Evidence gaps that have waited long, for the first page of staff."""

from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics.dates import day
from sites.progress.evidence.models import EvidenceGap

FEW = 4  # the rest are a link away


def long_open_gaps(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>`` for gaps open longer than 90 days, the oldest first, for those who may settle them."""
    if not has_perm(user, "sites.edit_topic"):
        return []
    rows = EvidenceGap.objects.visible_to(user).long_open()
    items = [
        {
            "title": f"Evidence gap: {gap.title}",
            "href": gap.get_absolute_url(),
            "detail": f"Raised on {day(gap.raised_on)}, open for {gap.days_open} days. Ask who could answer it.",
            "tone": "yellow",
        }
        for gap in rows.order_by("raised_on", "pk")[:FEW]
    ]
    more = rows.count() - len(items)
    if more > 0:
        href = f"{reverse('sites:evidence-gap-list')}?long_open=on"
        gaps = "gap" if more == 1 else "gaps"
        items.append({"title": f"{more} more evidence {gaps} open for a long time", "href": href, "tone": "grey"})
    return items
