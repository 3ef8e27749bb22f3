"""Taking an entry off the log from a page on which it still says something else."""

import re
from html import unescape

import pytest

from impact.core.basics.versions import Conflict
from networks.log import saving as log_saving
from networks.log import services
from networks.log.models import Decision
from networks.log.record.photos import describe_photo
from tests import factories
from tests.networks.log.test_views import fields_of, screen, text, whole
from tests.pages import html_of

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]
__all__ = ["screen"]  # the fixture
NEW = "We meet at eleven now"


def hidden(page):
    """The hidden fields of a form, without the token."""
    fields = re.findall(r'name="(version|shown)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields}


def rewrite(circle, part):
    """Let someone else rewrite the first entry of ``part``; returns the entries that say so."""
    meeting = circle.meeting
    if part == "decided":
        meeting.decisions.update(words=NEW)
        return meeting.decisions.filter(words=NEW)
    if part == "guests":
        meeting.attendances.filter(person=None).update(guest_name=NEW)
        return meeting.attendances.filter(guest_name=NEW)
    services.change_contribution(
        by=circle.coordinator, contribution=meeting.contributions.get(kind="barrier"), words=NEW
    )
    return meeting.contributions.filter(words=NEW, removed_at=None)


@pytest.mark.parametrize("part", ["decided", "guests", "said"])
def test_an_entry_that_someone_rewrote_is_taken_off_only_once_its_new_words_were_seen(circle, screen, part):
    screen.post("save", **whole(circle))
    screen.open()
    old = [value for name, value in screen.fields.items() if name in (f"{part}-0-words", f"{part}-0-name")]
    rows = rewrite(circle, part)
    gone = {f"{part}-0-remove": "on"}
    assert "Someone else changed the same entry. Save to compare the two." in text(screen.post("autosave", **gone))
    assert rows.exists()
    assert screen.post("save", **gone).status_code == 409
    assert rows.exists()
    assert f"It now says: “{NEW}”. Save again to remove it anyway." in screen.page
    assert old[0] in screen.page  # the words that the page showed
    screen.fields = fields_of(screen.page)
    assert screen.post("save", **gone).status_code == 302
    assert not rows.exists()


def test_an_entry_that_no_one_touched_is_taken_off_at_once(circle, screen):
    screen.post("save", **whole(circle))
    screen.open()
    assert screen.post("save", **{"decided-0-remove": "on"}).status_code == 302
    assert not Decision.objects.exists()


def test_a_removal_through_the_api_that_someone_overtakes_is_refused_with_the_new_words(circle, sign_in, monkeypatch):
    """The other change comes after If-Match was held against the row and before the row is locked."""
    decision = services.add_decision(by=circle.coordinator, meeting=circle.meeting, words="We meet at ten")
    client = sign_in(circle.coordinator)
    path = f"/api/v1/meetings/{circle.meeting.pk}/decisions/{decision.pk}/"
    tag = client.get(path)["ETag"]
    real = log_saving.save_log

    def overtaken(**given):
        Decision.objects.update(words=NEW)
        return real(**given)

    monkeypatch.setattr(log_saving, "save_log", overtaken)
    response = client.delete(path, headers={"If-Match": tag})
    assert (response.status_code, response.json()["current"]["words"]) == (412, NEW)
    assert Decision.objects.get().words == NEW


def test_a_contribution_is_taken_off_only_as_it_was_expected(circle):
    row = services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="One")
    version = row.version
    services.change_contribution(by=circle.coordinator, contribution=row, words=NEW)
    with pytest.raises(Conflict):
        services.remove_contribution(by=circle.coordinator, contribution=row, expected=version)
    row.refresh_from_db()
    assert row.removed_at is None


def test_an_entry_rewritten_since_the_meetings_page_was_opened_is_not_taken_off_from_there(circle, sign_in, staff):
    row = services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="One")
    client, address = sign_in(circle.coordinator), f"/contributions/{row.pk}/remove/"
    services.change_contribution(by=staff, contribution=row, words="One, and why")
    response = client.post(address, {"version": row.version - 1, "shown": "Barrier\nOne"})
    row.refresh_from_db()
    assert response.status_code == 409 and row.removed_at is None
    page = html_of(response)
    assert "<p>Barrier<br>One</p>" in page and "<p>Barrier<br>One, and why</p>" in page and "Remove it anyway" in page
    client.post(address, hidden(page))
    row.refresh_from_db()
    assert row.removed_at is not None


def test_the_meetings_page_sends_what_it_shows_of_an_entry_that_is_to_be_taken_off(circle, sign_in):
    row = factories.ContributionFactory(
        meeting=circle.meeting, kind="barrier", words="Two\nlines", theme__name="Time", quotable=True
    )
    client = sign_in(circle.coordinator)
    form = html_of(client.get(circle.meeting.get_absolute_url())).split(f"/contributions/{row.pk}/remove/")[1]
    assert hidden(form.split("</form>")[0]) == {"version": "1", "shown": "Barrier, Time\nTwo\nlines"}


def test_a_photograph_described_since_the_page_was_opened_is_not_taken_off_from_there(circle, sign_in, staff):
    photo = factories.PhotoFactory(meeting=circle.meeting)
    client, address = sign_in(circle.coordinator), f"/photos/{photo.pk}/remove/"
    describe_photo(by=staff, photo=photo, alt="A chart of what helps")
    response = client.post(address, {"version": 1, "shown": "Some chart"})
    photo.refresh_from_db()
    assert response.status_code == 409 and photo.removed_at is None
    page = html_of(response)
    assert "<p>Some chart</p>" in page and "<p>A chart of what helps</p>" in page
    describe_photo(by=staff, photo=photo, alt="A chart of what helps most")
    assert "<p>A chart of what helps most</p>" in html_of(client.post(address, hidden(page)))  # and again
    client.post(address, {"version": photo.version})
    photo.refresh_from_db()
    assert photo.removed_at is not None


def test_the_page_of_photographs_sends_what_it_shows_of_one_that_is_to_be_taken_off(circle, sign_in):
    photo = factories.PhotoFactory(meeting=circle.meeting, alt="A chart")
    page = html_of(sign_in(circle.coordinator).get(f"/meetings/{circle.meeting.pk}/photos/"))
    form = page.split(f"/photos/{photo.pk}/remove/")[1].split("</form>")[0]
    assert hidden(form) == {"version": "1", "shown": "A chart"}
