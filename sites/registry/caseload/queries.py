"""Posts with their supervision: when it was last held, when it is next planned, and which posts are overdue."""

from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from impact.core.basics.dates import day
from sites.registry.caseload.models import SUPERVISED_EVERY
from sites.registry.models import Site, SiteRole


def posts_for(user: Any) -> QuerySet[SiteRole]:
    """Posts at the sites whose inside ``user`` may see, without those that have ended, each with ``last_held``,
    ``next_planned`` and ``person_posts``: how many current posts its person has, wherever they are."""
    own = SiteRole.objects.current().filter(person=OuterRef("person")).order_by().values("person")
    return SiteRole.objects.filter(site__in=Site.objects.inside_for(user)).annotate(
        last_held=Max("supervisions__on", filter=Q(supervisions__is_held=True)),
        next_planned=Min("supervisions__on", filter=Q(supervisions__is_held=False)),
        person_posts=Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")[:1]), 0),
    )


SUPERVISED = (SiteRole.Kind.COACH, SiteRole.Kind.FACILITATOR)  # a site lead may be, but is not overdue


def not_ended(posts: QuerySet[SiteRole], on: date) -> QuerySet[SiteRole]:
    return posts.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))


def overdue_posts(posts: QuerySet[SiteRole], on: date) -> QuerySet[SiteRole]:
    """Of ``posts_for``: those of coaches and facilitators with someone in them whose planned day has passed, or who had no supervision for six weeks
    and have none planned."""
    before = on - SUPERVISED_EVERY
    current = Q(kind__in=SUPERVISED, pk__in=SiteRole.objects.current().values("pk"))
    late = Q(next_planned__lt=on)
    long = Q(next_planned__isnull=True) & (Q(last_held__lt=before) | Q(last_held__isnull=True, starts_on__lt=before))
    return posts.filter(current & (late | long))


def overdue_in_words(post: Any, on: date) -> str:
    """Why supervision of a post is overdue; empty when it is not. The same rule as ``overdue_posts``."""
    if post.kind not in SUPERVISED:
        return ""
    if post.state != SiteRole.State.APPOINTED or (post.starts_on and post.starts_on > on):
        return ""
    if post.ends_on and post.ends_on < on:
        return ""
    if post.next_planned:
        return f"Planned for {day(post.next_planned)}, not recorded as held" if post.next_planned < on else ""
    since = post.last_held or post.starts_on
    if since and since < on - SUPERVISED_EVERY:
        days = (on - since).days
        return f"None for {days} days" if post.last_held else f"None in the {days} days since they started"
    return ""
