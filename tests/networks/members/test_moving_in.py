"""A centre moves in from its spreadsheets: all or nothing, twice the same as once, nothing sent, and undone within a day."""

import csv
import io
import json
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.privacy import PSEUDONYM
from impact.core.basics.states import StateConflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.jobs.webhooks.models import WebhookDelivery
from impact.core.jobs.webhooks.services import add_webhook
from impact.core.notices.models import Notice
from impact.core.people.models import Invitation, Person, User
from impact.core.people.rights.erasure.services import erase_person
from impact.core.people.services import update_person
from impact.core.web.imports import parts, services, undo
from impact.core.web.imports.models import SheetImport, SheetRow, SheetThing
from impact.core.web.imports.shapes import IMPORTERS
from networks.groups.models import Group, Membership
from networks.log.attendance.models import AttendanceImport
from networks.log.models import Attendance, Contribution
from networks.meetings.models import AgendaItem, Meeting
from networks.meetings.services import plan_meeting
from networks.members.services import update_membership
from networks.themes.models import Theme
from sites.organisations.models import Organisation
from sites.registry.models import OrganisationPart, Site
from tests import factories
from tests.factories import at
from tests.networks.conftest import TODAY
from tests.pages import html_of

pytestmark = pytest.mark.django_db

ORGANISATIONS = """Name;Kind;Nation;Part;Site
"Harbour, Bay & Sons";Care provider;Cymru;Funder;
Harbour Carers;carer-led organisation;Wales;;
"""
SITES = """Name\tDelivery model\tTopic\tNations\tHost\tStarts\tStatus\tStatus since
Harbour network\tNetwork\tChoice\tEngland; Wales\tharbour carers\t01/03/2021\tCompleted\t2022-06-30
"""
GROUPS = "\ufeffEnw,kind,NATION,Network,Starts\nRiverside,Local network,Wales,Harbour network,1 February 2021\nHilltop,Assembly,Wales,,\n"
PEOPLE = """Name,E-mail,Group,Role,Perspective,From,To,Why it ended,Format
"Reed, Alex",home@people.example,Riverside,,Carer,01/02/2021,,,Easy Read
Sam Carter,home@people.example,Riverside,Member,Carer,2021-02-01,,,
Sam Carter,home@people.example,Hilltop,Chair,,01.03.2021,31/12/2021,A new job,
Kit Lowe,kit@people.example,Riverside,Coordinator,,1 Feb 2021,,,
"""
MEETINGS = """Group,Date,Starts,Who came,How many came,Apologies,Decisions,Agreed for next time,Kind,What was said,Theme,Perspective
Riverside,03/05/2021,2pm,"Reed, Alex; Ola Visitor",4,Sam Carter,Meet again; Ask,Begin with a story.,Barrier,"Letters come
too late.",Communication,Carer
Riverside,2021-05-03,14:00,,,,,,Enabler,<b>Trust</b> helps; it does.,Trust,Carer
riverside,7 June 2021,,Kit Lowe,,,,,,,,
"""
ALL = {"organisations": ORGANISATIONS, "sites": SITES, "groups": GROUPS, "people": PEOPLE, "meetings": MEETINGS}


def bring(by, kind: str, text: str | bytes):
    data = text if isinstance(text, bytes) else text.encode()
    return services.import_sheet(by=by, importer=IMPORTERS[kind], name=f"{kind}.csv", data=data)


def preview(by, kind: str, text: str) -> SheetImport:
    return services.keep_preview(by=by, importer=IMPORTERS[kind], name=f"{kind}.csv", data=text.encode())


def refusals(by, kind: str, text: str) -> list[str]:
    """What a preview says is wrong, row by row."""
    rows, _unknown = services.read_sheet(by=by, importer=IMPORTERS[kind], data=text.encode())
    services.check_rows(by=by, importer=IMPORTERS[kind], rows=rows)
    return services.sentences(rows)


