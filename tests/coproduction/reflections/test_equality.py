"""Equality monitoring: one round from its opening to figures that stay, and what each reader finds on the way."""

import io
import json
import re
import zipfile
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client

from coproduction.reflections.equality import services
from coproduction.reflections.equality.models import EqualityInvitation, EqualityLink, EqualityReply, EqualityRound
from coproduction.reflections.equality.strata import put_in_strata
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import queue
from impact.core.jobs.models import FailedAddress, OutboxEmail
from impact.core.people.models import Person
from impact.core.people.rights.equality.figures import tables
from networks.groups.models import Group, Membership
from reports.editions.services import take_snapshot
from reports.figures.catalogue import values
from reports.figures.gather import gather_figures
from reports.formats import document
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
CLOSES = date(2022, 12, 1)


@pytest.fixture
def asked(staff):
    """30 members of a local network in Wales, 12 in England, and 4 of the advisory group, two of them without an address."""
    for kind, nation, people in (
        ("local_network", "wales", 30),
        ("local_network", "england", 12),
        ("advisory_group", "uk", 4),
    ):
        group = factories.GroupFactory(kind=kind, nation=nation)
        for n in range(people):
            person = factories.PersonFactory(
                name=f"Person {kind} {nation} {n}",
                email="" if kind == "advisory_group" and n < 2 else f"{kind}{nation}{n}@example.org",
            )
            factories.MembershipFactory(group=group, person=person, role="member")
    with clock.standing_on(date(2022, 11, 1)):
        yield services.open_round(by=staff, kinds=["local_network", "advisory_group"], closes_on=CLOSES)


def sent() -> dict[str, str]:
    """The newest link in the emails, by mailbox."""
    return {
        mail.to: mail.body.split("/equality/answer/")[1].split("/")[0]
        for mail in OutboxEmail.objects.order_by("pk")
        if "/equality/answer/" in mail.body
    }


def close(one):
    with clock.standing_on(one.closes_on + timedelta(days=1)):
        assert services.close_due(by=SYSTEM, on=clock.today()) == 1
        assert services.close_due(by=SYSTEM, on=clock.today()) == 0
    one.refresh_from_db()
    return one


def everything() -> str:
    """Every value of every table but the tables of answers."""
    found = []
    for model in apps.get_models():
        if model not in (EqualityReply,) and model._meta.managed and not model._meta.proxy:
            found += [str(row) for row in model._base_manager.values_list()]
    return "\n".join(found)


# --- Asking and answering ----------------------------------------------------------------------------
def test_an_answer_by_link_leads_to_no_one_and_can_be_changed_by_the_same_link_alone(asked, caplog):
    token = sent()["local_networkwales3@example.org"]
    visitor = Client(enforce_csrf_checks=True, headers={"origin": "null"})  # as browsers do without a referrer
    address = f"/equality/answer/{token}/"
    page = visitor.get(address)
    assert "Which language do you mostly use" in html_of(page) and "community background" not in html_of(page)
    assert page["Referrer-Policy"] == "no-referrer" and "no-store" in page["Cache-Control"]
    OutboxEmail.objects.update(body="")  # as once they are sent
    events, before = AuditEvent.objects.count(), Session.objects.count()
    answer = visitor.post(f"{address}?words=cy", {"age": "25_34", "language": "welsh"})
    assert answer.status_code == 302 and "Diolch" in html_of(visitor.get(answer["Location"]))
    row = EqualityReply.objects.get()
    assert row.answers == {"age": "25_34", "language": "welsh"} and row.stratum == "local_network:wales"
    assert (AuditEvent.objects.count(), Session.objects.count()) == (
        events,
        before,
    ) and "sessionid" not in visitor.cookies
    assert not [line for line in caplog.text.splitlines() if "equality" in line or token in line]
    held = everything()
    assert token not in held and row.pseudonym not in held and str(row.pk) not in held
    assert row.pseudonym not in {link.token_hash for link in EqualityLink.objects.all()}
    first = row.pk
    visitor.post(address, {"age": "over_64"})
    row = EqualityReply.objects.get()
    assert row.answers == {"age": "over_64"} and row.pk != first, "the row is a new one"
    assert 'over_64" checked' not in html_of(visitor.get(address)).replace(' checked=""', " checked")
    assert visitor.post(address, {"age": "none_of_ours"}).status_code == 200
    assert EqualityReply.objects.get().answers == {"age": "over_64"}


