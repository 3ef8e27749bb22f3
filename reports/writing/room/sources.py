"""What happened in a report's year, offered beside a section to be put into its words with the source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from coproduction.involvements.models import Involvement
from coproduction.waypoints.models import Waypoint
from impact.core.basics.dates import day
from impact.core.basics.words.diff import plain
from reports.writing.models import ReportSection
from sites.updates.models import Update

Key = ReportSection.Key
FEW = 8  # of each kind beside a section
LONGEST = 600  # characters of one text that is put in
INVOLVEMENTS = {Key.SUMMARY, Key.PROGRESS, Key.GOOD_PRACTICE, Key.DEVELOPMENT, Key.EQUALITY, Key.LOOKING_AHEAD}
CONTRIBUTIONS = {Key.SUMMARY, Key.NETWORKS, Key.GOOD_PRACTICE, Key.DEVELOPMENT, Key.EQUALITY}
WAYPOINTS = {Key.CHARTER, Key.SUMMARY, Key.PROGRESS, Key.LOOKING_AHEAD}
UPDATES = {Key.SITES, Key.PROGRESS, Key.LOOKING_AHEAD}


@dataclass(frozen=True)
class Offer:
    """Something to put into a section: ``text`` is the Markdown that goes in, with its source."""

    kind: str
    key: str
    title: str
    detail: str
    text: str
    href: str


def offers_for(section: ReportSection, user: Any, data: Mapping[str, Any]) -> list[tuple[str, list[Offer]]]:
    """What is offered beside a section, by kind: only what the reader may see, each kind at most ``FEW`` times."""
    year = section.report.year
    kinds = [
        ("Involvements", INVOLVEMENTS, lambda: _involvements(section.key, year, user)),
        ("Contributions, by theme", CONTRIBUTIONS, lambda: _contributions(data, year)),
        ("Waypoints", WAYPOINTS, lambda: _waypoints(year, user)),
        ("Updates", UPDATES, lambda: _updates(year, user)),
    ]
    return [(label, rows) for label, keys, gather in kinds if section.key in keys and (rows := list(gather()))]


def find_offer(section: ReportSection, user: Any, data: Mapping[str, Any], key: str) -> Offer | None:
    """The offer of a key, if it is beside this section for this reader."""
    return next((row for _label, rows in offers_for(section, user, data) for row in rows if row.key == key), None)


def _short(text: str) -> str:
    """One paragraph of a text that people wrote, without Markdown's signs."""
    words = " ".join(plain(text).split())
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0] + " …"


def _involvements(key: str, year: int, user: Any) -> Iterator[Offer]:
    rows = Involvement.objects.visible_to(user).in_year(year)
    if key == Key.GOOD_PRACTICE:
        rows = rows.filter(is_good_practice=True)
    for row in rows.order_by("-asked_on", "-pk")[:FEW]:
        said = f" Members said: {_short(row.said)}" if row.said else ""
        changed = f" What changed: {_short(row.changed)}" if row.changed else ""
        yield Offer(
            "involvement",
            f"involvement-{row.pk}",
            row.title,
            row.get_outcome_display(),
            f"**{row.title}.** We asked: {_short(row.asked)}{said}{changed}\n\n"
            f"*Source: involvement “{row.title}”, asked on {day(row.asked_on)}.*",
            row.get_absolute_url(),
        )


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _contributions(data: Mapping[str, Any], year: int) -> Iterator[Offer]:
    """By theme and as figures: a person's own words go in only as a quote, which a consent stands behind."""
    for row in data["figures"]["contributions"]["themes"][:FEW]:
        if not row["slug"]:
            continue
        helps, hinders = row["enablers"], row["barriers"]
        yield Offer(
            "contribution",
            f"theme-{row['slug']}",
            row["theme"],
            f"{helps} enabler{'' if helps == 1 else 's'}, {hinders} barrier{'' if hinders == 1 else 's'}",
            f"**{row['theme']}** came up as something that helps {_times(helps)}, and as something that gets in the way "
            f"{_times(hinders)}.\n\n*Source: contributions in meetings of local networks, {year}.*",
            reverse("networks:theme-about", args=[row["slug"]]),
        )


def _waypoints(year: int, user: Any) -> Iterator[Offer]:
    rows = Waypoint.objects.visible_to(user).filter(held_on__year=year, cancelled_on__isnull=True)
    for row in rows.order_by("-held_on")[:FEW]:
        where = f" {_short(row.where_we_are)}" if row.where_we_are else ""
        heading = f" {_short(row.heading)}" if row.heading else ""
        yield Offer(
            "waypoint",
            f"waypoint-{row.pk}",
            row.title,
            f"Held on {day(row.held_on)}",
            f"**{row.title}.**{where}{heading}\n\n*Source: waypoint of the charter, {day(row.held_on)}.*",
            row.get_absolute_url(),
        )


def _updates(year: int, user: Any) -> Iterator[Offer]:
    rows = Update.objects.visible_to(user).published().filter(published_at__year=year).exclude(kind=Update.Kind.VACANCY)
    for row in rows.select_related("site").order_by("-published_at")[:FEW]:
        whose = row.site.name if row.site else "the centre"
        on = day(timezone.localtime(row.published_at).date()) if row.published_at else ""
        yield Offer(
            "update",
            f"update-{row.pk}",
            row.title,
            whose,
            f"**{row.title}.** {_short(row.body)}\n\n*Source: update from {whose}, {on}.*",
            row.get_absolute_url(),
        )