def counts() -> dict[str, int]:
    models = (Organisation, OrganisationPart, Site, Group, Person, Membership, Meeting, Attendance, Contribution, Theme)
    return {model.__name__: model.objects.count() for model in models}


@pytest.fixture(scope="module")
def centre(one_for_the_file):
    """A centre that has brought in all of its sheets, once for this file."""
    with one_for_the_file(), clock.standing_on(TODAY):
        staff = factories.UserFactory(roles=["staff"])
        factories.TopicFactory(name="Choice")
        told_of = ["site.added", "site.status_changed", "group.added", "meeting.planned", "meeting.logged"]
        add_webhook(by=staff, name="Website", address="https://hooks.example.org/", events=told_of)
        yield SimpleNamespace(staff=staff, sheets={kind: bring(staff, kind, text)[0].pk for kind, text in ALL.items()})


@pytest.fixture
def staff(db, centre):
    return User.objects.get(pk=centre.staff.pk)


@pytest.fixture
def moved_in(db, centre):
    """The imports of the centre, by kind."""
    return {kind: SheetImport.objects.get(pk=pk) for kind, pk in centre.sheets.items()}


def test_a_centre_moves_in_and_twice_is_the_same_as_once(staff, moved_in):
    alex, sam = Person.objects.get(name="Reed, Alex"), Person.objects.get(name="Sam Carter")
    assert alex.email == sam.email and alex.preferred_format == "easy_read" and alex.needs_recorded_by == staff
    assert [(m.group.name, m.role, m.ends_on) for m in sam.memberships.order_by("starts_on")] == [
        ("Riverside", "member", None),
        ("Hilltop", "chair", date(2021, 12, 31)),
    ]
    site = Site.objects.get()
    assert [change.status for change in site.status_changes.all()] == ["proposed", "setting_up", "active", "completed"]
    assert str(site.host) == "Harbour Carers" and site.places == "England, Wales"
    first, second = Meeting.objects.order_by("number")
    assert (first.status, second.status) == ("complete", "complete") and first.starts_at == at(2021, 5, 3, 14)
    assert sorted(row.guest_name for row in first.attendances.filter(person=None)) == [
        "Not named 1",
        "Not named 2",
        "Ola Visitor",
    ]
    assert {row.person.name: row.status for row in first.attendances.exclude(person=None)} == {
        "Reed, Alex": "present",
        "Sam Carter": "apologies",
    }
    assert {c.words: c.theme.name for c in first.contributions.all()} == {
        "Letters come\ntoo late.": "Communication",
        "<b>Trust</b> helps; it does.": "Trust",
    }
    assert [d.words for d in first.decisions.all()] == ["Meet again", "Ask"]
    assert not WebhookDelivery.objects.exists()
    plan_meeting(by=staff, group=first.group, starts_at=at(2023, 2, 1), ends_at=at(2023, 2, 1, 16))
    assert WebhookDelivery.objects.get().event == "meeting.planned"  # what is done by hand is told of
    assert not AgendaItem.objects.exists()  # nothing of past years goes on an agenda of today
    assert not OutboxEmail.objects.exists() and not Notice.objects.exists()
    saved = AuditEvent.objects.filter(type="import.saved")
    assert saved.count() == 5 and "Carter" not in str([event.facts for event in saved])
    before = counts()
    for kind, text in ALL.items():
        sheet, rows, _unknown = bring(staff, kind, text)
        assert (sheet.new, sheet.changed, sheet.same) == (0, 0, len(rows)), kind
    assert counts() == before


