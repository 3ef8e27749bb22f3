"""What other pages show of these reports: links from networks and sites, and labels of their changes in histories."""

from typing import Any

from django.urls import reverse

from impact.core.access.audit import Words
from impact.core.access.permissions import has_perm
from impact.core.web.forms import Crumbs
from networks.groups.models import Network
from reports.editions.verifying.services import OtherCopy
from reports.subjects.models import SubjectFile, SubjectReport
from reports.subjects.services import WRITE
from sites.registry.models import Site

Kind = SubjectReport.Kind


def _link(user: Any, kind: Kind, site: Site, label: str) -> Crumbs:
    """The way to a report, for those who may read it or start it."""
    is_there = SubjectReport.objects.visible_to(user).filter(kind=kind, site=site.pk).exists()
    if is_there or has_perm(user, WRITE, SubjectReport(kind=kind, site=site)):
        return [(label, reverse("reports:subject", args=[kind, site.slug]))]
    return []


def network_link(user: Any, network: Network) -> Crumbs:
    """From a network's page to its report."""
    return _link(user, Kind.NETWORK, network, "Report")


def site_link(user: Any, site: Site) -> Crumbs:
    """From a site's page to its report."""
    return _link(user, Kind.SITE, site, "Report")


def recognise_file(user: Any, sha256: str) -> OtherCopy | None:
    """Which report a file with this check code is, if it is one that the reader may see."""
    rows = SubjectFile.objects.visible_to(user).select_related("edition__report__site").defer("edition__data")
    row = rows.filter(sha256=sha256).newest_first().first()
    if row is None:
        return None
    report, label = row.edition.report, row.label
    return OtherCopy(
        *(report.title, report.get_absolute_url(), row.edition.number, label, row.made_at),
        *(row.get_absolute_url(), sha256),
    )


def group_link(user: Any, group: Any) -> Crumbs:
    """From the page of a local network to the report of its network, which its members read once it is finished."""
    if not group.is_local_network or group.site is None:
        return []
    return _link(user, Kind.NETWORK, group.site, "Report of the whole network")


# --- Labels in histories ---------------------------------------------------------------------------
def _edition(facts: dict[str, Any]) -> str:
    return f"Edition {facts.get('edition', '')}"


def _form(facts: dict[str, Any]) -> str:
    return f"Edition {facts.get('edition', '')}, {facts.get('form', '')}"


def _section(facts: dict[str, Any]) -> str:
    return str(facts.get("section", ""))


WORDS: dict[str, Words] = {
    "subject_report.started": ("Report started", None),
    "subject_report.edited": ("Words changed", None),
    "subject_report.edition_requested": ("Edition asked for", _edition),
    "subject_report.build_cancelled": ("Build cancelled", None),
    "subject_report.file_made": ("File made", _form),
    "subject_report.finished": ("Finished and shared", _edition),
    "subject_report.easy_read_written": ("Easy Read written", _section),
    "subject_report.easy_read_sent": ("Easy Read sent for review", _section),
    "subject_report.easy_read_reviewed": ("Easy Read reviewed by members", _section),
}
