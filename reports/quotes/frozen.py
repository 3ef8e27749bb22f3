"""The quotes that an edition prints: approved words, and as much about their speaker as the figures may say."""

from collections.abc import Iterable, Mapping
from typing import Any

from impact.core.basics.suppression import SMALLEST_SHOWN
from networks.log.models import Attendance
from networks.meetings.models import Meeting
from reports.figures.counted import Period
from reports.quotes.models import Quote
from reports.writing.models import AnnualReport


def perspective_of(figures: Mapping[str, Any], key: str) -> str:
    """The perspective from which something was said, if so many people with it came to meetings of the year that the
    report shows their number; otherwise nothing, because it could point at the speaker."""
    for row in figures["attendance"]["rows"]:
        if key and row["key"] == key and row["value"] is not None:
            return str(row["label"])
    return ""


def networks_of(quotes: Iterable[Quote], year: int) -> dict[int, str]:
    """The network in which words were said, by quote, where it points at no one: as many people with the speaker's
    perspective came to that network's meetings of the year as are ever counted aloud."""
    found: dict[int, str] = {}
    known: dict[tuple[int, str], bool] = {}
    period = Period.of(year)
    for row in quotes:
        group, perspective = row.contribution.meeting.group, row.contribution.perspective
        if not group.is_local_network or group.site is None:
            continue
        place = (group.site.pk, perspective)
        if place not in known:
            # The network's meetings first: by their days the database would look through those of every network.
            held = Meeting.objects.filter(group__site=group.site, group__kind=group.kind).values_list("pk", "starts_at")
            first, last = period.bounds
            meetings = [pk for pk, at in held.order_by() if first <= at <= last]
            came = Attendance.objects.filter(
                meeting__in=meetings,
                meeting__status__in=Meeting.HELD,
                status=Attendance.Status.PRESENT,
                perspective=perspective,
            )
            people = came.order_by().values_list("person").distinct()[:SMALLEST_SHOWN]  # no more than needed
            known[place] = len(people) == SMALLEST_SHOWN
        if known[place]:
            found[row.pk] = group.site.name
    return found


def quotes_for(report: AnnualReport, figures: Mapping[str, Any], *, is_frozen: bool = True) -> list[dict[str, Any]]:
    """What a snapshot taken now would hold: ids and approved words, with kind, theme and, where safe, the perspective and
    the network; the network only when it is frozen, because looking for it takes as long as counting."""
    rows = list(
        Quote.objects.printable()
        .filter(report=report)
        .select_related("contribution__theme__merged_into", "contribution__meeting__group__site")
        .order_by("pk")
    )
    networks = networks_of(rows, report.year) if is_frozen else {}
    found = []
    for row in rows:
        said = row.contribution
        theme = (said.theme.merged_into or said.theme).name if said.theme else ""
        found.append(
            {
                "id": row.pk,
                "words": row.words,
                "theme": theme,
                "kind": said.get_kind_display(),
                "perspective": perspective_of(figures, said.perspective),
                "network": networks.get(row.pk, ""),
            }
        )
    return found


def as_may_be_shown(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A snapshot's data for a page of ours: where words were withdrawn since, it says so in their place."""
    quotes = data.get("quotes", [])
    withdrawn = set(Quote.objects.withdrawn().filter(pk__in=[row["id"] for row in quotes]).values_list("pk", flat=True))
    if not withdrawn:
        return data
    gone = {"words": "", "theme": "", "kind": "", "perspective": "", "source": "", "is_withdrawn": True}
    return {**data, "quotes": [{**row, **gone} if row["id"] in withdrawn else row for row in quotes]}


def no_longer_printable(data: Mapping[str, Any]) -> list[int]:
    """Ids of the quotes in a snapshot's data that may not be printed as they stand there any more."""
    held = {row["id"]: row["words"] for row in data.get("quotes", [])}
    good = dict(Quote.objects.printable().filter(pk__in=held).values_list("pk", "words"))
    return [pk for pk, words in held.items() if good.get(pk) != words]
