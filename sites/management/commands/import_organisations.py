"""Bring in organisations and the parts they play from a CSV or Excel file."""

from impact.core.web.imports.command import ImportCommand


class Command(ImportCommand):
    kind = "organisations"
