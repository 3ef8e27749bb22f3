"""The frozen data of a correction: that of the edition it replaces, with new words, fewer quotes and, where it names
them, figures that were counted again up to the same cut-off."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from impact.core.access import audit
from impact.core.access.permissions import Actor
from reports.approval.corrections.models import Correction
from reports.editions.comparing.compare import figures_compared
from reports.editions.models import HeldQuote, Snapshot
from reports.editions.services import canonical
from reports.figures.gather import gather_figures
from reports.figures.rows.keeping import digests, gather_rows
from reports.figures.rows.models import KeptRows
from reports.formats import document, placing
from reports.quotes.frozen import no_longer_printable
from reports.writing.models import ReportSection

# What can be counted again: (label, parts of the figures, kinds of rows behind them). Numbers of people go together, so
# that what editions tell about people is always of one moment (decision 60).
PEOPLE = "people"
LONG = 20  # characters; shorter words may stand in a text by chance
KINDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "sites": ("Sites", ("sites",), ("sites",)),
    "coverage": ("Coverage of sites", ("coverage",), ("units",)),
    "meetings": (
        "Meetings and returns",
        ("meetings",),
        ("groups", "meetings-held", "meetings-cancelled", "returns-missing", "returns"),
    ),
    "contributions": ("Contributions and themes", ("contributions",), ("contributions",)),
    "evidence": ("Papers by kind of evidence", ("evidence",), ("materials",)),
    "actions": ("Actions", ("actions",), ("actions",)),
    "involvements": ("Involvements", ("involvements",), ("involvements",)),
    PEOPLE: (
        "People who took part, and the charter",
        ("attendance", "charter", "equality"),
        ("attendance", "suggestions", "positions", "charter-versions", "waypoints"),
    ),
}


def corrected(correction: Correction) -> dict[str, Any]:
    """What the corrected edition says. Where no figure is counted again, nothing but its words and quotes is new."""
    former: Mapping[str, Any] = correction.replaces.snapshot.data
    gone = set(no_longer_printable(former))
    figures = dict(former["figures"])
    if correction.recounted:
        parts = {part for kind in correction.recounted for part in KINDS[kind][1]}
        counted = gather_figures(correction.report.year, on=date.fromisoformat(former["as_of"]))
        figures |= {part: counted[part] for part in parts}
    changed = [
        {"code": row.code, "title": row.title, "was": row.was, "now": row.now}
        for row in figures_compared(former, {"figures": figures})
        if row.is_changed
    ]
    note = {"replaces": correction.replaces.number, "because": correction.reason, "changed": changed}
    taken_on = document.local_day(correction.replaces.snapshot).isoformat()
    return {
        **former,
        "sections": {key: correction.words.get(key, body) for key, body in former["sections"].items()},
        "figures": figures,
        "quotes": [row for row in former.get("quotes", []) if row["id"] not in gone],
        "corrections": [*former.get("corrections", []), note],
        "figures_on": former.get("figures_on", taken_on),
    }


def typed_words(former: Mapping[str, Any], data: Mapping[str, Any]) -> list[str]:
    """Keys of sections in which the words of a quote that is left out were typed as well, and so would stay."""
    kept = {row["id"] for row in data["quotes"]}
    gone = [" ".join(row["words"].split()) for row in former.get("quotes", []) if row["id"] not in kept]
    texts = {key: " ".join(body.split()) for key, body in data["sections"].items()}
    return [key for key, body in texts.items() if any(len(words) >= LONG and words in body for words in gone)]


def take(*, by: Actor, correction: Correction) -> Snapshot:
    """Freeze a correction; unchanged data gives the row that is there already. Raises UnknownName as a report does."""
    data = corrected(correction)
    titles = dict(ReportSection.Key.choices)
    placing.check(data, titles)
    former = correction.replaces.snapshot
    if typed := typed_words(former.data, data):
        raise ValidationError(
            f"Words that were withdrawn are also typed in: {', '.join(titles[key] for key in typed)}."
        )
    sources = {source for kind in correction.recounted for source in KINDS[kind][2]}
    rows = gather_rows(correction.report.year, date.fromisoformat(data["as_of"]), sources) if sources else []
    if "rows" in data:
        kept = {name: mark for name, mark in data["rows"].items() if name not in sources}
        data["rows"] = kept | digests(rows)
    text = canonical(data)
    snapshot, is_new = Snapshot.objects.get_or_create(
        report=correction.report,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        defaults={
            "data": json.loads(text),
            "taken_by_id": by.pk,
            "keeps_people": PEOPLE not in correction.recounted,
        },
    )
    if is_new:
        before = KeptRows.objects.filter(snapshot=former).exclude(source__in=sources)
        again: list[Any] = [*before.order_by("pk"), *rows]
        KeptRows.objects.bulk_create(
            [
                KeptRows(snapshot=snapshot, source=row.source, state=row.state, number=row.number, keys=bytes(row.keys))
                for row in again
            ],
            batch_size=500,
        )
        HeldQuote.objects.bulk_create([HeldQuote(snapshot=snapshot, quote_id=row["id"]) for row in data["quotes"]])
        audit.record(by, "snapshot.taken", snapshot, report=correction.report.year)
    return snapshot
