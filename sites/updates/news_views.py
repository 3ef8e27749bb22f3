"""News for everyone: what sites and the centre published, as a page and an Atom feed; the site map for search engines."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.markdown import render_markdown
from impact.core.web.listing import list_rows
from sites.calls.rounds.models import Round
from sites.registry.models import Site
from sites.registry.views import tiles_of
from sites.topics.scoring.models import TopicYear
from sites.updates.filters import NewsFilter
from sites.updates.models import Update, UpdateQuerySet

IN_FEED = 30
ON_PAGE = 12


def _current() -> UpdateQuerySet:
    """What is public now; vacancies until their last day."""
    rows = Update.objects.current(clock.today())
    return rows.select_related("site__topic", "topic").prefetch_related("site__nations")


@login_not_required
@require_GET
def news_list(request: HttpRequest) -> HttpResponse:
    """News, vacancies and outputs of sites and the centre, newest first. Open to everyone."""
    listing = list_rows(
        request,
        _current(),
        NewsFilter,
        sorts={"date": ("Date", "published_at")},
        default="-date",
        page_size=ON_PAGE,
    )
    context = {"listing": listing, "may_add": has_perm(request.user, "sites.edit_site")}
    return render(request, "sites/updates/news_list.html", context)


def front_page(request: HttpRequest) -> HttpResponse:
    """The first page of visitors: what IMPACT does, what is open now, news, and where sites have something to tell."""
    telling = Site.objects.with_news()
    rounds = (
        Round.objects.filter(is_announced=True)
        .not_closed(clock.now())
        .select_related("release")
        .order_by("closes_at", "pk")
    )
    context = {
        "rounds": rounds.prefetch_related("topics"),
        "news": _current().exclude(kind=Update.Kind.VACANCY).order_by("-published_at", "-pk")[:3],
        "vacancies": _current().filter(kind=Update.Kind.VACANCY).order_by("closes_on", "pk")[:5],
        "topic_list": TopicYear.objects.filter(stage=TopicYear.Stage.PUBLISHED).order_by("-year").first(),
        "models": MODELS,
        "tiles": tiles_of(telling, QueryDict(mutable=True), reverse("sites:news"), named=0),
        "address": request.build_absolute_uri("/"),
    }
    return render(request, "home/front.html", context)


# What each delivery model is, for people who have not heard of it.
MODELS = [
    (
        "Demonstrator",
        "Coaches work with a host organisation on an issue that matters to its whole area.",
    ),
    ("Facilitator", "One person inside a service makes a change happen with the people who draw on it and work in it."),
    ("Network", "Local networks in each nation look at one issue together, and learn from each other."),
    ("Ask IMPACT", "People ask a question, and get an answer from research, lived experience and practice knowledge."),
]


class NewsFeed(Feed):
    """The newest published updates, for feed readers and the websites of partners."""

    feed_type = Atom1Feed
    title = "IMPACT: news from our sites"
    subtitle = "What is tried out and learned in adult social care across the four nations of the UK."
    author_name = "IMPACT"

    def link(self) -> str:
        return reverse("sites:news")

    def feed_url(self) -> str:
        return reverse("sites:news-feed")

    def items(self) -> QuerySet[Update]:
        return _current().order_by("-published_at", "-pk")[:IN_FEED]

    def item_title(self, item: Update) -> str:
        return item.title

    def item_description(self, item: Update) -> str:
        return str(render_markdown(item.body))

    def item_pubdate(self, item: Update) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Update) -> datetime | None:
        return item.published_at

    def item_categories(self, item: Update) -> list[str]:
        subject = item.subject
        found = [item.get_kind_display(), item.source, subject.name if subject else ""]
        return [word for word in [*found, item.site.get_delivery_model_display() if item.site else ""] if word]


news_feed = login_not_required(require_GET(cache_control(max_age=600, public=True)(NewsFeed())))


class Published(Sitemap):
    """Every published update."""

    def items(self) -> QuerySet[Update]:
        return Update.objects.current(clock.today()).order_by("-published_at", "-pk")

    def lastmod(self, item: Update) -> datetime | None:
        return item.published_at


class Announced(Sitemap):
    """Every announced round."""

    def items(self) -> QuerySet[Round]:
        return Round.objects.filter(is_announced=True).order_by("-opens_at", "-pk")


class TopicLists(Sitemap):
    """The published list of topics of each year."""

    def items(self) -> QuerySet[TopicYear]:
        return TopicYear.objects.filter(stage=TopicYear.Stage.PUBLISHED).order_by("-year")

    def lastmod(self, item: TopicYear) -> datetime | None:
        newest = item.editions.first()
        return newest.published_at if newest else None


class Lists(Sitemap):
    """Lists that are open to everyone."""

    def items(self) -> list[str]:
        return ["sites:news", "sites:round-list", "reports:list", "core:accessibility", "core:privacy"]

    def location(self, item: str) -> str:
        return reverse(item)


@login_not_required
@require_GET
@cache_control(max_age=3600, public=True)
def site_map(request: HttpRequest) -> Any:
    """The addresses that search engines may list."""
    return sitemap(request, {"lists": Lists, "news": Published, "rounds": Announced, "topics": TopicLists})


@login_not_required
@require_GET
@cache_control(max_age=3600, public=True)
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines: what is public, and where its map is. All else asks for a sign-in anyway."""
    address = request.build_absolute_uri(reverse("sites:sitemap"))
    lines = ["User-agent: *", "Disallow: /api/", "Disallow: /accounts/"]
    return HttpResponse("\n".join([*lines, f"Sitemap: {address}", ""]), content_type="text/plain; charset=utf-8")
