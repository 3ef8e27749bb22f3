"""Every number that is shown in two places is the same number, on the demonstration with awkward rows added."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from coproduction.involvements.models import Involvement
from impact.core.basics import clock
from impact.core.basics.vocabulary import EvidenceKind
from impact.core.people.models import User
from networks.groups.models import Group, Network
from networks.meetings.models import Meeting
from reports.editions import services
from reports.figures.catalogue import values
from reports.figures.rows.sources import UNTRACED
from reports.formats import document
from reports.writing.models import AnnualReport
from reports.writing.services import gather_figures
from sites.registry.models import Site
from sites.topics.models import Topic
from tests import factories

pytestmark = [pytest.mark.database, pytest.mark.slow]  # a demonstration for the file: best in one process


@pytest.fixture(scope="module")
def demonstration(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[None]:
    """The demonstration, built once for this file; each test's own changes are rolled back before the next."""
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    files = tmp_path_factory.mktemp("files")
    today = date(2023, 1, 16)
    demo = override_settings(DEMO=True, DEMO_TODAY=today, MEDIA_ROOT=files, PASSWORD_HASHERS=hashers)
    with demo, django_db_blocker.unblock(), transaction.atomic():
        call_command("demo", verbosity=0)
        _add_what_must_not_count()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def look(demonstration, db) -> Callable[[str], Client]:
    """``look("staff")`` is a client signed in as that persona of the demonstration."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(email=f"{name}@impact.example"))
        return client

    return sign_in


def _add_what_must_not_count() -> None:
    """Drafts, a log being written, what was taken off, groups not yet running, and a nation with nothing."""
    england = Group.objects.get(slug="choice-and-control-england")
    held = england.meetings.filter(status="complete").first()
    factories.ContributionFactory(meeting=held, theme=None, kind="question")  # counts, without a theme
    factories.ContributionFactory(meeting=held, theme__name="Left behind", removed_at=clock.now())
    being_written = Meeting.objects.filter(group__slug="choice-and-control-northern-ireland").order_by("number")[0]
    factories.ContributionFactory.create_batch(3, meeting=being_written)
    factories.ActionFactory(group=being_written.group, meeting=being_written, due_on=date(2022, 8, 1))
    advisory = Meeting.objects.filter(group__kind="advisory_group", status="complete").first()
    factories.ContributionFactory(meeting=advisory)
    today = clock.today()
    begins_later = factories.GroupFactory(
        site=england.site, nation="wales", slug="next-month", starts_on=today + timedelta(30), ends_on=None
    )
    factories.MembershipFactory(group=begins_later, starts_on=today, role="supporter")
    factories.GroupFactory(
        site=england.site, nation="scotland", slug="over", starts_on=date(2021, 1, 1), ends_on=date(2021, 12, 1)
    )
    factories.SiteFactory(nations=["england"], status="completed")
    factories.SiteFactory(nations=["scotland"], status="proposed")
    topic = Topic.objects.get(slug="choice-and-control")
    factories.EvidenceItemFactory.create_batch(7, topics=[topic])  # more than the topic's page lists
    for n in range(5):  # more than the first page names
        factories.EvidenceGapFactory(topic=topic, raised_on=today - timedelta(days=100 + n))
    factories.EvidenceGapFactory(topic=topic, raised_on=today - timedelta(days=90))
    done = {"state": "closed", "closed_reason": "No one asks", "settled_on": today}
    factories.EvidenceGapFactory(topic=topic, raised_on=date(2022, 1, 1), **done)
    factories.InvolvementFactory(asked_on=date(2021, 12, 1), said="Yes", said_on=date(2021, 12, 9), outcome="waiting")


def words(response) -> str:
    """What a page says, without markup, one space between words."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body.decode())).split())


def figure(page: str, label: str) -> int:
    """The number of a tile, which stands before its label."""
    found = re.search(rf"(\d+) {re.escape(label)}", page)
    assert found, f"{label} is not on the page"
    return int(found[1])


def csv_rows(client: Client, address: str, **query: str) -> list[list[str]]:
    answer = client.get(address, {"format": "csv", **query})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    return list(csv.reader(lines))


def every_row(client: Client, address: str) -> list[dict]:
    rows, url = [], address
    while url:
        answer = client.get(url).json()
        rows += answer["results"]
        url = answer["next"]
    return rows


