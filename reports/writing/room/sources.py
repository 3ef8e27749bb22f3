"""What happened in a report's year, offered beside a section to be put into its words with the source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from coproduction.involvements.models import Involvement
from coproduction.waypoints.models import Waypoint
from impact.core.basics.dates import day
from impact.core.basics.words.diff import plain
from reports.writing.models import ReportSection
from sites.updates.models import Update

Key = ReportSection.Key
FEW = 8  # of each kind beside a section, and as many more each time they are asked for
MOST = 200  # of each kind that are ever shown at once
LONGEST_LOOK = 100  # characters that are looked for
LONGEST = 600  # characters of one text that is put in
INVOLVEMENTS = set(Key) - {Key.FIGURES, Key.METHOD}
CONTRIBUTIONS = {
    Key.SUMMARY,
    Key.FIGURES,
    Key.NETWORKS,
    Key.GOOD_PRACTICE,
    Key.DEVELOPMENT,
    Key.EQUALITY,
    Key.LOOKING_AHEAD,
}
WAYPOINTS = {Key.CHARTER, Key.SUMMARY, Key.LAST_RESPONSE, Key.PROGRESS, Key.EQUALITY, Key.LOOKING_AHEAD}
UPDATES = {Key.SUMMARY, Key.SITES, Key.NETWORKS, Key.LAST_RESPONSE, Key.PROGRESS, Key.GOOD_PRACTICE, Key.LOOKING_AHEAD}


@dataclass(frozen=True)
class Offer:
    """Something to put into a section: ``text`` is the Markdown that goes in, with its source."""

    kind: str
    key: str
    title: str
    detail: str
    text: str
    href: str


@dataclass(frozen=True)
class Offered:
    """The offers of one kind that are shown, and how many there are."""

    kind: str
    label: str
    rows: list[Offer]
    total: int

    @property
    def next(self) -> int:
        """How many are shown after "show more"; 0 where these are all."""
        shown = len(self.rows)
        return min(shown + FEW, MOST) if shown < min(self.total, MOST) else 0


@dataclass(frozen=True)
class Asked:
    """What a reader looks for among what is offered; ``key``: the one offer that was picked."""

    section: ReportSection
    user: Any
    data: Mapping[str, Any]
    look: str = ""
    key: str = ""

    @property
    def year(self) -> int:
        return self.section.report.year

    def narrowed(self, rows: QuerySet, kind: str, *fields: str) -> QuerySet:
        """The rows that are looked for, by words in some of their fields or by the key that was picked."""
        if self.key:
            pk = self.key.removeprefix(f"{kind}-")
            return rows.filter(pk=int(pk)) if pk.isascii() and pk.isdecimal() and len(pk) < 10 else rows.none()
        for word in self.look.split():
            found = Q()
            for field in fields:
                found |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(found)
        return rows


@dataclass(frozen=True)
class Source:
    """One kind of what is offered: beside which sections, which rows, and how a row is put into words."""

    label: str
    beside: set[Key]
    rows: Callable[[Asked], Any]  # a queryset or a list, all of them
    offer: Callable[[Any, Asked], Offer]


def _is_beside(source: Source, section: ReportSection) -> bool:
    return section.key in source.beside


def offers_for(
    section: ReportSection, user: Any, data: Mapping[str, Any], *, look: str = "", show: Mapping[str, int] | None = None
) -> list[Offered]:
    """What is offered beside a section, by kind: only what the reader may see, each kind ``FEW`` times or as often as
    ``show`` says, and with ``look`` only what has these words."""
    asked = Asked(section, user, data, look=look[:LONGEST_LOOK])
    found = []
    for kind, source in SOURCES.items():
        if not _is_beside(source, section):
            continue
        rows = source.rows(asked)
        total = len(rows) if isinstance(rows, list) else rows.count()
        wanted = min((show or {}).get(kind, FEW), MOST)
        if total or look:
            found.append(Offered(kind, source.label, [source.offer(row, asked) for row in rows[:wanted]], total))
    return found


def has_sources(section: ReportSection) -> bool:
    """Whether anything is ever offered beside a section."""
    return any(_is_beside(source, section) for source in SOURCES.values())


def find_offer(section: ReportSection, user: Any, data: Mapping[str, Any], key: str) -> Offer | None:
    """The offer of a key, if it belongs beside this section for this reader, whether or not it was among those shown."""
    kind = key.partition("-")[0]
    source = SOURCES.get(kind)
    if source is None or not _is_beside(source, section):
        return None
    asked = Asked(section, user, data, key=key)
    return next((source.offer(row, asked) for row in source.rows(asked)[:1]), None)


def _short(text: str) -> str:
    """One paragraph of a text that people wrote, without Markdown's characters."""
    words = " ".join(plain(text).split())
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0] + " …"


