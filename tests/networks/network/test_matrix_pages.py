"""The matrix, a theme side by side, and the words behind a figure: every figure opens exactly what it counts."""

import re
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from networks.log.models import Contribution
from networks.network import matrix
from networks.themes import curate
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def net(db):
    """England and Wales have reported on meeting 1, England on 2 as well; Scotland on nothing yet."""
    site = factories.SiteFactory(slug="the-net", name="The net")
    groups = {
        nation: factories.GroupFactory(site=site, nation=nation, name=f"Local {nation}", slug=f"local-{nation}")
        for nation in ("england", "scotland", "wales")
    }
    trust = factories.ThemeFactory(name="Trust", slug="trust")
    time = factories.ThemeFactory(name="Time", slug="time")
    one = factories.LoggedMeetingFactory(group=groups["england"], number=1)
    two = factories.LoggedMeetingFactory(group=groups["england"], number=2, starts_at=factories.at(2022, 9, 27))
    wales = factories.LoggedMeetingFactory(group=groups["wales"], number=1, starts_at=factories.at(2022, 7, 27))
    factories.MeetingFactory(group=groups["scotland"], number=1)
    add = factories.ContributionFactory
    for meeting in (one, wales):
        add(
            meeting=meeting,
            theme=trust,
            kind="enabler",
            quotable=True,
            level="human",
            perspective="carer",
            words="Quotable words.",
        )
        add(meeting=meeting, theme=trust, kind="enabler", level="systemic", words="Private words.")
        add(meeting=meeting, theme=trust, kind="barrier", level="human", words="Private barrier.")
    add(meeting=two, theme=time, kind="question", quotable=True, perspective="funder", words="How long?")
    add(meeting=two, theme=time, kind="solution", quotable=True, words="A date in the plan.")
    add(meeting=two, theme=None, kind="barrier", quotable=True, words="Not coded yet.")
    return SimpleNamespace(
        site=site, groups=groups, trust=trust, time=time, coordinator=factories.user_in(groups["wales"], "coordinator")
    )


def figures(html):
    """(number, address) of every figure in the table."""

    found = re.findall(r'<a class="count[^"]*" href="([^"]+)">\s*<span aria-hidden="true">[+−]?(\d+)<', html)
    return [(int(number), href.replace("&amp;", "&")) for href, number in found]


def opened(client, href):
    """How many things the page that a figure opens tells of, shown and counted only."""
    context = client.get(href).context
    if "columns" in context:
        shown = sum(len(column["words"]) for column in context["columns"])
        return shown + sum(column["unseen"] for column in context["columns"]), shown
    return context["counted"], context["listing"].total


@pytest.mark.parametrize(
    "query", ["", "?level=human", "?perspective=carer", "?kind=other", "?round=2", "?after=2022-08-01", "?after=soon"]
)
@pytest.mark.parametrize("role", ["staff", "leadership", "coordinator"])
def test_every_figure_opens_exactly_what_it_counts(net, sign_in, role, query):
    user = net.coordinator if role == "coordinator" else factories.UserFactory(roles=[role])
    client = sign_in(user)
    page = html_of(client.get(reverse("networks:matrix", args=["the-net"]) + query))
    found = figures(page)
    assert len(found) >= 4
    for number, href in found:
        total, shown = opened(client, href)
        assert total == number, href
        assert role == "coordinator" or shown == number


def test_words_that_may_not_be_read_are_counted_and_the_reason_is_given(net, sign_in, administrator):
    url = reverse("networks:theme-detail", args=["the-net", "trust"])
    page = html_of(sign_in(net.coordinator).get(url, {"nation": "england", "kind": "enabler"}))
    assert "Quotable words." not in page and "Private words." not in page
    assert "2 are counted and not shown: you can read what your own local network said, and what others share" in page
    own = html_of(sign_in(net.coordinator).get(url, {"nation": "wales"}))
    assert "Private words." in own and "not shown" not in own
    page = html_of(sign_in(administrator).get(url))
    assert (
        "3 are counted and not shown: only the networks team and coordinators can read them" in page
        and "Quotable" not in page
    )


