"""No one but those who see the people reads exact numbers of them, on any page, in the API, or in a file."""

import io
import json
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest

from coproduction.agreement import services
from coproduction.agreement.models import Position
from coproduction.agreement.standing import standing
from coproduction.charter.models import CharterVersion
from coproduction.suggestions.models import Suggestion
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from networks.groups.models import Membership
from reports.editions.services import take_snapshot
from reports.figures.gather import gather_figures
from tests import factories
from tests.permission_world import PERSONAS, build_world

pytestmark = pytest.mark.django_db

# Numbers that stand nowhere else: 43 agree, 3 with a reservation; 37 carers, 2 front-line workers.
AGREE, RESERVED, CARERS, WORKERS = 43, 3, 37, 2


@pytest.fixture
def world():
    w = build_world()
    group = factories.GroupFactory(slug="big-group", nation="england", site=w.site, size_min=8, size_max=10)
    for n in range(CARERS + WORKERS):
        perspective = "carer" if n < CARERS else "front_line"
        factories.MembershipFactory(group=group, perspective=perspective)
    factories.MembershipFactory(group=group, person=w.people["coordinator"].person, role="coordinator")
    factories.MembershipFactory(group=group, person=w.people["member"].person, perspective="carer", role="supporter")
    version = CharterVersion.objects.filter(status="proposed").first() or CharterVersion.objects.first()
    agreement = version.agreement_rounds.first()
    for n in range(AGREE + RESERVED):
        person = factories.MembershipFactory(group=version.charter.group).person
        agreement.positions.create(
            person=person, stance="agree" if n < AGREE else "reservation", reason="" if n < AGREE else "Words."
        )
    factories.MembershipFactory.create_batch(4, group=version.charter.group)  # who have not answered
    tally = agreement.tally()
    w.exact = [tally.agree, tally.answered]
    assert tally.members not in w.exact  # how many belong to a group is no secret
    w.big, w.version, w.charter = group, version, version.charter
    return w