def test_on_the_first_day_every_number_is_zero(sign_in, staff, leader):
    for user in (staff, leader):
        page = sign_in(user).get("/")
        assert page.status_code == 200 and set(page.context["stats"].values()) - {clock.today().year - 1} == {0}
    assert gather_figures(2022)["contributions"]["total"] == 0


def test_contributions_are_the_same_on_home_in_matrices_in_files_in_the_api_and_in_the_report(look):
    staff = look("staff")
    home = figure(words(staff.get("/")), "Contributions")
    pages = files = api = 0
    for network in Network.objects.all():
        matrix = words(staff.get(f"/networks/{network.slug}/themes/"))
        pages += figure(matrix, "contribution") if "contribution" in matrix.split("Counted:")[0] else 0
        rows = csv_rows(staff, f"/networks/{network.slug}/themes/")
        files += sum(map(int, rows[-1][-3:]))
        totals = staff.get(f"/api/v1/networks/{network.slug}/theme-matrix/").json()["totals"]
        api += totals["enablers"] + totals["barriers"] + totals["others"]
    glance = figure(words(staff.get("/reports/2022/")), "Contributions")
    snapshot = services.frozen(AnnualReport.objects.get(year=2022))["figures"]["contributions"]
    assert home == pages == files == api == glance == snapshot["total"] == 29
    assert sum(row["total"] for row in snapshot["themes"]) == sum(row["value"] for row in snapshot["by_nation"]) == 29
    assert next(row for row in snapshot["by_nation"] if row["label"] == "Northern Ireland")["value"] == 0


def test_a_theme_counts_the_same_in_the_matrix_on_its_page_in_the_api_and_in_the_report(look):
    staff = look("staff")
    network = Network.objects.get(slug="choice-and-control")
    report = services.frozen(AnnualReport.objects.get(year=2022))["figures"]["contributions"]["themes"]
    by_slug = {row["slug"]: row["total"] for row in report}
    api = staff.get(f"/api/v1/networks/{network.slug}/theme-matrix/").json()
    rows = {row["slug"]: row["enablers"] + row["barriers"] + row["others"] for row in api["rows"]}
    rows[""] = sum(api["no_theme"][kind] for kind in ("enablers", "barriers", "others"))
    assert rows == by_slug and rows[""] == 1
    for slug in list(rows)[:3]:
        page = staff.get(f"/networks/{network.slug}/themes/{slug}/")
        assert page.context["row"].total == rows[slug]


def test_a_theme_that_no_log_uses_stands_only_under_not_used_yet(look):
    client = look("staff")
    for address in ("/networks/choice-and-control/themes/", "/networks/choice-and-control/", "/"):
        assert "Left behind" not in words(client.get(address)), address
    for address in ("/themes/", "/networks/choice-and-control/themes/"):
        assert not any("Left behind" in row for row in csv_rows(client, address)), address
    assert not any(row["name"] == "Left behind" for row in every_row(client, "/api/v1/themes/"))
    assert "Left behind" not in str(gather_figures(2022))
    assert words(client.get("/themes/")).split("Not used yet")[1].count("Left behind") >= 1


def test_the_themes_page_says_that_it_counts_other_groups_too(look):
    staff = look("staff")
    themes = staff.get("/themes/", {"sort": "used"})
    assert "the advisory group included" in words(themes)
    about = words(staff.get(next(iter(themes.context["listing"].page)).get_absolute_url()))
    assert "the advisory group included" in about


def test_running_local_networks_are_the_same_on_the_tile_and_on_the_map_of_nations(look):
    page = words(look("staff").get("/"))
    assert figure(page, "Local networks running now") == 4
    assert sum(map(int, re.findall(r"(\d+) local networks? running", page))) == 4


def test_meetings_held_are_the_same_on_both_home_pages_in_the_api_and_in_the_report(look):
    staff, leader = look("staff"), look("leadership")
    rows = every_row(staff, "/api/v1/meetings/?after=2022-01-01&before=2022-12-31")
    held = sum(row["status"] in ("logged", "complete") for row in rows)
    figures = services.frozen(AnnualReport.objects.get(year=2022))["figures"]["meetings"]
    assert figure(words(staff.get("/")), "Meetings logged") == held == figures["held"]
    assert figure(words(leader.get("/")), "Meetings held") == held
    assert figure(words(staff.get("/reports/2022/")), "Meetings held") == held
    assert sum(row["held"] for row in figures["by_kind"]) == held