def test_undoing_removes_what_was_made_and_names_what_was_touched_since(staff, moved_in):
    begun = counts()
    alex = Membership.objects.get(person__name="Reed, Alex")
    update_membership(by=staff, membership=alex, perspective="funder")
    for kind in ("meetings", "people"):
        plan = undo.undo_import(by=staff, sheet=moved_in[kind])
    assert [name for name, _why in plan.stays] == ["Person: Reed, Alex", "Membership: Reed, Alex in Riverside"]
    assert counts() == begun | {
        "Meeting": 0,
        "Attendance": 0,
        "Contribution": 0,
        "Theme": 0,
        "Person": begun["Person"] - 2,
        "Membership": 1,
    }
    sheet = SheetImport.objects.get(pk=moved_in["people"].pk)
    assert (sheet.state, sheet.removed, sheet.stayed) == ("undone", 5, 2) and not sheet.things.exists()
    with pytest.raises(ValidationError, match="Only an import that was saved"):
        undo.undo_import(by=staff, sheet=sheet)
    with pytest.raises(PermissionDenied, match="or an administrator"):
        undo.undo_import(by=factories.UserFactory(roles=["staff"]), sheet=moved_in["groups"])
    staff.role_grants.all().delete()  # no one takes back what they could no longer bring in
    with pytest.raises(PermissionDenied):
        undo.undo_import(by=User.objects.get(pk=staff.pk), sheet=moved_in["groups"])
    RoleGrant.objects.create(user=staff, role="staff")
    staff = User.objects.get(pk=staff.pk)
    with clock.standing_on(clock.today() + timedelta(days=2)), pytest.raises(ValidationError, match="for a day"):
        undo.undo_import(by=staff, sheet=moved_in["organisations"])


def test_what_an_import_changed_is_set_back_unless_it_was_changed_again(staff, moved_in):
    changed = 'Name,Kind,About it\nHarbour Carers,Carer-led organisation,New words\n"Harbour, Bay & Sons",Funder,\n'
    sheet, _rows, _unknown = bring(staff, "organisations", changed)
    assert (sheet.new, sheet.changed) == (0, 2)
    Organisation.objects.filter(name__startswith="Harbour, Bay").update(kind="health")
    with CaptureQueriesContext(connection) as asked:
        undo.plan_undo(sheet)
    assert sum("sites_organisation" in one["sql"] for one in asked) == 1  # of all that was changed at once
    plan = undo.undo_import(by=factories.UserFactory(roles=["administrator"]), sheet=sheet)
    assert [name for name, _why in plan.stays] == ["Organisation: Harbour, Bay & Sons"]
    assert dict(Organisation.objects.values_list("name", "kind")) == {
        "Harbour Carers": "carer_led",
        "Harbour, Bay & Sons": "health",
    }
    assert Organisation.objects.get(name="Harbour Carers").summary == ""


def test_undoing_a_wrong_address_ends_what_that_mailbox_got(staff, moved_in):
    """The wrong mailbox can open nothing of the person's, and both mailboxes are told."""
    person = factories.PersonFactory(name="Ada Beech", email="right@people.example")
    sheet, _rows, _unknown = bring(staff, "people", f"Name,Email,Record\nAda Beech,wrong@people.example,{person.pk}\n")
    person.refresh_from_db()
    assert person.email == "wrong@people.example"
    invitation = Invitation.objects.create(email=person.email, name=person.name, person=person, token_hash="1")
    OutboxEmail.objects.all().delete()
    undo.undo_import(by=staff, sheet=sheet)
    person.refresh_from_db(), invitation.refresh_from_db()
    assert person.email == "right@people.example" and invitation.withdrawn_at
    told = OutboxEmail.objects.filter(event="address-changed").values_list("to", flat=True)
    assert list(told) == ["wrong@people.example", "right@people.example"]


