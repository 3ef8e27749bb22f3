"""The quotes that an edition prints: approved words, and as much about their speaker as the figures may say."""

from collections.abc import Mapping
from typing import Any

from reports.quotes.models import Quote
from reports.writing.models import AnnualReport


def perspective_of(figures: Mapping[str, Any], key: str) -> str:
    """The perspective from which something was said, if so many people with it came to meetings of the year that the
    report shows their number; otherwise nothing, because it could point at the speaker."""
    for row in figures["attendance"]["rows"]:
        if key and row["key"] == key and row["value"] is not None:
            return str(row["label"])
    return ""


def quotes_for(report: AnnualReport, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a snapshot taken now would hold: ids and approved words, with kind, theme and, where safe, the perspective."""
    rows = Quote.objects.printable().filter(report=report).select_related("contribution__theme__merged_into")
    found = []
    for row in rows.order_by("pk"):
        said = row.contribution
        theme = (said.theme.merged_into or said.theme).name if said.theme else ""
        found.append(
            {
                "id": row.pk,
                "words": row.words,
                "theme": theme,
                "kind": said.get_kind_display(),
                "perspective": perspective_of(figures, said.perspective),
            }
        )
    return found


def no_longer_printable(data: Mapping[str, Any]) -> list[int]:
    """Ids of the quotes in a snapshot's data that may not be printed as they stand there any more."""
    held = {row["id"]: row["words"] for row in data.get("quotes", [])}
    good = dict(Quote.objects.printable().filter(pk__in=held).values_list("pk", "words"))
    return [pk for pk, words in held.items() if good.get(pk) != words]