def test_rows_tell_by_no_order_which_invitation_an_answer_came_by(asked):
    """With each answer all of its stratum are rewritten: the order of answers differs from that in which they came."""
    by_time = []
    for n in range(12):
        token = sent()[f"local_networkwales{n}@example.org"]
        services.answer(by=SYSTEM, token=token, answers={"age": "25_34"})
        by_time.append(services._keyed("answer", token))
    table = EqualityReply._meta.db_table
    place, ours = ("rowid", "rowid") if connection.vendor == "sqlite" else ("ctid", "xmin::text")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pseudonym, {ours} FROM {table} ORDER BY {place}")
        rows = cursor.fetchall()
        assert [pseudonym for pseudonym, _mark in rows] != by_time and {one for one, _mark in rows} == set(by_time)
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT count(DISTINCT xmin::text) FROM coproduction_equalityinvitation WHERE stratum = 'local_network:wales'"
            )
            assert cursor.fetchone()[0] == 1 and len({mark for _pseudonym, mark in rows}) == 1
    assert EqualityInvitation.objects.filter(is_used=True).count() == 12


def test_a_reminder_goes_to_all_and_gives_a_link_to_those_who_have_not_answered(asked, staff, sign_in):
    first = sent()
    answered, silent = first["local_networkwales1@example.org"], first["local_networkwales2@example.org"]
    services.answer(by=SYSTEM, token=answered, answers={"sex": "female"})
    OutboxEmail.objects.all().delete()
    page = sign_in(staff).post(f"/equality/rounds/{asked.pk}/remind/", follow=True)
    assert "Emails are on the way" in html_of(page) and not re.search(
        r"\b4[3-5]\b", html_of(page).split("<main")[1].split("History")[0].replace("46", "")
    )
    assert OutboxEmail.objects.count() == 44 and len({mail.subject for mail in OutboxEmail.objects.all()}) == 1
    again = sent()
    assert "local_networkwales1@example.org" not in again and len(again) == 43
    services.answer(by=SYSTEM, token=silent, answers={"sex": "male"})  # the link sent first goes on working
    with pytest.raises(ValidationError, match="does not work"):
        services.answer(by=SYSTEM, token=again["local_networkwales2@example.org"], answers={"sex": "male"})
    assert EqualityReply.objects.count() == EqualityInvitation.objects.filter(is_used=True).count() == 2
    assert AuditEvent.objects.get(type="equality_round.reminded").facts == {}


def test_letters_for_those_without_an_address_look_the_same_for_those_who_have_answered(asked, staff, sign_in):
    reader, address = sign_in(staff), f"/equality/rounds/{asked.pk}/letters/"
    assert "No email reaches 2 people" in " ".join(html_of(reader.get(asked.get_absolute_url())).split())
    failed = FailedAddress.objects.create(address="local_networkwales3@example.org", reason="Gone", is_held=True)
    assert len(re.findall(r"/equality/answer/", html_of(reader.post(address)))) == 3
    failed.delete()
    first = re.findall(r"/equality/answer/([\w-]{43})/", html_of(reader.post(address)))
    assert len(first) == 2
    page = Client().post(f"/equality/answer/{first[0]}/", {"disability": "a_lot"}, follow=True)
    assert "Your answers are kept without your name" in html_of(page)
    shape = r"/equality/answer/([\w-]{43})/|<svg.*?</svg>|csrf[^>]+>|FToken.: .\w+|nonce-\S+"
    one, two = (html_of(reader.post(address)) for _n in range(2))
    assert len(re.findall(r"/equality/answer/[\w-]{43}/", one)) == 2
    assert re.sub(shape, "", one, flags=re.S) == re.sub(shape, "", two, flags=re.S)
    dead = [token for token in re.findall(r"/equality/answer/([\w-]{43})/", one) if services.link_of(token) is None]
    assert len(dead) == 1 and Client().get(f"/equality/answer/{dead[0]}/").status_code == 404
    Person.objects.filter(name="Person advisory_group uk 0").update(preferred_language="cy")
    welsh, english = html_of(reader.post(address)).split("<article")[1:]
    token = re.findall(r"/equality/answer/([\w-]{43})/", welsh)[0]
    assert (
        f"/equality/answer/{token}/?words=cy" in welsh and f"/equality/answer/{token}/<" in welsh
    )  # one link, two languages
    assert "Rydym yn gofyn" in welsh and "We ask members" in welsh and welsh.count("<svg") == 2
    assert "Rydym yn gofyn" not in english and "yn Gymraeg hefyd" in english and "?words=cy" not in english