def test_every_bad_row_is_named_with_its_column_its_cell_and_what_to_do(staff, moved_in):
    said = refusals(
        staff,
        "people",
        "Name,Email,Group,Role,Perspective,From,To\n"
        "=1+1,,,,,,\n"
        "Bell\x07 Ringer,not an address,,,,,\n"
        "Dana Hale,,Nowhere,King,,30/02/2021,\n"
        "Jo Kerr,,Riverside,,,01/03/2021,\n"
        "Jo Kerr,,Hilltop,,,01/03/2021,\n"
        "Sam Carter,,Hilltop,,,01/01/2022,\n"
        "Kit Lowe,kit@people.example,Riverside,,Carer,01/01/2022,\n"
        "Lee Innes,,Riverside,Coordinator,,01/01/2022,\n"
        "Mina Elder,,Hilltop,,,02/03/2022,01/03/2022\n",
    )
    for row, column, words in [
        (2, "Name “=1+1”", "This is a formula"),
        (3, "Name “Bell\x07 Ringer”", "control characters"),
        (3, "Email “not an address”", "name@example.org"),
        (4, "Group “Nowhere”", "add the group first"),
        (4, "Role “King”", "Use one of: Coordinator, Member"),
        (4, "From “30/02/2021”", "Write it as 24/07/2022"),
        (5, "Perspective", "Choose the perspective"),
        (6, "Name “Jo Kerr”", "Row 5 has the same name, and neither has an email address"),
        (7, "Name “Sam Carter”", "Put the number of the right record"),
        (8, "", "already belongs to this group from 1 February 2021 to the present"),
        (9, "Role “Coordinator”", "there is one already on some of these days"),
        (10, "To “01/03/2022”", "The last day is before the first day"),
    ]:
        assert [one for one in said if one.startswith(f"Row {row}") and column in one and words in one], (
            row,
            words,
            said,
        )
    said = refusals(
        staff,
        "meetings",
        "Group,Date,Who came,Kind,What was said,Theme\n"
        "Riverside,01/03/2099,Kit Lowe,,,\nRiverside,04/05/2021,,,,\nRiverside,05/05/2021,Kit Lowe,Barrier,Words,…\n"
        "Riverside,03/05/2021,,Barrier,Other words,\nRiverside,01/01/2021,Kit Lowe,,,\n",
    )
    for row, words in enumerate(
        [
            "still to come",
            "Say who came",
            "Write the theme in words",
            "has no such words",
            "Riverside starts on 1 February 2021",
        ],
        2,
    ):
        assert [one for one in said if one.startswith(f"Row {row}") and words in one], (row, words, said)
    begun = counts()
    with pytest.raises(services.SheetRefused) as refused:
        bring(staff, "people", "Name,Email\nGood One,good@people.example\n,bad\n")
    assert "Row 3, Name: This is needed. Fill it in." in refused.value.messages and counts() == begun


def test_half_a_likeness_makes_no_one_someone_else(staff, moved_in):
    """Neither one mailbox nor one name is enough; who means an existing record says so by its number."""
    sam = Person.objects.get(name="Sam Carter")
    head = "Name,Email,Person code,Record number,Group,From,Nation\n"
    _sheet, rows, _unknown = bring(
        staff,
        "people",
        f"{head}Noor Hale,home@people.example,,,,,\nSam Carter,,,new,Hilltop,01/01/2023,\nSam Carter,,,{sam.pk},Hilltop,01/01/2023,Scotland\n"
        "Ola Griffin,,A,,Hilltop,01/01/2023,\nOla Griffin,,B,,Hilltop,01/01/2023,\n",
    )
    assert rows[0].notes == ["Someone else has this address too. They stay two people."]
    assert Person.objects.filter(email="home@people.example").count() == 3
    assert (
        Person.objects.filter(name="Sam Carter").count() == 2 and Person.objects.filter(name="Ola Griffin").count() == 2
    )
    sam.refresh_from_db()
    assert sam.nation == "scotland" and sam.email == "home@people.example" and sam.memberships.count() == 3