NARROW = ["level=human", "perspective=carer", "round=1", "after=2022-07-01", "before=2022-07-26"]


@pytest.mark.parametrize("query", NARROW)
def test_a_coordinator_cannot_narrow_another_nations_figures_down_to_one_persons_words(net, sign_in, query):
    """One carer, one meeting, one level: a figure of 1 would say what a person in another local network said."""
    client, wide = sign_in(net.coordinator), {}
    for name, args in (("networks:matrix", ["the-net"]), ("networks:theme-detail", ["the-net", "trust"])):
        url = reverse(name, args=args)
        for kind in ("", "&format=csv"):
            wide[kind] = client.get(f"{url}?{kind}")
            narrow = client.get(f"{url}?{query}{kind}")
            if kind:
                assert b"".join(narrow.streaming_content) == b"".join(wide[kind].streaming_content)
            elif name == "networks:matrix":
                cells = [[c.total for c in row.cells] for row in narrow.context["matrix"].rows]
                assert cells == [[c.total for c in row.cells] for row in wide[kind].context["matrix"].rows]
                assert query.split("=")[0] not in narrow.context["filter_form"].fields
            else:
                assert narrow.context["row"] == wide[kind].context["row"]
    url = reverse("networks:said", args=["the-net"])
    page = client.get(f"{url}?nation=england&{query}")
    assert page.context["listing"].total == 0
    assert page.context["counted"] == client.get(f"{url}?nation=england").context["counted"]


def test_the_list_of_words_of_a_coordinator_holds_their_own_local_network_alone(net, sign_in):
    client, url = sign_in(net.coordinator), reverse("networks:said", args=["the-net"])
    listing = client.get(url).context["listing"]
    assert {entry.meeting.group for entry in listing.page} == {net.groups["wales"]} and listing.total == 3
    assert client.get(url, {"level": "human"}).context["listing"].total == 2  # their own they may narrow
    rows = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert "England" not in rows and rows.count("Wales") == 3
    api = client.get("/api/v1/contributions/", {"nation": "england"}).json()["results"]
    assert api == []


def test_a_theme_shows_nations_side_by_side_and_who_has_not_reported(net, sign_in, staff):
    page = html_of(sign_in(staff).get(reverse("networks:theme-detail", args=["the-net", "time"])))
    assert page.index('id="england"') < page.index('id="scotland"') < page.index('id="wales"')
    assert "Reported on meeting 1. Nothing on this theme." in page  # Wales
    assert "Not reported yet" in page and "Scotland has not yet reported on meeting 1" in page
    assert "Meeting 2, 27 September 2022" in page and "Funder or decision-maker" in page


def test_with_a_filter_a_nation_is_judged_by_the_meetings_asked_about(net, sign_in, staff):
    page = sign_in(staff).get(reverse("networks:theme-detail", args=["the-net", "time"]), {"round": "2"})
    reported = {column["cell"].nation: column["reported"] for column in page.context["columns"]}
    assert reported == {"england": [2], "scotland": [], "wales": []}


def test_the_matrix_sorts_and_adds_up(net, sign_in, staff):
    url = reverse("networks:matrix", args=["the-net"])
    client = sign_in(staff)

    def order(sort):
        return [row.theme for row in client.get(url, {"sort": sort}).context["matrix"].rows]

    assert order("most") == order("nonsense") == order("barriers") == ["Trust", "Time"]
    assert order("theme") == ["Time", "Trust"]
    context = client.get(url).context
    totals = context["totals"]
    assert (totals.enablers, totals.barriers, totals.others) == (4, 3, 2)
    assert [(c.nation, c.total) for c in totals.cells] == [("england", 6), ("scotland", 0), ("wales", 3)]
    assert context["matrix"].no_theme.total == 1 and "No theme yet" in html_of(client.get(url))
    uncoded = client.get(reverse("networks:said", args=["the-net"]), {"theme": "none"})
    assert "Not coded yet." in html_of(uncoded)