def test_small_strata_go_together_and_too_few_people_are_not_asked(asked, staff):
    assert asked.strata == {"local_network:wales": 30, ":": 16}, (
        "the advisory group is too small, and so is what is left"
    )
    places = {n: "assembly:wales" if n < 4 else "assembly:scotland" for n in range(12)}
    assert set(put_in_strata(places).values()) == {"assembly:"}
    with pytest.raises(ValidationError, match="could give them away"):
        put_in_strata(dict.fromkeys(range(9), "assembly:wales"))
    with pytest.raises(ValidationError, match="a round for this year already"):
        services.open_round(by=staff, kinds=["local_network"], closes_on=CLOSES)
    with pytest.raises(PermissionDenied):
        services.open_round(
            by=factories.UserFactory(roles=["administrator"]), kinds=["local_network"], closes_on=CLOSES
        )


# --- Figures -----------------------------------------------------------------------------------------
def answer_all(one) -> None:
    """27 people in Wales answer: 19 women, 6 men, 2 who would rather not say; and 11 of the others."""
    links = sent()
    wales = [links[f"local_networkwales{n}@example.org"] for n in range(27)]
    others = [links[f"local_networkengland{n}@example.org"] for n in range(11)]
    for n, token in enumerate(wales):
        sex = "female" if n < 19 else "male" if n < 25 else "prefer_not"
        services.answer(by=SYSTEM, token=token, answers={"sex": sex, "orientation": "gay" if n < 2 else "straight"})
    for n, token in enumerate(others):
        services.answer(by=SYSTEM, token=token, answers={"sex": "female" if n < 8 else "male"})


def numbers(text: str) -> set[int]:
    return {int(n) for n in re.findall(r"(?<![\w.:/-])\d{1,3}(?![\w.:/-])", text)}


def test_closing_publishes_figures_for_good_and_deletes_all_else(asked, staff):
    answer_all(asked)
    assert services.close_due(by=SYSTEM, on=clock.today()) == 0, "not before its last day is over"
    assert "coproduction.close_equality_rounds" in queue.DAILY
    one = close(asked)
    assert (
        not EqualityReply.objects.exists()
        and not EqualityLink.objects.exists()
        and not EqualityInvitation.objects.exists()
    )
    cells = one.figures["strata"]["local_network:wales"]
    assert cells["sex"] == {"female": 20, "male": 5, "prefer_not": None}
    assert cells["orientation"] == {"straight": 25, "gay": None, "bi": 0, "other": 0, "prefer_not": 0}
    for changed in ({"figures": None}, {"figures": {**one.figures, "asked": 1}}, {"year": 2021}, {"strata": {}}):
        with pytest.raises(DatabaseError), transaction.atomic():
            EqualityRound.objects.filter(pk=one.pk).update(**changed)
    with pytest.raises(DatabaseError), transaction.atomic():
        one.delete()
    with pytest.raises(ValidationError, match="Nothing can change"):
        services.change_closing(by=staff, round=one, closes_on=CLOSES)


def test_every_surface_shows_what_is_published_and_no_true_number(asked, staff, sign_in):
    """The true numbers 19, 27, 38, 6 and 2 stand nowhere: pages, files, filters, the report's figures and editions."""
    answer_all(asked)
    report = factories.AnnualReportFactory(year=2022)
    one = close(asked)
    leader = sign_in(factories.UserFactory(roles=["leadership"]))
    shown = {
        cell for cells in one.figures["strata"].values() for rows in cells.values() for cell in rows.values() if cell
    }
    texts = {}
    for query in ("", "kind=local_network", "nation=wales", "kind=local_network&nation=wales", "kind=assembly"):
        texts[query] = html_of(leader.get(f"/equality/?year=2022&{query}"))
        for format in ("csv", "xlsx"):
            body = b"".join(leader.get(f"/equality/?year=2022&{query}&format={format}"))
            if format == "xlsx":
                with zipfile.ZipFile(io.BytesIO(body)) as book:
                    body = b" ".join(
                        book.read(name) for name in book.namelist() if "sheet" in name or "Strings" in name
                    )
            texts[query + format] = body.decode()
        api = leader.get(f"/api/v1/equality-rounds/{one.pk}/?{query}").json()["tables"]
        texts[query + "api"] = json.dumps(api)
        assert [row["value"] for table in api for row in table["rows"]] == [
            row.value for table in tables(one.figures, **dict(parse_qsl(query))) for row in table.rows
        ]
    texts["api"] = json.dumps(leader.get("/api/v1/equality-rounds/").json()["results"][0]["tables"])
    file = b"".join(leader.get("/api/v1/equality-rounds/?format=csv")).decode()
    texts["api file"] = file.replace(f"/rounds/{one.pk}/", "").replace(f"\n{one.pk},", "\n")
    with clock.standing_on(date(2023, 1, 10)):
        data = take_snapshot(by=staff, report=report).data
    figures = data["figures"]
    texts["report"] = json.dumps([figures["equality"], [row for row in values(figures) if row["name"] == "equality"]])
    for key, text in texts.items():
        page = text.rpartition("<main")[2]  # the head names the reader, and the test's people have numbers
        plain = re.sub(r"<(style|script|svg).*?</\1>|<[^>]+>", " ", page, flags=re.S)
        assert not {19, 27, 38, 11, 8} & numbers(plain.split("How to read this")[0]), key
    assert "or more answered" in texts[""] and "“Or more” means that the numbers shown add up to this" in texts[""]
    assert (
        "Welsh and English equally" not in texts["kind=assembly"]
        and "No figures for this choice" in texts["kind=assembly"]
    )
    assert "Too few people" not in texts["nation=wales"] and ">20<" in re.sub(r"\s", "", texts["nation=wales"])
    sex = next(row for row in figures["equality"]["questions"] if row["key"] == "sex")
    rows = {row.key: row.value for row in next(table for table in tables(one.figures) if table.key == "sex").rows}
    assert {row["key"]: row["value"] for row in sex["rows"]} == rows and rows["female"] >= 20 and shown
    words = document.context(data, taken_on=date(2023, 1, 10), fingerprint="x" * 64)
    chapter = next(
        one for one in document.numbered_chapters(words) if "What people told us about themselves" in one.html
    )
    assert "about 2" in " ".join(chapter.html.split()) and "F39" in chapter.html
    assert gather_figures(2022, is_live=True)["equality"] == gather_figures(2022)["equality"]
    assert gather_figures(2021)["equality"] is None


