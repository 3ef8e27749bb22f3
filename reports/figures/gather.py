"""The rows behind the figures: one query for each kind of row, however many there are, then ``indicators``."""

from collections.abc import Iterator
from datetime import date, datetime, time

from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from coproduction.agreement.models import Position
from coproduction.charter.models import Charter, CharterVersion
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint
from impact.core.basics import clock
from impact.core.basics.suppression import people_by
from impact.core.basics.vocabulary import EvidenceKind, Nation, Perspective
from networks.actions.models import Action
from networks.documents.materials.models import Material
from networks.groups.models import Group, GroupKind
from networks.log.models import Attendance, Contribution
from networks.meetings.models import Meeting
from reports.figures import coproduction as figures_coproduction
from reports.figures import indicators
from reports.figures.indicators import Figures
from sites.progress.units.models import Unit, UnitChange
from sites.registry.models import DeliveryModel, Site, SiteNation, StatusChange

NATIONS = dict(Nation.choices)
PERSPECTIVES = dict(Perspective.choices) | {"": "Not recorded"}
Bounds = tuple[datetime, datetime]


def last_day(year: int) -> date:
    """The day on which a year's figures stand: its last one, or today while the year runs."""
    return min(date(year, 12, 31), clock.today())


def gather_figures(year: int) -> Figures:
    """Every figure of one year's report, as plain values for JSON, with a constant number of queries.

    Events count from 1 January; everything else is shown as it was on ``last_day(year)``.
    """
    on = last_day(year)
    first, last = date(year, 1, 1), on
    bounds = (
        timezone.make_aware(datetime.combine(first, time.min)),
        timezone.make_aware(datetime.combine(last, time.max)),
    )
    return {
        "sites": indicators.sites(
            list(_sites(on)), models=dict(DeliveryModel.choices), nations=NATIONS, statuses=dict(Site.Status.choices)
        ),
        "coverage": indicators.coverage(_units(on)),
        "meetings": indicators.meetings(
            list(_groups(first, last)),
            _meetings(year, on),
            on=on,
            kinds=dict(GroupKind.choices),
            nations=NATIONS,
        ),
        "attendance": _attendance(bounds),
        "contributions": indicators.contributions(
            _said(bounds),
            kinds=dict(Contribution.Kind.choices),
            nations=NATIONS,
            levels=dict(Contribution.Level.choices),
        ),
        "quotes": indicators.quotes(_quotes(bounds)),
        "evidence": _evidence(bounds),
        "actions": _actions(bounds, on),
        "charter": _charter(on),
        "involvements": involvement_figures(year),
    }


def involvement_figures(year: int) -> Figures:
    """What members were asked and what came of it, for one year: of the report and of the leadership's home page."""
    return figures_coproduction.involvements(
        list(_involvements(year, last_day(year))), dict(Involvement.Outcome.choices)
    )


def _sites(on: date) -> Iterator[indicators.SiteRow]:
    nations: dict[int, list[str]] = {}
    for site_id, nation in SiteNation.objects.order_by("nation").values_list("site_id", "nation"):
        nations.setdefault(site_id, []).append(nation)
    then = StatusChange.objects.filter(site=OuterRef("pk"), on__lte=on).order_by("-on", "-pk").values("status")[:1]
    later = StatusChange.objects.filter(site=OuterRef("pk"), on__gt=on).values("pk")[:1]
    rows = (
        Site.objects.annotate(then=Subquery(then), later=Subquery(later))
        .exclude(then__isnull=True, later__isnull=False)  # it only began afterwards
        .order_by("name")
        .values_list("pk", "name", "slug", "delivery_model", "then", "status", "topic__name", "host__name", "place")
    )
    for pk, name, slug, model, status_then, status_now, topic, host, place in rows:
        yield indicators.SiteRow(
            name, slug, model, status_then or status_now, tuple(nations.get(pk, [])), topic, host or "", place
        )


def _units(on: date) -> Iterator[indicators.UnitRow]:
    state = UnitChange.objects.filter(unit=OuterRef("pk"), on__lte=on).order_by("-on", "-pk").values("state")[:1]
    rows = (
        Unit.objects.filter(Q(listed_to__isnull=True) | Q(listed_to__gte=on), listed_from__lte=on)
        .annotate(state=Coalesce(Subquery(state), Value(UnitChange.State.NOT_APPROACHED)))
        .order_by()
        .values_list("site__name", "site__slug", "site__unit_name", "state")
        .annotate(count=Count("pk"))
    )
    return (indicators.UnitRow(*row) for row in rows)


def _groups(first: date, last: date) -> Iterator[indicators.GroupRow]:
    rows = (
        Group.objects.filter(
            (Q(starts_on__isnull=True) | Q(starts_on__lte=last)) & (Q(ends_on__isnull=True) | Q(ends_on__gte=first))
            | Q(pk__in=Meeting.objects.held().in_year(first.year).values("group_id"))
        )
        .order_by("name")
        .values_list("slug", "name", "kind", "nation", "site__name", "meetings_planned")
    )
    return (
        indicators.GroupRow(slug, name, kind, nation, network or "", planned)
        for slug, name, kind, nation, network, planned in rows
    )


def _meetings(year: int, on: date) -> Iterator[indicators.MeetingRow]:
    """The year's meetings, and for the rounds of local networks those of other years. Drafts to come do not count."""
    end = timezone.make_aware(datetime.combine(on, time.max))
    now = min(clock.now(), end)
    rows = Meeting.objects.filter(Q(starts_at__year=year) | Q(group__kind=GroupKind.LOCAL_NETWORK)).order_by()
    columns = rows.values_list("group__slug", "number", "status", "starts_at", "ends_at", "announced_at")
    for group, number, status, starts_at, ends_at, announced_at in columns.iterator():
        is_to_come = status == Meeting.Status.PLANNED and ends_at >= now
        if is_to_come and announced_at is None:
            continue
        yield indicators.MeetingRow(group, number, status, timezone.localtime(starts_at).date(), not is_to_come)


