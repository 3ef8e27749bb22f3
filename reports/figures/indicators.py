"""The report's figures: pure functions from plain rows to plain values that JSON can hold.

Rows come from ``reports.writing.services.gather_figures`` (one query each, whatever the number of rows); nothing here asks
the database. Every function says what it counts, in what unit, and which rule of the work it answers. Labels are
the words people read; keys and slugs let a page link a figure to where it comes from.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

Figures = dict[str, Any]


# --- Rows ----------------------------------------------------------------------------------------
class SiteRow(NamedTuple):
    """One site as it stood on the last day of the report's period."""

    name: str
    slug: str
    model: str
    status: str
    nations: tuple[str, ...]
    topic: str
    host: str
    place: str


class UnitRow(NamedTuple):
    """How many units of a site's roster in force on the day stood in one state (not_approached, joined …)."""

    site: str
    slug: str
    unit_name: str
    state: str
    units: int


class GroupRow(NamedTuple):
    """A circle of people that meets; ``network`` is the name of the site it is part of, or empty."""

    slug: str
    name: str
    kind: str
    nation: str
    network: str
    planned: int


class MeetingRow(NamedTuple):
    """One meeting of a group; ``on`` is the day it starts, ``is_over`` whether it has ended on the report's last day."""

    group: str
    number: int
    status: str
    on: date
    is_over: bool = True


class SaidRow(NamedTuple):
    """How many contributions were of one kind, about one theme, in one nation, at one level."""

    theme: str
    slug: str
    nation: str
    kind: str
    level: str
    times: int


def percent(part: int, whole: int) -> int | None:
    """``part`` of ``whole`` as a whole-number percentage (0–100); None where there is nothing to be a part of.

    Only all is 100% and only none is 0%: 199 of 200 is 99%. Raises ValueError unless 0 ≤ part ≤ whole.
    """
    if not 0 <= part <= whole:
        raise ValueError("A part is between nothing and the whole.")
    if whole == 0:
        return None
    rounded = round(100 * part / whole)
    if 0 < part < whole:
        return min(99, max(1, rounded))
    return rounded


# --- Sites (rules 1 and 2) -----------------------------------------------------------------------
def sites(
    rows: Sequence[SiteRow], *, models: Mapping[str, str], nations: Mapping[str, str], statuses: Mapping[str, str]
) -> Figures:
    """Sites by delivery model, nation and status: whole sites.

    A site that works in several nations counts once in each of them and once in the total, so the nations may add
    up to more than the total. Shape: total, nations_reached, by_model [key, label, total, nations{key: n}],
    by_status and by_nation [key, label, value], rows [name, slug, model, status, nations, topic, host, place].
    """
    by_model = []
    for key, label in models.items():
        own = [row for row in rows if row.model == key]
        spread = Counter(nation for row in own for nation in row.nations)
        by_model.append(
            {"key": key, "label": label, "total": len(own), "nations": {nation: spread[nation] for nation in nations}}
        )
    status_counts = Counter(row.status for row in rows)
    nation_counts = Counter(nation for row in rows for nation in row.nations)
    return {
        "total": len(rows),
        "nations_reached": len([n for n in nation_counts if n != "uk"]),
        "is_uk_wide": bool(nation_counts["uk"]),
        "by_model": by_model,
        "by_status": [
            {"key": k, "label": label, "value": status_counts[k]} for k, label in statuses.items() if status_counts[k]
        ],
        "by_nation": [{"key": k, "label": label, "value": nation_counts[k]} for k, label in nations.items()],
        "rows": [
            {
                "name": row.name,
                "slug": row.slug,
                "model": models.get(row.model, row.model),
                "status": statuses.get(row.status, row.status),
                "nations": [label for key, label in nations.items() if key in row.nations],
                "topic": row.topic,
                "host": row.host,
                "place": row.place,
            }
            for row in sorted(rows, key=lambda r: (list(models).index(r.model), r.name))
        ],
    }