def test_someone_who_was_erased_is_noticed_and_leaves_what_waits(staff, moved_in):
    sam, ola = Person.objects.get(name="Sam Carter"), Meeting.objects.get(number=1)
    report = AttendanceImport.objects.create(
        meeting=ola,
        source="zoom",
        name="a.csv",
        sha256="a",
        rows=[
            {
                "id": 1,
                "name": "sam carter",
                "also": "",
                "email": "",
                "masked": "",
                "minutes": 5,
                "lines": [1],
                "joins": [],
                "how": "",
                "candidates": [],
                "choice": "",
                "done": None,
                "parts": [],
            }
        ],
    )
    people = preview(staff, "people", "Name,Email\nSam Carter,home@people.example\nNew One,new@people.example\n")
    meetings = preview(staff, "meetings", "Group,Date,Who came\nRiverside,01/07/2021,Kit Lowe; Sam Carter\n")
    sian = factories.PersonFactory(name="Sia\u0302n Rees")  # as some machines write an â: two characters
    erase_person(by=SYSTEM, person=sian, name=sian.name)
    assert "deleted on" in " ".join(refusals(staff, "people", "Name\nSiân Rees\n"))
    erase_person(by=SYSTEM, person=sam, name=sam.name)
    assert [row.cells["name"] for row in people.lines.all()] == ["New One"]
    assert [row.cells["came"] for row in meetings.lines.all()] == ["Kit Lowe"]
    assert SheetImport.objects.get(pk=people.pk).erased == 1
    report.refresh_from_db()
    assert report.rows[0]["name"] == PSEUDONYM
    assert not SheetThing.objects.filter(person=sam).exists()
    assert "deleted on 16 January 2023" in " ".join(
        refusals(staff, "people", "Name,Email\nsam  carter,HOME@people.example\n")
    )
    assert "deleted on" in " ".join(refusals(staff, "people", "Name\nSam Carter\n"))
    assert not refusals(staff, "people", "Name,Email\nSam Carter,other@people.example\n")  # a namesake, and it is said
    assert not refusals(staff, "people", "Name,Email,Record number\nSam Carter,home@people.example,new\n")
    again = refusals(staff, "meetings", "Group,Date,Who came\nRiverside,02/07/2021,Kit Lowe; Sam Carter\n")
    assert "Write “A former member” instead" in again[0]


def test_the_pages_show_save_and_undo_and_keep_no_rows(staff, administrator, sign_in, moved_in):
    client, start = sign_in(staff), reverse("core:import-start", args=["people"])
    assert "What they need" in html_of(client.get(start))
    template = b"".join(
        client.get(reverse("core:import-template", args=["people"]), {"format": "csv"}).streaming_content
    )
    assert list(csv.reader(io.StringIO(template.decode("utf-8-sig"))))[1][0] == "Sam Carter"
    wrong = SimpleUploadedFile("../wrong.csv", b"Name,Email\n<script>x</script>,nope\nOle Berg,ole@people.example\n")
    page = client.post(start, {"file": wrong}, follow=True)
    html = html_of(page)
    assert "1 row needs attention" in html and "&lt;script&gt;x" in html and "<script>x" not in html and "nope" in html
    sheet = SheetImport.objects.latest("pk")
    assert sheet.name == "wrong.csv" and "Save" not in html.split("Choose another file")[0][-400:]
    errors = b"".join(
        client.get(reverse("core:import-errors", args=[sheet.pk]), {"format": "csv"}).streaming_content
    ).decode()
    assert "Errors" in errors and "Email: This is not an email address" in errors
    client.post(reverse("core:import-save", args=[sheet.pk]))
    assert not Person.objects.filter(name="Ole Berg").exists()
    client.post(reverse("core:import-drop", args=[sheet.pk]))
    assert not SheetRow.objects.exists()
    good = SimpleUploadedFile("good.csv", b"Name,Email\nOle Berg,ole@people.example\n")
    sheet = SheetImport.objects.get(pk=client.post(start, {"file": good})["Location"].rstrip("/").split("/")[-1])
    assert html_of(client.get(sheet.get_absolute_url())).count("Ole Berg") == 1
    assert "Ole Berg" not in html_of(sign_in(administrator).get(sheet.get_absolute_url()))
    client.post(reverse("core:import-save", args=[sheet.pk]))
    client.post(reverse("core:import-save", args=[sheet.pk]))  # a second tap
    assert Person.objects.filter(name="Ole Berg").count() == 1 and not SheetRow.objects.exists()
    assert "Undo this import" in html_of(client.get(sheet.get_absolute_url()))
    undo_page = sign_in(administrator).get(reverse("core:import-undo", args=[sheet.pk]))
    assert "People to remove" in html_of(undo_page)
    sign_in(administrator).post(reverse("core:import-undo", args=[sheet.pk]))
    assert not Person.objects.filter(name="Ole Berg").exists()
    coordinator = factories.user_in(Group.objects.get(name="Riverside"), "coordinator")
    with pytest.raises(PermissionDenied):
        bring(coordinator, "people", PEOPLE)
    with pytest.raises(PermissionDenied):
        bring(administrator, "meetings", MEETINGS)


