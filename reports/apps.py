from typing import Any

from django.apps import AppConfig, apps
from django.db import models
from django.urls import reverse

from impact.core.web.search.registry import Follows, Searchable, register

# What can be found of reports: what they are called. Their sections follow when the app is ready.
REPORTS = Searchable(
    kind="report",
    model="reports.AnnualReport",
    one="Annual report",
    many="Annual reports",
    title="t.title || ' ' || t.year",
    body="t.subtitle",
    day="t.published_on",
    place=lambda report: report.get_status_display(),
    is_public=True,
)


def sections() -> Searchable:
    """The text of published reports, section by section. What is being written is found by no one."""
    model: Any = apps.get_model("reports", "ReportSection")
    titles = " ".join(f"WHEN '{key}' THEN '{label}'" for key, label in model.Key.choices)

    def visible(kind: Searchable, user: Any) -> models.QuerySet:
        reports = apps.get_model("reports", "AnnualReport").objects.visible_to(user)
        return kind.manager.filter(report__in=reports.filter(status="published"))

    return Searchable(
        kind="chapter",
        model="reports.ReportSection",
        one="Report",
        many="Text of reports",
        title=f"CASE t.key {titles} ELSE t.key END",
        body="t.body",
        day="r.published_on",
        joins="JOIN reports_annualreport r ON r.id = t.report_id",
        where="r.status = 'published'",
        follows=(Follows("reports_annualreport", ("status", "published_on"), "t.report_id = NEW.id"),),
        visible=visible,
        related=("report",),
        url=lambda section: f"{reverse('reports:read', args=[section.report.year])}#{section.key}",
        place=lambda section: str(section.report),
        is_public=True,
    )


def subjects() -> tuple[Searchable, Searchable]:
    """Reports about a network, a site or a quarter: what they are called, for all who may read them; and the words that are
    being written, for those who read drafts. Others read a frozen edition, so they never find later words."""
    from reports.subjects.models import MONTHS

    def drafts(kind: Searchable, user: Any) -> models.QuerySet:
        rows: models.QuerySet = kind.manager.drafts_for(user)
        return rows

    months = " ".join(f"WHEN '{number}' THEN '{words}'" for number, words in enumerate(MONTHS, start=1))
    quarter = f"CASE substr(t.quarter, 6, 1) {months} END || ' ' || substr(t.quarter, 1, 4)"
    called = Searchable(
        kind="subject",
        model="reports.SubjectReport",
        one="Report",
        many="Reports on networks, sites and for funders",
        title=f"CASE t.kind WHEN 'funders' THEN 'Note to funders, ' || {quarter} "
        "WHEN 'network' THEN 'Network report: ' || s.name ELSE 'Site report: ' || s.name END",
        day="t.finished_on",
        joins="LEFT JOIN sites_site s ON s.id = t.site_id",
        follows=(Follows("sites_site", ("name",), "t.site_id = NEW.id"),),
        nation="site__nations__nation",
        related=("site",),
        place=lambda report: "Finished" if report.finished_on else "Being written",
    )
    written = Searchable(
        kind="subjectwords",
        model="reports.SubjectReport",
        one="Report",
        many="Text of reports on networks, sites and for funders",
        body="t.opening || ' ' || t.closing",
        day="t.finished_on",
        where="t.opening || t.closing <> ''",
        visible=drafts,
        nation="site__nations__nation",
        related=("site",),
    )
    return called, written


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import consents
        from impact.core.people.rights.acting import duties
        from impact.core.people.rights.merging.rules import JOINS, Joins, always, differ_in
        from impact.core.web.files import bodies
        from networks.groups import pages as group_pages
        from reports.approval.review import tasks as review_tasks  # noqa: F401
        from reports.editions import tasks  # noqa: F401  so that any process that looks for due jobs can do ours
        from reports.editions.making import registering  # noqa: F401  so that build_report knows every form
        from reports.editions.making import tasks as making  # noqa: F401
        from reports.editions.verifying import services as verifying
        from reports.editions.verifying.views import allowance
        from reports.group_reading import tasks as reading_tasks  # noqa: F401
        from reports.quotes.pages import words_link
        from reports.quotes.services import effects_on_quotes, follow_consent
        from reports.subjects import pages as subject_pages
        from reports.subjects import tasks as subject_tasks  # noqa: F401
        from reports.writing.event_words import WORDS
        from reports.writing.room.duties import SECTIONS
        from reports.writing.year import tasks as year_tasks  # noqa: F401
        from reports.writing.year.pages import calendar_link
        from sites.registry import views as site_pages

        bodies.ALLOWANCES.append(allowance)
        audit.register_event_labels(WORDS)
        register(REPORTS, sections(), *subjects())
        audit.register_event_labels(subject_pages.WORDS)
        group_pages.LINKS += [words_link, subject_pages.group_link, calendar_link]
        group_pages.NETWORK_LINKS.append(subject_pages.network_link)
        verifying.OTHERS.append(subject_pages.recognise_file)
        site_pages.LINKS.append(subject_pages.site_link)
        audit.restrict_events("reports.quote", "networks.view_speakers")  # who answered is who said it
        duties.register(SECTIONS)
        consents.AFTERWARDS.append(follow_consent)
        JOINS["reports.Ready"] = Joins(always)
        JOINS["reports.EasyReadAnswer"] = Joins(differ_in("is_clear", "words"))
        consents.EFFECTS.append(effects_on_quotes)
