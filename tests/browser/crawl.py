"""Walks every page that a demo account can reach by links, one or two addresses for each route."""

from collections import defaultdict
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from django.urls import Resolver404, resolve

ROLES = [
    "staff",
    "engagement",
    "leadership",
    "coordinator.england",
    "coordinator.ni",
    "member",
    "assessor",
    "admin",
    "",
]
PER_ROUTE = 2
SKIP = ("/admin/", "/static/", "/api/v1/", "/accounts/logout/")


class Links(HTMLParser):
    """Collects the addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (href := dict(attrs).get("href")):
            self.found.append(href)


@dataclass
class Visit:
    role: str
    route: str
    url: str
    status: int
    html: str
    linked_from: str


def crawl(base: str, role: str, cookies: list) -> list[Visit]:
    """Every page ``role`` reaches from its home page."""
    session = requests.Session()
    for cookie in cookies:
        session.cookies.set(cookie["name"], cookie["value"])
    queue, seen, count, visits = [("/", "")], {"/"}, defaultdict(int), []
    while queue:
        path, linked_from = queue.pop(0)
        try:
            route = resolve(urlsplit(path).path).view_name
        except Resolver404:
            route = "?"
        if count[route] >= PER_ROUTE and route != "?":
            continue
        count[route] += 1
        response = session.get(urljoin(base, path), timeout=30)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        visits.append(Visit(role, route, path, response.status_code, response.text if is_page else "", linked_from))
        if not is_page:
            continue
        links = Links()
        links.feed(response.text)
        for href in links.found:
            target = urldefrag(urljoin(response.url, href)).url
            if not target.startswith(base):
                continue
            local = target[len(base) :] or "/"
            if local not in seen and not local.startswith(SKIP):
                seen.add(local)
                queue.append((local, path))
    return visits
