"""Bring in groups from a CSV or Excel file."""

from impact.core.web.imports.command import ImportCommand


class Command(ImportCommand):
    help = (
        "Bring in groups from a CSV or Excel file, under the headings of its template. All rows are saved, or none; every "
        "row that is wrong is named with its column and what to do. The same file twice changes nothing."
    )
    kind = "groups"
