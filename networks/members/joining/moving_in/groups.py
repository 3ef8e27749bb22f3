"""Groups from a spreadsheet: local networks, assemblies and others, before their members and meetings come."""

from collections.abc import Sequence

from impact.core.access.permissions import Actor
from impact.core.basics.vocabulary import Nation
from impact.core.web.imports import columns as read
from impact.core.web.imports.columns import Column
from impact.core.web.imports.erased import name_key
from impact.core.web.imports.shapes import CHANGE, NEW, SAME, Importer, Made, Row, before_of, different, refuse_twins
from networks.groups.models import Group, GroupKind
from networks.groups.services import add_group, update_group
from sites.registry.models import Site

FIELDS = (
    "nation",
    "place",
    "about",
    "starts_on",
    "ends_on",
    "size_min",
    "size_max",
    "meetings_planned",
    "months_planned",
    "leaders_planned",
)


def check(by: Actor, rows: Sequence[Row]) -> None:
    """Say of each row whether the group is new, differs or is there already."""
    there = {name_key(group.name): group for group in Group.objects.all()}
    sites = {name_key(site.name): site for site in Site.objects.all()}
    refuse_twins(GROUPS, rows, lambda row: name_key(row.get("name")) or None)
    for row in rows:
        group = row.plan = there.get(name_key(row.get("name")))
        if words := row.get("site"):
            row.values["site"] = sites.get(name_key(words))
            if row.values["site"] is None:
                row.refuse(GROUPS.column("site"), "There is no site of this name. Import the sites first.")
        if group is None:
            row.outcome = NEW
            for name in ("kind", "nation"):
                if not row.cells.get(name):
                    row.refuse(GROUPS.column(name), "A new group needs this. Fill it in.")
            if row.get("kind") == GroupKind.LOCAL_NETWORK and not row.cells.get("site"):
                row.refuse(GROUPS.column("site"), "A local network is part of a network. Enter the name of that site.")
            continue
        for name in ("kind", "site"):
            if name in row.values and row.values[name] != getattr(group, name):
                row.refuse(
                    GROUPS.column(name), "It says something else here. Change that on its page, or leave this empty."
                )
        row.outcome = CHANGE if different(row, group, FIELDS) else SAME


def write(by: Actor, rows: Sequence[Row], made: Made) -> None:
    """Save every row: a new group, or what differs."""
    for row in made.each(rows):
        if not row.problems and row.outcome != SAME:
            made.attempt(GROUPS, row, lambda row=row: _save(by, row, row.plan, made))  # type: ignore[misc]


def _save(by: Actor, row: Row, group: Group | None, made: Made) -> None:
    given = {name: row.values[name] for name in FIELDS if name in row.values}
    if group is None:
        made.add(add_group(by=by, kind=row.get("kind"), name=row.get("name"), site=row.get("site", None), **given))
    elif changes := different(row, group, FIELDS):
        before = before_of(group, changes)
        update_group(by=by, group=group, **changes)
        made.change(group, before)


GROUPS = Importer(
    kind="groups",
    label="Groups",
    lead="One row for each local network, advisory group, assembly or circle of coordinators.",
    permissions=("networks.add_group", "networks.edit_group"),
    order=3,
    columns=(
        Column("name", "Name", "What it is called", read.line(160), "Riverside group", ("group", "enw", "grwp"), True),
        Column("kind", "Kind", read.labels_of(GroupKind), read.choice(GroupKind), "Local network", ("type", "math")),
        Column("nation", "Nation", read.labels_of(Nation), read.nation, "Wales", ("country", "cenedl", "gwlad")),
        Column(
            "site",
            "Network",
            "The site that a local network is part of",
            read.line(160),
            "Choice and control network",
            ("site", "rhwydwaith"),
        ),
        Column("place", "Place", "Town or area", read.line(120), "Riverside", ("town", "area", "lle")),
        Column("about", "About it", "May have several paragraphs", read.lines(10_000), "", ("summary", "description")),
        Column(
            "starts_on",
            "Starts",
            "Such as 24/07/2022. Not after its first meeting",
            read.day,
            "01/06/2021",
            ("start", "starts on", "start date"),
        ),
        Column("ends_on", "Ends", "May be empty", read.day, "", ("end", "ends on", "end date")),
        Column("size_min", "Smallest size", "Empty: as usual for its kind", read.number(500), "", ("size min",)),
        Column("size_max", "Largest size", "Empty: as usual for its kind", read.number(500), "", ("size max",)),
        Column("meetings_planned", "Meetings planned", "Empty: as usual for its kind", read.number(100), "", ()),
        Column(
            "months_planned",
            "Over how many months",
            "Empty: as usual for its kind",
            read.number(240),
            "",
            ("months planned",),
        ),
        Column(
            "leaders_planned",
            "Coordinators planned",
            "Empty: 1",
            read.number(20),
            "",
            ("leaders planned", "coordinators"),
        ),
    ),
    check=check,
    write=write,
)
