"""The rows behind the figures: one query for each kind of row, however many there are, then ``indicators``."""

from collections.abc import Iterator
from datetime import date, datetime, time

from django.db.models import Case, Count, Q, When
from django.utils import timezone

from coproduction.agreement.models import Position
from coproduction.charter.models import CharterVersion
from coproduction.involvements.models import Involvement
from coproduction.reflections.equality.services import published_in
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint
from impact.core.basics import clock
from impact.core.basics.suppression import people_by
from impact.core.basics.vocabulary import EvidenceKind, Nation, Perspective
from networks.groups.models import GroupKind
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from reports.figures import coproduction as figures_coproduction
from reports.figures import counted, indicators
from reports.figures.counted import Period
from reports.figures.counted import last_day as last_day  # what others ask of a year with its figures
from reports.figures.history import NOT_YET, People, Published
from reports.figures.indicators import Figures
from sites.registry.models import DeliveryModel, Site, SiteNation

NATIONS = dict(Nation.choices)
PERSPECTIVES = dict(Perspective.choices) | {"": "Not recorded"}
SUGGESTIONS = {key: label for key, label in Suggestion.Status.choices if key != Suggestion.Status.DRAFT}  # sent ones


def gather_figures(year: int, *, is_live: bool = False, on: date | None = None) -> Figures:
    """Every figure of one year's report, as plain values for JSON, with a constant number of queries.

    Events count from 1 January; everything else is shown as it was on ``last_day(year)``. ``is_live`` is for what is
    read before it is frozen: numbers of people are then those of the newest snapshot (reports.figures.history). ``on``:
    the cut-off of an earlier edition, kept when a figure is counted again.
    """
    period = Period(year, on) if on else Period.of(year)
    on = period.on
    published = Published.before(year)
    return {
        "sites": indicators.sites(
            list(_sites(period)),
            models=dict(DeliveryModel.choices),
            nations=NATIONS,
            statuses=dict(Site.Status.choices),
        ),
        "coverage": indicators.coverage(_units(period)),
        "meetings": indicators.meetings(
            list(_groups(period)),
            _meetings(year, on),
            on=on,
            kinds=dict(GroupKind.choices),
            nations=NATIONS,
        ),
        "attendance": _attendance(period, published.attendance, is_live=is_live),
        "contributions": indicators.contributions(
            _said(period),
            kinds=dict(Contribution.Kind.choices),
            nations=NATIONS,
            levels=dict(Contribution.Level.choices),
        ),
        "evidence": _evidence(period),
        "actions": _actions(period),
        "charter": _charter(period, published, is_live=is_live),
        "involvements": _involvement_figures(period),
        "equality": published_in(year),
    }


def involvement_figures(year: int) -> Figures:
    """What members were asked and what came of it, for one year: of the report and of the leadership's home page."""
    return _involvement_figures(Period.of(year))


def _involvement_figures(period: Period) -> Figures:
    return figures_coproduction.involvements(list(_involvements(period)), dict(Involvement.Outcome.choices))


def _sites(period: Period) -> Iterator[indicators.SiteRow]:
    nations: dict[int, list[str]] = {}
    for site_id, nation in SiteNation.objects.order_by("nation").values_list("site_id", "nation"):
        nations.setdefault(site_id, []).append(nation)
    columns = ("pk", "name", "slug", "delivery_model", "stood", "topic__name", "host__name", "place")
    for pk, name, slug, model, stood, topic, host, place in (
        counted.sites(period).order_by("name").values_list(*columns)
    ):
        yield indicators.SiteRow(name, slug, model, stood, tuple(nations.get(pk, [])), topic, host or "", place)


def _units(period: Period) -> Iterator[indicators.UnitRow]:
    rows = (
        counted.units(period)
        .order_by()
        .values_list("site__name", "site__slug", "site__unit_name", "stood")
        .annotate(count=Count("pk"))
    )
    return (indicators.UnitRow(*row) for row in rows)


def _groups(period: Period) -> Iterator[indicators.GroupRow]:
    columns = ("slug", "name", "kind", "nation", "site__name", "meetings_planned")
    for slug, name, kind, nation, network, planned in counted.groups(period).order_by("name").values_list(*columns):
        yield indicators.GroupRow(slug, name, kind, nation, network or "", planned)


