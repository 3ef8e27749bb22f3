"""Organisations from a spreadsheet, each with the part that it plays: at a site, or for the centre as a whole."""

from collections.abc import Sequence

from impact.core.access.permissions import Actor
from impact.core.basics.vocabulary import Nation
from impact.core.web.imports import columns as read
from impact.core.web.imports.columns import Column
from impact.core.web.imports.erased import name_key
from impact.core.web.imports.shapes import CHANGE, NEW, SAME, Importer, Made, Row, before_of, different, refuse_twins
from sites.organisations.models import Organisation
from sites.organisations.services import add_organisation, update_organisation
from sites.registry.models import OrganisationPart, Site
from sites.registry.services import add_part

FIELDS = ("kind", "nation", "summary", "website")


def by_name(rows: Sequence[Row], name: str) -> dict[str, Organisation]:
    """The organisations that a column names, by their names."""
    wanted = {name_key(word) for row in rows for word in [row.get(name)] if word}
    pks = [pk for pk, known in Organisation.objects.values_list("pk", "name") if name_key(known) in wanted]
    found: dict[str, Organisation] = {}
    for at in range(0, len(pks), 400):
        found |= {name_key(one.name): one for one in Organisation.objects.filter(pk__in=pks[at : at + 400])}
    return found


def check(by: Actor, rows: Sequence[Row]) -> None:
    """Say of each row whether the organisation and its part are new, differ or are there already."""
    there = by_name(rows, "name")
    sites = {name_key(site.name): site for site in Site.objects.all()}
    parts = set(OrganisationPart.objects.values_list("organisation_id", "site_id", "part"))
    first: dict[str, Row] = {}
    refuse_twins(
        ORGANISATIONS,
        rows,
        lambda row: (
            (name_key(row.get("name")), name_key(row.get("site")), row.get("part")) if row.get("name") else None
        ),
    )
    for row in rows:
        key = name_key(row.get("name"))
        earlier = first.setdefault(key, row)
        organisation = there.get(key)
        site = sites.get(name_key(row.get("site")))
        row.plan = (earlier, organisation, site)
        _check_one(row, earlier, organisation, site)
        if organisation is None:
            row.outcome = NEW if earlier is row or row.get("part") else SAME
        elif row.get("part") and (organisation.pk, site.pk if site else None, row.get("part")) not in parts:
            row.outcome = NEW
        else:
            row.outcome = CHANGE if different(row, organisation, FIELDS) else SAME


def _check_one(row: Row, earlier: Row, organisation: Organisation | None, site: Site | None) -> None:
    if row.get("name") and organisation is None and earlier is row and not row.cells.get("kind"):
        row.refuse(ORGANISATIONS.column("kind"), "A new organisation needs its kind. Fill it in.")
    for name in FIELDS:
        if (
            earlier is not row
            and name in row.values
            and earlier.values.setdefault(name, row.values[name]) != row.values[name]
        ):
            row.refuse(ORGANISATIONS.column(name), f"Row {earlier.line} says something else of the same organisation.")
    if row.get("site") and site is None:
        row.refuse(
            ORGANISATIONS.column("site"), "There is no site of this name. Import the sites first, then this row."
        )
    if row.get("site") and not row.cells.get("part"):
        row.refuse(ORGANISATIONS.column("part"), "Say what part it plays at the site.")
    if row.get("note") and not row.cells.get("part"):
        row.refuse(ORGANISATIONS.column("note"), "A note belongs to a part. Fill in the part, or leave this empty.")


def write(by: Actor, rows: Sequence[Row], made: Made) -> None:
    """Save every row: the organisation where it is new or differs, and its part."""
    ready: dict[int, Organisation] = {}  # the first row of an organisation → it
    for row in made.each(rows):
        earlier, organisation, site = row.plan
        if earlier.is_written:  # by an earlier part of a large import
            ready[earlier.line] = earlier.plan[1]
        if earlier is row and not row.problems:
            saved = made.attempt(ORGANISATIONS, row, lambda r=row, o=organisation: _save(by, r, o, made))  # type: ignore[misc]
            if saved is not None:
                ready[row.line] = saved
                row.plan = (row, saved, site)
        if row.problems or not row.get("part") or earlier.line not in ready:
            continue
        is_there = OrganisationPart.objects.filter(organisation=ready[earlier.line], site=site, part=row.get("part"))
        if is_there.exists():
            continue
        part = made.attempt(
            ORGANISATIONS,
            row,
            lambda r=row, s=site, o=ready[earlier.line]: add_part(  # type: ignore[misc]
                by=by, organisation=o, part=r.get("part"), site=s, note=r.get("note")
            ),
        )
        if part is not None:
            made.add(part)


def _save(by: Actor, row: Row, organisation: Organisation | None, made: Made) -> Organisation:
    if organisation is None:
        given = {name: row.values[name] for name in FIELDS if name in row.values}
        organisation = add_organisation(by=by, name=row.get("name"), **given)
        made.add(organisation)
    elif changes := different(row, organisation, FIELDS):
        before = before_of(organisation, changes)
        update_organisation(by=by, organisation=organisation, **changes)
        made.change(organisation, before)
    return organisation


KIND, PART = Organisation.Kind, OrganisationPart.Part
ORGANISATIONS = Importer(
    kind="organisations",
    label="Organisations",
    lead="One row for each organisation. One that plays several parts has a row for each.",
    permissions=("sites.edit_organisation", "sites.add_site"),
    order=1,
    columns=(
        Column(
            "name",
            "Name",
            "As it writes itself",
            read.line(160),
            "Harbour Carers",
            ("organisation", "enw", "sefydliad"),
            True,
        ),
        Column(
            "kind",
            "Kind",
            read.labels_of(KIND),
            read.choice(KIND, council="local_authority"),
            "Carer-led organisation",
            ("type", "math"),
        ),
        Column(
            "nation",
            "Nation",
            f"{read.labels_of(Nation)}. May be empty",
            read.nation,
            "Wales",
            ("country", "cenedl", "gwlad"),
        ),
        Column(
            "summary", "About it", "In a sentence or two", read.line(400), "", ("summary", "description", "crynodeb")
        ),
        Column(
            "website",
            "Website",
            "Such as https://example.org",
            read.website,
            "https://example.org",
            ("web site", "url", "gwefan"),
        ),
        Column(
            "part",
            "Part",
            f"{read.labels_of(PART)}. May be empty",
            read.choice(PART),
            "Partner",
            ("part played", "rhan"),
        ),
        Column(
            "site",
            "Site",
            "Where it plays that part. Empty: for the centre as a whole",
            read.line(160),
            "",
            ("at site", "safle"),
        ),
        Column("note", "Note", "About the part", read.line(200), "", ("part note", "nodyn")),
    ),
    check=check,
    write=write,
    notes=("Bring in organisations before sites, which name their hosts; and the parts at sites after those.",),
)