def test_nothing_that_matches_says_so(net, sign_in, staff):
    url = reverse("networks:matrix", args=["the-net"])
    assert "Nothing matches" in html_of(sign_in(staff).get(url, {"perspective": "provider"}))
    assert sign_in(staff).get(url, {"round": "x", "after": "soon", "kind": "<b>"}).status_code == 200


def test_matrix_and_theme_download_as_csv(net, sign_in, staff):
    net.time.name = "=Time"
    net.time.save()
    client = sign_in(staff)
    text = b"".join(
        client.get(reverse("networks:matrix", args=["the-net"]), {"format": "csv"}).streaming_content
    ).decode()
    lines = text.splitlines()
    assert lines[0].startswith('\ufeffTheme,"England, enablers"')
    assert (
        lines[1] == "Trust,2,1,0,0,0,0,2,1,0,4,2,0"
        and lines[2].startswith("'=Time")
        and lines[3] == "No theme yet,0,1,0,0,0,0,0,0,0,0,1,0"
        and lines[4] == "Everything said,2,2,2,0,0,0,2,1,0,4,3,2"
    )
    answer = sign_in(net.coordinator).get(
        reverse("networks:theme-detail", args=["the-net", "trust"]), {"format": "csv"}
    )
    rows = b"".join(answer.streaming_content).decode()
    assert rows.count("Quotable words.") == 1 and rows.count("Private words.") == 1
    assert "Local england" not in rows


def test_the_address_of_a_merged_or_renamed_theme_leads_to_the_theme_of_today(net, sign_in, staff):
    curate.merge_theme(by=staff, theme=net.time, into=net.trust)
    curate.rename_theme(by=staff, theme=type(net.trust).objects.get(pk=net.trust.pk), name="Being trusted")
    client = sign_in(staff)
    for old in ("time", "trust"):
        answer = client.get(reverse("networks:theme-detail", args=["the-net", old]), {"nation": "england"})
        assert (
            answer["Location"]
            == reverse("networks:theme-detail", args=["the-net", "being-trusted"]) + "?nation=england"
        )
        assert client.get(reverse("networks:theme-about", args=[old]))["Location"] == "/themes/being-trusted/"
    assert client.get(reverse("networks:theme-detail", args=["the-net", "being-trusted"])).context["row"].total == 8


def test_missing_returns_are_named_on_the_networks_page_and_on_home(net, sign_in, staff, leader):
    page = html_of(sign_in(staff).get(reverse("networks:detail", args=["the-net"])))
    assert "Scotland has not yet reported on meeting 1" in page
    for user in (staff, leader):
        home = html_of(sign_in(user).get("/"))
        assert "Missing returns" in home and "Local scotland" in home and "Meeting 1, held 26 July 2022" in home


@pytest.mark.parametrize("name", ["networks:matrix", "networks:theme-detail", "networks:said", "networks:detail"])
def test_pages_cost_as_much_for_many_entries_as_for_few(net, sign_in, staff, name):
    args = ["the-net", "trust"] if name == "networks:theme-detail" else ["the-net"]
    client = sign_in(staff)
    client.get(reverse(name, args=args))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(name, args=args))
    for n in range(5, 9):
        meeting = factories.LoggedMeetingFactory(group=net.groups["england"], number=n)
        factories.ContributionFactory.create_batch(5, meeting=meeting)
        factories.ContributionFactory.create_batch(5, meeting=meeting, theme=net.trust)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(name, args=args))
    assert len(many) == len(few)


def test_a_figure_keeps_the_filters_of_the_table(net, sign_in, staff):
    page = sign_in(staff).get(reverse("networks:matrix", args=["the-net"]), {"level": "human", "sort": "theme"})
    for _number, href in figures(html_of(page)):
        asked = parse_qs(urlsplit(href).query)
        assert asked["level"] == ["human"] and "sort" not in asked