class Killed(BaseException):
    """A worker that is gone from one moment to the next: nothing of its own catches this."""


def look_again(job) -> bool:
    """Another worker finds the job that was left behind."""
    past = clock.now() - timedelta(days=3000)
    Job.objects.filter(pk=job.pk).update(lease_until=past, due_at=past)
    return queue.run(job.pk)


def many(number: int = 16) -> str:
    """People of whom every third has a name that others have too and no address, which only "new" can tell apart; at the
    end one of them joins a second group."""
    rows = [f"Person {n},person{n}@people.example,,Hilltop,01/05/2021" for n in range(number)]
    rows[::3] = ["Jo Twin,,new,," for _row in rows[::3]]
    codes = [f"{row},c{n}" for n, row in enumerate(rows)]
    codes.append("Person 1,person1@people.example,,Riverside,01/05/2021,c1,Carer")
    return "Name,Email,Record number,Group,From,Person code,Perspective\n" + "\n".join(codes) + "\n"


@pytest.fixture
def small_parts(monkeypatch):
    """Few rows are many, every part saves one, and no one waits for them."""
    monkeypatch.setattr(services, "LARGE", 10)
    monkeypatch.setattr(parts, "PART_SECONDS", -1)
    monkeypatch.setattr(parts, "PAUSE_SECONDS", 0)


def test_a_large_file_is_whole_wherever_its_worker_is_killed(staff, moved_in, monkeypatch, small_parts, sign_in):
    """While it checks, in the middle of a part, between two parts, and when all is written: the next goes on from there."""
    sheet, begun = preview(staff, "people", many()), Person.objects.count()
    for act in (services.save_preview, services.drop_preview):
        with pytest.raises(PermissionDenied, match="Only the person who sent"):
            act(by=factories.UserFactory(roles=["staff"]), sheet=sheet)
    begun = Person.objects.count()
    sheet = services.save_preview(by=staff, sheet=sheet)
    assert sheet.state == "queued" and Person.objects.count() == begun
    job = Job.objects.get(kind=services.SAVE)
    page = html_of(sign_in(staff).get(sheet.get_absolute_url()))
    assert "Waiting to start" in page and "Stop, and save nothing" in page and 'http-equiv="refresh"' in page
    for place, name, is_after in [
        (services, "check_rows", True),
        (parts.undo, "keep_things", True),
        (parts, "give_way", False),
        (parts.undo, "mark_again", True),
    ]:
        original = getattr(place, name)

        def dies(*args, original=original, is_after=is_after, **kwargs):
            if is_after:
                original(*args, **kwargs)
            raise Killed

        before = Person.objects.count()
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(place, name, dies)
            Job.objects.filter(pk=job.pk).update(attempt=0)
            look_again(job)
        job.refresh_from_db()
        sheet.refresh_from_db()
        kept = Person.objects.count()
        assert (kept > before) is (name in ("give_way", "mark_again")), name
        written = sheet.lines.filter(is_written=True).count()
        assert written == kept - begun + (written == sheet.rows)  # the last row is of someone who is there
        if kept > begun:
            assert sheet.state == "writing" and job.step in (f"{written} of {sheet.rows} rows saved", "Finishing")
            page = html_of(sign_in(staff).get(sheet.get_absolute_url()))
            assert f"Saving</strong>: {job.step}" in page and "Stop, and" not in page
            with pytest.raises(StateConflict, match="cannot be stopped"):
                services.drop_preview(by=staff, sheet=sheet)
    assert kept == begun + sheet.rows - 1 and look_again(job)
    sheet.refresh_from_db()
    assert sheet.state == "done" and Person.objects.count() == kept and sheet.new == sheet.rows
    assert not sheet.lines.exists() and Person.objects.filter(name="Jo Twin").count() == 6
    assert "Undo this import" in html_of(sign_in(staff).get(sheet.get_absolute_url()))
    touched = Person.objects.get(name="Person 10")
    update_person(by=SYSTEM, person=touched, name="Someone whom a colleague has found")
    page = sign_in(staff).post(reverse("core:import-undo", args=[sheet.pk]), follow=True)
    assert "This import is being undone" in html_of(page)
    job, before = Job.objects.get(kind=parts.TAKE_BACK), Person.objects.count()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(parts, "give_way", lambda: (_ for _ in ()).throw(Killed))
        look_again(job)
    assert begun < Person.objects.count() < before and look_again(job)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.stayed, Person.objects.count()) == ("undone", 1, begun + 1)
    assert not sheet.things.exists() and "1\n  stayed" in sign_in(staff).get(sheet.get_absolute_url()).content.decode()


