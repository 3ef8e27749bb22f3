"""Duties handed to a colleague for a while: exactly these, from a day to a day, and everything done says for whom."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from impact.core.access.acting.models import ActingFor
from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.access.permissions import NEVER_LENT, has_perm
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.models import Notice
from impact.core.people.accounts import make_token
from impact.core.people.models import Person
from impact.core.people.rights.acting import services
from networks.actions.digests import send_digests
from networks.groups.models import Group, Membership
from networks.groups.services import explain_guard
from networks.meetings.invitations.calendars import services as calendars
from networks.meetings.models import Meeting
from networks.meetings.planning.directory.models import Venue
from networks.meetings.planning.directory.services import add_venue
from networks.meetings.services import plan_meeting
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
User = get_user_model()
TODAY = date(2023, 1, 2)


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(TODAY):
        yield


@pytest.fixture(scope="module")
def built(one_for_the_file):
    """Kim Hart coordinates Wales, Sam Reed Scotland, Ola Bell England; Lee is on the national team."""
    with clock.standing_on(TODAY), one_for_the_file():
        wales, scotland, england = (
            factories.GroupFactory(name=f"Local network, {place}", slug=f"local-{place.lower()}", nation=place.lower())
            for place in ("Wales", "Scotland", "England")
        )
        kim, sam, ola = (factories.user_in(group, "coordinator") for group in (wales, scotland, england))
        lee, lead = factories.UserFactory(), factories.UserFactory()
        RoleGrant.objects.create(user=lee, role="staff")
        RoleGrant.objects.create(user=lead, role="engagement_lead")
        for user, name in (
            (kim, "Kim Hart"),
            (sam, "Sam Reed"),
            (ola, "Ola Bell"),
            (lee, "Lee Vale"),
            (lead, "Ray Moss"),
        ):
            Person.objects.filter(user=user).update(name=name)
        member = factories.user_in(wales)
        start = clock.now() + timedelta(days=7)
        meeting = factories.MeetingFactory(group=wales, number=1, starts_at=start, ends_at=start + timedelta(hours=2))
        yield SimpleNamespace(**{key: value for key, value in locals().items() if key != "one_for_the_file"})


@pytest.fixture
def w(built, db):
    """The same, read afresh: an account remembers its roles for one request."""
    again = {k: User.objects.get(pk=v.pk) for k, v in vars(built).items() if isinstance(v, User)}
    groups = {k: Group.objects.get(pk=v.pk) for k, v in vars(built).items() if isinstance(v, Group)}
    return SimpleNamespace(**{**vars(built), **again, **groups}, today=clock.today())


def fresh(user):
    return User.objects.get(pk=user.pk)


def ask(w, person=None, helper=None, by=None, **more):
    person = (person or w.kim).person
    given = {
        "duties": [f"coordinate:{w.wales.pk}"],
        "starts_on": w.today,
        "ends_on": w.today + timedelta(days=14),
        **more,
    }
    return services.ask_for_cover(by=by or person.user, person=person, helper=(helper or w.sam).person, **given)


def agreed(w, **more):
    row = ask(w, **more)
    return services.answer(by=fresh(row.helper.user), acting=row, is_accepted=True)


def test_a_colleague_covers_a_group_on_every_surface_until_it_ends(w, client):
    """Asked and agreed on pages; then seen, done, told and recorded; then over, everywhere, at once."""
    address, _key = calendars.make_feed(by=w.sam), make_token(by=w.sam, days=30, scopes=["networks"])
    api = Client(headers={"Authorization": f"Bearer {_key}"})
    token = address.split("/")[-1].removesuffix(".ics") if "/" in address else address
    page = f"/groups/{w.wales.slug}/"
    client.force_login(w.sam)
    assert client.get(page).status_code == 404
    client.force_login(w.kim)
    form = html_of(client.get("/account/acting/cover/"))
    assert (
        "Coordinating Local network, Wales" in form
        and "Sam Reed" in form
        and "Coordinating Local network, Sc" not in form
    )
    sent = {
        "duties": f"coordinate:{w.wales.pk}",
        "helper": w.sam.person.pk,
        "starts_on": w.today.isoformat(),
        "ends_on": (w.today + timedelta(days=14)).isoformat(),
        "note": "Ask Mair about the hall.",
    }
    assert client.post("/account/acting/cover/", sent).status_code == 302
    acting = ActingFor.objects.get()
    assert Notice.objects.get(person=w.sam.person).title == "A colleague asks you to cover for them"
    client.force_login(w.sam)
    assert client.get(page).status_code == 404  # nothing before they agree
    assert "Ask Mair about the hall." in html_of(client.get(acting.get_absolute_url()))
    refused = client.post(f"{acting.get_absolute_url()}answer/", {"answer": "no"})
    assert "Say why" in html_of(refused)
    client.post(f"{acting.get_absolute_url()}answer/", {"answer": "yes"})

    shown = html_of(client.get(page))
    assert "You cover for <strong>Kim Hart</strong>" in shown
    assert 'Sam Reed <span class="small muted">covers until' in shown
    home = html_of(client.get("/"))
    assert "You cover Local network, Wales for Kim Hart." in home and "You run Local network, Wales" not in home
    assert has_perm(fresh(w.sam), "networks.view_restricted", Group.objects.get(pk=w.wales.pk))
    assert w.wales.slug in str(api.get("/api/v1/groups/").content)
    feed = calendars.feed_of(token)
    assert w.meeting in calendars.meetings_in(feed)
    assert [person.pk for person, _g in Membership.objects.current().filter(group=w.wales).who_runs()] == [
        w.kim.person.pk,
        w.sam.person.pk,
    ]
    sam = fresh(w.sam)
    start = clock.now() + timedelta(days=20)
    planned = plan_meeting(
        by=sam,
        group=Group.objects.get(pk=w.wales.pk),
        title="Second",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
    )
    own = plan_meeting(
        by=sam,
        group=Group.objects.get(pk=w.scotland.pk),
        title="Own",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
    )
    whose = dict(AuditEvent.objects.filter(object_type="networks.meeting").values_list("object_id", "for_person_id"))
    assert whose == {str(planned.pk): w.kim.person.pk, str(own.pk): None}
    client.force_login(w.kim)
    assert "Sam Reed for Kim Hart" in html_of(client.get(acting.get_absolute_url()))
    assert "Sam Reed for Kim Hart" in html_of(client.get(planned.get_absolute_url()))

    client.post(f"{acting.get_absolute_url()}end/")
    client.force_login(w.sam)
    lost = client.post(f"/meetings/{planned.pk}/edit/", {"title": "Words that I typed here"})
    assert lost.status_code == 404 and "Words that I typed here" in html_of(lost)
    assert client.get(page).status_code == 404
    assert w.wales.slug not in str(api.get("/api/v1/groups/").content)
    assert w.meeting not in calendars.meetings_in(calendars.feed_of(token))
    assert Meeting.objects.filter(pk=planned.pk).exists()  # what was done stays


def test_cover_gives_exactly_the_duty_in_its_days_and_goes_with_the_giver(w):
    acting = agreed(w, starts_on=w.today + timedelta(days=2), ends_on=w.today + timedelta(days=4))
    for days, may in ((1, False), (2, True), (4, True), (5, False)):
        with clock.standing_on(w.today + timedelta(days=days)):
            sam = fresh(w.sam)
            assert has_perm(sam, "networks.edit_group", Group.objects.get(pk=w.wales.pk)) is may
            assert Group.objects.visible_to(sam).filter(pk=w.wales.pk).exists() is may
            assert Group.objects.permitted(sam, "networks.log_meeting").filter(pk=w.wales.pk).exists() is may
            # Not what comes with belonging to the group, nor any other group, nor what is national.
            assert not has_perm(sam, "coproduction.take_position", Group.objects.get(pk=w.wales.pk))
            assert not has_perm(sam, "networks.view_speakers", Group.objects.get(pk=w.wales.pk))
            assert not Group.objects.permitted(sam, "networks.view_speakers").filter(pk=w.wales.pk).exists()
            assert not has_perm(sam, "networks.edit_group", Group.objects.get(pk=w.england.pk))
            assert not has_perm(sam, "networks.appoint_coordinator", Group.objects.get(pk=w.wales.pk))
    with clock.standing_on(w.today + timedelta(days=3)):
        with pytest.raises(ValidationError, match="does not hold"):  # no chain
            ask(w, person=w.sam, helper=w.ola, starts_on=clock.today())
        theirs = Membership.objects.filter(person=w.sam.person)
        theirs.update(ends_on=w.today + timedelta(days=2))  # no longer does such work
        assert not has_perm(fresh(w.sam), "networks.edit_group", Group.objects.get(pk=w.wales.pk))
        assert not Group.objects.permitted(fresh(w.sam), "networks.log_meeting").filter(pk=w.wales.pk).exists()
        theirs.update(ends_on=None)
        assert has_perm(fresh(w.sam), "networks.edit_group", Group.objects.get(pk=w.wales.pk))
        Membership.objects.filter(person=w.kim.person).update(ends_on=w.today + timedelta(days=2))
        assert not has_perm(fresh(w.sam), "networks.edit_group", Group.objects.get(pk=w.wales.pk))
    assert acting.is_open


def test_what_was_done_is_shown_with_the_cover_in_which_it_was_done(w):
    """The same two people agree again: neither the first nor the second says what was done in the other."""
    first = agreed(w, ends_on=w.today + timedelta(days=1))
    later = agreed(w, starts_on=w.today + timedelta(days=7), ends_on=w.today + timedelta(days=9))
    for days, acting, other in ((0, first, later), (8, later, first)):
        with clock.standing_on(w.today + timedelta(days=days)):
            explain_guard(
                by=fresh(w.sam), group=Group.objects.get(pk=w.wales.pk), guard="size", reason=f"It is day {days}."
            )
            shown = {event.pk for event in services.done_in(acting)}
            assert AuditEvent.objects.about(w.wales).first().pk in shown
            assert not shown & {event.pk for event in services.done_in(other)}


def test_who_covers_a_group_uses_the_directory_of_venues_for_its_coordinator(w):
    nia = factories.user_in(factories.GroupFactory(kind="coordinators", slug="circle"))
    assert not has_perm(nia, "networks.view_directory", Venue())
    acting = agreed(w, helper=nia)
    venue = add_venue(by=fresh(nia), name="Harbour Hall", nation="wales")
    assert AuditEvent.objects.about(venue).get().for_person_id == w.kim.person.pk
    assert Venue.objects.visible_to(fresh(nia)).exists()
    services.end(by=w.kim, acting=acting)
    assert not Venue.objects.visible_to(fresh(nia)).exists()


def test_a_role_is_lent_to_a_national_colleague_without_what_is_never_lent(w):
    acting = agreed(w, person=w.lead, helper=w.lee, duties=["role:engagement_lead"])
    lee = fresh(w.lee)
    assert has_perm(lee, "coproduction.record_for_member")
    own = {"core.close_account", "core.merge_people"}  # staff's own, not the lead's
    assert {p for p in NEVER_LENT if has_perm(lee, p)} == own
    assert not has_perm(lee, "core.erase_person")
    with pytest.raises(ValidationError, match="cannot take this on"):
        ask(
            w,
            person=w.lead,
            helper=w.sam,
            duties=["role:engagement_lead"],
            starts_on=w.today + timedelta(days=30),
            ends_on=w.today + timedelta(days=31),
        )
    own = RoleGrant.objects.filter(user=w.lee)
    own.update(revoked_at=clock.now())  # moved on, and no one thought of the cover
    assert not has_perm(fresh(w.lee), "coproduction.record_for_member")
    own.update(revoked_at=None)
    assert has_perm(fresh(w.lee), "coproduction.record_for_member")
    RoleGrant.objects.filter(user=w.lead).update(revoked_at=clock.now())
    assert not has_perm(fresh(w.lee), "coproduction.record_for_member")
    assert acting.is_open


def test_what_cannot_be_asked_says_why(w):
    agreed(w)
    without_account = factories.PersonFactory(name="No Account")
    cases = [
        ({}, "covers this from"),
        ({"starts_on": w.today - timedelta(days=1)}, "in the past"),
        ({"ends_on": w.today - timedelta(days=1)}, "before the first day"),
        ({"ends_on": w.today + timedelta(days=800)}, "within a year"),
        ({"duties": []}, "at least one"),
        ({"duties": [f"coordinate:{w.england.pk}"]}, "does not hold all"),
        ({"duties": ["role:administrator"]}, "does not hold all"),
        ({"helper": w.kim}, "no one covers for themselves"),
        (
            {"helper": w.member, "starts_on": w.today + timedelta(days=20), "ends_on": w.today + timedelta(days=21)},
            "cannot take this on",
        ),
        ({"helper": SimpleNamespace(person=without_account)}, "no account"),
    ]
    for given, words in cases:
        with pytest.raises(ValidationError, match=words):
            ask(w, **given)
    with pytest.raises(PermissionDenied):
        ask(w, by=w.sam)
    with pytest.raises(ValidationError, match="You would be the cover"):  # staff helping themselves to a lead's role
        ask(w, person=w.lead, helper=w.lee, by=w.lee, duties=["role:engagement_lead"])
    later = {"starts_on": w.today + timedelta(days=20), "ends_on": w.today + timedelta(days=22)}
    waiting = ask(w, helper=w.ola, by=w.lee, **later)  # staff, for a colleague who is ill
    assert Notice.objects.filter(person=w.kim.person, title__contains="has arranged").exists()
    with pytest.raises(PermissionDenied):
        services.answer(by=w.sam, acting=waiting, is_accepted=True)
    Membership.objects.filter(person=w.ola.person).update(ends_on=w.today - timedelta(days=1))  # leaves meanwhile
    with pytest.raises(ValidationError, match="cannot take this on any more"):
        services.answer(by=fresh(w.ola), acting=waiting, is_accepted=True)


def test_notices_reach_the_cover_as_well_and_both_hear_that_it_ends(w):
    agreed(w, ends_on=w.today + timedelta(days=5))
    factories.ActionFactory(group=w.wales, what="Ring the hall", due_on=w.today - timedelta(days=3))
    send_digests(on=w.today)
    told = set(OutboxEmail.objects.filter(subject__startswith="Actions").values_list("to", flat=True))
    assert {w.kim.email, w.sam.email} <= {str(to) if isinstance(to, str) else to[0] for to in told}
    assert services.remind(w.today) == 2 and services.remind(w.today) == 0
    agreed(w, person=w.ola, helper=w.lee, duties=[f"coordinate:{w.england.pk}"])
    RoleGrant.objects.create(user=w.lee, role="leadership")  # who approves covers no one, and is told nothing
    assert not Group.objects.get(pk=w.england.pk).roles_of(fresh(w.lee))
    told = Membership.objects.current().filter(group=w.england).who_runs()
    assert [person.pk for person, _group in told] == [w.ola.person.pk]


def test_who_covers_for_an_action_hears_no_more_of_it_once_they_left_the_group(w):
    action = factories.ActionFactory(
        group=w.wales, what="Ring the hall", due_on=w.today - timedelta(days=3), owner_person=w.kim.person
    )
    agreed(w, helper=w.member, duties=[f"action:{action.pk}"])
    mine = OutboxEmail.objects.filter(to=w.member.email, subject__startswith="Actions")
    send_digests(on=w.today)
    assert mine.count() == 1
    Membership.objects.filter(person=w.member.person).update(ends_on=w.today - timedelta(days=1))
    send_digests(on=w.today)
    assert mine.count() == 1


def test_lists_cost_no_more_queries(w, client):
    """Who acts for someone, and who acts for no one: the same number, but for the strip that says so."""
    client.force_login(w.sam)

    def count(path):
        client.get(path)
        with CaptureQueriesContext(connection) as found:
            assert client.get(path).status_code == 200
        return len(found), sum("core_actingfor" in q["sql"] for q in found.captured_queries)

    paths = ["/networks/", "/actions/"]
    before = [count(path) for path in paths]
    acting = agreed(w, helper=w.sam)
    after = [count(path) for path in paths]
    assert [n for n, _ in after] == [n + 1 for n, _ in before]
    assert all(seen == 1 for _, seen in before)  # counted with the account of the session
    with CaptureQueriesContext(connection) as found:
        list(Group.objects.visible_to(fresh(w.sam)))
    assert len(found) == 3 and acting.is_open  # the account, its roles, the groups
