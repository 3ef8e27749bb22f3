"""The group's monthly summary: drafted from what happened, edited, sent once; and choices that a supporter makes."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from coproduction.group.models import SupportLink
from coproduction.group.news import services
from coproduction.group.news.models import MonthlySummary
from impact.core.basics import clock
from impact.core.jobs import queue
from impact.core.notices.choices import choices_of
from impact.core.notices.models import Notice, NoticeChoices, NoticeKind
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
OCTOBER = date(2022, 10, 3)
SEPTEMBER = date(2022, 9, 1)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def summary(agreed):
    with clock.standing_on(OCTOBER):
        yield services.draft_summary(by=agreed.lead, group=agreed.group, month=SEPTEMBER)


def test_a_draft_tells_what_happened_and_names_no_one(agreed, summary):
    assert "Members agreed version 1 of the charter." in summary.words
    for person in [*agreed.people, agreed.member.person]:
        assert person.name not in summary.words


def test_last_month_is_drafted_once_by_a_daily_job_and_a_quiet_month_not_at_all(agreed):
    for on, drafted in (("2022-10-01", 1), ("2022-10-02", 0), ("2022-11-01", 0)):
        with clock.standing_on(date.fromisoformat(on)):
            job = queue.enqueue(by=queue.SYSTEM, kind="coproduction.draft_summaries", dedupe_key=on, payload={"on": on})
            assert queue.run(job.pk)
            job.refresh_from_db()
            assert job.result == {"drafted": drafted}
    assert MonthlySummary.objects.get().month == SEPTEMBER
    assert not Notice.objects.filter(kind=NoticeKind.GROUP).exists()  # a person reads it before the group does


def test_it_is_sent_once_to_everyone_in_the_group(agreed, summary):
    with pytest.raises(PermissionDenied):
        services.send_summary(by=agreed.member, summary=summary)
    services.edit_summary(by=agreed.lead, summary=summary, words="We agreed our charter.")
    services.send_summary(by=agreed.lead, summary=summary)
    assert Notice.objects.filter(kind=NoticeKind.GROUP, words="We agreed our charter.").count() == 4
    with pytest.raises(ValidationError, match="cannot be changed"):
        services.edit_summary(by=agreed.lead, summary=summary, words="Other words")
    with pytest.raises(ValidationError, match="sent again"):
        services.send_summary(by=agreed.lead, summary=summary)


def test_members_see_it_once_it_is_sent(agreed, summary, staff):
    page = f"/co-production/summaries/{summary.pk}/"
    assert client_of(agreed.member).get(page).status_code == 404
    assert client_of(staff).get(page).status_code == 404
    lead = client_of(agreed.lead)
    assert "Send to the group" in html_of(lead.get(page))
    assert "Read and send the summary of September 2022" in html_of(lead.get("/co-production/"))
    stale = lead.post(f"{page}edit/", {"words": "Mine", "version": 7})
    assert stale.status_code == 409
    assert lead.post(f"{page}edit/", {"words": "Mine", "version": 1}).status_code == 302
    assert "Someone else saved this" in html_of(lead.post(f"{page}send/", {"version": 1}, follow=True))
    assert "is sent to the group" in html_of(lead.post(f"{page}send/", {"version": 2}, follow=True))
    assert "Mine" in html_of(client_of(agreed.member).get(page))
    assert "September 2022" in html_of(client_of(agreed.member).get("/co-production/summaries/"))
    outsider = client_of(factories.UserFactory())
    assert outsider.get(page).status_code == 404
    assert "No summaries yet" in html_of(outsider.get("/co-production/summaries/"))


def test_a_supporter_chooses_for_the_member_who_asked_until_the_link_ends(world):
    supporter = factories.UserFactory()
    person = world.people[0]
    with pytest.raises(PermissionDenied):
        services.choose_as_supporter(by=supporter, person=person, charter="none")
    link = SupportLink.objects.create(
        group=world.group, member=person, supporter=supporter.person, starts_on=date(2022, 1, 1)
    )
    client, path = client_of(supporter), f"/co-production/support/{link.pk}/notices/"
    assert f"How {person.name} hears from us" in html_of(client.get(path))
    typed = {kind: getattr(NoticeChoices(), kind) for kind in NoticeKind.values} | {
        "version": 1,
        "charter": "none",
        "quiet": "usual",
    }
    assert "Tick the box" in html_of(client.post(path, typed))
    assert client.post(path, typed | {"asked": "on"}).status_code == 302
    row = choices_of(person)
    assert (row.charter, row.recorded_by) == ("none", supporter)
    assert client_of(world.member).get(path).status_code == 404
    SupportLink.objects.update(ends_on=date(2022, 9, 1))
    assert client.get(path).status_code == 404
