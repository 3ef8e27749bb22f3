"""Sites from a spreadsheet, with their nations, host, topic and how far they have come."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from impact.core.access.permissions import Actor
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation, Region
from impact.core.web.imports import columns as read
from impact.core.web.imports.columns import Column
from impact.core.web.imports.erased import name_key
from impact.core.web.imports.shapes import CHANGE, NEW, SAME, Importer, Made, Row, before_of, different, refuse_twins
from sites.organisations.moving_in.organisations import by_name
from sites.registry.models import DeliveryModel, Site
from sites.registry.services import add_site, change_status, update_site
from sites.topics.models import Topic

FIELDS = (
    "delivery_model",
    "topic",
    "host",
    "place",
    "region",
    "summary",
    "starts_on",
    "ends_on",
    "origin",
    "origin_note",
    "unit_name",
)
Status = Site.Status
STEPS: dict[str, tuple[str, ...]] = {
    Status.PROPOSED: (),
    Status.SETTING_UP: (Status.SETTING_UP,),
    Status.ACTIVE: (Status.SETTING_UP, Status.ACTIVE),
    Status.PAUSED: (Status.SETTING_UP, Status.ACTIVE, Status.PAUSED),
    Status.COMPLETED: (Status.SETTING_UP, Status.ACTIVE, Status.COMPLETED),
}


def check(by: Actor, rows: Sequence[Row]) -> None:
    """Say of each row whether the site is new, differs or is there already."""
    there = {name_key(site.name): site for site in Site.objects.prefetch_related("nations")}
    topics = {name_key(topic.name): topic for topic in Topic.objects.all()}
    hosts = by_name(rows, "host")
    refuse_twins(SITES, rows, lambda row: name_key(row.get("name")) or None)
    for row in rows:
        site = row.plan = there.get(name_key(row.get("name")))
        if words := row.get("topic"):
            row.values["topic"] = topics.get(name_key(words))
            if row.values["topic"] is None:
                row.refuse(
                    SITES.column("topic"), "There is no topic of this name. Add it under Topics, or write it as there."
                )
        if words := row.get("host"):
            row.values["host"] = hosts.get(name_key(words))
            if row.values["host"] is None:
                row.refuse(
                    SITES.column("host"), "There is no organisation of this name. Import the organisations first."
                )
        if site is None:
            row.outcome = NEW
            _check_new(row)
            continue
        nations = {one.nation for one in site.nations.all()}
        is_same = not different(row, site, FIELDS) and set(row.get("nations") or nations) == nations
        row.outcome = SAME if is_same else CHANGE
        if row.get("status") and row.get("status") != site.status:
            row.refuse(
                SITES.column("status"), f"It is {site.get_status_display().lower()} here. Change that on its page."
            )


def _check_new(row: Row) -> None:
    for name in ("delivery_model", "topic", "nations"):
        if not row.cells.get(name):
            row.refuse(SITES.column(name), "A new site needs this. Fill it in.")
    status, on = row.get("status") or Status.PROPOSED, row.get("status_on")
    if status != Status.PROPOSED and not row.cells.get("status_on"):
        row.refuse(SITES.column("status_on"), "Say since when the site has this status.")
    if on and on > clock.today():
        row.refuse(SITES.column("status_on"), "This date is in the future. Enter the day when it happened.")
    if (
        on
        and row.get("starts_on")
        and row.get("starts_on") > on
        and status in (Status.ACTIVE, Status.COMPLETED, Status.PAUSED)
    ):
        row.refuse(SITES.column("starts_on"), "The site starts after the date of its status. Check both dates.")
    if status == Status.PAUSED and not row.cells.get("status_reason"):
        row.refuse(SITES.column("status_reason"), "Say why the site is paused.")


def write(by: Actor, rows: Sequence[Row], made: Made) -> None:
    """Save every row: a new site with each step of its life so far, or what differs."""
    for row in made.each(rows):
        if row.problems or row.outcome == SAME:
            continue
        if row.plan is None:
            made.attempt(SITES, row, lambda row=row: _add(by, row, made))  # type: ignore[misc]
        else:
            made.attempt(SITES, row, lambda row=row: _change(by, row, row.plan, made))  # type: ignore[misc]


def _add(by: Actor, row: Row, made: Made) -> None:
    given = {name: row.values[name] for name in FIELDS if name in row.values}
    status, on = row.get("status") or Status.PROPOSED, row.get("status_on", None)
    began: date | None = row.get("starts_on", None)
    started = began if began and on and began <= on else on
    site = add_site(
        by=by,
        name=row.get("name"),
        nations=row.get("nations"),
        proposed_on=row.get("proposed_on", None) or started,
        **given,
    )
    steps = STEPS[status]
    for step in steps:
        is_last = step == steps[-1]
        site = change_status(
            by=by,
            site=site,
            status=step,
            on=on if is_last else started,
            reason=row.get("status_reason") if is_last else "",
        )
    made.add(site)


def _change(by: Actor, row: Row, site: Site, made: Made) -> None:
    changes: dict[str, Any] = different(row, site, FIELDS)
    if "delivery_model" in changes:
        raise ValidationError(
            {"delivery_model": f"It is a {site.get_delivery_model_display()} here. Change that on its page."}
        )
    nations = {one.nation for one in site.nations.all()}
    if row.get("nations") and set(row.get("nations")) != nations:
        raise ValidationError({"nations": f"It is in {site.places} here. Change that on its page."})
    before = before_of(site, changes)
    update_site(by=by, site=site, **changes)
    made.change(site, before)


SITES = Importer(
    kind="sites",
    label="Sites",
    lead="One row for each site: a project under one delivery model.",
    permissions=("sites.add_site", "sites.change_status"),
    order=2,
    columns=(
        Column(
            "name",
            "Name",
            "What it is called",
            read.line(160),
            "Harbour choice and control",
            ("site", "project", "enw"),
            True,
        ),
        Column(
            "delivery_model",
            "Delivery model",
            read.labels_of(DeliveryModel),
            read.choice(DeliveryModel),
            "Demonstrator",
            ("model",),
        ),
        Column("topic", "Topic", "As it stands under Topics", read.line(160), "Choice and control", ("pwnc",)),
        Column(
            "nations",
            "Nations",
            f"{read.labels_of(Nation)}; several with semicolons between them",
            read.several(read.nation),
            "England; Wales",
            ("nation", "country", "cenedl", "gwledydd"),
        ),
        Column(
            "region",
            "Region",
            f"{read.labels_of(Region)}. Only in England",
            read.choice(Region),
            "North West",
            ("rhanbarth",),
        ),
        Column("place", "Place", "Town or area", read.line(120), "Harbour Bay", ("town", "area", "lle")),
        Column(
            "host",
            "Host",
            "An organisation, as it is called here",
            read.line(160),
            "Harbour Carers",
            ("host organisation",),
        ),
        Column(
            "summary",
            "About it",
            "May have several paragraphs",
            read.lines(10_000),
            "",
            ("summary", "description", "crynodeb"),
        ),
        Column(
            "starts_on", "Starts", "Such as 24/07/2022", read.day, "01/09/2021", ("start", "starts on", "start date")
        ),
        Column("ends_on", "Ends", "May be empty", read.day, "", ("end", "ends on", "end date")),
        Column("proposed_on", "Proposed on", "Empty: the day it started", read.day, "", ("proposed",)),
        Column(
            "status",
            "Status",
            f"{read.labels_of(Status)}. Empty: Proposed",
            read.choice(Status),
            "Active",
            ("state", "statws"),
        ),
        Column(
            "status_on",
            "Status since",
            "The day of that status",
            read.day,
            "01/10/2021",
            ("status on", "since", "status date"),
        ),
        Column(
            "status_reason",
            "Reason",
            "Needed for a site that is paused",
            read.line(400),
            "",
            ("status reason", "rheswm"),
        ),
        Column("origin", "Came from", read.labels_of(Site.Origin), read.choice(Site.Origin), "", ("origin",)),
        Column("origin_note", "More on where it came from", "May be empty", read.line(400), "", ("origin note",)),
        Column(
            "unit_name", "What its roster counts", "Such as general practice", read.line(60), "", ("unit name", "unit")
        ),
    ),
    check=check,
    write=write,
    notes=("A site that is active, paused or completed gets each step of its life so far, with its date.",),
)