def _involvements(asked: Asked) -> QuerySet:
    rows = Involvement.objects.visible_to(asked.user).in_year(asked.year).order_by("-asked_on", "-pk")
    if asked.section.key == Key.GOOD_PRACTICE:
        rows = rows.filter(is_good_practice=True)
    return asked.narrowed(rows, "involvement", "title", "asked", "said", "changed")


def _involvement(row: Involvement, asked: Asked) -> Offer:
    said = f" Members said: {_short(row.said)}" if row.said else ""
    changed = f" What changed: {_short(row.changed)}" if row.changed else ""
    return Offer(
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


def _themes(asked: Asked) -> list[Any]:
    """By theme and as figures: a person's own words go in only as a quote, which a consent stands behind."""
    rows = [row for row in asked.data["figures"]["contributions"]["themes"] if row["slug"]]
    if asked.key:
        return [row for row in rows if asked.key == f"theme-{row['slug']}"]
    wanted = asked.look.casefold().split()
    return [row for row in rows if all(word in row["theme"].casefold() for word in wanted)]


def _theme(row: Mapping[str, Any], asked: Asked) -> Offer:
    helps, hinders = row["enablers"], row["barriers"]
    return Offer(
        "theme",
        f"theme-{row['slug']}",
        row["theme"],
        f"{helps} enabler{'' if helps == 1 else 's'}, {hinders} barrier{'' if hinders == 1 else 's'}",
        f"**{row['theme']}** came up as something that helps {_times(helps)}, and as something that gets in the way "
        f"{_times(hinders)}.\n\n*Source: contributions in meetings of local networks, {asked.year}.*",
        reverse("networks:theme-about", args=[row["slug"]]),
    )


def _waypoints(asked: Asked) -> QuerySet:
    rows = Waypoint.objects.visible_to(asked.user).filter(held_on__year=asked.year, cancelled_on__isnull=True)
    return asked.narrowed(rows.order_by("-held_on", "-pk"), "waypoint", "title", "where_we_are", "heading")


def _waypoint(row: Waypoint, asked: Asked) -> Offer:
    where = f" {_short(row.where_we_are)}" if row.where_we_are else ""
    heading = f" {_short(row.heading)}" if row.heading else ""
    return Offer(
        "waypoint",
        f"waypoint-{row.pk}",
        row.title,
        f"Held on {day(row.held_on)}",
        f"**{row.title}.**{where}{heading}\n\n*Source: waypoint of the charter, {day(row.held_on)}.*",
        row.get_absolute_url(),
    )


def _updates(asked: Asked) -> QuerySet:
    rows = Update.objects.visible_to(asked.user).published().filter(published_at__year=asked.year)
    rows = rows.exclude(kind=Update.Kind.VACANCY).select_related("site").order_by("-published_at", "-pk")
    return asked.narrowed(rows, "update", "title", "body", "site__name")


def _update(row: Update, asked: Asked) -> Offer:
    whose = row.site.name if row.site else "the centre"
    on = day(timezone.localtime(row.published_at).date()) if row.published_at else ""
    return Offer(
        "update",
        f"update-{row.pk}",
        row.title,
        whose,
        f"**{row.title}.** {_short(row.body)}\n\n*Source: update from {whose}, {on}.*",
        row.get_absolute_url(),
    )


SOURCES = {
    "involvement": Source("Involvements", INVOLVEMENTS, _involvements, _involvement),
    "theme": Source("Contributions, by theme", CONTRIBUTIONS, _themes, _theme),
    "waypoint": Source("Waypoints", WAYPOINTS, _waypoints, _waypoint),
    "update": Source("Updates", UPDATES, _updates, _update),
}