def coverage(rows: Iterable[UnitRow]) -> list[Figures]:
    """How much of each site's roster takes part (rule 2): whole units, and joined ÷ listed as a percentage.

    Only units on the roster on the day count. Shape: site, slug, unit_name, listed, joined, approached, declined,
    not_approached, percent (None for an empty roster); sites by name.
    """
    by_site: dict[str, Counter[str]] = defaultdict(Counter)
    about: dict[str, UnitRow] = {}
    for row in rows:
        by_site[row.slug][row.state] += row.units
        about[row.slug] = row
    found = []
    for slug, states in by_site.items():
        listed = states.total()
        found.append(
            {
                "site": about[slug].site,
                "slug": slug,
                "unit_name": about[slug].unit_name or "unit",
                "listed": listed,
                **{state: states[state] for state in ("joined", "approached", "declined", "not_approached")},
                "percent": percent(states["joined"], listed),
            }
        )
    return sorted(found, key=lambda row: row["site"])


# --- Meetings (rules 8, 12 and 14) ---------------------------------------------------------------
HELD = ("logged", "complete")


def meetings(
    groups: Sequence[GroupRow],
    rows: Iterable[MeetingRow],
    *,
    on: date,
    kinds: Mapping[str, str],
    nations: Mapping[str, str],
) -> Figures:
    """Meetings held against meetings planned, and each local network's rounds: whole meetings in the year of ``on``.

    Rows of other years only fill the rounds of local networks, so that a meeting announced for next January, or held
    last autumn, is not called unplanned.

    Held: the log is in. Planned: what the group set out to do over its life (four in six months for a local network,
    three a year for the advisory group). A return is **missing** when the meeting is over and has no log, here as on the
    networks' pages (rule 12); a meeting still to come, cancelled with a reason, or never planned is not. Shape: held, planned, cancelled, by_kind [label, groups, held, planned]
    of those that met or set a date, networks [name,
    rounds, rows [local_network, slug, nation, planned, held, slots [number, state, on]]], missing_returns [network,
    local_network, slug, nation, round]. States: returned, missing, planned, cancelled, none.
    """
    by_group: dict[str, dict[int, MeetingRow]] = defaultdict(dict)
    this_year: set[str] = set()
    held: Counter[str] = Counter()
    cancelled = 0
    for row in rows:
        by_group[row.group][row.number] = row
        if row.on.year == on.year:
            this_year.add(row.group)
            held[row.group] += row.status in HELD and row.on <= on
            cancelled += row.status == "cancelled"
    by_kind = []
    for kind, label in kinds.items():
        own = [group for group in groups if group.kind == kind]
        if any(group.slug in this_year for group in own):
            by_kind.append(
                {
                    "key": kind,
                    "label": label,
                    "groups": len(own),
                    "held": sum(held[group.slug] for group in own),
                    "planned": sum(group.planned for group in own),
                }
            )
    networks: dict[str, list[GroupRow]] = defaultdict(list)
    for group in groups:
        if group.kind == "local_network":
            networks[group.network].append(group)
    found, missing = [], []
    for network in sorted(networks):
        locals_ = sorted(networks[network], key=lambda group: (list(nations).index(group.nation), group.name))
        returned = {n for group in locals_ for n, m in by_group[group.slug].items() if m.status in HELD and m.on <= on}
        rounds = max([*(group.planned for group in locals_), *returned], default=0)
        lines = []
        for group in locals_:
            slots = []
            for number in range(1, rounds + 1):
                meeting = by_group[group.slug].get(number)
                state = _state(meeting, on=on)
                slots.append({"number": number, "state": state, "on": meeting.on.isoformat() if meeting else ""})
                if state == "missing":
                    missing.append(
                        {
                            "network": network,
                            "local_network": group.name,
                            "slug": group.slug,
                            "nation": nations[group.nation],
                            "round": number,
                        }
                    )
            lines.append(
                {
                    "local_network": group.name,
                    "slug": group.slug,
                    "nation": nations[group.nation],
                    "planned": group.planned,
                    "held": held[group.slug],
                    "slots": slots,
                }
            )
        found.append({"name": network, "rounds": rounds, "rows": lines})
    return {
        "held": sum(held[group.slug] for group in groups),
        "planned": sum(group.planned for group in groups),
        "cancelled": cancelled,
        "by_kind": by_kind,
        "networks": found,
        "missing_returns": missing,
    }