def read(response) -> str:
    """Everything an answer says: text of a page, JSON, CSV, or the cells of a workbook."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b" ".join(book.read(name) for name in book.namelist() if "sheet" in name or "Strings" in name)
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", body.decode(errors="replace"))).split())


MADE_UP = (
    "Carers|Evidence|Group|Involvement|Local network|Measure|Milestone|Name|News|Organisation|Paper|Person|Place|Practice|"
    "promise|Promise|Proposal|Round|Site|Theme|thing|Topic|matter|question"
)


def holds(text: str, *numbers: int) -> list[int]:
    """Those of ``numbers`` that stand in a text. Those in names that factories make up ("Person 43") do not count."""
    text = re.sub(rf"\b(?:{MADE_UP}) \d+\b", "", text)
    return [n for n in numbers if re.search(rf"(?<![\w.\-/:]){n}(?![\w.\-/:])", text)]


def surfaces_of_positions(w) -> list[str]:
    versions = f"/api/v1/charter-versions/{w.version.pk}/"
    lists = [
        "/api/v1/charter-versions/",
        "/api/v1/charter-versions/?format=csv",
        "/api/v1/charter-versions/?format=xlsx",
    ]
    pages = ["/", "/co-production/", w.charter.get_absolute_url(), w.version.get_absolute_url()]
    pages += [f"{w.charter.get_absolute_url()}agreement/", "/reports/2022/", "/reports/2022/preview/"]
    return [versions, *lists, *pages]


def test_positions_cannot_be_read_anywhere_by_those_who_do_not_see_names(world, sign_in, client):
    for persona in sorted(set(PERSONAS) - {"member", "engagement_lead"}):
        user = world.people[persona]
        reader = sign_in(user) if user else client
        for address in surfaces_of_positions(world):
            assert holds(read(reader.get(address)), *world.exact) == [], (persona, address)


def test_positions_are_exact_for_members_and_the_engagement_lead_and_kept_from_leadership_while_open(world, sign_in):
    address = f"/api/v1/charter-versions/{world.version.pk}/"
    lead = sign_in(world.people["engagement_lead"])
    assert {n for place in surfaces_of_positions(world) for n in holds(read(lead.get(place)), *world.exact)} == set(
        world.exact
    )
    before = lead.get(address).json()["agreement"]
    assert before["agree"] >= AGREE and before["reservation"] >= RESERVED
    assert sign_in(world.people["member"]).get(address).json()["agreement"] == before
    leader = sign_in(world.people["leadership"])
    round_address = f"/api/v1/agreements/{world.version.agreement_rounds.get().pk}/"
    for place in (address, round_address):
        assert set(leader.get(place).json()["agreement"].values()) == {None}
    page = read(leader.get(f"{world.charter.get_absolute_url()}agreement/"))
    assert "Members are still answering" in page and "Rounded to the nearest 5" not in page


def test_once_a_round_has_closed_leadership_reads_the_same_rounded_numbers_on_page_and_api(world, sign_in):
    agree(world)
    agreement, leader = world.version.agreement_rounds.get(), sign_in(world.people["leadership"])
    shown = leader.get(f"/api/v1/charter-versions/{world.version.pk}/").json()["agreement"]
    assert shown["agree"] == 45 and shown["reservation"] is None
    assert leader.get(f"/api/v1/agreements/{agreement.pk}/").json()["agreement"] == shown
    page = read(leader.get(f"{world.charter.get_absolute_url()}agreement/"))
    assert "withheld" in page and "Rounded to the nearest 5" in page
    rows = {row["key"]: row["value"] for row in standing(agreement, world.people["leadership"])["rows"]}
    assert rows["agree"] == shown["agree"] and rows["reservation"] is None


def test_the_history_of_an_agreed_charter_tells_no_numbers(world, sign_in):
    lead = world.people["engagement_lead"]
    Suggestion.objects.update(status="not_now", answer="Not now.", answered_on="2022-12-01")
    for position in world.version.agreement_rounds.first().positions.in_force().filter(stance="object"):
        position.delete()
    with clock.standing_on(world.version.agreement_rounds.first().closes_on + timedelta(1)):
        services.agree_version(by=lead, version=world.version)
        for persona in ("leadership", "staff"):
            reader = sign_in(world.people[persona])
            for address in surfaces_of_positions(world):
                assert holds(read(reader.get(address)), *world.exact) == [], (persona, address)
    assert AuditEvent.objects.get(type="charter_version.agreed").facts == {"version": world.version.name}


def test_perspectives_cannot_be_read_anywhere_by_those_who_do_not_see_people(world, sign_in):
    addresses = ["/groups/big-group/", "/api/v1/groups/big-group/", "/api/v1/groups/big-group/cautions/"]
    addresses += ["/api/v1/groups/?format=csv", "/networks/", "/networks/the-site/", "/groups/big-group/members.csv"]
    for persona in ["member", "leadership", "administrator", "api_client", "other_coordinator"]:
        reader = sign_in(world.people[persona])
        for address in addresses:
            text = read(reader.get(address))
            assert holds(text, CARERS) == [] and "No one yet brings" not in text, (persona, address)


def test_perspectives_are_named_for_the_coordinator_and_for_staff(world, sign_in):
    for persona in ("coordinator", "staff"):
        page = read(sign_in(world.people[persona]).get("/groups/big-group/"))
        assert page.count("Carer") >= CARERS and "No member brings:" in page


def test_a_large_group_that_hides_nothing_shows_rounded_perspectives(world, sign_in):
    Membership.objects.filter(group=world.big, perspective="front_line").update(perspective="carer")
    others = Membership.objects.filter(group=world.big, role="member").values_list("pk", flat=True)[:12]
    Membership.objects.filter(pk__in=list(others)).update(perspective="provider")
    page = sign_in(world.people["leadership"]).get("/groups/big-group/")
    values = {row["label"]: row["value"] for row in page.context["perspectives"]["rows"]}
    assert values == {"Carer": 25, "Service provider": 10}


def test_the_report_withholds_the_same_numbers(world):
    CharterVersion.objects.filter(pk=world.version.pk).update(status="agreed", agreed_on="2022-12-01")
    world.version.agreement_rounds.update(closed_on="2022-12-01")
    world.version.agreement_rounds.first().positions.update(taken_on="2022-11-30", counted_at_closing=True)
    positions = gather_figures(2022)["charter"]["positions"]
    shown = standing(world.version.agreement_rounds.first(), world.people["leadership"])
    assert positions["rows"] == shown["rows"] and positions["total"] == shown["total"]
    assert holds(json.dumps(positions), *world.exact) == []


def agree(world, on: str = "2022-12-01") -> None:
    """The charter is agreed: its round closes with the positions taken so far."""
    CharterVersion.objects.filter(pk=world.version.pk).update(status="agreed", proposed_on="2022-11-01", agreed_on=on)
    world.version.agreement_rounds.update(closed_on=on)
    world.version.agreement_rounds.first().positions.update(taken_on="2022-11-30", counted_at_closing=True)


def test_positions_of_members_who_join_later_move_no_rounded_number_on_any_surface(world, sign_in):
    agree(world)
    agreement, address = world.version.agreement_rounds.first(), f"/api/v1/charter-versions/{world.version.pk}/"
    leader = sign_in(world.people["leadership"])
    before = (standing(agreement, world.people["leadership"]), leader.get(address).json()["agreement"])
    figures = gather_figures(2022)["charter"]["positions"]
    lead = sign_in(world.people["engagement_lead"])
    exact = lead.get(address).json()["agreement"]["reservation"]
    for _n in range(6):
        person = factories.MembershipFactory(group=world.charter.group, starts_on="2022-12-05").person
        agreement.positions.create(person=person, stance="reservation", reason="W", taken_on="2022-12-09", is_late=True)
    assert (standing(agreement, world.people["leadership"]), leader.get(address).json()["agreement"]) == before
    assert gather_figures(2022)["charter"]["positions"] == figures
    assert lead.get(address).json()["agreement"]["reservation"] == exact + 6


def test_positions_read_before_an_edition_are_those_of_the_newest_one_in_every_year(world):
    agree(world)
    staff = world.people["staff"]
    waiting = gather_figures(2022, is_live=True)["charter"]["positions"]
    assert waiting["rows"] == [] and waiting["is_waiting"]
    shown = take_snapshot(by=staff, report=world.report).data["figures"]["charter"]["positions"]
    assert gather_figures(2022, is_live=True)["charter"]["positions"] == shown
    assert gather_figures(2023, is_live=True)["charter"]["positions"] == shown
    Position.objects.filter(round__version=world.version, stance="agree").first().delete()
    assert gather_figures(2023)["charter"]["positions"] == shown, "one person is no news"
