"""Bring in people and their memberships from a CSV or Excel file."""

from impact.core.web.imports.command import ImportCommand


class Command(ImportCommand):
    kind = "people"