# --- The themes page -----------------------------------------------------------------------------
def test_themes_are_listed_with_how_often_and_where(net, sign_in, staff):
    factories.ContributionFactory(theme__name="Trusting", theme__slug="trusting", meeting=factories.MeetingFactory())
    client = sign_in(staff)
    url = reverse("networks:theme-list")
    rows = {t.name: t for t in client.get(url).context["listing"].page}
    assert (rows["Trust"].enablers, rows["Trust"].barriers, rows["Trust"].others, rows["Trust"].nations) == (4, 2, 0, 2)
    assert rows["Trusting"].used == 0 and "Not in a finished log" in html_of(client.get(url, {"q": "trusting"}))
    assert client.get(url, {"use": "used", "q": "tim"}).context["listing"].total == 1
    assert next(iter(client.get(url, {"sort": "used"}).context["listing"].page)).name == "Trust"
    assert "See what a merge would do" in html_of(client.get(url))
    text = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert "Trust,,4,2,0,2,27 July 2022" in text


def test_a_coordinator_sees_the_figures_of_their_networks_and_no_buttons(net, sign_in, staff):
    factories.ContributionFactory(theme=net.trust)  # of another network
    client = sign_in(net.coordinator)
    page = client.get(reverse("networks:theme-about", args=["trust"]))
    assert page.context["theme"].used == 6 and "Rename" not in html_of(page)
    assert sign_in(staff).get(reverse("networks:theme-about", args=["trust"])).context["theme"].used == 7


def test_a_merge_is_shown_before_it_is_made_and_can_be_undone_on_the_page(net, sign_in, staff):
    client = sign_in(staff)
    url = reverse("networks:theme-merge", args=["time"])
    assert "Choose an answer" in html_of(client.get(url, {"into": ""}))
    page = html_of(client.get(url, {"into": "trust"}))
    assert "2 contributions of 1 group move" in page and "Trust, after" in page
    assert Contribution.objects.filter(theme=net.time).count() == 2
    data = {"into": "trust", "reason": "The same.", "version": 1, "into_version": 1}
    about = html_of(client.post(url, data, follow=True))
    assert "“Time” merged into “Trust”. 2 contributions moved" in about and "The same." in about
    assert matrix.theme_matrix(net.site).rows[0].total == 8
    change = net.time.changes.get()
    undone = html_of(client.post(reverse("networks:theme-undo", args=[change.pk]), follow=True))
    assert "is a separate theme again." in undone and "2 contributions moved back" in undone
    again = html_of(client.post(reverse("networks:theme-undo", args=[change.pk]), follow=True))
    assert "is already a separate theme." in again


def test_a_merge_after_someone_elses_change_is_shown_again(net, sign_in, staff):
    curate.describe_theme(by=staff, theme=net.trust, description="Rely on each other.")
    data = {"into": "trust", "reason": "Typed already", "version": 1, "into_version": 1}
    answer = sign_in(staff).post(reverse("networks:theme-merge", args=["time"]), data)
    page = html_of(answer)
    assert answer.status_code == 409 and "Someone changed one of the two themes" in page and "Typed already" in page
    assert answer.context["form"].data["into_version"] == "2"


def test_a_theme_is_renamed_and_described_on_one_page(net, sign_in, staff):
    client = sign_in(staff)
    url = reverse("networks:theme-edit", args=["time"])
    page = html_of(client.post(url, {"name": "Trust", "description": "Kept as typed", "version": 1}))
    assert "already a theme “Trust”" in page and "Kept as typed" in page
    data = {"name": "Time to think", "description": "To review a plan.", "version": 1}
    assert client.post(url, data)["Location"] == "/themes/time-to-think/"
    about = html_of(client.get("/themes/time-to-think/"))
    assert "Renamed from “Time” to “Time to think”" in about and "Described: “To review a plan.”" in about
    stale = client.post(reverse("networks:theme-edit", args=["time-to-think"]), {**data, "name": "Mine", "version": 1})
    assert stale.status_code == 409 and "Time to think" in html_of(stale)