def test_a_job_that_is_stopped_or_given_up_leaves_nothing(staff, moved_in, monkeypatch, small_parts, sign_in):
    begun = Person.objects.count()
    sheet = services.save_preview(by=staff, sheet=preview(staff, "people", many()))
    job, client = Job.objects.get(kind=services.SAVE), sign_in(staff)
    answer = client.post(reverse("core:import-drop", args=[sheet.pk]), follow=True)
    assert "Stopped. Nothing was saved." in html_of(answer) and not look_again(job)
    sheet.refresh_from_db()
    assert (sheet.state, Person.objects.count(), sheet.lines.count()) == ("dropped", begun, 0)

    sheet = services.save_preview(by=staff, sheet=preview(staff, "people", many()))
    job = Job.objects.exclude(pk=job.pk).get(kind=services.SAVE)
    monkeypatch.setattr(parts, "give_way", lambda: (_ for _ in ()).throw(Killed))
    for _attempt in range(3):
        with pytest.raises(Killed):
            look_again(job)
    assert begun < Person.objects.count() < begun + sheet.rows
    touched = Person.objects.latest("pk")
    update_person(by=SYSTEM, person=touched, name="Someone whom a colleague has found")
    assert not look_again(job)  # it is given up
    back, address = Job.objects.get(kind=parts.TAKE_BACK), sheet.get_absolute_url()
    for _attempt in range(3):
        with pytest.raises(Killed):
            look_again(back)
    assert not look_again(back) and begun < Person.objects.count()  # taking back is given up too
    asked = client.get(address + "?was=undoing", headers={"HX-Request": "true"})
    assert asked.headers["HX-Refresh"] == "true"
    page = html_of(client.get(address))
    assert "Taking back stopped" in page and 'http-equiv="refresh"' not in page and "You can leave" not in page
    assert "Trying again" in html_of(
        client.post(reverse("core:job-retry", args=[back.pk]), {"next": address}, follow=True)
    )
    monkeypatch.setattr(parts, "give_way", lambda: None)
    assert "Taking back" in html_of(client.get(address))
    assert queue.run(back.pk)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.stayed, Person.objects.count()) == ("refused", 1, begun + 1)
    page = html_of(client.get(sheet.get_absolute_url()))
    assert "Saving stopped part-way" in page and "1 thing stayed: someone has changed or used it since" in page
    assert "nothing was saved" not in page


@pytest.mark.postgresql_only
def test_stopping_an_import_locks_the_job_before_the_file(staff, moved_in, small_parts):
    """As the job does when it ends: else each of the two could wait for the other."""
    sheet = services.save_preview(by=staff, sheet=preview(staff, "people", many()))
    with CaptureQueriesContext(connection) as found:
        services.drop_preview(by=staff, sheet=sheet)
    locked = [re.findall(r'FOR UPDATE OF "(\w+)"', query["sql"]) for query in found if "FOR UPDATE" in query["sql"]]
    assert locked[:2] == [["core_job"], ["core_sheetimport"]]


