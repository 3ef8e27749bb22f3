"""What a quarterly note to funders freezes: sites as they stood, and their outcomes against the frame."""

from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils import timezone

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Nation
from networks.groups.models import GroupKind
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from reports.figures import counted
from reports.figures.counted import Period
from reports.subjects.frozen.site import coverage_of, iso
from sites.progress.delivery.models import Milestone
from sites.progress.outcomes.measures.models import FRAME_MEANS, Frame, OutcomeMeasure, Reading, change_in_words
from sites.progress.outcomes.spread.models import Uptake
from sites.registry.models import DeliveryModel, Site

Data = dict[str, Any]
NATIONS = dict(Nation.choices)


def gather(first: date, last: date) -> Data:
    """Every figure of a quarter's note, as plain JSON values: as it stood on its last day, or today while it runs."""
    on = min(last, clock.today())
    sites = list(counted.sites(Period(on.year, on)).select_related("topic", "host").prefetch_related("nations"))
    sites.sort(key=lambda site: site.name.lower())
    bounds = (_moment(first, time.min), _moment(on, time.max))
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "is_over": on == last,
        "sites": [
            {
                "name": site.name,
                "model": str(DeliveryModel(site.delivery_model).label),
                "nations": [str(nation.get_nation_display()) for nation in site.nations.all()],
                "host": str(site.host or ""),
                "status": str(Site.Status(site.stood).label),
            }
            for site in sites
        ],
        "statuses": [
            [str(status.label), sum(site.stood == status for site in sites)]
            for status in Site.Status
            if any(site.stood == status for site in sites)
        ],
        **_outcomes(sites, first, on),
        "milestones": _milestones(sites, first, on),
        "networks": _networks(bounds),
        "coverage": [row for site in sites if (row := coverage_of(site, on))],
        "spread": [
            {
                "site": row.site.name,
                "place": row.place,
                "nation": NATIONS[row.nation],
                "how": str(row.get_how_display()),
                "on": iso(row.on),
                "what": row.what,
            }
            for row in Uptake.objects.filter(on__range=(first, on)).select_related("site").order_by("on", "pk")
        ],
        "is_illustrative": any(site.is_illustrative for site in sites),
        "held_words": [],
    }


def _moment(on: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(on, at))


def _outcomes(sites: list[Site], first: date, on: date) -> Data:
    """Each measure with what was read before the quarter and by its end, frame by frame; what was read later is not told."""
    rows = (
        OutcomeMeasure.objects.filter(site__in=sites)
        .select_related("site")
        .prefetch_related(Prefetch("readings", Reading.objects.filter(on__lte=on).order_by("on")))
        .order_by("site__name", "pk")
    )
    frames: dict[str, list[Data]] = {frame: [] for frame in Frame}
    measured, read = set(), 0
    for row in rows:
        readings = list(row.readings.all())
        has_baseline = row.baseline_on is not None and row.baseline_on <= on
        if not readings and not has_baseline:
            continue  # nothing was known of it by then
        earlier = [reading for reading in readings if reading.on < first]
        latest = readings[-1] if readings else None
        measured.add(row.site_id)
        read += len(readings) - len(earlier)
        frames[row.frame].append(
            {
                "site": row.site.name,
                "name": row.name,
                "baseline": row.in_words(row.baseline_value) if has_baseline else "",
                "before": row.in_words(earlier[-1].value) if earlier else "",
                "latest": row.in_words(latest.value) if latest else "",
                "latest_on": day(latest.on) if latest else "",
                "is_new": bool(latest and latest.on >= first),
                "change": change_in_words(row, latest.value if latest and has_baseline else None)[0],
            }
        )
    return {
        "outcomes": [
            {"frame": str(frame.label), "means": FRAME_MEANS[frame], "rows": frames[frame]} for frame in Frame
        ],
        "readings": read,
        "unmeasured": [site.name for site in sites if site.pk not in measured],
    }


def _milestones(sites: list[Site], first: date, on: date) -> Data:
    """What was completed in the quarter, and what was late on its last day."""
    rows = Milestone.objects.filter(site__in=sites).select_related("site").order_by("site__name", "planned_on", "pk")
    late = rows.filter(planned_on__lt=on).filter(Q(actual_on__isnull=True) | Q(actual_on__gt=on))
    return {
        "done": [
            {"site": row.site.name, "title": row.title, "on": iso(row.actual_on), "planned_on": iso(row.planned_on)}
            for row in rows.filter(actual_on__range=(first, on))
        ],
        "late": [{"site": row.site.name, "title": row.title, "planned_on": iso(row.planned_on)} for row in late],
    }


def _networks(bounds: tuple[datetime, datetime]) -> list[Data]:
    """Meetings of local networks that were held in the quarter, and what was said there, by network."""
    held = Meeting.objects.held().filter(starts_at__range=bounds, group__kind=GroupKind.LOCAL_NETWORK)
    meetings = dict(held.order_by().values_list("group__site__name").annotate(n=Count("pk")))
    said = Contribution.objects.counted().filter(meeting__starts_at__range=bounds)
    words = dict(said.order_by().values_list("meeting__group__site__name").annotate(n=Count("pk")))
    return [{"name": name, "held": meetings[name], "said": words.get(name, 0)} for name in sorted(meetings)]
