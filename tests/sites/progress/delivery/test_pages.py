"""What people see and do about a site's delivery on its pages."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from impact.core.basics import clock
from sites.progress.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from tests import factories
from tests.pages import html_of
from tests.sites.test_views import csv_text, queries, text

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]
JULY = date(2022, 7, 4)


@pytest.fixture
def site():
    return factories.SiteFactory(name="Antrim")


@pytest.fixture
def coach(site, sign_in):
    """A client signed in as someone who works at the site."""
    return sign_in(factories.team_of(site))


def at(name: str, site, row=None) -> str:
    return reverse(f"sites:{name}", args=[site.slug, row.pk] if row else [site.slug])


def section(response, title: str) -> str:
    """What stands under a heading of a site's page."""
    part = html_of(response).split(f'aria-labelledby="{title}-heading"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))


# --- The site's page -----------------------------------------------------------------------------
def test_milestones_stand_by_planned_date_with_their_slippage_in_words(site, coach):
    today = clock.today()
    factories.MilestoneFactory(site=site, title="Third", planned_on=today - timedelta(days=5))
    factories.MilestoneFactory(site=site, title="First", planned_on=JULY, actual_on=date(2022, 7, 1))
    factories.MilestoneFactory(site=site, title="Second", planned_on=date(2022, 7, 8), actual_on=date(2022, 7, 20))
    coming, later = today + timedelta(days=40), today + timedelta(days=41)
    factories.MilestoneFactory(site=site, title="Fourth", planned_on=coming, expected_on=later)
    page = coach.get(site.get_absolute_url())
    shown = section(page, "milestones")
    titles = list(dict.fromkeys(re.findall("First|Second|Third|Fourth", shown)))
    assert titles == ["First", "Second", "Third", "Fourth"]
    for words in ("Complete 1 July 2022 3 days early", "Complete 20 July 2022 12 days late", "Overdue 5 days late"):
        assert words in shown
    assert "To come 1 day late" in shown
    todo = text(page).split("What to do next")[1].split("Milestones")[0]
    assert "Overdue: Third" in todo and "5 days late. Say when you expect it" in todo and "First" not in todo


def test_an_overdue_milestone_with_an_expected_date_says_so_in_what_to_do_next(site, coach):
    today = clock.today()
    soon, passed = today + timedelta(days=5), today - timedelta(days=1)
    milestone = factories.MilestoneFactory(site=site, planned_on=today - timedelta(days=5), expected_on=soon)
    assert "10 days late." in text(coach.get(site.get_absolute_url()))
    Milestone.objects.filter(pk=milestone.pk).update(expected_on=passed)
    page = text(coach.get(site.get_absolute_url()))
    assert "Enter a new expected date" in page and "This day has passed" in page


def test_both_sides_promises_stand_beside_each_other_with_how_many_are_kept(site, coach):
    kept = {"state": "kept", "settled_on": JULY, "outcome": "The room is booked."}
    factories.CommitmentFactory(site=site, text="Book a room", **kept)
    factories.CommitmentFactory(site=site, text="Log each meeting", due_on=JULY)
    changed = factories.CommitmentFactory(site=site, side="centre", text="Pay in a week", state="changed")
    factories.EarlierWordingFactory(commitment=changed, text="Pay in a day", changed_on=JULY)
    shown = section(coach.get(site.get_absolute_url()), "commitments")
    centre, host = shown.split("The host promises")
    assert "The centre promises 0 of 1 kept" in centre and "Until 4 July 2022: “Pay in a day”" in centre
    assert "1 of 2 kept" in host and "The room is booked." in host
    assert re.search(r"Log each meeting Open Overdue Due 4 July 2022", host)


def test_leadership_reads_all_of_it_without_links_to_change_it(site, leader, sign_in):
    factories.MilestoneFactory(site=site, planned_on=JULY)
    factories.CommitmentFactory(site=site, text="Book a room")
    factories.LearningNoteFactory(site=site, worked="Asking twice.")
    client = sign_in(leader)
    page = client.get(site.get_absolute_url())
    assert all(words in text(page) for words in ("Milestone", "Book a room", "Asking twice."))
    for part in ("/milestones/", "/commitments/", "/learning-notes/new", "/edit/"):
        assert part not in html_of(page)
    assert "Asking twice." in text(client.get(at("note-list", site)))


def test_outsiders_see_none_of_it(outsider, sign_in):
    site = factories.UpdateFactory().site
    factories.CommitmentFactory(site=site, text="Book a room")
    factories.LearningNoteFactory(site=site, worked="Asking twice.")
    client = sign_in(outsider)
    page = text(client.get(site.get_absolute_url()))
    assert "Book a room" not in page and "Asking twice." not in page
    assert client.get(at("note-list", site)).status_code == 403
    assert "You see the notes of the sites where you work." in text(client.get("/learning-notes/"))


# --- Milestones ----------------------------------------------------------------------------------
def test_a_milestone_is_added_edited_completed_and_removed(site, coach):
    coach.post(at("milestone-add", site), {"title": "Begin", "planned_on": "2022-07-04", "expected_on": "2022-07-09"})
    milestone = Milestone.objects.get()
    assert (milestone.planned_on, milestone.expected_on) == (JULY, date(2022, 7, 9))
    edit = at("milestone-edit", site, milestone)
    page = coach.get(edit)
    assert "Planned for 4 July 2022." in text(page) and 'name="planned_on"' not in html_of(page)
    coach.post(edit, {"title": "Begin well", "expected_on": "", "actual_on": "", "version": "1"})
    milestone.refresh_from_db()
    assert (milestone.title, milestone.expected_on, milestone.planned_on) == ("Begin well", None, JULY)
    complete = at("milestone-complete", site, milestone)
    assert "It is planned for 4 July 2022." in text(coach.get(complete))
    assert "future" in text(coach.post(complete, {"actual_on": (clock.today() + timedelta(days=1)).isoformat()}))
    coach.post(complete, {"actual_on": "2022-07-01"})
    assert "Complete 1 July 2022 3 days early" in text(coach.get(site.get_absolute_url()))
    remove = at("milestone-remove", site, milestone)
    asked = coach.get(remove)
    assert "Begin well" in text(asked) and Milestone.objects.exists()
    done = coach.post(remove, {"version": "3"}, follow=True)
    assert "“Begin well” was removed." in text(done) and not Milestone.objects.exists()


def test_a_planned_date_is_set_once_on_the_edit_page(site, coach):
    milestone = factories.MilestoneFactory(site=site)
    edit = at("milestone-edit", site, milestone)
    assert 'name="planned_on"' in html_of(coach.get(edit))
    coach.post(edit, {"title": "Begin", "planned_on": "2022-07-04", "version": "1"})
    assert Milestone.objects.get().planned_on == JULY
    coach.post(edit, {"title": "Begin", "planned_on": "2022-09-04", "version": "2"})
    assert Milestone.objects.get().planned_on == JULY


def test_a_replan_needs_a_reason_and_stays_readable(site, coach):
    milestone = factories.MilestoneFactory(site=site, planned_on=JULY)
    url = at("milestone-replan", site, milestone)
    page = coach.post(url, {"planned_on": "2022-08-04", "reason": "", "version": "1"})
    assert "Enter an answer" in text(page) and 'value="2022-08-04"' in html_of(page)
    page = coach.post(url, {"planned_on": "2022-07-04", "reason": "The venue closed.", "version": "1"})
    assert "already planned for 4 July 2022" in text(page) and "The venue closed." in html_of(page)
    coach.post(url, {"planned_on": "2022-08-04", "reason": "The venue closed.", "version": "1"})
    assert Replan.objects.get().reason == "The venue closed."
    shown = section(coach.get(site.get_absolute_url()), "milestones")
    assert "from 4 July 2022 to 4 August 2022: The venue closed." in shown


# --- Commitments ---------------------------------------------------------------------------------
def test_a_commitment_is_added_reworded_settled_corrected_and_removed(site, coach):
    page = html_of(coach.get(at("commitment-add", site), {"side": "host"}))
    assert re.search(r'value="host"[^>]*checked', page)
    coach.post(at("commitment-add", site), {"side": "host", "text": "Book a room", "due_on": "2022-07-04"})
    commitment = Commitment.objects.get()
    edit = at("commitment-edit", site, commitment)
    coach.post(edit, {"text": "Book two rooms", "due_on": "2022-07-04", "version": "1"})
    assert EarlierWording.objects.get().text == "Book a room"
    settle = at("commitment-settle", site, commitment)
    page = coach.post(settle, {"state": "not_kept", "outcome": "", "settled_on": "2022-07-05", "version": "2"})
    assert "Say why it was not kept." in text(page) and 'value="2022-07-05"' in html_of(page)
    assert "It is still open" not in text(page)
    coach.post(settle, {"state": "kept", "outcome": "Both booked.", "settled_on": "2022-07-05", "version": "2"})
    assert Commitment.objects.get().state == "kept"
    page = coach.get(settle)
    assert "It is still open" in text(page) and "Both booked." in html_of(page)
    coach.post(settle, {"state": "open", "outcome": "", "settled_on": "2022-07-05", "version": "3"})
    assert Commitment.objects.get().state == "changed"
    coach.post(at("commitment-remove", site, commitment), {"version": "4"})
    assert not Commitment.objects.exists()


def test_a_made_up_side_ticks_nothing_and_is_refused(site, coach):
    assert "checked" not in html_of(coach.get(at("commitment-add", site), {"side": "nobody"}))
    page = coach.post(at("commitment-add", site), {"side": "nobody", "text": "Book a room"})
    assert "not one of the available choices" in text(page) and "Book a room" in html_of(page)


# --- Learning notes ------------------------------------------------------------------------------
def test_a_learning_note_is_added_found_edited_and_removed(site, coach):
    data = {"worked": "A visit.", "for_whom": "carers", "setting": "small towns", "noted_on": "2022-07-04"}
    page = coach.post(at("note-add", site), {**data, "worked": " "})
    assert "Say what worked, or below what did not." in text(page) and "small towns" in html_of(page)
    page = coach.post(at("note-add", site), data, follow=True)
    assert "For carers In small towns What worked A visit. 4 July 2022" in text(page)
    assert "No learning note matches" in text(coach.get(at("note-list", site), {"q": "letters"}))
    note = LearningNote.objects.get()
    coach.post(at("note-edit", site, note), {**data, "did_not_work": "Letters.", "version": "1"})
    assert "Letters." in text(coach.get(at("note-list", site), {"q": "letters"}))
    assert "Letters." in text(coach.get(at("note-remove", site, note)))
    coach.post(at("note-remove", site, note), {"version": "2"})
    assert not LearningNote.objects.exists()


def test_notes_of_all_sites_are_searched_and_narrowed_by_site_model_and_nation(staff, sign_in):
    wales = factories.SiteFactory(name="Harbour", nations=["wales"], delivery_model="demonstrator")
    everywhere = factories.SiteFactory(nations=["uk"], delivery_model="facilitator")
    scotland = factories.SiteFactory(nations=["scotland"], delivery_model="network")
    for number, site in enumerate([wales, everywhere, scotland], start=1):
        factories.LearningNoteFactory(site=site, worked=f"Way {number}.")
    client = sign_in(staff)

    def ways(**query) -> set[str]:
        return set(re.findall(r"Way (\d)\.", text(client.get("/learning-notes/", query))))

    assert ways() == {"1", "2", "3"}
    assert ways(q="way 2") == {"2"} and ways(q="harbour") == {"1"}
    assert ways(site=scotland.slug) == {"3"}
    assert ways(delivery_model="demonstrator") == {"1"}
    assert ways(nation="wales") == {"1", "2"}
    file = csv_text(client.get("/learning-notes/", {"nation": "wales", "format": "csv"}))
    assert file.splitlines()[0].endswith(
        "Site,Delivery model,Nations,Date,For whom,Setting,What worked,What did not work,Author"
    )
    assert "Harbour,Demonstrator,Wales,2022-07-04,carers,supported living,Way 1.,," in file and "Way 3." not in file
    assert client.get("/learning-notes/", {"format": "xlsx"}).status_code == 200
    assert "Way 1." in csv_text(client.get(at("note-list", wales), {"format": "csv"}))


def test_a_team_finds_the_notes_of_its_own_site_only_on_the_page_of_all(site, coach):
    factories.LearningNoteFactory(site=site, worked="Ours.")
    other = factories.LearningNoteFactory(worked="Theirs.").site
    page = coach.get("/learning-notes/")
    assert "Ours." in text(page) and "Theirs." not in text(page) and other.name not in html_of(page)
    assert "Theirs." not in csv_text(coach.get("/learning-notes/", {"format": "csv"}))


def test_lists_of_notes_ask_as_many_queries_with_thirty_notes_as_with_one(site, staff, sign_in):
    client, pages = sign_in(staff), ["/learning-notes/", at("note-list", site)]
    factories.LearningNoteFactory(site=site, author=factories.UserFactory())
    few = [queries(client, url) for url in pages]
    for _ in range(29):
        factories.LearningNoteFactory(site=site, author=factories.UserFactory())
    assert [queries(client, url) for url in pages] == few


# --- Every form ----------------------------------------------------------------------------------
def test_the_second_of_two_editors_sees_both_texts_and_may_save_again(site, coach):
    rows = [
        (factories.MilestoneFactory(site=site, title="Theirs"), "milestone-edit", "title", {}),
        (factories.CommitmentFactory(site=site, text="Theirs"), "commitment-edit", "text", {}),
        (
            factories.LearningNoteFactory(site=site, worked="Theirs"),
            "note-edit",
            "worked",
            {"for_whom": "carers", "setting": "homes", "noted_on": "2022-07-04"},
        ),
    ]
    for row, name, field, more in rows:
        type(row).objects.update(version=5)
        page = coach.post(at(name, site, row), {field: "Mine", "version": "4", **more})
        assert page.status_code == 409, name
        assert "Theirs" in text(page) and "Mine" in html_of(page) and 'value="5"' in html_of(page)
        assert coach.post(at(name, site, row), {field: "Mine", "version": "5", **more}).status_code == 302
        assert getattr(type(row).objects.get(), field) == "Mine"


def test_how_a_commitment_ended_and_a_replan_are_not_saved_over_someone_elses(site, coach):
    commitment = factories.CommitmentFactory(site=site, version=5)
    data = {"state": "kept", "outcome": "Done.", "settled_on": "2022-07-04", "version": "4"}
    page = coach.post(at("commitment-settle", site, commitment), data)
    assert page.status_code == 409 and "Done." in html_of(page) and Commitment.objects.get().state == "open"
    milestone = factories.MilestoneFactory(site=site, planned_on=JULY, version=5)
    data = {"planned_on": "2022-08-04", "reason": "The venue closed.", "version": "4"}
    page = coach.post(at("milestone-replan", site, milestone), data)
    assert page.status_code == 409 and "The venue closed." in html_of(page)
    assert Milestone.objects.get().planned_on == JULY


def test_what_someone_changed_meanwhile_is_shown_before_it_is_removed(site, coach):
    rows = [
        (factories.MilestoneFactory(site=site, title="New words", version=2), "milestone-remove"),
        (factories.CommitmentFactory(site=site, text="New words", version=2), "commitment-remove"),
        (factories.LearningNoteFactory(site=site, worked="New words", version=2), "note-remove"),
    ]
    for row, name in rows:
        page = coach.post(at(name, site, row), {"version": "1", "shown": "Old words"})
        assert page.status_code == 409 and "Old words" in text(page) and "New words" in text(page), name
        assert type(row).objects.filter(pk=row.pk).exists()
        assert coach.post(at(name, site, row), {"version": "2"}).status_code == 302
        assert not type(row).objects.filter(pk=row.pk).exists()


def test_rows_of_another_site_are_not_found_through_ones_own(site, coach):
    other = factories.SiteFactory()
    milestone = factories.MilestoneFactory(site=other, planned_on=JULY)
    commitment, note = factories.CommitmentFactory(site=other), factories.LearningNoteFactory(site=other)
    for names, row in [
        (("milestone-edit", "milestone-complete", "milestone-replan", "milestone-remove"), milestone),
        (("commitment-edit", "commitment-settle", "commitment-remove"), commitment),
        (("note-edit", "note-remove"), note),
    ]:
        for name in names:
            assert coach.get(at(name, site, row)).status_code == coach.post(at(name, site, row)).status_code == 404
