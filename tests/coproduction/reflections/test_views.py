"""Pages of the yearly reflection and its figures over the API: what each reader sees, and that the link leaves no trace."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coproduction.group.attention import attention_for
from coproduction.group.models import SupportLink
from coproduction.reflections import services
from coproduction.reflections.models import Reflection, ReflectionAnswer
from coproduction.reflections.services import answer_reflection
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from tests import factories
from tests.coproduction.reflections.conftest import closed, fill, said, say, tokens
from tests.pages import html_of

pytestmark = pytest.mark.django_db


def page_of(w, more=""):
    return f"/co-production/reflections/{w.reflection.pk}/{more}"


def test_a_link_is_exchanged_for_a_session_and_its_token_is_in_no_page_or_address(asked):
    visitor, token = Client(), tokens()[asked.member.email]
    answer = visitor.get(f"/reflect/{token}/")
    assert answer.status_code == 302 and answer["Location"] == f"/reflecting/{asked.reflection.pk}/"
    assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
    page = html_of(visitor.get(answer["Location"]))
    assert "Your name is not kept with your answers" in page and token not in page
    assert asked.person.name not in page
    sent = {"trust": "4", "trust_words": "I am heard <b>now</b>."}
    page = html_of(visitor.post(answer["Location"], sent, follow=True))
    assert "Your answers are saved. You can change them until 10 October 2022." in page
    assert "I am heard &lt;b&gt;now&lt;/b&gt;." in page
    assert said(asked, asked.person) == say(4, "I am heard <b>now</b>.")
    assert not AuditEvent.objects.filter(type__contains="answer").exists()


def test_closing_my_answers_forgets_the_link_on_this_device(asked):
    visitor = Client()
    visitor.get(f"/reflect/{tokens()[asked.member.email]}/")
    assert "closed on this device" in html_of(visitor.post("/reflecting/"))
    assert visitor.get(f"/reflecting/{asked.reflection.pk}/").status_code == 403


def test_a_link_that_is_unknown_or_too_late_says_so(asked):
    visitor, token = Client(), tokens()[asked.member.email]
    assert visitor.get("/reflect/made-up/").status_code == 404
    visitor.get(f"/reflect/{token}/")
    with closed(asked):
        assert visitor.get(f"/reflect/{token}/").status_code == 410
        late = visitor.post(f"/reflecting/{asked.reflection.pk}/", {"trust": "4"})
        assert late.status_code == 410 and "has closed" in html_of(late)
    assert not ReflectionAnswer.objects.exists()


def test_a_link_to_one_reflection_opens_no_other(asked):
    other = Reflection.objects.create(
        group=asked.group, year=2021, opened_on="2022-09-01", closes_on="2022-10-01", asked=4
    )
    visitor = Client()
    visitor.get(f"/reflect/{tokens()[asked.member.email]}/")
    assert visitor.get(f"/reflecting/{other.pk}/").status_code == 403


def test_trying_links_is_limited(asked):
    visitor = Client()
    statuses = [visitor.get(f"/reflect/guess-{n}/").status_code for n in range(62)]
    assert statuses[0] == 404 and statuses[-1] == 429


def test_a_member_answers_signed_in_and_finds_their_own_words_again(asked, sign_in):
    client = sign_in(asked.member)
    assert "Say how working together is going" in [item["title"] for item in attention_for(asked.member)]
    nothing = html_of(client.post(page_of(asked, "answer/"), {}))
    assert "Answer at least one question" in nothing
    client.post(page_of(asked, "answer/"), {"time": "2", "time_words": "Two hours are short."})
    assert "Two hours are short." in html_of(client.get(page_of(asked, "answer/")))
    assert "You have answered" in html_of(client.get(page_of(asked)))
    assert "Say how working together is going" not in [item["title"] for item in attention_for(asked.member)]


def test_those_who_write_down_for_a_member_see_whom_and_never_what_was_said_before(asked, sign_in):
    person = asked.people[0]
    answer_reflection(by=asked.lead, reflection=asked.reflection, answers=say(1, "Said before"), person=person)
    address = page_of(asked, f"answer/{person.pk}/")
    page = html_of(sign_in(asked.lead).get(address))
    assert f"Save answers for {person.name}" in page and f"Reflection for {person.name}" in page
    assert "Said before" not in page and 'checked="checked"' not in page and " checked>" not in page


def test_the_answer_to_writing_down_is_the_same_whether_the_member_has_answered_or_not(asked, sign_in):
    client, pages = sign_in(asked.lead), []
    for has_answered in (False, True):
        if has_answered:
            answer_reflection(by=asked.member, reflection=asked.reflection, answers=say(5))
        address = page_of(asked, f"answer/{asked.person.pk}/")
        page = html_of(client.post(address, {"trust": "2"}, follow=True))
        pages.append(page.split("<main")[1])
    assert pages[0] == pages[1] and "their own answers count" in pages[0]
    assert said(asked, asked.person) == say(5)


def test_a_supporter_writes_only_for_those_they_support(asked, sign_in):
    supporter = factories.user_in(asked.group, "supporter")
    first, second, _third = asked.people
    link = {"group": asked.group, "member": first, "supporter": supporter.person}
    SupportLink.objects.create(**link, starts_on="2022-01-01")
    client = sign_in(supporter)
    page = html_of(client.get(page_of(asked)))
    assert f"Write down for {first.name}" in page and f"Write down for {second.name}" not in page
    assert client.get(page_of(asked, f"answer/{second.pk}/")).status_code == 404
    client.post(page_of(asked, f"answer/{first.pk}/"), {"trust": "5"})
    assert said(asked, first) == say(5) and said(asked, second) is None


def test_leadership_and_staff_see_figures_without_words_and_an_outsider_nothing(asked, sign_in, leader, staff):
    fill(asked, *[4] * 6, *[1] * 6, words="Private words")
    api = f"/api/v1/reflections/{asked.reflection.pk}/"
    with closed(asked):
        for reader in (leader, staff):
            page = html_of(sign_in(reader).get(page_of(asked)))
            assert "Private words" not in page and '<td data-label="Mostly or completely" class="num">5</td>' in page
            row = sign_in(reader).get(api).json()
            assert (row["trust_good"], row["trust_rest"], row["time_good"], row["words"]) == (5, 5, None, [])
            assert "Private words" not in sign_in(reader).get("/api/v1/reflections/export.csv").getvalue().decode()
        for reader in (asked.member, asked.lead):
            assert "Private words 3" in html_of(sign_in(reader).get(page_of(asked)))
            assert len(sign_in(reader).get(api).json()["words"][0]["words"]) == 12
        outsider = sign_in(factories.UserFactory())
        assert outsider.get(page_of(asked)).status_code == outsider.get(api).status_code == 404


def test_an_answer_tells_no_one_who_gave_it_on_any_surface(asked, sign_in, administrator):
    for person in asked.people:
        answer_reflection(by=asked.lead, reflection=asked.reflection, answers=say(2), person=person)
    answer_reflection(by=asked.member, reflection=asked.reflection, answers=say(2, "Unmistakable"))
    with closed(asked):
        lead = sign_in(asked.lead)
        pages = ["/", "/co-production/", page_of(asked), "/co-production/reflections/", f"/people/{asked.person.pk}/"]
        assert not [page for page in pages if "Unmistakable" in html_of(lead.get(page))]
        admin = sign_in(administrator)
        assert "reflection" not in html_of(admin.get("/admin/")).lower().replace("reflections-to-do", "")
        assert admin.get("/admin/coproduction/reflectionanswer/").status_code == 404
        assert "Unmistakable" not in json.dumps(lead.get("/api/v1/reflections/").json())


def test_years_stand_side_by_side(asked, sign_in):
    fill(asked, *[4] * 7, *[2] * 6)
    with clock.standing_on(asked.today + timedelta(days=365)):
        asked.first, asked.reflection = (
            asked.reflection,
            services.open_reflection(
                by=asked.lead, group=asked.group, closes_on=asked.today + timedelta(days=372), send=False
            ),
        )
        fill(asked, *[4] * 12, *[2] * 5)
    with clock.standing_on(asked.today + timedelta(days=400)):
        page = html_of(sign_in(asked.member).get("/co-production/reflections/"))
    assert '<th scope="row">Trust, 2022</th><td class="num">5 people</td>' in page
    assert '<th scope="row">Trust, 2023</th><td class="num">10 people</td>' in page


def test_the_engagement_lead_opens_it_moves_the_last_day_and_sends_links_again(world, sign_in):
    client = sign_in(world.lead)
    page = html_of(client.post("/co-production/reflections/open/", {"closes_on": "2022-10-10"}, follow=True))
    assert "gets a private link" in page
    w = world
    w.reflection = Reflection.objects.get()
    before = OutboxEmail.objects.count()
    late = client.post(page_of(w, "closing/"), {"closes_on": "2022-10-20", "version": "7"})
    assert late.status_code == 409
    client.post(page_of(w, "closing/"), {"closes_on": "2022-10-20", "version": "1"})
    assert Reflection.objects.get().closes_on.day == 20
    page = html_of(client.post(page_of(w, "links/"), {"person": ""}, follow=True))
    assert "on the way" in page and OutboxEmail.objects.count() == 2 * before
    assert "New links sent" in page
    assert "Open this year" not in html_of(sign_in(world.member).get("/co-production/reflections/"))


def test_the_engagement_lead_opens_and_moves_it_over_the_api(world, sign_in):
    client = sign_in(world.lead)
    body = {"group": "advisory-group", "closes_on": "2022-10-10"}
    made = client.post("/api/v1/reflections/", body, content_type="application/json", headers={"Idempotency-Key": "a"})
    again = client.post("/api/v1/reflections/", body, content_type="application/json", headers={"Idempotency-Key": "a"})
    assert (made.status_code, again.status_code, Reflection.objects.count()) == (201, 201, 1)
    address = f"/api/v1/reflections/{made.json()['id']}/"
    moved = {"data": {"closes_on": "2022-10-20"}, "content_type": "application/json"}
    assert client.patch(address, **moved).status_code == 428
    assert client.patch(address, **moved, headers={"If-Match": made["ETag"]}).json()["closes_on"] == "2022-10-20"
    assert client.patch(address, **moved, headers={"If-Match": made["ETag"]}).status_code == 412


def test_lists_ask_for_the_same_number_of_rows_however_many_answered(asked, sign_in):
    client = sign_in(asked.member)
    client.get("/api/v1/reflections/")  # the first reading begins a copy of the list
    numbers = []
    for _round in range(2):
        fill(asked, 4, 2, 5)
        with closed(asked), CaptureQueriesContext(connection) as queries:
            client.get("/co-production/reflections/")
            client.get("/api/v1/reflections/")
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