def _state(meeting: MeetingRow | None, *, on: date) -> str:
    if meeting is None:
        return "none"
    if meeting.status == "cancelled":
        return "cancelled"
    if meeting.on > on:
        return "planned"
    if meeting.status in HELD:
        return "returned"
    return "missing" if meeting.is_over else "planned"


# --- What was said (rules 10 and 12) -------------------------------------------------------------
def contributions(
    rows: Iterable[SaidRow], *, kinds: Mapping[str, str], nations: Mapping[str, str], levels: Mapping[str, str]
) -> Figures:
    """Things that were said, by kind, nation, level and theme, split into enablers and barriers: whole contributions.

    Helping or hindering belongs to the contribution and not to the theme, so one theme may have both. Shape: total,
    enablers, barriers, by_kind and by_level [key, label, value], by_nation [key, label, value, kinds[n] in their order], themes [theme, slug, enablers, barriers,
    other, total, nations{key: {enablers, barriers}}] with the most spoken about first; a contribution without a theme
    counts under "No theme yet".
    """
    by_kind: Counter[str] = Counter()
    by_nation: dict[str, Counter[str]] = defaultdict(Counter)
    by_level: Counter[str] = Counter()
    names: dict[str, str] = {}
    themes: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in rows:
        by_kind[row.kind] += row.times
        by_nation[row.nation][row.kind] += row.times
        by_level[row.level] += row.times
        names[row.slug] = row.theme or "No theme yet"
        themes[row.slug][(row.nation, row.kind)] += row.times
    lines: list[Figures] = []
    for slug, cells in themes.items():
        enablers = sum(n for (_nation, kind), n in cells.items() if kind == "enabler")
        barriers = sum(n for (_nation, kind), n in cells.items() if kind == "barrier")
        lines.append(
            {
                "theme": names[slug],
                "slug": slug,
                "enablers": enablers,
                "barriers": barriers,
                "other": cells.total() - enablers - barriers,
                "total": cells.total(),
                "nations": {
                    nation: {"enablers": cells[(nation, "enabler")], "barriers": cells[(nation, "barrier")]}
                    for nation in nations
                },
            }
        )
    lines.sort(key=lambda line: (-line["total"], line["theme"]))
    return {
        "total": by_kind.total(),
        "enablers": by_kind["enabler"],
        "barriers": by_kind["barrier"],
        "by_kind": [{"key": k, "label": label, "value": by_kind[k]} for k, label in kinds.items()],
        "by_nation": [
            {
                "key": k,
                "label": label,
                "value": by_nation[k].total(),
                "kinds": [by_nation[k][kind] for kind in kinds],
            }
            for k, label in nations.items()
            if k != "uk" or by_nation[k]
        ],
        "by_level": [{"key": k, "label": label, "value": by_level[k]} for k, label in levels.items() if by_level[k]],
        "themes": lines,
    }


def evidence_balance(counts: Mapping[str, int], labels: Mapping[str, str]) -> list[Figures]:
    """Materials sent out before meetings, by kind of evidence (rule 4): whole materials and their share in percent."""
    total = sum(counts.get(key, 0) for key in labels)
    return [
        {
            "key": key,
            "label": label,
            "value": counts.get(key, 0),
            "percent": percent(counts.get(key, 0), total),
        }
        for key, label in labels.items()
    ]


def actions(counts: Mapping[str, int], overdue: int) -> Figures:
    """Actions that came out of meetings (rule 13): whole actions; done as a percentage of those not dropped."""
    done, still_open, dropped = counts.get("done", 0), counts.get("open", 0), counts.get("dropped", 0)
    return {
        "total": done + still_open + dropped,
        "done": done,
        "open": still_open,
        "dropped": dropped,
        "overdue": overdue,
        "percent_done": percent(done, done + still_open),
    }
