"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from reports.editions.models import Edition, Snapshot
from reports.writing.models import AnnualReport, ReportSection

__all__ = ["AnnualReport", "Edition", "ReportSection", "Snapshot"]
