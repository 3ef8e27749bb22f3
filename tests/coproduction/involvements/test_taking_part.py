"""From invitation to what changed: who is asked, what they say, when an answer is overdue, and what everyone reads."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from coproduction.group.attention import attention_for
from coproduction.group.models import SupportLink
from coproduction.involvements import tasks
from coproduction.involvements.models import Involvement
from coproduction.involvements.services import (
    add_involvement,
    mark_development,
    mark_good_practice,
    record_change,
    record_said,
    remind_overdue,
)
from coproduction.involvements.taking_part.attention import invitations
from coproduction.involvements.taking_part.because import because_of
from coproduction.involvements.taking_part.models import Participation
from coproduction.involvements.taking_part.services import (
    answer_invitation,
    invite_members,
    publish_summary,
    record_took_part,
    say_words,
    withdraw_summary,
)
from coproduction.waypoints.answers.services import save_answer
from coproduction.waypoints.services import open_waypoint, plan_waypoint, record_waypoint
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.notices.models import Notice
from impact.core.people.models import Consent
from reports.figures.gather import gather_figures, involvement_figures
from sites.registry.models import SiteRole
from tests import factories
from tests.pages import html_of

WORDS = "Put lived experience first in the advert."


@pytest.fixture
def site(db):
    found = factories.SiteFactory(name="Riverside Demonstrator", slug="riverside")
    factories.UpdateFactory(site=found)  # so that everyone may see its public page
    return found


@pytest.fixture
def asked(world, site):
    """A site asks the group for its views, with all that an invitation says."""
    world.site = site
    world.involvement = add_involvement(
        by=world.lead,
        group=world.group,
        title="Hiring coaches",
        site=site,
        asked="How should the post be advertised?",
        asked_on=date(2022, 6, 1),
        purpose="The advert for the second coach.",
        wanted_by=date(2022, 10, 1),
        time_needed="One hour online.",
        payment="paid",
    )
    return world


@pytest.fixture
def invited(asked):
    invite_members(by=asked.lead, involvement=asked.involvement, people=[asked.member.person, *asked.people[:2]])
    return asked


def settle(world, **more):
    given = {"outcome": "changed", "changed": "The advert is new.", "changed_on": date(2022, 8, 1), **more}
    record_said(by=world.lead, involvement=world.involvement, said="Plainer.", said_on=date(2022, 7, 1))
    return record_change(by=world.lead, involvement=world.involvement, **given)


# --- Who asks
@pytest.mark.database
def test_one_site_workstream_or_organisation_asks_or_words_say_who(asked):
    given = {"by": asked.lead, "group": asked.group, "title": "x", "asked": "x", "asked_on": date(2022, 6, 1)}
    with pytest.raises(ValidationError, match="Choose one"):
        add_involvement(**given)
    with pytest.raises(ValidationError, match="Choose one"):
        add_involvement(**given, site=asked.site, workstream="networks")
    with pytest.raises(IntegrityError), transaction.atomic():
        Involvement.objects.filter(pk=asked.involvement.pk).update(workstream="networks")
    body = factories.OrganisationFactory(name="Hawthorn Centre")
    found = [add_involvement(**given, **who).asker for who in ({"organisation": body}, {"workstream": "networks"})]
    assert found == ["Hawthorn Centre", "Networks"]
    assert add_involvement(**given, asked_by="A university elsewhere").asker == "A university elsewhere"


def test_a_sites_page_shows_its_involvements_to_those_who_may_see_them(asked, sign_in, staff, outsider):
    path = asked.site.get_absolute_url()
    for user in (staff, asked.member):
        page = html_of(sign_in(user).get(path))
        assert "Members were asked" in page and "Hiring coaches" in page
    team = factories.UserFactory()
    SiteRole.objects.create(site=asked.site, kind="coach", state="appointed", person=team.person)
    for user in (outsider, team):
        assert "Hiring coaches" not in html_of(sign_in(user).get(path))


@pytest.mark.database
def test_the_register_filters_and_sorts_by_site_and_workstream(asked, sign_in):
    factories.InvolvementFactory(group=asked.group, title="Packs", workstream="networks", asked_by="")
    client = sign_in(asked.member)
    path = reverse("coproduction:involvement-list")
    by_site = html_of(client.get(path, {"site": asked.site.pk}))
    assert "Hiring coaches" in by_site and "Packs" not in by_site
    by_stream = html_of(client.get(path, {"workstream": "networks"}))
    assert "Packs" in by_stream and "Hiring coaches" not in by_stream
    assert client.get(path, {"sort": "site"}).context["listing"].page[0].title == "Hiring coaches"
    file = b"".join(client.get(path, {"format": "csv", "site": asked.site.pk}).streaming_content).decode()
    assert "Riverside Demonstrator" in file and "One hour online." in file and "Packs" not in file
    rows = client.get("/api/v1/involvements/", {"site": "riverside"}).json()["results"]
    assert [row["site"] and row["site"]["slug"] for row in rows] == ["riverside"]


# --- Invited, and taking part
def test_invited_members_hear_what_for_by_when_how_much_time_and_whether_it_is_paid(invited):
    notice = Notice.objects.get(person=invited.member.person)
    for words in ("The advert for the second coach.", "1 October 2022", "One hour online.", "Paid"):
        assert words in notice.words
    invite_members(by=invited.lead, involvement=invited.involvement, people=[invited.member.person])
    assert Notice.objects.count() == 3 and Participation.objects.count() == 3
    outsider = factories.PersonFactory()
    with pytest.raises(ValidationError, match="members of the group"):
        invite_members(by=invited.lead, involvement=invited.involvement, people=[outsider])


def test_a_member_says_yes_and_what_they_think_on_the_pages(invited, sign_in):
    client = sign_in(invited.member)
    assert "Would you like to take part? Hiring coaches" in html_of(client.get("/"))
    reply = reverse("coproduction:involvement-reply", args=[invited.involvement.pk])
    assert "Choose an answer" in html_of(client.post(reply, {"answer": ""}))
    assert "You take part." in html_of(client.post(reply, {"answer": "yes"}, follow=True))
    assert "Would you like to take part?" not in html_of(client.get("/"))
    path = reverse("coproduction:involvement-words", args=[invited.involvement.pk])
    version = str(Participation.objects.get(person=invited.member.person).version)
    page = html_of(client.post(path, {"words": WORDS, "version": version}, follow=True))
    assert WORDS in page and "You said yes." in page
    stale = client.post(path, {"words": "From an old page", "version": version})
    assert stale.status_code == 409 and WORDS in html_of(stale)
    other = html_of(sign_in(factories.user_in(invited.group)).get(invited.involvement.get_absolute_url()))
    assert WORDS in other and invited.member.person.name not in other
    assert invited.member.person.name in html_of(sign_in(invited.lead).get(invited.involvement.get_absolute_url()))


def test_outside_the_group_there_are_suppressed_counts_and_no_words_or_names(invited, sign_in, leader, staff):
    say_words(by=invited.member, involvement=invited.involvement, words=WORDS)
    for user in (leader, staff):
        client = sign_in(user)
        page = html_of(client.get(invited.involvement.get_absolute_url()))
        assert "Too few to show" in page and WORDS not in page and invited.member.person.name not in page
        body = client.get(f"/api/v1/involvements/{invited.involvement.pk}/").json()
        assert body["members"]["invited"] is None and WORDS not in str(body)
    body = sign_in(invited.member).get(f"/api/v1/involvements/{invited.involvement.pk}/").json()
    assert body["members"] == {"invited": 3, "accepted": 1, "declined": 0, "took_part": 1}
    assert list(Participation.objects.visible_to(invited.member)) == [
        Participation.objects.get(person=invited.member.person)
    ]
    assert not Participation.objects.visible_to(leader).exists()


def test_a_members_own_answer_and_words_win_over_those_written_down(invited):
    given = {"involvement": invited.involvement, "person": invited.member.person, "told": "phone"}
    answer_invitation(by=invited.lead, accepts=False, **given)
    answer_invitation(by=invited.member, involvement=invited.involvement, accepts=True)
    with pytest.raises(StateConflict, match="has answered already"):
        answer_invitation(by=invited.lead, accepts=False, **given)
    say_words(by=invited.member, involvement=invited.involvement, words=WORDS)
    with pytest.raises(StateConflict, match="has written already"):
        say_words(by=invited.lead, words="x", **given)
    with pytest.raises(ValidationError, match="Choose how the member told you"):
        say_words(by=invited.lead, involvement=invited.involvement, words="x", person=invited.people[0])
    with pytest.raises(PermissionDenied):
        say_words(by=invited.member, involvement=invited.involvement, words="x", person=invited.people[0], told="phone")


def test_who_took_part_is_recorded_among_the_invited(invited):
    record_took_part(by=invited.lead, involvement=invited.involvement, people=[invited.people[0]])
    assert Participation.objects.get(took_part=True).person == invited.people[0]
    with pytest.raises(ValidationError, match="Invite these members first"):
        record_took_part(by=invited.lead, involvement=invited.involvement, people=[invited.people[2]])


# --- Settled once
def test_a_settled_involvement_is_not_settled_again(asked, sign_in):
    item = factories.EvidenceItemFactory(sites=[asked.site], title="What applicants said")
    settle(asked, evidence=[item], evidence_link="https://example.org/advert")
    with pytest.raises(StateConflict, match="settled already"):
        record_change(
            by=asked.lead, involvement=asked.involvement, outcome="not_changed", changed="x", changed_on=asked.today
        )
    asked.involvement.refresh_from_db()
    assert asked.involvement.outcome == "changed"
    page = html_of(sign_in(asked.lead).get(asked.involvement.get_absolute_url()))
    assert "What applicants said" in page and "https://example.org/advert" in page
    body = {"outcome": "partly", "changed": "x", "changed_on": "2022-09-01"}
    client = sign_in(asked.lead)
    path = f"/api/v1/involvements/{asked.involvement.pk}/change/"
    assert client.post(path, body, content_type="application/json").status_code == 409


def test_those_who_took_part_hear_what_changed_and_all_members_where_it_is_not_known_who_did(invited):
    say_words(by=invited.member, involvement=invited.involvement, words=WORDS)
    settle(invited)
    told = Notice.objects.filter(key__startswith="involvement-settled")
    assert [notice.person for notice in told] == [invited.member.person]
    invited.involvement = factories.InvolvementFactory(group=invited.group)
    settle(invited)
    assert Notice.objects.filter(key=f"involvement-settled:{invited.involvement.pk}").count() == 4


# --- No answer for too long
def overdue(world):
    record_said(by=world.lead, involvement=world.involvement, said="Plainer.", said_on=date(2022, 7, 1))


def test_an_answer_is_overdue_after_the_days_that_are_set_everywhere_alike(asked, sign_in, settings):
    overdue(asked)
    factories.InvolvementFactory(group=asked.group, said="Yes", said_on=asked.today - timedelta(days=30))
    client = sign_in(asked.lead)
    path = reverse("coproduction:involvement-list")
    listed = client.get(path, {"outcome": "overdue"}).context["listing"].total
    file = b"".join(client.get(path, {"format": "csv", "outcome": "overdue"}).streaming_content).decode()
    api = client.get("/api/v1/involvements/", {"overdue": "true"}).json()["results"]
    titles = [item["title"] for item in attention_for(asked.lead)]
    assert listed == len(api) == len(file.strip().splitlines()) - 1 == 1 and api[0]["is_overdue"]
    assert "1 response from members without an answer for too long" in titles
    assert "1 without an answer after 30 days" in html_of(client.get(path))
    assert "No answer after 30 days" in html_of(client.get(asked.involvement.get_absolute_url()))
    settings.INVOLVEMENT_ANSWER_DAYS = 29
    assert Involvement.objects.overdue().count() == 2


def test_the_team_of_the_site_is_reminded_once_for_each_time_the_days_pass(asked, staff):
    team = factories.UserFactory()
    SiteRole.objects.create(site=asked.site, kind="coach", state="appointed", person=team.person)
    overdue(asked)
    day = date(2022, 8, 5)
    assert remind_overdue(by=SYSTEM, on=date(2022, 7, 31)) == 0
    assert remind_overdue(by=SYSTEM, on=day) == 2 and remind_overdue(by=SYSTEM, on=day + timedelta(days=1)) == 0
    assert Notice.objects.get(person=team.person).path == asked.site.get_absolute_url()
    assert not Notice.objects.filter(person=staff.person).exists()
    assert remind_overdue(by=SYSTEM, on=day + timedelta(days=30)) == 2
    asked.involvement = factories.InvolvementFactory(group=asked.group)
    overdue(asked)
    remind_overdue(by=SYSTEM, on=day)
    assert Notice.objects.filter(person=staff.person).count() == 1


def test_the_day_has_one_reminder_however_many_workers_ask(asked):
    overdue(asked)
    for _ in range(2):
        queue.enqueue_daily()
        queue.run_due()
    assert Notice.objects.filter(key__startswith="involvement-overdue").count() == 1
    assert queue.LABELS[tasks.REMIND]


# --- Tags, and the same figures everywhere
def test_marked_involvements_are_the_same_in_the_list_in_files_in_the_api_and_in_the_report(asked, sign_in, leader):
    settle(asked)
    mark_good_practice(by=asked.lead, involvement=asked.involvement, is_good_practice=True)
    with pytest.raises(StateConflict, match="Record what the members said first"):
        mark_development(
            by=asked.lead, involvement=factories.InvolvementFactory(group=asked.group), is_development=True
        )
    client = sign_in(asked.lead)
    client.post(reverse("coproduction:involvement-development", args=[asked.involvement.pk]), {"development": "1"})
    path = reverse("coproduction:involvement-list")
    report = gather_figures(2022)["involvements"]
    assert report == involvement_figures(2022) and report["total"] == 2
    home = html_of(sign_in(leader).get("/"))
    assert "Hiring coaches" in home
    client = sign_in(asked.lead)
    for query, api, figure in (
        ({"good_practice": "on"}, {"is_good_practice": "true"}, report["good_practice"]),
        ({"development": "on"}, {"is_development": "true"}, report["development"]),
    ):
        listed = client.get(path, query).context["listing"].total
        file = b"".join(client.get(path, {"format": "csv", **query}).streaming_content).decode()
        rows = client.get("/api/v1/involvements/", api).json()["results"]
        assert listed == len(rows) == len(file.strip().splitlines()) - 1 == figure == 1
    (row,) = [row for row in report["rows"] if row["is_development"]]
    assert row["asked_by"] == "Riverside Demonstrator"


# --- Because of you
def test_a_members_home_shows_what_changed_because_of_them_alone(invited, sign_in):
    say_words(by=invited.member, involvement=invited.involvement, words=WORDS)
    settle(invited)
    waypoint = plan_waypoint(by=invited.lead, charter=invited.charter, title="Autumn stop", due_on=invited.today)
    open_waypoint(by=invited.lead, waypoint=waypoint)
    save_answer(by=invited.member, waypoint=waypoint, words=["Nearly there.", ""])
    record_waypoint(
        by=invited.lead,
        waypoint=waypoint,
        held_on=invited.today,
        summary=["x", "x"],
        finding="adjust",
        outcome="no_change",
        no_change_reason="Too early.",
    )
    assert [item["title"] for item in because_of(invited.member)] == ["Autumn stop", "Hiring coaches"]
    page = html_of(sign_in(invited.member).get("/"))
    assert "Because of you" in page and WORDS in page and "The advert is new." in page and "Too early." in page
    other = factories.user_in(invited.group)
    assert because_of(other) == []
    page = html_of(sign_in(other).get("/"))
    assert "Because of you" not in page and "What changed because of your group" in page and WORDS not in page


# --- For everyone to read
def test_everyone_reads_the_approved_summary_and_quotes_of_those_who_agreed(invited, sign_in, client):
    part = say_words(by=invited.member, involvement=invited.involvement, words=WORDS)
    given = {"by": invited.lead, "involvement": invited.involvement, "public_summary": "The advert is plainer now."}
    with pytest.raises(StateConflict, match="Record what changed first"):
        publish_summary(**given)
    settle(invited)
    path = reverse("coproduction:changes")
    assert "Nothing is published yet" in html_of(client.get(path))
    with pytest.raises(ValidationError, match="has not agreed to be quoted"):
        publish_summary(**given, quoted=[part])
    consent = {"person": invited.member.person, "purpose": "quotes", "wording": "?", "given_on": invited.today}
    Consent.objects.create(is_given=True, expires_on=invited.today + timedelta(days=100), **consent)
    publish_summary(**given, quoted=[part])
    page = html_of(client.get(path))
    assert "The advert is plainer now." in page and WORDS in page and invited.member.person.name not in page
    assert "Plainer." not in page and "Riverside" not in page
    with clock.standing_on(invited.today + timedelta(days=100)):
        assert WORDS not in html_of(client.get(path))
    Consent.objects.create(is_given=False, **consent)
    assert WORDS not in html_of(client.get(path)) and "The advert is plainer now." in html_of(client.get(path))
    withdraw_summary(by=invited.lead, involvement=invited.involvement)
    assert "The advert is plainer now." not in html_of(client.get(path))
    reader = sign_in(invited.member)
    body = reader.get(f"/api/v1/involvements/{invited.involvement.pk}/").json()
    assert body["public_summary"] == ""
    # Nor is it in the cursor of a list sorted by it.
    assert reader.get("/api/v1/involvements/?ordering=public_summary&page_size=1").status_code == 400


def test_only_the_engagement_lead_invites_tags_and_publishes(asked, staff):
    for user in (staff, asked.member):
        for call in (
            lambda by: invite_members(by=by, involvement=asked.involvement, people=asked.people),
            lambda by: record_took_part(by=by, involvement=asked.involvement, people=[]),
            lambda by: mark_development(by=by, involvement=asked.involvement, is_development=True),
            lambda by: publish_summary(by=by, involvement=asked.involvement, public_summary="x"),
            lambda by: withdraw_summary(by=by, involvement=asked.involvement),
        ):
            with pytest.raises(PermissionDenied):
                call(user)


# --- The API
def test_an_involvement_is_carried_from_ask_to_change_over_the_api(world, site, sign_in):
    client, json = sign_in(world.lead), {"content_type": "application/json"}
    body = {
        "group": "advisory-group",
        "title": "Adverts",
        "site": "riverside",
        "asked": "How?",
        "asked_on": "2022-06-01",
    }
    made = client.post("/api/v1/involvements/", body, **json)
    assert made.status_code == 201 and made.json()["asker"] == "Riverside Demonstrator"
    one = made["Location"]
    assert client.patch(one, {"payment": "paid"}, **json).status_code == 428
    tag = {"headers": {"if-match": made["ETag"]}, **json}
    assert client.patch(one, {"payment": "paid"}, **tag).json()["payment"] == "paid"
    assert client.patch(one, {"payment": "unpaid"}, **tag).status_code == 412
    invited = client.post(f"{one}invite/", {"people": [world.member.person.pk]}, **json)
    assert invited.json()["members"]["invited"] == 1
    member = sign_in(world.member)
    assert member.post(f"{one}reply/", {"accepts": True}, **json).json()["members"]["accepted"] == 1
    assert member.post(f"{one}words/", {"words": WORDS}, **json).json()["members"]["took_part"] == 1
    assert member.post(f"{one}said/", {"said": "x", "said_on": "2022-07-01"}, **json).status_code == 403
    client = sign_in(world.lead)
    assert client.post(f"{one}said/", {"said": "Plainer.", "said_on": "2022-07-01"}, **json).json()["step"] == "said"
    settled = {"outcome": "changed", "changed": "It is new.", "changed_on": "2022-08-01"}
    assert client.post(f"{one}change/", settled, **json).json()["step"] == "settled"
    tagged = client.post(f"{one}tags/", {"is_good_practice": True, "is_development": True}, **json).json()
    assert tagged["is_good_practice"] and tagged["is_development"]


# --- Through a supporter
def test_a_supporter_says_yes_for_the_member_and_it_says_who_and_on_whose_word(asked, sign_in):
    supporter = factories.user_in(asked.group, role="supporter")
    member = asked.people[0]
    SupportLink.objects.create(group=asked.group, member=member, supporter=supporter.person, starts_on=asked.today)
    invite_members(by=asked.lead, involvement=asked.involvement, people=asked.people[:2])
    notice = Notice.objects.get(person=supporter.person, kind="involvement")
    here = reverse("coproduction:involvement-reply-for", args=[asked.involvement.pk, member.pk])
    assert notice.path == here and member.name not in notice.title + notice.words
    client = sign_in(supporter)
    home = [entry["href"] for entry in invitations(supporter)]
    assert home == [here]
    page = html_of(client.get(asked.involvement.get_absolute_url()))
    assert here in page and str(asked.people[1]) not in page
    form = html_of(client.get(here))
    assert f"Would {member.name} like to take part?" in form and f"How did {member.name} tell you?" in form
    assert "Choose how they told you" in html_of(client.post(here, {"answer": "yes"}))
    client.post(here, {"answer": "yes", "told": "phone"})
    row = Participation.objects.get(involvement=asked.involvement, person=member)
    assert (row.state, row.told, row.written_down_by) == ("accepted", "phone", supporter.display_name)
    lead = html_of(sign_in(asked.lead).get(asked.involvement.get_absolute_url()))
    assert f"Written down by {supporter.display_name}. They said so by phone or video." in lead
    other = reverse("coproduction:involvement-reply-for", args=[asked.involvement.pk, asked.people[1].pk])
    assert client.get(other).status_code == 404


def test_areas_for_development_are_in_the_chapter_of_the_report(asked):
    settle(asked)
    mark_development(by=asked.lead, involvement=asked.involvement, is_development=True)
    (row,) = [one for one in involvement_figures(2022)["rows"] if one["is_development"]]
    chapter = render_to_string("reports/formats/pdf/chapters/development.html", {"to_develop": [row]})
    assert "What we need to do better" in chapter and "Hiring coaches" in chapter and "The advert is new." in chapter