def test_missing_returns_are_the_same_on_the_networks_page_in_the_api_and_in_the_report(look):
    staff = look("staff")
    network = Network.objects.get(slug="choice-and-control")
    api = staff.get(f"/api/v1/networks/{network.slug}/theme-matrix/").json()["missing"]
    report = services.frozen(AnnualReport.objects.get(year=2022))["figures"]["meetings"]["missing_returns"]
    assert {(row["group"], n) for row in api for n in row["meetings"]} == {
        (row["slug"], row["round"]) for row in report
    }
    page = words(staff.get(f"/networks/{network.slug}/"))
    assert all(row["text"] in page for row in api)
    assert f"{len(report)} returns missing" in words(staff.get("/reports/2022/"))
    assert words(staff.get("/meetings/", {"status": "to_log"})).count("Log meeting") <= len(report) + 1


def test_members_are_the_same_in_the_list_on_the_groups_page_in_files_in_the_api_and_on_home(look):
    staff = look("staff")
    listed = {row[0]: int(row[5]) for row in csv_rows(staff, "/networks/")[1:]}
    groups = {row["slug"]: row["member_count"] for row in every_row(staff, "/api/v1/groups/")}
    for group in Group.objects.all():
        page = words(staff.get(f"/groups/{group.slug}/"))
        shown = re.search(r"Members (\d+), the aim is", page)
        assert shown and int(shown[1]) == listed[group.name] == groups[group.slug], group
    own = words(look("coordinator.england").get("/"))
    assert figure(own, "members.") == groups["choice-and-control-england"]
    nations = words(staff.get("/networks/choice-and-control/"))
    assert f"Members {groups['choice-and-control-england']} Last log" in nations


def test_a_number_on_the_map_of_nations_is_that_of_the_list_behind_it(look):
    for name in ("staff", "leadership"):
        client = look(name)
        tiles = client.get("/").context["tiles"]
        assert [tile["nation"] for tile in tiles][:4] == ["England", "Northern Ireland", "Scotland", "Wales"]
        for tile in tiles:
            assert client.get(tile["href"]).context["listing"].total == tile["number"], tile["nation"]
        on_the_map = client.get("/sites/", {"view": "map"}).context["tiles"]
        numbers = {t["name"]: t["number"] for t in on_the_map}
        assert all(numbers[t["nation"]] == t["number"] for t in tiles if t["nation"] != "England")
        for tile in on_the_map:
            listed = client.get(f"/sites/{tile['href']}").context["listing"].rows
            assert listed.count() == tile["number"] >= len(tile["sites"]), tile["name"]


def test_sites_are_the_same_on_home_in_the_list_in_the_api_and_in_the_report_of_the_running_year(look):
    staff, leader = look("staff"), look("leadership")
    total = figure(words(leader.get("/")), "Sites today, whatever their status")
    assert total == Site.objects.count() == len(every_row(staff, "/api/v1/sites/"))
    assert total == gather_figures(2023)["sites"]["total"]
    active = staff.get("/sites/", {"status": "active"}).context["listing"].total
    assert figure(words(staff.get("/")), "Active sites") == active


def test_involvements_are_the_same_on_the_leaderships_home_and_in_the_report(look):
    page = words(look("leadership").get("/"))
    report = services.frozen(AnnualReport.objects.get(year=2022))["figures"]["involvements"]
    assert figure(page, "Involvements asked or settled in 2022") == report["total"] == 9
    assert figure(page, "Led to a change") == report["led_to_change"]
    assert figure(words(look("staff").get("/reports/2022/")), "Led to a change") == report["led_to_change"]


def test_every_figure_is_the_same_in_the_catalogue_by_its_code_in_files_and_in_the_api(look):
    staff = look("staff")
    report = AnnualReport.objects.get(year=2022)
    frozen = {row["code"]: row for row in values(services.frozen(report, is_live=True)["figures"])}
    page = {line.indicator.code: line for line in staff.get("/reports/2022/figures/").context["lines"]}
    files = {row[0]: row for row in csv_rows(staff, "/reports/2022/figures/")[1:]}
    api = {row["code"]: row for row in staff.get("/api/v1/figures/?report=2022").json()}
    assert set(frozen) == set(page) == set(files) == set(api)
    for code, row in frozen.items():
        assert row["value"] == page[code].shown.value == api[code]["value"], code
        assert row["words"] == page[code].shown.words == api[code]["words"], code
        assert files[code][2] == str(row["value"] if row["value"] is not None else row["words"]), code
    for code in ("F2", "F13", "F17", "F33"):
        own = staff.get(f"/f/{code}/", {"year": "2022"}).context
        assert (
            own["line"].shown.table
            == frozen[code]["table"]
            == staff.get(f"/api/v1/figures/{code}/?report=2022").json()["table"]
        )


