"""A writer is told which figures changed since a chapter was written, and says that the words hold or writes anew."""

import re
from html import unescape

import pytest
from django.urls import reverse

from impact.core.access.models import AuditEvent
from reports.writing.facts import changed_facts
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]

FLAG = "Figures have changed since this was written"


@pytest.fixture
def room(staff, sign_in):
    """A written chapter about networks, and what changes it: a return that comes in."""
    report = factories.AnnualReportFactory(year=2022)
    group = factories.GroupFactory(name="Local Wales", nation="wales")
    meeting = factories.MeetingFactory(group=group, number=1, starts_at=factories.at(2022, 7, 26))
    client = sign_in(staff)
    url = reverse("reports:section-edit", args=[2022, "networks"])
    client.post(url, {"body": "Wales has not told us anything yet.", "version": "1", "shown": shown(client, url)})

    def log_it():
        meeting.status, meeting.logged_at = "complete", factories.at(2022, 8, 1)
        meeting.save()
        factories.ContributionFactory(meeting=meeting, kind="barrier", theme=None)

    return report, client, url, log_it


def text(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html_of(response))).split())


def shown(client, url) -> str:
    return re.search(r'name="shown" value="(\w+)"', html_of(client.get(url)))[1]


def test_a_new_return_flags_the_chapter_and_lists_each_changed_figure(room):
    _report, client, url, log_it = room
    assert FLAG not in text(client.get(url)) and FLAG not in text(client.get("/reports/2022/"))
    log_it()
    page = text(client.get(url))
    assert f"{FLAG} " in page and "Barriers: from 0 to 1" in page
    assert "Local Wales: from 0 of 4 returns to 1 of 4 returns" in page and "Enablers: from" not in page
    assert f"Networks and what they said {FLAG}" in text(client.get("/reports/2022/"))


def test_confirming_the_text_clears_the_flag_and_is_recorded(room):
    _report, client, url, log_it = room
    before = shown(client, url)
    log_it()
    client.post(url, {"confirm": "1", "shown": before})  # the page was opened before the figures changed
    assert FLAG in text(client.get(url))
    client.post(url, {"confirm": "1", "shown": shown(client, url)})
    assert (
        FLAG not in text(client.get(url)) and AuditEvent.objects.filter(type="section.figures_confirmed").count() == 1
    )


def test_rewriting_the_chapter_clears_the_flag(room):
    report, client, url, log_it = room
    log_it()
    version = report.sections.get(key="networks").version
    client.post(url, {"body": "Wales told us one thing.", "version": str(version), "shown": shown(client, url)})
    assert FLAG not in text(client.get(url))


def test_saving_a_page_that_was_opened_before_the_change_keeps_the_flag(room):
    report, client, url, log_it = room
    before = shown(client, url)
    log_it()
    version = report.sections.get(key="networks").version
    client.post(url, {"body": "Still nothing from Wales.", "version": str(version), "shown": before})
    assert FLAG in text(client.get(url))


def test_a_first_text_that_saves_itself_sees_only_the_figures_that_its_page_showed(room):
    report, client, url, log_it = room
    section = report.sections.get(key="networks")
    report.sections.filter(pk=section.pk).update(body="", figures_seen=None)
    sent = {"do": "autosave", "body": "Nothing yet.", "version": str(section.version), "shown": shown(client, url)}
    log_it()
    client.post(url, sent)
    saved = report.sections.get(key="networks")
    assert saved.body == "Nothing yet." and saved.figures_seen is None, "they had changed, and no one had seen them"


def test_readers_who_do_not_write_see_no_button_and_may_not_confirm(room, leader, sign_in):
    _report, _client, url, log_it = room
    log_it()
    reader = sign_in(leader)
    assert "Confirm text" not in text(reader.get(url))
    assert reader.post(url, {"confirm": "1", "shown": "x"}).status_code == 403


def test_the_report_says_when_a_meeting_announced_for_another_year_is_and_a_draft_stays_unplanned(room):
    _report, client, _url, _log_it = room
    group = factories.GroupFactory(name="Local Scotland", nation="scotland")
    to_come = {"group": group, "starts_at": factories.at(2099, 1, 24), "ends_at": factories.at(2099, 1, 24, 16)}
    factories.MeetingFactory(number=1, announced_at=factories.at(2022, 12, 1), **to_come)
    factories.MeetingFactory(number=2, announced_at=None, **to_come)
    page = text(client.get("/reports/2022/preview/"))
    assert "Local Scotland Still to come 24 January 2099 Not planned yet" in page


def test_changes_are_named_where_a_label_stands_more_than_once():
    facts = [("Return missing", "Wales, meeting 2", "/w"), ("Charter", "Version 2", "/c"), ("Sites", "6", "/s")]
    seen = [["Return missing", "Wales, meeting 1"], ["Return missing", "Wales, meeting 2"], ["Charter", "Version 1"]]
    found = [(c.label, c.was, c.now) for c in changed_facts(seen, facts)]
    assert found == [
        ("Charter", "Version 1", "Version 2"),
        ("Sites", "", "6"),
        ("Return missing", "Wales, meeting 1", ""),
    ]
    assert changed_facts(None, facts) == []