def _meetings(year: int, on: date) -> Iterator[indicators.MeetingRow]:
    """The year's meetings, and for the rounds of local networks those of other years. Drafts to come do not count."""
    zone = timezone.get_current_timezone()
    now = min(clock.now(), datetime.combine(on, time.max, tzinfo=zone))
    to_come = Q(status=Meeting.Status.PLANNED, ends_at__gte=now)  # by the database: reading times costs the most here
    rows = (
        Meeting.objects.filter(Q(starts_at__year=year) | Q(group__kind=GroupKind.LOCAL_NETWORK))
        .exclude(to_come & Q(announced_at=None))
        .order_by()
        .values_list("group__slug", "number", "status", "starts_at", Case(When(to_come, then=1), default=0))
    )
    for group, number, status, starts_at, is_to_come in rows.iterator():
        yield indicators.MeetingRow(group, number, status, starts_at.astimezone(zone).date(), not is_to_come)


def _attendance(period: Period, before: People | None, *, is_live: bool) -> Figures:
    """People who came, by perspective. Not before the year is over: what an early edition withholds stays withheld."""
    if not period.is_over:
        return NOT_YET
    if is_live:
        return dict(before or NOT_YET)
    rows = (
        counted.attendance(period)
        .order_by()
        .values_list("perspective")
        .annotate(
            people=Count("person", distinct=True),
            guests=Count("guest_name", distinct=True, filter=Q(person__isnull=True)),
        )
    )
    return people_by({key: people + guests for key, people, guests in rows}, PERSPECTIVES, before)


def _said(period: Period) -> Iterator[indicators.SaidRow]:
    rows = (
        counted.contributions(period)
        .order_by()
        .values_list("theme_name", "theme_slug", "meeting__group__nation", "kind", "level")
        .annotate(count=Count("pk"))
    )
    return (indicators.SaidRow(*row) for row in rows)


def _evidence(period: Period) -> list[Figures]:
    rows = counted.materials(period).order_by().values_list("evidence_kind").annotate(count=Count("pk"))
    return indicators.evidence_balance(dict(rows), dict(EvidenceKind.choices))


def _actions(period: Period) -> Figures:
    counts = dict(counted.actions(period).order_by().values_list("stood").annotate(count=Count("pk")))
    overdue = counts.pop("overdue", 0)
    counts["open"] = counts.get("open", 0) + overdue
    return indicators.actions(counts, overdue)


def _charter(period: Period, published: Published, *, is_live: bool) -> Figures | None:
    """The advisory group's charter; drafts stay with their writers."""
    charter = counted.charter()
    if charter is None:
        return None
    versions = [
        figures_coproduction.VersionRow(
            charter.pk,
            number,
            stood,
            note,
            None if agreed_on and agreed_on > period.on else agreed_on,
            f"{number}.{correction}" if correction else str(number),
        )
        for number, correction, stood, note, agreed_on in counted.versions(period).values_list(
            "number", "correction", "stood", "change_note", "agreed_on"
        )
    ]
    answers = counted.suggestions(period).order_by().values_list("stood").annotate(count=Count("pk"))
    stances = counted.positions(period).order_by().values_list("stance")
    waypoints = counted.waypoints(period)
    found = figures_coproduction.charter(
        title=charter.title,
        versions=versions,
        suggestions=dict(answers),
        positions=dict(stances.annotate(people=Count("person", distinct=True))),
        waypoints=[_stop(row) for row in waypoints],
        on=period.on,
        labels={
            "version": dict(CharterVersion.Status.choices),
            "suggestion": SUGGESTIONS,
            "position": dict(Position.Stance.choices),
            "waypoint": dict(Waypoint.Outcome.choices),
        },
        published=published.positions,
    )
    if is_live:
        found["positions"] = published.positions.get((found["agreed"] or {}).get("name", ""), NOT_YET)
    return found


def _stop(row: Waypoint) -> figures_coproduction.WaypointRow:
    return figures_coproduction.WaypointRow(
        row.charter_id, row.title, row.due_on, row.held_on, row.outcome, summary=row.summary_parts
    )


def _involvements(period: Period) -> Iterator[figures_coproduction.InvolvementRow]:
    on = period.on
    for row in counted.involvements(period).with_asker().order_by("asked_on", "pk"):
        is_settled = row.changed_on is not None and row.changed_on <= on
        is_said = row.said_on is not None and row.said_on <= on
        yield figures_coproduction.InvolvementRow(
            row.pk,
            row.title,
            row.asker,
            row.asked,
            row.said if is_said else "",
            row.changed if is_settled else "",
            row.stood,
            bool(row.good),
            bool(row.development),
        )