def test_the_year_after_follows_what_was_published(asked, staff):
    answer_all(asked)
    first = close(asked).figures
    OutboxEmail.objects.all().delete()
    Group.objects.update(ends_on=None)
    group = Membership.objects.filter(group__nation="wales").first().group
    factories.MembershipFactory(group=group, person=factories.PersonFactory(email="new@example.org"))
    with clock.standing_on(date(2023, 11, 1)):
        second = services.open_round(by=staff, kinds=["local_network", "advisory_group"], closes_on=date(2023, 12, 1))
        answer_all(second)
        services.answer(by=SYSTEM, token=sent()["new@example.org"], answers={"sex": "prefer_not", "orientation": "gay"})
    assert close(second).figures["strata"] == first["strata"], "one person more is no news"


def test_no_admin_page_search_or_api_reaches_the_answers_and_administrators_see_no_figures(asked, sign_in):
    assert not {EqualityReply, EqualityLink, EqualityInvitation, EqualityRound} & set(admin.site._registry)
    leads = [f for model in apps.get_models() for f in model._meta.get_fields() if f.related_model is EqualityReply]
    assert [field.model for field in leads] == [EqualityRound]
    assert sign_in(factories.UserFactory(roles=["administrator"])).get("/equality/").status_code == 403
    open_page = html_of(sign_in(factories.UserFactory(roles=["leadership"])).get("/equality/"))
    assert (
        "The round of 2022 is open" in open_page
        and "Show figures" not in open_page
        and "Send reminders" not in open_page
    )


def test_a_link_used_too_late_says_so_and_the_page_has_easy_and_welsh_words(asked):
    links = sent()
    wales, england = links["local_networkwales0@example.org"], links["local_networkengland0@example.org"]
    welsh = html_of(Client().get(f"/equality/answer/{wales}/?words=cy"))
    assert '<html lang="cy"' in welsh and "Beth yw eich rhyw?" in welsh and '<header lang="en-GB">' in welsh
    easy = html_of(Client().get(f"/equality/answer/{england}/?words=easy"))
    assert "How old are you?" in easy and "If you answer again, give all your answers again." in easy
    one = EqualityInvitation.objects.filter(person__email="local_networkengland0@example.org")
    Person.objects.filter(email="local_networkengland0@example.org").update(preferred_language="cy")
    for stratum, has_welsh in (
        ("local_network:england", False),
        ("local_network:", True),
    ):  # several nations, perhaps Wales
        one.update(stratum=stratum)
        services.remind(by=asked.opened_by, round=asked)
        email = OutboxEmail.objects.filter(to="local_networkengland0@example.org").latest("pk").body
        page = html_of(Client().get(f"/equality/answer/{sent()['local_networkengland0@example.org']}/?words=cy"))
        assert ("?words=cy" in email, "Beth yw eich rhyw?" in page, '<html lang="cy"' in page) == (has_welsh,) * 3
    with clock.standing_on(CLOSES + timedelta(days=1)):
        late = Client().post(f"/equality/answer/{wales}/", {"sex": "male"})
        assert late.status_code == 410 and "have closed" in html_of(late)
    assert not EqualityReply.objects.exists()