def test_every_figure_of_an_edition_is_as_many_rows_as_it_says_and_the_same_on_each_surface(look):
    staff, by = look("staff"), User.objects.get(email="staff@impact.example")
    report = AnnualReport.objects.get(year=2022)
    edition = factories.EditionFactory(report=report, snapshot=services.take_snapshot(by=by, report=report))
    printed = {row["code"]: row for row in values(edition.snapshot.data["figures"])}
    api = {row["code"]: row for row in staff.get("/api/v1/figures/?report=2022&edition=1").json()}
    composed, _assets = document.compose(edition.snapshot)
    for code, row in printed.items():
        page = staff.get(f"/f/{code}/", {"year": "2022", "edition": "1"})
        assert row["words"] == api[code]["words"] == page.context["line"].shown.words, code
        traced = page.context["traced"]
        if row["name"] in UNTRACED:
            assert traced is None
            continue
        assert traced.changed == 0 and traced.hidden == (None if code == "F28" else 0), code
        is_its_own_count = row["unit"] not in ("percent", "person", "nation") and code != "F7"
        assert not is_its_own_count or traced.total == row["value"], code
    for code in re.findall(r'class="figure-code">(F\d+)<', composed):
        assert code in printed
    assert composed.count('class="figure-code"') >= 15 and "withheld" in composed


def test_overdue_actions_are_the_same_on_home_in_the_list_in_the_plan_and_in_the_api(look):
    staff = look("staff")
    factories.ActionFactory(
        group=Group.objects.get(slug="choice-and-control-wales"), meeting=None, due_on=date(2022, 12, 1)
    )
    listed = staff.get("/actions/", {"overdue": "true"}).context["listing"].total
    home = re.search(r"(\d+) actions? (?:is|are) overdue", words(staff.get("/")))
    plan = staff.get("/networks/choice-and-control/action-plan/").context["counts"]["overdue"]
    assert home and int(home[1]) == listed == plan
    assert listed == len(every_row(staff, "/api/v1/actions/?overdue=true"))


def test_learning_notes_are_the_same_on_the_sites_page_in_its_list_in_the_list_of_all_in_files_and_in_the_api(look):
    staff = look("staff")
    for site in Site.objects.filter(learning_notes__isnull=False).distinct():
        shown = re.search(r"Search (?:all (\d+) notes|the note)", words(staff.get(f"/sites/{site.slug}/")))
        assert shown
        own = f"/sites/{site.slug}/learning-notes/"
        listed = staff.get(own).context["listing"].total
        assert int(shown[1] or 1) == listed == len(csv_rows(staff, own)) - 1
        assert listed == staff.get("/learning-notes/", {"site": site.slug}).context["listing"].total
        assert listed == len(every_row(staff, f"/api/v1/learning-notes/?site={site.slug}"))
    everything = staff.get("/learning-notes/").context["listing"].total
    assert everything == len(every_row(staff, "/api/v1/learning-notes/")) == 4


def test_kept_commitments_of_each_side_are_the_same_on_the_sites_page_and_in_the_api(look):
    staff = look("staff")
    for slug in ("mid-and-east-antrim", "choice-and-control"):
        page = words(staff.get(f"/sites/{slug}/"))
        for side, heading in (("centre", "The centre promises"), ("host", "The host promises")):
            shown = re.search(rf"{heading} (\d+) of (\d+) kept", page)
            rows = every_row(staff, f"/api/v1/commitments/?site={slug}&side={side}")
            assert shown and int(shown[1]) == sum(row["state"] == "kept" for row in rows)
            assert int(shown[2]) == len(rows) == 3


def test_evidence_of_a_topic_is_the_same_on_its_page_in_the_library_in_files_and_in_the_api(look):
    staff, query = look("staff"), {"topic": "choice-and-control"}
    page = words(staff.get("/topics/choice-and-control/"))
    shown = re.search(r"(\d+) items: (\d+) research, (\d+) lived experience and (\d+) practice knowledge", page)
    assert shown
    total, *kinds = map(int, shown.groups())
    assert total == sum(kinds) == 10
    assert staff.get("/evidence/", query).context["listing"].total == total
    assert len(csv_rows(staff, "/evidence/", **query)) - 1 == total
    api = every_row(staff, "/api/v1/evidence/?topic=choice-and-control")
    assert [sum(row["kind"] == kind for row in api) for kind in EvidenceKind.values] == kinds
    assert f"All {total} items" in page


