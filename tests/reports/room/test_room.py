"""The writing room: saved by hand and by itself, versions, two writers, comments on passages, what is still missing."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from impact.core.access.models import RecentFigure
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import Job
from impact.core.notices.models import Notice
from reports.approval.review.models import ReviewComment
from reports.approval.review.services import carried_to, comment_on_report, settle_comment
from reports.editions import overview
from reports.group_reading.services import comment
from reports.writing import services
from reports.writing.room import outline
from reports.writing.room.models import WritingHere
from reports.writing.room.pages import placing_data
from reports.writing.room.services import also_writing, note_writing, restore_version
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
ASKS_AGAIN = {"HX-Request": "true", "HX-Target": "being-counted"}  # the page that waits, every two seconds


@pytest.fixture
def report():
    return factories.AnnualReportFactory(year=2022)


@pytest.fixture
def section(report):
    return report.sections.select_related("report").get(key="progress")


def address(name: str, key: str = "progress") -> str:
    return reverse(f"reports:{name}", args=[2022, key])


def fresh(section):
    return type(section).objects.select_related("report").get(pk=section.pk)


# --- Saved by hand and by itself --------------------------------------------------------------------
def test_what_saves_itself_goes_into_one_version_until_it_is_saved_by_hand(staff, sign_in, section):
    client = sign_in(staff)
    for version, body in enumerate(["One", "One two", "One two three"], start=1):
        answer = client.post(address("section-edit"), {"do": "autosave", "body": body, "version": version})
        assert f'id="id_version" value="{version + 1}"' in html_of(answer) and "Saved at" in html_of(answer)
    assert [row.body for row in section.versions.all()] == ["One two three"]
    client.post(address("section-edit"), {"body": "One two three", "version": "4"})
    client.post(address("section-edit"), {"do": "autosave", "body": "Four", "version": "4"})
    assert [row.body for row in section.versions.all()] == ["Four", "One two three"]
    assert fresh(section).status == "writing"


def test_an_autosave_over_the_words_of_someone_else_is_refused_and_saves_nothing(
    staff, engagement_lead, sign_in, section
):
    services.write_section(by=engagement_lead, section=section, body="Theirs")
    answer = sign_in(staff).post(address("section-edit"), {"do": "autosave", "body": "Mine", "version": "1"})
    text = html_of(answer)
    assert 'data-state="error"' in text and "compare the two texts" in text and 'id="id_version"' not in text
    assert fresh(section).body == "Theirs"


def test_the_same_words_sent_again_after_a_lost_answer_are_saved_already(staff, sign_in, section):
    client = sign_in(staff)
    for _ in range(2):
        answer = client.post(address("section-edit"), {"do": "autosave", "body": "Mine", "version": "1"})
        assert 'data-state="saved"' in html_of(answer) and 'id="id_version" value="2"' in html_of(answer)
    assert section.versions.count() == 1


def test_two_writers_of_one_section_get_both_texts_and_the_words_that_differ(staff, engagement_lead, sign_in, section):
    services.write_section(by=engagement_lead, section=section, body="We met three times.")
    answer = sign_in(staff).post(address("section-edit"), {"body": "We met four times.", "version": "1"})
    text = html_of(answer)
    assert answer.status_code == 409 and "We met three times." in text and "We met four times.</textarea>" in text
    assert "added: </span>four" in text and 'name="version" value="2"' in text


def test_a_section_of_200_000_characters_is_refused_and_nothing_is_lost(staff, sign_in, section):
    client, body = sign_in(staff), "long " * 40_000
    text = html_of(client.post(address("section-edit"), {"body": body, "version": "1"}))
    assert (
        "50,000 is the most" in text
        and body.strip() in text
        and "maxlength" not in text.split("<textarea")[1].split(">")[0]
    )
    kept = html_of(client.post(address("section-edit"), {"do": "autosave", "body": body, "version": "1"}))
    assert 'data-state="error"' in kept and "still in the box" in kept
    assert fresh(section).body == "" and not section.versions.exists()


def test_without_a_script_what_is_picked_goes_to_the_end_of_the_text_unsaved(staff, sign_in, section):
    factories.SiteFactory()
    text = html_of(
        sign_in(staff).post(address("section-edit"), {"body": "Words", "version": "1", "put": "{{figure:sites}}"})
    )
    assert "Words\n\n{{figure:sites}}\n</textarea>" in text and "Not saved yet" in " ".join(text.split())
    assert fresh(section).body == ""


def test_an_involvement_is_put_in_with_its_source(staff, sign_in, section):
    row = factories.InvolvementFactory(title="Plain words", asked="Is it clear?", said="Not yet", asked_on="2022-05-03")
    text = html_of(
        sign_in(staff).post(address("section-edit"), {"body": "", "version": "1", "put": f"involvement-{row.pk}"})
    )
    assert "Source: involvement “Plain words”, asked on 3 May 2022." in text.split("<textarea")[1]
    assert (
        "involvement-999999"
        not in html_of(
            sign_in(staff).post(address("section-edit"), {"body": "", "version": "1", "put": "involvement-999999"})
        )
        .split("<textarea")[1]
        .split("</textarea>")[0]
    )


def test_sources_are_looked_for_and_more_are_shown_without_a_script(staff, sign_in, section):
    for number in range(12):
        factories.InvolvementFactory(
            title=f"Involvement {number:02}", asked="Is it clear?", asked_on=f"2022-05-{number + 1:02}"
        )
    oldest = factories.InvolvementFactory(title="Marmalade", asked="Which oranges?", asked_on="2022-01-03")
    client = sign_in(staff)

    def page(key: str = "progress", **given: str) -> str:
        more = {"body": "Not saved", "version": "1", **given}
        return " ".join(html_of(client.post(address("section-edit", key), more)).split())

    first = " ".join(html_of(client.get(address("section-edit"))).split())
    assert "Involvements (13)" in first and "8 of 13 are shown" in first and "Marmalade" not in first
    more = page(more="involvement:16")
    assert (
        "Marmalade" in more and "are shown" not in more and "Not saved</textarea>" in more and "Not saved yet" in more
    )
    kept = page(find="1", shown_sources="involvement:13")
    assert "Marmalade" in kept, "those that were shown stay"
    section.report.sections.filter(pk=section.pk).update(body="One.\n\nTwo.")
    assert "Everything is saved" in page(find="1", body="One.\r\n\r\nTwo."), "as a browser sends what is saved"
    found = page(find="1", look="ORANGES which")
    assert "Involvements (1)" in found and "Marmalade" in found and "Involvement 11" not in found
    assert "None has these words" in page(find="1", look="quince")
    assert "Which oranges?" in page(put=f"involvement-{oldest.pk}").split("<textarea")[1].split("</textarea>")[0]
    saved = client.post(address("section-edit"), {"body": "Saved", "version": "1", "look": "oranges"})
    assert saved["Location"].endswith("/progress/?look=oranges#offers")
    assert "Involvements (1)" in html_of(client.get(saved["Location"])) and fresh(section).body == "Saved"
    for wrong in ("involvement", "involvement:x", "shoe:9", "involvement:99999999"):
        assert "8 of 13 are shown" in page(more=wrong, version="2")
    assert 'id="offers"' not in html_of(client.get(address("section-edit", "method")))
    assert "Involvements (13)" in page("last_response", find="1")


def test_the_preview_shows_figures_and_says_what_cannot_be_built(staff, sign_in, section):
    factories.SiteFactory()
    client = sign_in(staff)
    text = html_of(client.post(address("section-preview"), {"body": "We have {{figure:sites}}."}))
    code = '<a class="figure-code placed__code" href="/f/F1/?year=2022" aria-label="F1: where this figure comes from">F1</a>'
    assert f'<span class="placed">1 {code}</span>' in text
    assert client.get("/f/F1/?year=2022").status_code == 200
    alone = html_of(client.post(address("section-edit"), {"body": "{{table:sites}}", "version": 1, "preview": "1"}))
    assert 'href="/f/F1/?year=2022"' in alone.split('id="preview"')[1].split("</table>")[0]
    wrong = html_of(client.post(address("section-preview"), {"body": "One\n{{figure:sitez}}"}))
    assert "line 2: there is no figure called “sitez”. Did you mean “sites”?" in wrong


@pytest.mark.django_db(transaction=True)
def test_the_room_shows_words_of_now_with_the_last_count_until_a_worker_has_counted_again(staff, report, section):
    cache.clear()
    assert placing_data(report)["figures"]["sites"]["total"] == 0
    factories.SiteFactory()
    services.write_section(by=staff, section=section, body="New words.")
    found = placing_data(report)
    assert found["figures"]["sites"]["total"] == 0 and found["sections"]["progress"] == "New words."
    (job,) = Job.objects.filter(kind=overview.COUNT)
    overview.count_overview(**job.payload)
    assert placing_data(report)["figures"]["sites"]["total"] == 1
    cache.clear()


@pytest.mark.django_db(transaction=True)
def test_no_reader_waits_for_a_large_estate_to_be_counted(staff, sign_in, report, section, monkeypatch):
    factories.SiteFactory()
    services.write_section(by=staff, section=section, body="Words.")

    def too_slow(*args, **kwargs):
        raise AssertionError("a page has counted")

    client = sign_in(staff)
    with monkeypatch.context() as large:
        large.setattr(overview, "_is_large", lambda: True)
        large.setattr(overview, "gather_figures", too_slow)
        assert "being counted for the first time" in html_of(client.get("/reports/2022/"))
        waiting = ("/reports/2022/preview/", "/reports/2022/writing/", "/reports/2022/sections/progress/")
        for path in waiting:
            assert f'data-hx-get="{path}"' in html_of(client.get(path)), path
            assert client.get(path, headers=ASKS_AGAIN).status_code == 204
    with monkeypatch.context() as large:
        large.setattr(overview, "_is_large", lambda: True)
        client.post(waiting[-1], {"body": "Words that did not wait.", "version": fresh(section).version})
    assert fresh(section).body == "Words that did not wait.", "what someone wrote is saved, counted or not"
    RecentFigure.objects.all().delete()
    job = Job.objects.filter(kind=overview.COUNT).latest("created_at")
    overview.count_overview(**job.payload)
    cache.clear()  # as after a restart
    factories.SiteFactory()
    with monkeypatch.context() as large:
        large.setattr(overview, "gather_figures", too_slow)
        assert client.get(waiting[0], headers=ASKS_AGAIN)["HX-Refresh"] == "true"
        for path in ("/reports/2022/", "/reports/2022/preview/", "/reports/2022/sections/progress/"):
            page = html_of(client.get(path))
            assert "ounted" in page and "first time" not in page, path
        assert overview.overview_of(report)["glance"][0]["number"] == 1, "the last count, not the one of now"


# --- Versions ------------------------------------------------------------------------------------------
def test_versions_are_compared_and_one_is_put_back_as_a_new_version(staff, sign_in, section):
    for body in ("First words", "Second words"):
        section = services.write_section(by=staff, section=fresh(section), body=body)
    client = sign_in(staff)
    page = html_of(client.get(address("section-versions")))
    assert "From version 1 to version 2" in page and "removed: </span>First" in page
    client.post(address("section-versions"), {"number": "1", "version": fresh(section).version})
    assert fresh(section).body == "First words"
    assert [(row.number, row.restored) for row in section.versions.all()] == [(3, 1), (2, None), (1, None)]


def test_words_from_before_there_were_versions_are_the_first_version(staff, section):
    type(section).objects.filter(pk=section.pk).update(body="Old words")
    services.write_section(by=staff, section=fresh(section), body="New words")
    assert [row.body for row in section.versions.all()] == ["New words", "Old words"]


def test_a_version_is_not_put_back_over_words_that_its_reader_has_not_seen(staff, section):
    for body in ("First", "Second"):
        section = services.write_section(by=staff, section=fresh(section), body=body)
    first = section.versions.get(number=1)
    with pytest.raises(Conflict):
        restore_version(by=staff, version=first, expected=1)
    with pytest.raises(ValidationError, match="has these words now"):
        restore_version(by=staff, version=section.versions.get(number=2))


# --- Owner, day and status ----------------------------------------------------------------------------
def test_a_new_owner_is_told_once_and_leadership_cannot_own_a_section(staff, engagement_lead, leader, section):
    plan = {"due_on": None, "guidance": "", "status": "not_begun"}
    services.plan_section(by=staff, section=section, owner=engagement_lead, **plan)
    services.plan_section(by=staff, section=fresh(section), owner=engagement_lead, **(plan | {"guidance": "More"}))
    told = Notice.objects.filter(person__user=engagement_lead)
    assert [row.title for row in told] == ["“Progress during the year” in the 2022 report is yours"]
    with pytest.raises(ValidationError, match="Choose someone who may write"):
        services.plan_section(by=staff, section=fresh(section), owner=leader, **plan)
    with pytest.raises(PermissionDenied):
        services.plan_section(by=leader, section=fresh(section), owner=None, **plan)


def test_a_section_without_words_is_not_ready_and_a_day_that_has_passed_is_refused(staff, section):
    with pytest.raises(ValidationError, match="no words yet"):
        services.plan_section(by=staff, section=section, owner=None, due_on=None, guidance="", status="done")
    with pytest.raises(ValidationError, match="This day has passed"):
        services.plan_section(
            by=staff, section=fresh(section), owner=None, due_on=date(2020, 1, 1), guidance="", status="not_begun"
        )


# --- Comments ------------------------------------------------------------------------------------------
def test_a_comment_stays_with_its_passage_and_says_when_that_has_changed(staff, leader, sign_in, report, section):
    services.write_section(by=staff, section=section, body="We met **often** and talked long.")
    client = sign_in(leader)
    client.post(address("section-comment"), {"words": "How often?", "passage": "met often"})
    page = html_of(client.get(address("section-edit")))
    assert '<mark class="passage">met </mark>' in page or "How often?" in page
    assert 'class="passage"' in page and "About “met often”" in page
    services.write_section(by=staff, section=fresh(section), body="We met weekly.")
    assert "The text has changed there since" in " ".join(html_of(client.get(address("section-edit"))).split())


def test_a_passage_may_hold_a_figure_as_the_page_shows_it(staff, sign_in, section):
    factories.SiteFactory()
    services.write_section(by=staff, section=section, body="There is {{figure:sites}} site.")
    answer = sign_in(staff).post(address("section-comment"), {"words": "Name it.", "passage": "is 1 F1 site"})
    assert answer.status_code == 302 and ReviewComment.objects.get().passage == "is 1 F1 site"


def test_words_that_the_section_does_not_have_are_refused(staff, report, section):
    with pytest.raises(ValidationError, match="does not have these words"):
        comment_on_report(by=staff, report=report, section=section, words="Hm", passage="not there")


def test_a_comment_is_resolved_or_carried_to_the_section_of_next_year(staff, leader, sign_in, report, section):
    row = comment_on_report(by=leader, report=report, section=section, words="Count the visits.")
    with pytest.raises(ValidationError, match="why it is carried"):
        settle_comment(by=staff, comment=row, status="carried", answer=" ")
    settle_comment(by=staff, comment=row, status="carried", answer="Visits are counted from next year.")
    assert Notice.objects.filter(person__user=leader, title__contains="has an answer").exists()
    later = factories.AnnualReportFactory(year=2023).sections.select_related("report").get(key="progress")
    assert carried_to(later) == [row]
    page = html_of(sign_in(staff).get(reverse("reports:section-edit", args=[2023, "progress"])))
    assert "Carried from last year" in page and "Count the visits." in page


def test_a_member_comments_on_a_passage_while_the_group_reads(staff, sign_in, report):
    membership = factories.MembershipFactory(
        group=factories.GroupFactory(kind="advisory_group"),
        person=factories.UserFactory().person,
    )
    report.sections.filter(key__in=services.MUST_BE_WRITTEN).update(body="We met **often**.")
    from reports.group_reading.services import send_to_group

    until = timezone.localdate() + timedelta(days=9)
    reading = send_to_group(by=staff, report=report, group=membership.group, deadline=until)
    client = sign_in(membership.person.user)
    client.post(address("reading-section"), {"words": "Not for me.", "quote": "met often"})
    page = html_of(client.get(address("reading-section")))
    assert reading.comments.get().quote == "met often" and 'class="passage"' in page
    with pytest.raises(ValidationError, match="does not have these words"):
        comment(
            by=membership.person.user,
            reading=reading,
            section=report.sections.get(key="progress"),
            words="x",
            person=membership.person,
            quote="never",
        )


# --- Who is here, what is missing ------------------------------------------------------------------
def test_others_see_who_writes_here_now_and_no_one_after_a_while(staff, engagement_lead, sign_in, section):
    note_writing(by=engagement_lead, section=section)
    name = engagement_lead.display_name
    assert also_writing(staff, section) == [name] and also_writing(engagement_lead, section) == []
    client = sign_in(staff)
    assert "Also here now" in html_of(client.get(address("section-edit")))
    assert client.post(address("section-here"), {"others": name}, headers={"HX-Request": "true"}).status_code == 204
    assert name in html_of(client.post(address("section-here"), headers={"HX-Request": "true"}))
    WritingHere.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert also_writing(staff, section) == []


def test_the_room_says_who_writes_what_and_what_is_still_missing(staff, sign_in, report, section):
    services.write_section(by=staff, section=section, body="# What we did\n\nFour words and {{figure:nothing}} here")
    type(section).objects.filter(pk=section.pk).update(due_on=date(2023, 1, 2), owner=staff)
    comment_on_report(by=staff, report=report, section=section, words="Hm")
    text = " ".join(html_of(sign_in(staff).get(reverse("reports:room", args=[2022]))).split())
    assert "What we did" in text and "Overdue" in text and "1 open comment" in text
    assert "Line 3: there is no figure called “nothing”" in text
    assert "No words yet, and the report cannot go on without them" in text


def test_a_wrong_name_is_told_of_where_the_whole_report_is_read_or_built(staff, sign_in, report):
    report.sections.filter(key="progress").update(body="One\n{{table:nothing}}")
    client = sign_in(staff)
    for answer in (
        client.get(reverse("reports:preview", args=[2022]), follow=True),
        client.post(reverse("reports:build", args=[2022]), follow=True),
    ):
        assert "“Progress during the year”, line 2: there is no table called “nothing”" in html_of(answer)
    assert not report.editions.exists()


def test_what_is_missing_keeps_its_capitals(section):
    section.body = "One\n{{figure:Nonsense}}"
    found = outline.missing_in(section, outline.Row(section, 1, [], None), placing_data(section.report))
    assert "Line 2: there is no figure called “Nonsense”. Pick one from the list beside the section." in found


def test_words_are_counted_as_a_reader_counts_them():
    assert outline.count_words("We don’t **know** 1,204 {{figure:sites}}\n\n- it’s") == 5
    assert outline.headings("# One *two*\n\ntext\n## Three ##") == ["One two", "Three"]


def test_the_reading_age_is_that_of_the_sentences_and_not_said_of_a_few_words():
    easy = "We met. We talked. We ate. It was good to be there with you all. " * 4
    hard = (
        "Organisational reconfiguration necessitated considerable multidisciplinary deliberation and prioritisation. "
        * 6
    )
    assert outline.reading_age("We met.") is None
    assert outline.reading_age(easy) < 9 < 18 < outline.reading_age(hard)
    assert outline.reading_age(f"# Considerable multidisciplinary deliberation\n\n{easy}") < 9
