"""News for everyone: the published updates of all sites as a page and an Atom feed, and the site map for search engines."""

from datetime import datetime
from html import unescape
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from impact.core.basics import clock
from impact.core.basics.markdown import render_markdown
from impact.core.basics.vocabulary import FOUR_NATIONS
from impact.core.web.listing import list_rows
from sites.registry.models import Site
from sites.rounds.models import Round
from sites.topics.scoring.models import TopicYear
from sites.updates.filters import NewsFilter
from sites.updates.models import Update, UpdateQuerySet

IN_FEED = 30
ON_PAGE = 12


def _published() -> UpdateQuerySet:
    return Update.objects.published().select_related("site__topic").prefetch_related("site__nations")


@login_not_required
@require_GET
def news_list(request: HttpRequest) -> HttpResponse:
    """What sites have published, newest first. Open to everyone."""
    listing = list_rows(
        request,
        _published(),
        NewsFilter,
        sorts={"date": ("Date", "published_at")},
        default="-date",
        page_size=ON_PAGE,
    )
    return render(request, "sites/updates/news_list.html", {"listing": listing})


def front_page(request: HttpRequest) -> HttpResponse:
    """The first page of visitors: what IMPACT does, what is open now, news, and where sites have something to tell."""
    today = clock.today()
    telling = Site.objects.filter(pk__in=Update.objects.published().values("site_id"))
    counts = telling.by_nation()
    rounds = Round.objects.filter(is_announced=True, closes_on__gte=today).order_by("closes_on", "pk")
    context = {
        "rounds": rounds.prefetch_related("topics"),
        "news": _published().order_by("-published_at", "-pk")[:3],
        "topic_list": TopicYear.objects.filter(stage=TopicYear.Stage.PUBLISHED).order_by("-year").first(),
        "models": MODELS,
        "tiles": [
            {
                "nation": nation.label,
                "number": counts[nation],
                "label": "site with news" if counts[nation] == 1 else "sites with news",
                "href": f"{reverse('sites:news')}?nation={nation.value}",
            }
            for nation in FOUR_NATIONS
        ],
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
        return _published().order_by("-published_at", "-pk")[:IN_FEED]

    def item_title(self, item: Update) -> str:
        return item.title

    def item_description(self, item: Update) -> str:
        return str(render_markdown(item.body))

    def item_pubdate(self, item: Update) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Update) -> datetime | None:
        return item.published_at

    def item_categories(self, item: Update) -> list[str]:
        return [item.site.name, item.site.topic.name if item.site.topic else "", item.site.get_delivery_model_display()]


news_feed = login_not_required(require_GET(cache_control(max_age=600, public=True)(NewsFeed())))


class Published(Sitemap):
    """Every published update."""

    def items(self) -> QuerySet[Update]:
        return Update.objects.published().order_by("-published_at", "-pk")

    def lastmod(self, item: Update) -> datetime | None:
        return item.published_at


class Announced(Sitemap):
    """Every announced round."""

    def items(self) -> QuerySet[Round]:
        return Round.objects.filter(is_announced=True).order_by("-opens_on", "-pk")


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


def summary_of(update: Update, length: int = 200) -> str:
    """The beginning of an update as plain text, for lists and previews of links."""
    words = unescape(strip_tags(str(render_markdown(update.body))))
    return Truncator(" ".join(words.split())).chars(length)
