"""Which rows the figures of a year are counted from, as querysets: ``gather`` counts them, ``rows`` keeps their keys.

Where a row counts under a state that it had on the last day, the queryset says so in a column of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Case, CharField, F, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from coproduction.agreement.models import Position
from coproduction.charter.models import Charter, CharterVersion
from coproduction.involvements.models import Involvement
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.models import Waypoint
from impact.core.basics import clock
from networks.actions.models import Action
from networks.documents.materials.models import Material
from networks.groups.models import Group, GroupKind
from networks.log.models import Attendance, Contribution
from networks.meetings.models import Meeting
from sites.progress.units.models import Unit, UnitChange
from sites.registry.models import Site, StatusChange

Bounds = tuple[datetime, datetime]
Rows = Any  # querysets with columns of their own, of which types know nothing


def last_day(year: int) -> date:
    """The day on which a year's figures stand: its last one, or today while the year runs."""
    return min(date(year, 12, 31), clock.today())


@dataclass(frozen=True)
class Period:
    """The year of a report as its figures see it."""

    year: int
    on: date  # the cut-off

    @classmethod
    def of(cls, year: int) -> "Period":
        """A year's period as it stands today."""
        return cls(year, last_day(year))

    @property
    def is_over(self) -> bool:
        """Whether all of the year is told."""
        return self.on == date(self.year, 12, 31)

    @property
    def bounds(self) -> Bounds:
        """The first and the last moment of which the figures tell."""
        start = timezone.make_aware(datetime.combine(date(self.year, 1, 1), time.min))
        return start, timezone.make_aware(datetime.combine(self.on, time.max))


# --- Sites ---------------------------------------------------------------------------------------
def sites(period: Period) -> Rows:
    """Sites that had begun, with ``stood``, their status on the day."""
    changes = StatusChange.objects.filter(site=OuterRef("pk"))
    then = changes.filter(on__lte=period.on).order_by("-on", "-pk").values("status")[:1]
    later = changes.filter(on__gt=period.on).values("pk")[:1]
    return Site.objects.annotate(then=Subquery(then), later=Subquery(later), stood=Coalesce("then", "status")).exclude(
        then__isnull=True, later__isnull=False
    )


def units(period: Period) -> Rows:
    """Units on the rosters in force, with ``stood``, whether they had joined."""
    changes = UnitChange.objects.filter(unit=OuterRef("pk"), on__lte=period.on).order_by("-on", "-pk")
    return Unit.objects.on_roster(period.on).annotate(
        stood=Coalesce(Subquery(changes.values("state")[:1]), Value(UnitChange.State.NOT_APPROACHED))
    )


# --- Groups and their meetings -------------------------------------------------------------------
def groups(period: Period) -> Rows:
    """Groups that ran in the year, or met in it."""
    first = date(period.year, 1, 1)
    begun = Q(starts_on__isnull=True) | Q(starts_on__lte=period.on)
    met = Q(pk__in=Meeting.objects.held().in_year(period.year).values("group_id"))
    return Group.objects.filter(begun & (Q(ends_on__isnull=True) | Q(ends_on__gte=first)) | met)


def meetings_held(period: Period) -> Rows:
    """Meetings of the year whose log is in."""
    return Meeting.objects.held().filter(starts_at__range=period.bounds)


def meetings_cancelled(period: Period) -> Rows:
    """Meetings of the year that were cancelled."""
    return Meeting.objects.in_year(period.year).filter(status=Meeting.Status.CANCELLED)


def returns(period: Period) -> Rows:
    """Logs that local networks have sent in, of any year: the rounds of a network may begin in the year before."""
    local = groups(period).filter(kind=GroupKind.LOCAL_NETWORK)
    return Meeting.objects.held().filter(starts_at__lte=period.bounds[1], group__in=local)


def returns_missing(period: Period) -> Rows:
    """Meetings of local networks that are over and have no log, among the rounds of their network.

    How many rounds each network has is asked first, in two queries: as a sub-query it would be counted for every meeting.
    """
    end = period.bounds[1]
    local = groups(period).filter(kind=GroupKind.LOCAL_NETWORK)
    rounds = dict(local.order_by().values_list("site").annotate(most=Max("meetings_planned")))
    for site, most in returns(period).order_by().values_list("group__site").annotate(most=Max("number")):
        rounds[site] = max(most, rounds.get(site, 0))
    among = Q(group__site__isnull=True, number__lte=F("group__meetings_planned"))
    for number in set(rounds.values()):
        among |= Q(
            number__lte=number, group__site__in=[site for site, most in rounds.items() if most == number and site]
        )
    return Meeting.objects.filter(
        among,
        group__in=local,
        status=Meeting.Status.PLANNED,
        starts_at__lte=end,
        ends_at__lt=min(clock.now(), end),
    )


