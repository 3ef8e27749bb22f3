"""What the pages of topics and sites show of the evidence about them."""

from collections.abc import Mapping
from typing import Any

from impact.core.access.permissions import has_perm
from impact.core.basics.vocabulary import EvidenceKind
from sites.progress.evidence.models import EvidenceGap, EvidenceItem
from sites.registry.models import Site
from sites.topics.models import Topic

SHOWN = 6  # items and gaps on a topic's or site's page; the rest are a link away


def balance_in_words(counts: Mapping[EvidenceKind, int]) -> str:
    """ "2 research, 1 lived experience and no practice knowledge yet" (rule 4)."""
    *parts, last = [
        f"{number} {kind.label.lower()}" if number else f"no {kind.label.lower()} yet"
        for kind, number in counts.items()
    ]
    return f"{', '.join(parts)} and {last}"


def balance_rows(counts: Mapping[EvidenceKind, int]) -> list[dict[str, Any]]:
    """The same for a chart."""
    return [{"label": kind.label, "value": number} for kind, number in counts.items()]


def evidence_about(user: Any, about: Topic | Site) -> dict[str, Any]:
    """The items and the open gaps of a topic or site that ``user`` may see, with the balance of the three kinds."""
    items, gaps = EvidenceItem.objects.visible_to(user), EvidenceGap.objects.visible_to(user).open()
    if isinstance(about, Topic):
        name, items, gaps = "topic", items.filter(topics=about), gaps.filter(topic=about)
    else:
        name, items, gaps = "site", items.filter(sites=about), gaps.filter(site=about)
    counts = items.balance()
    total, gap_total = sum(counts.values()), gaps.count()
    return {
        "name": name,
        "query": f"{name}={about.slug}",
        "items": items[:SHOWN],
        "total": total,
        "more": max(0, total - SHOWN),
        "words": balance_in_words(counts),
        "rows": balance_rows(counts),
        "gaps": gaps[:SHOWN],
        "gap_total": gap_total,
        "more_gaps": max(0, gap_total - SHOWN),
        "may_edit": has_perm(user, "sites.edit_topic"),
    }
