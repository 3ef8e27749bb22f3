"""Bring in meetings of past years from a CSV or Excel file."""

from impact.core.web.imports.command import ImportCommand


class Command(ImportCommand):
    kind = "meetings"
