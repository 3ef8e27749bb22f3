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
    "supporter",
    "assessor",
    "admin",
    "",
]
PER_ROUTE = 2
# Pages whose form, sent empty, comes back with what is wrong: one of each kind of form that members and their lead use.
SENT_EMPTY = [
    "coproduction:agreement",
    "coproduction:claim-answer",
    "coproduction:claim-expense",
    "coproduction:claim-offer",
    "coproduction:claim-return",
    "coproduction:comment-hide",
    "coproduction:exchange-add",
    "coproduction:involvement-add",
    "coproduction:involvement-reply",
    "coproduction:position-for-member",
    "coproduction:recording-add",
    "coproduction:suggestion-add",
    "coproduction:suggestion-detail",
    "coproduction:support-booking-add",
    "coproduction:version-withdraw",
    "coproduction:waypoint-answer-for",
    "coproduction:waypoint-detail",
    "coproduction:waypoint-move",
]
SKIP = ("/admin/", "/static/", "/api/v1/", "/accounts/logout/")


class Links(HTMLParser):
    """Collects the addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (href := dict(attrs).get("href")):
            self.found.append(href)


class HiddenFields(HTMLParser):
    """Collects what the form that a page is for sends by itself: the first that goes to the page's own address."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.is_in, self.is_found = False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form":
            is_it = "novalidate" in has and has.get("method") == "post" and "action" not in has
            self.is_in = is_it and not self.is_found
            self.is_found |= self.is_in
        elif tag == "input" and self.is_in and has.get("type") == "hidden":
            self.fields[str(has.get("name"))] = has.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_in = False


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


def sent_empty(base: str, visits: list[Visit], cookies: dict[str, list]) -> list[Visit]:
    """The pages of SENT_EMPTY as they come back when nothing was filled in."""
    back = []
    for route in SENT_EMPTY:
        for visit in visits:
            form = HiddenFields()
            form.feed(visit.html if visit.route == route and visit.status == 200 else "")
            if form.is_found:
                session = requests.Session()
                for cookie in cookies.get(visit.role, []):
                    session.cookies.set(cookie["name"], cookie["value"])
                url = urljoin(base, visit.url)
                answer = session.post(
                    url, data=form.fields, headers={"Referer": url}, timeout=30, allow_redirects=False
                )
                back.append(Visit(visit.role, route, visit.url, answer.status_code, answer.text, "sent empty"))
                break
    return back