def test_what_was_saved_goes_also_where_its_worker_is_killed_and_the_reason_is_gone_by_then(
    staff, moved_in, monkeypatch, small_parts
):
    """A group has another name for a while: the next worker must not save what is left beside what has gone already."""
    begun, calls = Person.objects.count(), []

    def dies_at(number: int):
        calls.clear()
        return lambda: calls.append(1) if len(calls) + 1 < number else (_ for _ in ()).throw(Killed)

    sheet = services.save_preview(by=staff, sheet=preview(staff, "people", many()))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(parts, "give_way", dies_at(6))
        look_again(Job.objects.get(kind=services.SAVE))
    assert begun < Person.objects.count() < begun + sheet.rows
    Group.objects.filter(name="Hilltop").update(name="Hilltop circle", slug="circle")
    with monkeypatch.context() as patch:
        for job in (Job.objects.get(kind=services.SAVE), Job.objects.filter(kind=parts.TAKE_BACK).first()):
            patch.setattr(parts, "give_way", dies_at(2))
            try:
                assert job is None or look_again(job)
            except Killed:
                continue
    assert begun < Person.objects.count(), "the worker was killed before all was taken back"
    Group.objects.filter(slug="circle").update(name="Hilltop", slug="hilltop")
    for job in Job.objects.exclude(state=Job.State.SUCCEEDED).filter(kind__in=[services.SAVE, parts.TAKE_BACK]):
        assert look_again(job)
    sheet.refresh_from_db()
    assert (sheet.state, Person.objects.count()) == ("refused", begun)
    assert sheet.wrong and sheet.lines.count() == sheet.rows and not sheet.lines.filter(is_written=True).exists()


def test_a_job_names_every_row_that_cannot_be_saved_any_more(staff, moved_in):
    head = "Name,Email,Group,From\n"
    people = "".join(f"Person {n},person{n}@people.example,Hilltop,01/05/2021\n" for n in range(services.LARGE + 1))
    sheet, begun = preview(staff, "people", head + people), Person.objects.count()
    Group.objects.filter(name="Hilltop").update(name="Hilltop circle", slug="circle")
    services.save_preview(by=staff, sheet=sheet)
    queue.run(Job.objects.get(kind=services.SAVE).pk)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.wrong, Person.objects.count()) == ("refused", services.LARGE + 1, begun)
    assert sheet.lines.first().problems[0]["column"] == "Group"


def test_the_commands_answer_in_json_and_fail_where_a_row_is_bad(moved_in, tmp_path, capsys):
    file = tmp_path / "people.csv"
    file.write_text("Name,Email\nOle Berg,ole@people.example\n")
    call_command("import_people", str(file), "--dry-run", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["new"], answer["written"], answer["refused"]) == (1, False, [])
    assert not Person.objects.filter(name="Ole Berg").exists()
    call_command("import_people", str(file), "--json")
    assert json.loads(capsys.readouterr().out)["written"] and Person.objects.filter(name="Ole Berg").exists()
    for command, text, column in [
        ("import_people", "Name,Email\nOle Berg,nope\n", "Email"),
        ("import_sites", "Name,Topic\nNew site,No such topic\n", "Topic"),
        ("import_meetings", "Group,Date\nNowhere,01/02/2021\n", "Group"),
    ]:
        file.write_text(text)
        with pytest.raises(CommandError, match="1 row needs attention"):
            call_command(command, str(file), "--json")
        refused = json.loads(capsys.readouterr().out)["refused"]
        assert {"row": 2, "column": column} in [{"row": one["row"], "column": one["column"]} for one in refused]


def test_a_role_other_than_staff_brings_nothing_in(engagement_lead, leader, assessor, outsider):
    for user in (leader, assessor, outsider):
        assert not any(importer.may_use(user) for importer in IMPORTERS.values())
    assert all(importer.may_use(engagement_lead) for importer in IMPORTERS.values())