def _attendance(bounds: Bounds) -> Figures:
    came = Attendance.objects.filter(
        meeting__starts_at__range=bounds, meeting__status__in=indicators.HELD, status=Attendance.Status.PRESENT
    ).order_by()
    rows = came.values_list("perspective").annotate(
        people=Count("person", distinct=True), guests=Count("guest_name", distinct=True, filter=Q(person__isnull=True))
    )
    return people_by({key: people + guests for key, people, guests in rows}, PERSPECTIVES)


def _said(bounds: Bounds) -> Iterator[indicators.SaidRow]:
    rows = (
        Contribution.objects.counted()
        .filter(meeting__starts_at__range=bounds)
        .order_by()
        .annotate(
            theme_name=Coalesce("theme__merged_into__name", "theme__name", Value("")),
            theme_slug=Coalesce("theme__merged_into__slug", "theme__slug", Value("")),
        )
        .values_list("theme_name", "theme_slug", "meeting__group__nation", "kind", "level")
        .annotate(count=Count("pk"))
    )
    return (indicators.SaidRow(*row) for row in rows)


def _quotes(bounds: Bounds) -> Iterator[tuple[str, str, str]]:
    rows = (
        Contribution.objects.counted()
        .filter(meeting__starts_at__range=bounds, may_quote=True)
        .annotate(theme_name=Coalesce("theme__merged_into__name", "theme__name", Value("")))
        .order_by("meeting__starts_at", "meeting__group__slug", "position", "pk")
        .values_list("theme_name", "kind", "words")[:200]
    )
    return ((theme, Contribution.Kind(kind).label, words) for theme, kind, words in rows)


def _evidence(bounds: Bounds) -> list[Figures]:
    rows = (
        Material.objects.counted()
        .filter(meeting__starts_at__range=bounds)
        .order_by()
        .values_list("evidence_kind")
        .annotate(count=Count("pk"))
    )
    return indicators.evidence_balance(dict(rows), dict(EvidenceKind.choices))


def _actions(bounds: Bounds, on: date) -> Figures:
    is_closed = Q(closed_on__lte=on)
    counts = (
        Action.objects.counted()
        .filter(meeting__starts_at__range=bounds)
        .aggregate(
            total=Count("pk"),
            done=Count("pk", filter=is_closed & Q(status=Action.Status.DONE)),
            dropped=Count("pk", filter=is_closed & Q(status=Action.Status.DROPPED)),
            overdue=Count("pk", filter=Q(due_on__lt=on) & (Q(closed_on__isnull=True) | Q(closed_on__gt=on))),
        )
    )
    counts["open"] = counts["total"] - counts["done"] - counts["dropped"]
    return indicators.actions(counts, counts["overdue"])


def _charter(on: date) -> Figures | None:
    """The advisory group's charter; drafts stay with their writers."""
    charter = Charter.objects.filter(group__kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()
    if charter is None:
        return None
    versions = []
    for number, correction, status, note, agreed_on in charter.versions.filter(proposed_on__lte=on).values_list(
        "number", "correction", "status", "change_note", "agreed_on"
    ):
        is_later = agreed_on is not None and agreed_on > on
        versions.append(
            figures_coproduction.VersionRow(
                charter.pk,
                number,
                CharterVersion.Status.PROPOSED if is_later else status,
                note,
                None if is_later else agreed_on,
                f"{number}.{correction}" if correction else str(number),
            )
        )
    suggestions: dict[str, int] = {}
    for status, answered_on in Suggestion.objects.filter(section__charter=charter, made_on__lte=on).values_list(
        "status", "answered_on"
    ):
        then = status if answered_on and answered_on <= on else Suggestion.Status.WAITING
        suggestions[then] = suggestions.get(then, 0) + 1
    positions = (
        Position.objects.counting()
        .filter(
            round__version__charter=charter,
            round__version__status=CharterVersion.Status.AGREED,
            taken_on__lte=on,
        )
        .order_by()
        .values_list("stance")
        .annotate(people=Count("person", distinct=True))
    )
    waypoints = Waypoint.objects.filter(charter=charter, cancelled_on__isnull=True)
    return figures_coproduction.charter(
        title=charter.title,
        versions=versions,
        suggestions=suggestions,
        positions=dict(positions),
        waypoints=[_stop(row) for row in waypoints],
        on=on,
        labels={
            "version": dict(CharterVersion.Status.choices),
            "suggestion": dict(Suggestion.Status.choices),
            "position": dict(Position.Stance.choices),
            "waypoint": dict(Waypoint.Outcome.choices),
        },
    )


def _stop(row: Waypoint) -> figures_coproduction.WaypointRow:
    return figures_coproduction.WaypointRow(
        row.charter_id, row.title, row.due_on, row.held_on, row.outcome, summary=row.summary_parts
    )


def _involvements(year: int, on: date) -> Iterator[figures_coproduction.InvolvementRow]:
    rows = Involvement.objects.in_year(year).filter(asked_on__lte=on).with_asker().order_by("asked_on", "pk")
    for row in rows:
        is_settled = row.changed_on is not None and row.changed_on <= on
        is_said = row.said_on is not None and row.said_on <= on
        yield figures_coproduction.InvolvementRow(
            row.pk,
            row.title,
            row.asker,
            row.asked,
            row.said if is_said else "",
            row.changed if is_settled else "",
            row.outcome if is_settled else Involvement.Outcome.WAITING,
            row.is_good_practice and is_settled,
            row.is_development and is_said,
        )
