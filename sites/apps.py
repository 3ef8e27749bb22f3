from typing import Any

from django.apps import AppConfig

from impact.core.access.permissions import has_perm
from impact.core.web.search.registry import Searchable, register


def applications(kind: Searchable, user: Any) -> Any:
    """Applications, for those who may open their pages: assessors have a list of what they are to read."""
    may_open = has_perm(user, "sites.view_applications")
    return kind.manager.visible_to(user) if may_open else kind.manager.none()


# What can be found of sites, and by which words.
FOUND = (
    Searchable(
        kind="site",
        model="sites.Site",
        one="Site",
        many="Sites",
        title="t.name",
        body="t.place || ' · ' || t.summary",
        day="t.starts_on",
        nation="nations__nation",
        place=lambda site: site.get_delivery_model_display(),
    ),
    Searchable(
        kind="organisation",
        model="sites.Organisation",
        one="Organisation",
        many="Organisations",
        title="t.name",
        body="t.summary",
        nation="nation",
        place=lambda organisation: organisation.get_kind_display(),
    ),
    Searchable(kind="topic", model="sites.Topic", one="Topic", many="Topics", title="t.name", body="t.summary"),
    Searchable(
        kind="evidence",
        model="sites.EvidenceItem",
        one="Evidence",
        many="Evidence",
        title="t.title",
        body="t.source || ' · ' || t.summary",
        place=lambda item: item.said_by,
    ),
    Searchable(
        kind="gap",
        model="sites.EvidenceGap",
        one="Evidence gap",
        many="Evidence gaps",
        title="t.title",
        body="t.why || ' · ' || t.answer",
        day="t.raised_on",
        place=lambda gap: gap.get_state_display(),
    ),
    Searchable(
        kind="news",
        model="sites.Update",
        one="News",
        many="News",
        title="t.title",
        body="t.body",
        day="COALESCE(t.published_at, t.created_at)",
        nation="site__nations__nation",
        related=("site",),
        place=lambda update: update.source,
        is_public=True,
    ),
    Searchable(
        kind="round",
        model="sites.Round",
        one="Round",
        many="Rounds",
        title="t.name",
        body="t.guidance",
        day="t.opens_at",
        related=("release",),
        place=lambda round: round.stage,
        is_public=True,
    ),
    Searchable(  # by what its list shows: never by its answers, its contact or its mailbox
        kind="application",
        model="sites.Application",
        one="Application",
        many="Applications",
        title="CASE WHEN t.organisation_name <> '' THEN t.organisation_name ELSE t.reference END",
        body="t.reference || ' · ' || t.place",
        day="t.submitted_at",
        where="t.state IN ('submitted', 'withdrawn')",
        visible=applications,
        nation="nation",
        related=("round",),
        place=lambda application: f"{application.reference}, {application.round.name}",
    ),
)


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = "Sites"

    def ready(self) -> None:
        from impact.core.access import audit
        from impact.core.people import lookup
        from impact.core.people.rights.acting import leaving
        from impact.core.people.rights.erasure import services as erasure
        from impact.core.web.files import bodies

        # Tasks are imported so that any process that looks for due jobs can do ours.
        from sites.calls.applications.applying import tasks  # noqa: F401
        from sites.calls.applications.applying.access import allowance
        from sites.calls.applications.applying.copies import tasks as copy_tasks  # noqa: F401
        from sites.calls.assessment.dashboard.attention import assessments_left
        from sites.calls.portfolios.event_words import WORDS as ROUND_WORDS
        from sites.calls.portfolios.reporting import tasks as report_tasks  # noqa: F401
        from sites.progress.units.event_words import WORDS
        from sites.questions import tasks as question_tasks  # noqa: F401  any process that looks for due jobs can do ours
        from sites.questions.services import questions_of
        from sites.registry.attention import posts_left, posts_of
        from sites.registry.services import end_posts, register_model_guard
        from sites.updates.subscriptions import tasks as news_tasks  # noqa: F401

        audit.register_event_labels(WORDS)
        register(*FOUND)
        audit.register_event_labels(ROUND_WORDS)
        bodies.ALLOWANCES.append(allowance)
        for model in ("mix", "portfolio", "decision", "release", "letter", "roundreport"):
            audit.restrict_events(f"sites.{model}", "sites.view_portfolios")
        register_model_guard(questions_of)
        lookup.PLACES["Posts at sites"] = posts_of
        erasure.BEFORE.append(end_posts)
        leaving.ENDS += [posts_left, assessments_left]
        leaving.CLOSING.append(end_posts)