def attendance(period: Period) -> Rows:
    """Each time that someone came to a meeting of the year."""
    return Attendance.objects.filter(
        meeting__starts_at__range=period.bounds, meeting__status__in=Meeting.HELD, status=Attendance.Status.PRESENT
    )


def contributions(period: Period) -> Rows:
    """What was said in meetings of the year, with its theme, or the one that it was merged into."""
    return (
        Contribution.objects.counted()
        .filter(meeting__starts_at__range=period.bounds)
        .annotate(
            theme_name=Coalesce("theme__merged_into__name", "theme__name", Value("")),
            theme_slug=Coalesce("theme__merged_into__slug", "theme__slug", Value("")),
        )
    )


def materials(period: Period) -> Rows:
    """Papers sent out before the meetings of the year."""
    return Material.objects.counted().filter(meeting__starts_at__range=period.bounds)


def actions(period: Period) -> Rows:
    """Actions of the year's meetings, with ``stood``: done, dropped, overdue or open."""
    is_closed = Q(closed_on__lte=period.on)
    stood = Case(
        When(is_closed & Q(status=Action.Status.DONE), then=Value("done")),
        When(is_closed & Q(status=Action.Status.DROPPED), then=Value("dropped")),
        When(Q(due_on__lt=period.on) & ~is_closed, then=Value("overdue")),
        default=Value("open"),
        output_field=CharField(),
    )
    return Action.objects.counted().filter(meeting__starts_at__range=period.bounds).annotate(stood=stood)


# --- Co-production -------------------------------------------------------------------------------
def charter() -> Charter | None:
    """The advisory group's charter."""
    return Charter.objects.filter(group__kind=GroupKind.ADVISORY_GROUP).order_by("pk").first()


def _of_charter(path: str) -> dict[str, Any]:
    first = Charter.objects.filter(group__kind=GroupKind.ADVISORY_GROUP).order_by("pk").values("pk")[:1]
    return {path: Subquery(first)}


def versions(period: Period) -> Rows:
    """Texts that were put to the members, with ``stood``: one agreed later was still proposed."""
    is_later = Q(agreed_on__gt=period.on)
    stood = Case(When(is_later, then=Value(CharterVersion.Status.PROPOSED.value)), default=F("status"))
    return CharterVersion.objects.filter(**_of_charter("charter"), proposed_on__lte=period.on).annotate(stood=stood)


def suggestions(period: Period) -> Rows:
    """What members had suggested, with ``stood``, the answer that they had by then: one that was merged has it with the
    one that it was merged into."""
    waiting = Value(Suggestion.Status.WAITING.value)
    is_answered = Q(answered_on__lte=period.on) | Q(merged_into__answered_on__lte=period.on)
    stood = Case(When(is_answered, then=F("status")), default=waiting, output_field=CharField())
    return Suggestion.objects.filter(**_of_charter("section__charter"), made_on__lte=period.on).annotate(stood=stood)


def positions(period: Period) -> Rows:
    """Positions on the agreed text as they were when its round closed."""
    agreed = {"round__version__status": CharterVersion.Status.AGREED, "taken_on__lte": period.on}
    return Position.objects.at_closing().filter(**_of_charter("round__version__charter"), **agreed)


def waypoints(period: Period) -> Rows:
    """Waypoints that were not cancelled, with ``stood``: held, due or coming."""
    stood = Case(
        When(held_on__lte=period.on, then=Value("held")),
        When(due_on__lte=period.on, then=Value("due")),
        default=Value("coming"),
        output_field=CharField(),
    )
    return Waypoint.objects.filter(**_of_charter("charter"), cancelled_on__isnull=True).annotate(stood=stood)


def involvements(period: Period) -> Rows:
    """Involvements of the year, with ``stood``, the outcome by then, and ``marked``: good practice, development."""
    is_settled = Q(changed_on__lte=period.on)
    waiting = Value(Involvement.Outcome.WAITING.value)
    none = Value("")
    return (
        Involvement.objects.in_year(period.year)
        .filter(asked_on__lte=period.on)
        .annotate(
            stood=Case(When(is_settled, then=F("outcome")), default=waiting, output_field=CharField()),
            good=Case(
                When(is_settled & Q(is_good_practice=True), then=Value("good practice")),
                default=none,
                output_field=CharField(),
            ),
            development=Case(
                When(Q(said_on__lte=period.on, is_development=True), then=Value("area for development")),
                default=none,
                output_field=CharField(),
            ),
        )
    )