def test_gaps_that_are_open_for_long_are_the_same_on_home_in_the_list_and_in_the_api(look):
    staff = look("staff")
    home = words(staff.get("/"))
    more = re.search(r"(\d+) more evidence gaps? open for a long time", home)
    listed = staff.get("/evidence-gaps/", {"long_open": "on"}).context["listing"].total
    assert more and home.count("Evidence gap: ") + int(more[1]) == listed == 6
    assert listed == len(every_row(staff, "/api/v1/evidence-gaps/?long_open=true"))
    topic = words(staff.get("/topics/choice-and-control/"))
    open_here = staff.get("/evidence-gaps/", {"topic": "choice-and-control"}).context["listing"].total
    assert topic.count("Open for ") == open_here == 6


def test_questions_that_wait_are_the_same_in_the_queue_in_its_file_and_in_the_api(look):
    staff = look("staff")
    waiting = len(every_row(staff, "/api/v1/questions/?waiting=true"))
    overdue = len(every_row(staff, "/api/v1/questions/?overdue=true"))
    page = words(staff.get("/questions/"))
    assert f"Waiting ({waiting})" in page and f"{overdue} answers are overdue" in page
    assert len(csv_rows(staff, "/questions/")) - 1 == waiting
    assert words(staff.get("/")).count("Question to Ask IMPACT: ") == overdue


def test_overdue_supervision_is_the_same_on_home_on_the_caseload_and_in_the_api(look):
    staff = look("staff")
    late = len(every_row(staff, "/api/v1/posts/?overdue=true"))
    line = f"Supervision is overdue for {late} posts"
    assert late and line in words(staff.get("/")) and line in words(staff.get("/sites/caseload/"))
    assert staff.get("/sites/caseload/?overdue=on").context["listing"].total == late


def test_overdue_commitments_are_the_same_on_home_in_the_list_and_in_the_api(look):
    staff = look("staff")
    late = len(every_row(staff, "/api/v1/commitments/?overdue=true"))
    assert late == staff.get("/commitments/?state=overdue").context["listing"].total
    assert words(staff.get("/")).count(" promised: ") == late


def test_outcomes_are_the_same_on_the_sites_page_in_the_list_and_in_the_api(look):
    staff = look("staff")
    rows = every_row(staff, "/api/v1/outcome-measures/?site=mid-and-east-antrim")
    page = words(staff.get("/sites/mid-and-east-antrim/"))
    listed = {row[2]: row[10] for row in csv_rows(staff, "/outcomes/")[1:]}
    for row in rows:
        assert row["name"] in page and listed[row["name"]] == row["change"]
        assert row["change"][:1].upper() + row["change"][1:] in page


def test_the_group_counts_the_same_on_its_home_the_charter_the_agreement_and_the_register(look):
    """In one group: whoever sees several groups reads a register of them all."""
    lead = look("engagement")
    Involvement.objects.exclude(group__slug="advisory-group").delete()
    home = words(lead.get("/co-production/"))
    charter = Group.objects.get(slug="advisory-group").charter.pk
    agreement, reader, register, suggestions = (
        words(lead.get(f"/co-production/{path}"))
        for path in (
            f"charters/{charter}/agreement/",
            f"charters/{charter}/",
            "involvements/",
            "suggestions/?status=waiting",
        )
    )
    answered, members = (int(n) for n in re.search(r"(\d+) of (\d+) members have answered", home).groups())
    assert f"{answered} of {members} members have answered" in agreement
    assert f"Members who decide {members} " in home
    assert answered + agreement.count("Not yet") == members
    waiting = re.search(r"Suggestions and answers (\d+) waiting", home)[1]
    assert f"{waiting} waiting for an answer" in reader and f"{waiting} suggestion" in suggestions
    assert f"Answer {waiting} suggestion" in home
    for label, said in (
        ("Answered", "answered"),
        ("Members have responded", "waiting for a change"),
        ("Asked", "waiting for members"),
        ("Good practice", "good practice"),
    ):
        assert figure(home, label) == figure(register, said), label
    counted = sum(figure(register, said) for said in ("answered", "waiting for a change", "waiting for members"))
    assert counted == figure(register, "involvements")
